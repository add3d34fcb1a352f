package store

import "gomphothere/internal/model"

// met leaves out of a list whom nobody or the viewer ($2, at $3) does not meet; the account is a.
// Mastodon: Account.not_excluded_by_account
const met = `
	and a.suspended_at = 0
	and not exists (select 1 from blocks b where b.account_id = $2 and b.target_id = a.id)
	and not exists (select 1 from blocks b where b.account_id = a.id and b.target_id = $2)
	and not exists (select 1 from mutes m where m.account_id = $2 and m.target_id = a.id and (m.expires_at = 0 or m.expires_at > $3))`

// Followers pages through who follows an account, by follow, as the viewer (0: everybody's eyes) sees them.
func (q *Q) Followers(account, viewer model.ID, p model.Page) ([]Entry, error) {
	return q.entries(`
		select f.id as cursor, f.account_id as id
		from follows f
		join accounts a on a.id = f.account_id
		where f.target_id = $1`+met, "f.id", []any{account, viewer, q.Now()}, p)
}

// Followed pages through whom an account follows, by follow, as the viewer (0: everybody's eyes) sees them.
func (q *Q) Followed(account, viewer model.ID, p model.Page) ([]Entry, error) {
	return q.entries(`
		select f.id as cursor, f.target_id as id
		from follows f
		join accounts a on a.id = f.target_id
		where f.account_id = $1`+met, "f.id", []any{account, viewer, q.Now()}, p)
}

// FollowRequests pages through who asks to follow an account.
func (q *Q) FollowRequests(account model.ID, p model.Page) ([]Entry, error) {
	return q.entries(`
		select f.id as cursor, f.account_id as id
		from follow_requests f
		join accounts a on a.id = f.account_id
		where f.target_id = $1 and a.suspended_at = 0`, "f.id", []any{account}, p)
}

// CountFollowRequests tells how many wait for an account's answer.
func (q *Q) CountFollowRequests(account model.ID) (int64, error) {
	return one[int64](q, `
		select count(*)
		from follow_requests f
		join accounts a on a.id = f.account_id
		where f.target_id = $1 and a.suspended_at = 0`, account)
}

// WelcomeRequests are requests to follow an account by anybody who is not limited, oldest first.
func (q *Q) WelcomeRequests(account model.ID, limit int) ([]model.Follow, error) {
	return all[model.Follow](q, `
		select f.*
		from follow_requests f
		join accounts a on a.id = f.account_id
		where f.target_id = $1 and a.silenced_at = 0 and a.suspended_at = 0
		order by f.id
		limit $2`, account, limit)
}

// Familiar gives, for each of these accounts, who among those the viewer follows follows them, leaving out who keeps
// their follows to themselves. Mastodon: FamiliarFollowersPresenter
func (q *Q) Familiar(viewer model.ID, accounts []model.ID, limit int) (map[model.ID][]model.ID, error) {
	out := map[model.ID][]model.ID{}
	type row struct {
		TargetID  model.ID
		AccountID model.ID
	}
	err := each(q, `
		select f.target_id, f.account_id
		from follows mine
		join follows f on f.account_id = mine.target_id
		join accounts a on a.id = f.account_id
		where mine.account_id = $1 and f.target_id in $2 and a.hide_collections = false and a.suspended_at = 0
		order by f.id desc
		limit $3`, []any{viewer, accounts, limit}, func(r *row) {
		out[r.TargetID] = append(out[r.TargetID], r.AccountID)
	})
	return out, err
}

// Follows tells whether one account follows another.
func (q *Q) Follows(account, target model.ID) (bool, error) {
	_, found, err := maybe[model.ID](q, `select id from follows where account_id = $1 and target_id = $2`, account, target)
	return found, err
}

// FollowOf finds a follow; nil when there is none.
func (q *Q) FollowOf(account, target model.ID) (*model.Follow, error) {
	f, found, err := maybe[model.Follow](q, `select * from follows where account_id = $1 and target_id = $2`, account, target)
	if err != nil || !found {
		return nil, err
	}
	return &f, nil
}

// FollowRequestOf finds a request to follow; nil when there is none.
func (q *Q) FollowRequestOf(account, target model.ID) (*model.Follow, error) {
	f, found, err := maybe[model.Follow](q, `select * from follow_requests where account_id = $1 and target_id = $2`, account, target)
	if err != nil || !found {
		return nil, err
	}
	return &f, nil
}

// LockAccounts keeps others from changing how these accounts stand to anybody until the commit. Every verb that adds
// or removes follows, requests or blocks calls it first, so that of two at once the second sees the first. SQLite has
// one writer and needs no locks.
func (tx *Tx) LockAccounts(ids ...model.ID) error {
	if !tx.db.postgres {
		return nil
	}
	_, err := all[model.ID](&tx.Q, `select id from accounts where id in $1 order by id for no key update`, ids)
	return err
}

// AddFollow writes a follow and counts it; one that exists stays as it is.
func (tx *Tx) AddFollow(f *model.Follow) error {
	added, err := tx.insert("follows", f, "on conflict (account_id, target_id) do nothing")
	if err != nil {
		return err
	}
	tx.touchRelations(f.AccountID)
	if !added {
		return nil
	}
	return tx.CountFollow(f.AccountID, f.TargetID, 1)
}

// SetFollow writes the options of a follow.
func (tx *Tx) SetFollow(f *model.Follow) error {
	tx.touchRelations(f.AccountID)
	return tx.setFollow("follows", f)
}

// SetFollowRequest writes the options of a request.
func (tx *Tx) SetFollowRequest(f *model.Follow) error { return tx.setFollow("follow_requests", f) }

func (tx *Tx) setFollow(table string, f *model.Follow) error {
	languages, err := jsonText(f.Languages)
	if err != nil {
		return err
	}
	_, err = tx.exec(`update `+table+` set show_reblogs = $2, notify = $3, languages = $4 where id = $1`,
		f.ID, f.ShowReblogs, f.Notify, languages)
	return err
}

// AddFollowRequest writes a request to follow; one that exists stays as it is.
func (tx *Tx) AddFollowRequest(f *model.Follow) error {
	_, err := tx.insert("follow_requests", f, "on conflict (account_id, target_id) do nothing")
	return err
}

// RemoveFollow ends a follow with all that hangs on it: memberships of the follower's lists, the endorsement, the
// notification. It says whether there was one.
func (tx *Tx) RemoveFollow(account, target model.ID) (bool, error) {
	n, err := tx.exec(`delete from follows where account_id = $1 and target_id = $2`, account, target)
	if err != nil || n == 0 {
		return false, err
	}
	tx.touchRelations(account)
	if err := tx.unhang(account, target, model.NotifyFollow); err != nil {
		return false, err
	}
	if _, err := tx.exec(`delete from endorsements where account_id = $1 and target_id = $2`, account, target); err != nil {
		return false, err
	}
	return true, tx.CountFollow(account, target, -1)
}

// RemoveFollowRequest withdraws a request with all that hangs on it, and says whether there was one.
func (tx *Tx) RemoveFollowRequest(account, target model.ID) (bool, error) {
	n, err := tx.exec(`delete from follow_requests where account_id = $1 and target_id = $2`, account, target)
	if err != nil || n == 0 {
		return false, err
	}
	tx.touchRelations(account)
	return true, tx.unhang(account, target, model.NotifyFollowRequest)
}

// unhang takes away what a follow or a request brought: places in lists, and the notification.
func (tx *Tx) unhang(account, target model.ID, notification string) error {
	if _, err := tx.exec(`
		delete from list_accounts
		where account_id = $2 and list_id in (select id from lists where account_id = $1)`, account, target); err != nil {
		return err
	}
	return tx.unnotify(target, account, notification)
}

// AcceptFollow turns a request into a follow with the same options.
func (tx *Tx) AcceptFollow(f model.Follow) error {
	n, err := tx.exec(`delete from follow_requests where id = $1`, f.ID)
	if err != nil || n == 0 {
		return err
	}
	if err := tx.unnotify(f.TargetID, f.AccountID, model.NotifyFollowRequest); err != nil {
		return err
	}
	f.ID, f.CreatedAt = tx.NewID(), tx.now
	return tx.AddFollow(&f)
}

// unnotify takes back what one account was told of another, where no status is concerned.
func (tx *Tx) unnotify(to, from model.ID, typ string) error {
	_, err := tx.untell(to, `account_id = $1 and from_id = $2 and type = $3`, to, from, typ)
	return err
}
