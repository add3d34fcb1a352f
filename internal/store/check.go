package store

import (
	"context"
	"fmt"
)

// Finding is one thing that is not as it must be.
type Finding struct {
	Check    string   `json:"check"`
	Says     string   `json:"says"`
	Count    int64    `json:"count"`
	Examples []string `json:"examples"` // a few rows
}

// invariant is a query for rows that must not exist; it gives each as text in column "row".
type invariant struct {
	name, says, text string
}

const examples = 5

// invariants is what holds at every commit. Counters of remote accounts are their servers' claims, so only ours are
// compared; statuses' counters are ours for all.
func invariants() []invariant {
	counter := func(table, column, of, where string) string {
		return `
			select t.id || ': ' || t.` + column + ` || ' instead of ' || (` + of + `) as row
			from ` + table + ` t
			where ` + where + ` and t.` + column + ` <> (` + of + `)`
	}
	orphan := func(table, key, column, target string) string {
		return `
			select t.` + key + ` || ' names ' || t.` + column + ` as row
			from ` + table + ` t
			where t.` + column + ` <> 0 and not exists (select 1 from ` + target + ` o where o.id = t.` + column + `)`
	}
	return []invariant{
		{"accounts.followers_count", "followers are counted right", counter("accounts", "followers_count", "select count(*) from follows f where f.target_id = t.id", "t.domain = ''")},
		{"accounts.following_count", "follows are counted right", counter("accounts", "following_count", "select count(*) from follows f where f.account_id = t.id", "t.domain = ''")},
		{"accounts.statuses_count", "statuses are counted right", counter("accounts", "statuses_count", "select count(*) from statuses s where s.account_id = t.id and s.visibility <> 'direct'", "t.domain = ''")},
		{"statuses.favourites_count", "favourites are counted right", counter("statuses", "favourites_count", "select count(*) from favourites f where f.status_id = t.id", "t.reblog_of_id = 0")},
		{"statuses.reblogs_count", "reblogs are counted right", counter("statuses", "reblogs_count", "select count(*) from statuses s where s.reblog_of_id = t.id and s.reblog_of_id <> 0", "t.reblog_of_id = 0")},
		{"statuses.replies_count", "replies are counted right", counter("statuses", "replies_count", "select count(*) from statuses s where s.in_reply_to_id = t.id and s.in_reply_to_id <> 0 and s.visibility in ('public', 'unlisted')", "t.reblog_of_id = 0")},
		{"statuses.quotes_count", "accepted quotes are counted right", counter("statuses", "quotes_count", "select count(*) from quotes c where c.quoted_status_id = t.id and c.state = 'accepted'", "t.reblog_of_id = 0")},
		{"statuses.reblog_of_id", "what is reblogged exists", orphan("statuses", "id", "reblog_of_id", "statuses")},
		{"statuses.poll_id", "polls of statuses exist", orphan("statuses", "id", "poll_id", "polls")},
		{"statuses.quote_id", "quotes of statuses exist", orphan("statuses", "id", "quote_id", "quotes")},
		{"statuses.conversation_id", "conversations of statuses exist", orphan("statuses", "id", "conversation_id", "conversations")},
		{"media_attachments.status_id", "statuses of files exist", orphan("media_attachments", "id", "status_id", "statuses")},
		{"notifications.status_id", "statuses of notifications exist", orphan("notifications", "id", "status_id", "statuses")},
		{"users.role_id", "roles of users exist", orphan("users", "id", "role_id", "roles")},
		{"account_conversations.last_status_id", "the last status of a conversation exists", orphan("account_conversations", "id", "last_status_id", "statuses")},
		{"accounts.login", "every local account that is not deleted has a login", `
			select a.id || ' @' || a.username as row
			from accounts a
			where a.domain = '' and a.suspended_at = 0 and a.actor_type <> 'Application' and not exists (select 1 from users u where u.account_id = a.id)`},
		{"polls.tallies", "votes are counted right", `
			select p.id || ': ' || p.votes_count || ' instead of ' || (select count(*) from poll_votes v where v.poll_id = p.id) as row
			from polls p
			join statuses s on s.id = p.status_id
			where s.local and p.votes_count <> (select count(*) from poll_votes v where v.poll_id = p.id)`},
		{"keys.private", "our keys have their private half, others' have not", `
			select k.id || ' of ' || k.account_id as row
			from keys k
			join accounts a on a.id = k.account_id
			where (a.domain = '') <> (k.private <> '')`},
		{"accounts.instance", "the account of the server itself follows nobody and is followed by nobody", `
			select f.id || '' as row from follows f where f.account_id = -99 or f.target_id = -99`},
		{"accounts.remote", "accounts of other servers have an inbox, but for those that are gone", `
			select a.id || ' @' || a.username || '@' || a.domain as row
			from accounts a
			where a.domain <> '' and a.inbox_url = '' and a.suspended_at = 0`},
		{"accounts.suspended_by", "whoever is not suspended or limited is so by nobody", `
			select a.id || '' as row
			from accounts a
			where a.suspended_at = 0 and a.suspended_by <> '' or a.silenced_at = 0 and a.silenced_by <> ''`},
		{"accounts.moved_to_id", "accounts moved to accounts that exist", orphan("accounts", "id", "moved_to_id", "accounts")},
		{"domain_blocks.follows", "nobody here follows, or is followed from, a server that is suspended", `
			select f.id || '' as row
			from follows f
			join accounts a on a.id in (f.account_id, f.target_id)
			join domain_blocks b on b.domain = a.domain
			where b.severity = 'suspend' and a.suspended_by = 'domain'
				and not exists (select 1 from jobs j where j.kind = 'suspend_domain' and j.buried_at = 0)`},
		{"peers.given_up", "servers that are given up failed on enough days", `
			select p.host as row from peers p where p.given_up_at <> 0 and (p.failing_since = 0 or p.failing_days < 7)`},
		{"relays.state", "relays are asked, accepted or rejected", `
			select r.inbox_url as row from relays r where r.state not in ('idle', 'pending', 'accepted', 'rejected')`},
		{"reports.statuses", "reports that were forwarded have an address", `
			select r.id || '' as row
			from reports r
			join accounts a on a.id = r.account_id
			where r.forwarded and a.domain = '' and r.uri = ''`},
		{"follows.self", "nobody follows themselves", `select f.id || '' as row from follows f where f.account_id = f.target_id`},
		{"blocks.follows", "nobody follows whom they block or who blocks them", `
			select b.id || '' as row
			from blocks b
			join follows f on f.account_id = b.account_id and f.target_id = b.target_id or f.account_id = b.target_id and f.target_id = b.account_id`},
	}
}

// Check verifies the data while others read and write: the database's own structure, foreign keys, counters and
// invariants. Each check sees one moment. progress is told how many of how many are done.
func (db *DB) Check(ctx context.Context, progress func(done, of int, name string)) ([]Finding, error) {
	q := db.Read(ctx)
	list := invariants()
	list = append(db.structure(), list...)
	var out []Finding
	for i, c := range list {
		progress(i, len(list), c.name)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows, err := all[string](q, c.text)
		if err != nil {
			return nil, fmt.Errorf("check %s: %w", c.name, err)
		}
		if len(rows) > 0 {
			out = append(out, Finding{c.name, c.says, int64(len(rows)), rows[:min(len(rows), examples)]})
		}
	}
	progress(len(list), len(list), "")
	return out, nil
}

// structure is what the database can tell of itself.
func (db *DB) structure() []invariant {
	if db.postgres {
		return []invariant{
			{"foreign keys", "every foreign key is enforced", `select conrelid::regclass || '.' || conname as row from pg_constraint where contype = 'f' and not convalidated`},
			{"indexes", "every index is usable", `select indexrelid::regclass::text as row from pg_index where not indisvalid`},
		}
	}
	return []invariant{
		{"pages", "every page and index is whole", `select integrity_check as row from pragma_integrity_check where integrity_check <> 'ok'`},
		{"foreign keys", "every foreign key finds its row", `select "table" || ' row ' || coalesce(rowid, 0) || ' has no ' || parent as row from pragma_foreign_key_check`},
	}
}
