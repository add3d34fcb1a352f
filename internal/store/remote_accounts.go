package store

import (
	"fmt"
	"strings"

	"gomphothere/internal/model"
)

// remoteColumns are what another server may say of its account, and what follows from it.
const remoteColumns = `username domain display_name note fields uri url actor_type inbox_url shared_inbox_url outbox_url followers_url
	following_url featured_url featured_tags_url avatar avatar_static avatar_remote_url avatar_description header header_static
	header_remote_url header_description locked discoverable indexable hide_collections memorial show_media show_media_replies
	show_featured attribution_domains also_known_as moved_to_id silenced_at silenced_by suspended_at suspended_by updated_at
	fetched_at`

// AddRemoteAccount writes an account of another server that was not known; false: its address or its handle is taken.
func (tx *Tx) AddRemoteAccount(a *model.Account) (bool, error) {
	added, err := tx.insert("accounts", a, "on conflict do nothing")
	if err != nil || !added {
		return false, err
	}
	tx.touch(model.TouchAccount, 0, a.ID)
	return true, tx.indexAccount(a)
}

// SetRemoteAccount writes what another server says of an account that is known; counters stay.
func (tx *Tx) SetRemoteAccount(a *model.Account, renamed bool) error {
	var set []string
	for _, c := range strings.Fields(remoteColumns) {
		set = append(set, c+" = excluded."+c)
	}
	if _, err := tx.insert("accounts", a, "on conflict (id) do update set "+strings.Join(set, ", ")); err != nil {
		return err
	}
	if err := tx.touchAccount(a.ID); err != nil {
		return err
	}
	if renamed {
		if err := tx.touchMentions(a.ID); err != nil {
			return err
		}
	}
	return tx.indexAccount(a)
}

// SetFetched notes when an account was asked for last; nothing else changed.
func (tx *Tx) SetFetched(account model.ID) error {
	_, err := tx.exec(`update accounts set fetched_at = $2 where id = $1`, account, tx.now)
	tx.touch(model.TouchAccount, 0, account)
	return err
}

// touchAccount makes caches forget an account and those that show it as where they moved to.
func (tx *Tx) touchAccount(account model.ID) error {
	tx.touch(model.TouchAccount, 0, account)
	return each(&tx.Q, `select id from accounts where moved_to_id = $1 and moved_to_id <> 0`, []any{account}, func(id *model.ID) {
		tx.touch(model.TouchAccount, 0, *id)
	})
}

// touchMentions makes caches forget statuses that show an account's handle. Only so many can be in memory, and most
// are new.
func (tx *Tx) touchMentions(account model.ID) error {
	return each(&tx.Q, `
		select status_id
		from mentions
		where account_id = $1
		order by status_id desc
		limit $2`, []any{account, cachedStatuses}, func(id *model.ID) { tx.touch(model.TouchStatus, 0, *id) })
}

// Unname takes the handle from an account of another server, because somebody else bears it now. It is found again by
// its address, and its own server is asked what it is called.
func (tx *Tx) Unname(account model.ID) error {
	a, err := tx.Account(account)
	if err != nil {
		return err
	}
	c := *a
	c.Username, c.FetchedAt = fmt.Sprintf("invalid_handle_%d", a.ID), 0
	if _, err := tx.exec(`update accounts set username = $2, fetched_at = 0 where id = $1`, c.ID, c.Username); err != nil {
		return err
	}
	if err := tx.touchAccount(c.ID); err != nil {
		return err
	}
	if err := tx.touchMentions(c.ID); err != nil {
		return err
	}
	return tx.indexAccount(&c)
}

// ForgetTombstonesOf lets an account's deleted statuses come again: its server was set up anew and may use old addresses.
func (tx *Tx) ForgetTombstonesOf(account model.ID) error {
	_, err := tx.exec(`delete from tombstones where account_id = $1`, account)
	return err
}

// BlankRemoteAccount empties the row of an account whose server says that it is gone. The row stays, because reports
// and votes name it; without an inbox nothing is sent to it.
func (tx *Tx) BlankRemoteAccount(account model.ID) error {
	_, err := tx.exec(`
		update accounts
		set suspended_at = $2, suspended_by = 'origin', updated_at = $2, moved_to_id = 0, memorial = false,
			display_name = '', note = '', fields = '[]', attribution_domains = '[]', also_known_as = '[]', url = '',
			inbox_url = '', shared_inbox_url = '', outbox_url = '', followers_url = '', following_url = '', featured_url = '',
			featured_tags_url = '', avatar = '', avatar_static = '', avatar_remote_url = '', avatar_description = '',
			header = '', header_static = '', header_remote_url = '', header_description = '',
			locked = false, discoverable = false, indexable = false, hide_collections = false, fetched_at = $2
		where id = $1 and domain <> ''`, account, tx.now)
	if err != nil {
		return err
	}
	tx.touchRelations(account)
	if err := tx.touchFollowersFeeds(account); err != nil {
		return err
	}
	return tx.touchAccount(account)
}

// touchFollowersFeeds rebuilds the home feeds of those of ours who follow an account.
func (tx *Tx) touchFollowersFeeds(account model.ID) error {
	return each(&tx.Q, `
		select f.account_id
		from follows f
		join accounts a on a.id = f.account_id
		where f.target_id = $1 and a.domain = ''`, []any{account}, func(id *model.ID) { tx.touch(model.TouchFeed, *id, 0) })
}

// AddInstanceActor writes the account that speaks for the server, unless it is there. No search finds it.
func (tx *Tx) AddInstanceActor(a *model.Account) error {
	_, err := tx.insert("accounts", a, "on conflict do nothing")
	tx.touch(model.TouchAccount, 0, a.ID)
	return err
}

// SetMoved writes where an account says it lives now; 0 takes it back.
func (tx *Tx) SetMoved(account, to model.ID, at model.Time) error {
	_, err := tx.exec(`update accounts set moved_to_id = $2, moved_at = $3, updated_at = $4 where id = $1`, account, to, at, tx.now)
	tx.touch(model.TouchAccount, 0, account)
	return err
}

// SetAliases writes what else an account is known as.
func (tx *Tx) SetAliases(account model.ID, uris []string) error {
	if uris == nil {
		uris = []string{}
	}
	list, err := jsonText(uris)
	if err != nil {
		return err
	}
	_, err = tx.exec(`update accounts set also_known_as = $2, updated_at = $3 where id = $1`, account, list, tx.now)
	tx.touch(model.TouchAccount, 0, account)
	return err
}

// Busy tells whether jobs of a kind and key wait or run.
func (q *Q) Busy(job model.Job, key string) (bool, error) {
	_, found, err := maybe[model.ID](q, `select id from jobs where lane = $1 and buried_at = 0 limit 1`, job.Kind()+":"+key)
	return found, err
}

// DomainKnown tells whether anybody of a domain is known.
func (q *Q) DomainKnown(domain string) (bool, error) {
	_, found, err := maybe[model.ID](q, `select id from accounts where domain = $1 order by id limit 1`, domain)
	return found, err
}

// LocalFollowedBy are people here whom an account follows or asks to follow.
func (q *Q) LocalFollowedBy(account model.ID) ([]model.ID, error) {
	return all[model.ID](q, `
		select f.target_id as id
		from follows f
		join accounts a on a.id = f.target_id
		where f.account_id = $1 and a.domain = ''
		union
		select f.target_id
		from follow_requests f
		join accounts a on a.id = f.target_id
		where f.account_id = $1 and a.domain = ''`, account)
}
