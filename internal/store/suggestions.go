package store

import "gomphothere/internal/model"

// unknownTo is whom $1 might want to follow: findable, and neither followed, asked, blocked, muted nor dismissed.
const unknownTo = `a.discoverable and a.suspended_at = 0 and a.silenced_at = 0 and a.moved_to_id = 0 and a.id <> $1
	and not exists (select 1 from follows f where f.account_id = $1 and f.target_id = a.id)
	and not exists (select 1 from follow_requests f where f.account_id = $1 and f.target_id = a.id)
	and not exists (select 1 from blocks b where b.account_id = $1 and b.target_id = a.id)
	and not exists (select 1 from blocks b where b.account_id = a.id and b.target_id = $1)
	and not exists (select 1 from mutes m where m.account_id = $1 and m.target_id = a.id)
	and not exists (select 1 from account_domain_blocks d where d.account_id = $1 and d.domain = a.domain)
	and not exists (select 1 from dismissed_suggestions x where x.account_id = $1 and x.target_id = a.id)`

const (
	maxFriends        = 50  // newest follows looked through for their follows; 50 × 100 rows are a few ms
	maxFriendsFollows = 100 // newest follows of each of them
	maxPopular        = 500 // most followed accounts looked through; who knows all those needs no suggestions
)

// FriendsOfFriends are accounts that those somebody follows follow, and show it, by how many of them do (Mastodon:
// AccountSuggestions::FriendsOfFriendsSource).
func (q *Q) FriendsOfFriends(account model.ID, limit int) ([]model.ID, error) {
	return all[model.ID](q, `
		select a.id
		from (
			select s.target_id, count(*) as n
			from (
				select f.target_id as id
				from follows f
				join accounts t on t.id = f.target_id
				where f.account_id = $1 and not t.hide_collections
				order by f.id desc
				limit $2
			) friend
			`+q.db.pick(`
			join follows s on s.id in (select id from follows where account_id = friend.id order by id desc limit $3)`, `
			cross join lateral (select target_id from follows where account_id = friend.id order by id desc limit $3) s`)+`
			group by s.target_id
		) c
		join accounts a on a.id = c.target_id
		where `+unknownTo+`
		order by c.n desc, a.followers_count desc, a.id
		limit $4`, account, maxFriends, maxFriendsFollows, limit)
}

// MostFollowed are accounts here with many followers (Mastodon: AccountSuggestions::GlobalSource).
func (q *Q) MostFollowed(account model.ID, limit int) ([]model.ID, error) {
	return all[model.ID](q, `
		select a.id
		from (
			select id
			from accounts
			where discoverable and domain = ''
			order by followers_count desc, id desc
			limit $2
		) c
		join accounts a on a.id = c.id
		where `+unknownTo+`
		order by a.followers_count desc, a.id desc
		limit $3`, account, maxPopular, limit)
}

// AddDismissal keeps somebody from being suggested again.
func (tx *Tx) AddDismissal(account, target model.ID) error {
	_, err := tx.exec(`insert into dismissed_suggestions (account_id, target_id) values ($1, $2) on conflict do nothing`, account, target)
	return err
}

// listed is who stands in the directory, as $1 (0: a visitor) sees it.
const listed = `a.discoverable and a.suspended_at = 0 and a.silenced_at = 0 and a.moved_to_id = 0
	and not exists (select 1 from blocks b where b.account_id = $1 and b.target_id = a.id)
	and not exists (select 1 from blocks b where b.account_id = a.id and b.target_id = $1)
	and not exists (select 1 from mutes m where m.account_id = $1 and m.target_id = a.id)
	and not exists (select 1 from account_domain_blocks d where d.account_id = $1 and d.domain = a.domain)`

// NewestListed pages through the directory by when accounts became known, newest first.
func (q *Q) NewestListed(viewer model.ID, local bool, p model.Page) ([]model.ID, error) {
	return all[model.ID](q, `
		select a.id
		from accounts a
		where `+listed+` and (not $4 or a.domain = '')
		order by a.id desc
		limit $2
		offset $3`, viewer, p.Limit, p.Offset, local)
}

// Accounts looked at to find the most active. An index by activity would cost every post; with this many, a directory
// of up to 2,000 people is exact, and a larger one right as far as anybody scrolls.
const maxActive = 2000

// ActiveListed pages through the directory by when accounts last posted, newest first: of the authors of the newest
// statuses and the newest accounts.
func (q *Q) ActiveListed(viewer model.ID, local bool, p model.Page) ([]model.ID, error) {
	return all[model.ID](q, `
		select a.id
		from (
			select account_id as id from (select account_id from statuses order by id desc limit $5) r
			union select id from (select id from accounts where discoverable and (not $4 or domain = '') order by id desc limit $5) n
		) c
		join accounts a on a.id = c.id
		where `+listed+` and (not $4 or a.domain = '')
		order by a.last_status_at desc, a.id desc
		limit $2
		offset $3`, viewer, p.Limit, p.Offset, local, maxActive)
}
