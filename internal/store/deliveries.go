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

// FollowerURIs are the addresses of an account's followers on other servers, at most so many.
func (q *Q) FollowerURIs(account model.ID, limit int) ([]string, error) {
	return all[string](q, `
		select a.uri
		from follows f
		join accounts a on a.id = f.account_id
		where f.target_id = $1 and a.domain <> '' and a.suspended_at = 0
		order by f.id
		limit $2`, account, limit)
}

// Thread is how a conversation is named: by the address another server gave it, or by its first author, who is ours.
type Thread struct {
	URI       string
	AccountID model.ID
}

// ThreadOf tells how a conversation is named.
func (q *Q) ThreadOf(conversation model.ID) (Thread, error) {
	t, _, err := maybe[Thread](q, `select uri, account_id from conversations where id = $1`, conversation)
	return t, err
}

// OwnReplies are the addresses of an author's first replies to a status of theirs that everybody may see.
func (q *Q) OwnReplies(status, author model.ID, limit int) ([]string, error) {
	return all[string](q, `
		select uri from statuses
		where in_reply_to_id = $1 and in_reply_to_id <> 0 and account_id = $2 and visibility in $3
		order by id
		limit $4`, status, author, []string{string(model.Public), string(model.Unlisted)}, limit)
}

// VoteByID finds which choice a vote was for.
func (q *Q) VoteByID(poll, id model.ID) (choice int, err error) {
	return one[int](q, `select choice from poll_votes where poll_id = $1 and id = $2`, poll, id)
}

// PeersToDescribe are servers in touch with us that were not asked what they run since t.
func (q *Q) PeersToDescribe(t model.Time, limit int) ([]model.Peer, error) {
	return all[model.Peer](q, `
		select * from peers
		where described_at < $1 and failing_since = 0 and given_up_at = 0 and (last_heard > $1 or last_reached > $1)
		order by described_at
		limit $2`, t, limit)
}

// PeersToProbe are servers given up that were not tried since t.
func (q *Q) PeersToProbe(t model.Time, limit int) ([]model.Peer, error) {
	return all[model.Peer](q, `
		select * from peers
		where given_up_at <> 0 and given_up_at < $1 and last_failed < $1
		order by last_failed
		limit $2`, t, limit)
}
