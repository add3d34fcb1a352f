package store

import "gomphothere/internal/model"

// KnowsAccount tells whether an account of this id is here.
func (q *Q) KnowsAccount(uri string) (bool, error) {
	_, found, err := maybe[model.ID](q, `select id from accounts where uri = $1`, uri)
	return found, err
}

// FollowedHere tells whether one of ours follows an account.
func (q *Q) FollowedHere(account model.ID) (bool, error) {
	_, found, err := maybe[model.ID](q, `
		select f.id
		from follows f
		join accounts a on a.id = f.account_id
		where f.target_id = $1 and a.domain = ''
		limit 1`, account)
	return found, err
}

// RelayedBy tells whether a relay that agreed is this actor, or has this inbox.
func (q *Q) RelayedBy(actor, inbox string) (bool, error) {
	_, found, err := maybe[model.ID](q, `
		select id from relays
		where state = 'accepted' and (inbox_url = $2 or actor_uri = $1 and actor_uri <> '')
		limit 1`, actor, inbox)
	return found, err
}

// QuoterOf is a status that quotes this one, 0 when none does.
func (q *Q) QuoterOf(status model.ID) (model.ID, error) {
	id, _, err := maybe[model.ID](q, `select status_id from quotes where quoted_status_id = $1 limit 1`, status)
	return id, err
}

// RemoteFollowed are accounts of other servers that ours follow, after an id, oldest known first.
func (q *Q) RemoteFollowed(after model.ID, limit int) ([]model.ID, error) {
	return all[model.ID](q, `
		select a.id
		from accounts a
		where a.id > $1 and a.domain <> '' and a.suspended_at = 0 and exists (
			select 1
			from follows f
			join accounts me on me.id = f.account_id
			where f.target_id = a.id and me.domain = ''
		)
		order by a.id
		limit $2`, after, limit)
}
