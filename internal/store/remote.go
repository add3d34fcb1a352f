package store

import "gomphothere/internal/model"

// AnyRemote tells whether an account of another server is known, or a relay. Once there is one there always is, nearly; until then
// it is one step in an index.
func (q *Q) AnyRemote() (bool, error) {
	if q.db.anyRemote.Load() {
		return true, nil
	}
	any, err := one[bool](q, `select exists (select 1 from accounts where domain > '') or exists (select 1 from relays) as any_remote`)
	if any { // should the transaction that added it be rolled back, others are told in vain
		q.db.anyRemote.Store(true)
	}
	return any, err
}

// Ours tells whether an account is of this server, which never changes; an unknown one is not.
func (q *Q) Ours(account model.ID) (bool, error) {
	if a, ok := q.db.Cache.accounts.get(account); ok {
		return a.Local(), nil
	}
	domain, found, err := maybe[string](q, `select domain from accounts where id = $1`, account)
	return found && domain == "", err
}

// maxReach bounds whom a deletion is told one by one, beyond the author's followers: one account an inbox, and most
// servers have one inbox, so this is more servers than there are.
const maxReach = 50_000

// ReachOf are accounts of other servers that have a status and need not follow its author: named in it, answered or
// quoted by it, and those who shared, liked, quoted or answered it; one account an inbox.
func (q *Q) ReachOf(s *model.Status) ([]model.ID, error) {
	direct := []model.ID{s.InReplyToAccountID, s.ReblogOfAccountID}
	if s.Quote != nil {
		direct = append(direct, s.Quote.QuotedAccountID)
	}
	return all[model.ID](q, `
		select min(a.id) as id
		from accounts a
		where a.domain <> '' and a.suspended_at = 0 and a.id in (
			select account_id from mentions where status_id = $1
			union all select account_id from statuses where reblog_of_id = $1 and reblog_of_id <> 0
			union all select account_id from statuses where in_reply_to_id = $1 and in_reply_to_id <> 0
			union all select account_id from favourites where status_id = $1
			union all select account_id from quotes where quoted_status_id = $1
			union all select id from accounts where id in $2
		)
		group by case when a.shared_inbox_url <> '' then a.shared_inbox_url else a.inbox_url end
		limit $3`, s.ID, direct, maxReach)
}

// LocalReblogs are our people's sharings of a status.
func (q *Q) LocalReblogs(status model.ID) ([]model.Status, error) {
	return all[model.Status](q, `
		select *
		from statuses
		where reblog_of_id = $1 and reblog_of_id <> 0 and local`, status)
}
