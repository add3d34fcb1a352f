package store

import (
	"gomphothere/internal/model"
)

// Activity finds a document on its way.
func (q *Q) Activity(id model.ID) (*model.OutgoingActivity, error) {
	a, err := one[model.OutgoingActivity](q, `select * from activities where id = $1`, id)
	if err != nil {
		return nil, err
	}
	return &a, nil
}

// AddActivity keeps a document for its deliveries; one that is there stays as it is.
func (tx *Tx) AddActivity(a *model.OutgoingActivity) error {
	_, err := tx.insert("activities", a, "on conflict (id) do nothing")
	return err
}

// SetReached notes up to which inbox, in order, an activity has its deliveries.
func (tx *Tx) SetReached(id model.ID, inbox string) error {
	_, err := tx.exec(`update activities set reached = $2 where id = $1`, id, inbox)
	return err
}

// FollowerInboxes pages through where an account's followers on other servers hear of things, by follow.
func (q *Q) FollowerInboxes(account, after model.ID, limit int) ([]model.InboxOf, error) {
	return all[model.InboxOf](q, `
		select f.id, a.domain, a.inbox_url, a.shared_inbox_url
		from follows f
		join accounts a on a.id = f.account_id
		where f.target_id = $1 and f.id > $2 and a.domain <> '' and a.suspended_at = 0
		order by f.id
		limit $3`, account, after, limit)
}

// InboxesOf tells where these accounts hear of things; who is ours is left out.
func (q *Q) InboxesOf(accounts []model.ID) ([]model.InboxOf, error) {
	return all[model.InboxOf](q, `
		select id, domain, inbox_url, shared_inbox_url from accounts
		where id in $1 and domain <> ''`, accounts)
}

// AllInboxes pages through where everybody on other servers hears of things.
func (q *Q) AllInboxes(after model.ID, limit int) ([]model.InboxOf, error) {
	return all[model.InboxOf](q, `
		select id, domain, inbox_url, shared_inbox_url from accounts
		where id > $1 and domain <> ''
		order by id
		limit $2`, after, limit)
}

// PeopleAround are those on other servers who have to do with a status: who replied to it, reblogged, favourited or
// quoted it. Mastodon: StatusReachFinder
func (q *Q) PeopleAround(status model.ID, limit int) ([]model.ID, error) {
	return all[model.ID](q, `
		select a.id from accounts a
		where a.domain <> '' and a.id in (
			select account_id from statuses where reblog_of_id = $1 and reblog_of_id <> 0
			union select account_id from statuses where in_reply_to_id = $1 and in_reply_to_id <> 0
			union select account_id from favourites where status_id = $1
			union select account_id from quotes where quoted_status_id = $1
		)
		limit $2`, status, limit)
}

// RecentlyMentioned are those on other servers whom an account has addressed in statuses since. Mastodon: AccountReachFinder
func (q *Q) RecentlyMentioned(account model.ID, since model.Time, limit int) ([]model.ID, error) {
	return all[model.ID](q, `
		select distinct a.id
		from statuses s
		join mentions m on m.status_id = s.id
		join accounts a on a.id = m.account_id
		where s.account_id = $1 and s.id > $2 and a.domain <> ''
		limit $3`, account, model.IDAt(since), limit)
}

// FollowedElsewhere are those on other servers whom an account follows or asks to, newest first.
func (q *Q) FollowedElsewhere(account model.ID, limit int) ([]model.ID, error) {
	return all[model.ID](q, `
		select id from (
			select a.id, f.id as at from follows f join accounts a on a.id = f.target_id where f.account_id = $1 and a.domain <> ''
			union all
			select a.id, f.id as at from follow_requests f join accounts a on a.id = f.target_id where f.account_id = $1 and a.domain <> ''
		) x
		order by at desc
		limit $2`, account, limit)
}

// BlockersElsewhere are those on other servers who block an account.
func (q *Q) BlockersElsewhere(account model.ID, limit int) ([]model.ID, error) {
	return all[model.ID](q, `
		select a.id from blocks b join accounts a on a.id = b.account_id
		where b.target_id = $1 and a.domain <> ''
		limit $2`, account, limit)
}

// FollowingAmong gives those of these accounts who follow a target or ask to.
func (q *Q) FollowingAmong(accounts []model.ID, target model.ID) ([]model.ID, error) {
	return all[model.ID](q, `
		select account_id from follows where target_id = $2 and account_id in $1
		union
		select account_id from follow_requests where target_id = $2 and account_id in $1`, accounts, target)
}

// PeersNamed gives what is known of these hosts.
func (q *Q) PeersNamed(hosts []string) ([]model.Peer, error) {
	return all[model.Peer](q, `select * from peers where host in $1`, hosts)
}

// PruneActivities forgets documents made before t, at most so many, and says how many.
func (tx *Tx) PruneActivities(t model.Time, limit int) (int64, error) {
	return tx.exec(`
		delete from activities
		where id in (select id from activities where id < $1 order by id limit $2)`, model.IDAt(t), limit)
}

// PruneBuried forgets jobs of a kind that were given up before t, at most so many, and says how many.
func (tx *Tx) PruneBuried(kind string, t model.Time, limit int) (int64, error) {
	return tx.exec(`
		delete from jobs
		where id in (select id from jobs where buried_at > 0 and buried_at < $2 and kind = $1 limit $3)`, kind, t, limit)
}
