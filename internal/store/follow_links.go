package store

import (
	"strings"

	"gomphothere/internal/model"
)

// FollowByURI finds a follow or a request by the address that another server gave it.
func (q *Q) FollowByURI(uri string) (f *model.Follow, requested bool, err error) {
	if uri == "" {
		return nil, false, model.ErrNotFound()
	}
	v, found, err := maybe[model.Follow](q, `select * from follows where uri = $1 and uri <> '' order by id limit 1`, uri)
	if err != nil || found {
		return &v, false, err
	}
	v, err = one[model.Follow](q, `select * from follow_requests where uri = $1 and uri <> '' order by id limit 1`, uri)
	return &v, true, err
}

// Block is a row of blocks.
type Block struct {
	ID        model.ID
	AccountID model.ID
	TargetID  model.ID
	URI       string
	CreatedAt model.Time
}

// BlockByURI finds a block by the address that another server gave it.
func (q *Q) BlockByURI(uri string) (*Block, error) {
	b, err := one[Block](q, `select * from blocks where uri = $1 and uri <> '' order by id limit 1`, uri)
	return &b, err
}

// BlockOf finds a block; nil when there is none.
func (q *Q) BlockOf(account, target model.ID) (*Block, error) {
	b, found, err := maybe[Block](q, `select * from blocks where account_id = $1 and target_id = $2`, account, target)
	if err != nil || !found {
		return nil, err
	}
	return &b, nil
}

// SetBlockURI gives a block its address.
func (tx *Tx) SetBlockURI(account, target model.ID, uri string) error {
	_, err := tx.exec(`update blocks set uri = $3 where account_id = $1 and target_id = $2`, account, target, uri)
	return err
}

// SetFollowURI gives a follow its address.
func (tx *Tx) SetFollowURI(id model.ID, uri string) error {
	_, err := tx.exec(`update follows set uri = $2 where id = $1`, id, uri)
	return err
}

// SetFollowRequestURI gives a request its address.
func (tx *Tx) SetFollowRequestURI(id model.ID, uri string) error {
	_, err := tx.exec(`update follow_requests set uri = $2 where id = $1`, id, uri)
	return err
}

// Bonds are an account's follows and requests with a domain ("": with everybody not ours), both ways.
type Bonds struct {
	Following, Requested []model.Follow // by the account
	Followers, Asking    []model.Follow // of the account
}

// BondsWith reads an account's follows and requests with a domain.
func (q *Q) BondsWith(account model.ID, domain string) (b Bonds, err error) {
	for _, part := range []struct {
		into                *[]model.Follow
		table, mine, theirs string
	}{
		{&b.Following, "follows", "account_id", "target_id"},
		{&b.Requested, "follow_requests", "account_id", "target_id"},
		{&b.Followers, "follows", "target_id", "account_id"},
		{&b.Asking, "follow_requests", "target_id", "account_id"},
	} {
		if *part.into, err = all[model.Follow](q, `
			select f.*
			from `+part.table+` f
			join accounts a on a.id = f.`+part.theirs+`
			where f.`+part.mine+` = $1 and a.domain = $2
			order by f.id`, account, domain); err != nil {
			return b, err
		}
	}
	return b, nil
}

// LocalFollows pages upwards through follows of an account by people here.
func (q *Q) LocalFollows(target, after model.ID, limit int) ([]model.Follow, error) {
	return all[model.Follow](q, `
		select f.*
		from follows f
		join accounts a on a.id = f.account_id
		where f.target_id = $1 and f.id > $2 and a.domain = ''
		order by f.id
		limit $3`, target, after, limit)
}

// LocalBonds are some of an account's follows and requests with people here, both ways; by the account: theirs.
func (q *Q) LocalBonds(account model.ID, limit int) (byThem, ofThem []model.Follow, err error) {
	for _, part := range []struct {
		into                *[]model.Follow
		table, mine, theirs string
	}{
		{&byThem, "follows", "account_id", "target_id"},
		{&byThem, "follow_requests", "account_id", "target_id"},
		{&ofThem, "follows", "target_id", "account_id"},
		{&ofThem, "follow_requests", "target_id", "account_id"},
	} {
		list, err := all[model.Follow](q, `
			select f.*
			from `+part.table+` f
			join accounts a on a.id = f.`+part.theirs+`
			where f.`+part.mine+` = $1 and a.domain = ''
			order by f.id
			limit $2`, account, limit)
		if err != nil {
			return nil, nil, err
		}
		*part.into = append(*part.into, list...)
	}
	return byThem, ofThem, nil
}

// LocalBlockers, LocalMuters and LocalNotes read, upwards, what people here have against or noted of an account.
func (q *Q) LocalBlockers(target, after model.ID, limit int) ([]Block, error) {
	return all[Block](q, `
		select b.*
		from blocks b
		join accounts a on a.id = b.account_id
		where b.target_id = $1 and b.id > $2 and a.domain = ''
		order by b.id
		limit $3`, target, after, limit)
}

// LocalMuters pages upwards through mutes of an account by people here.
func (q *Q) LocalMuters(target, after model.ID, limit int) ([]model.Mute, error) {
	return all[model.Mute](q, `
		select m.*
		from mutes m
		join accounts a on a.id = m.account_id
		where m.target_id = $1 and m.id > $2 and a.domain = ''
		order by m.id
		limit $3`, target, after, limit)
}

// Note is somebody's private note about another.
type Note struct {
	AccountID model.ID
	TargetID  model.ID
	Comment   string
}

// NotesAbout pages upwards through private notes about an account, by who wrote them.
func (q *Q) NotesAbout(target, after model.ID, limit int) ([]Note, error) {
	return all[Note](q, `
		select account_id, target_id, comment
		from account_notes
		where target_id = $1 and account_id > $2
		order by account_id
		limit $3`, target, after, limit)
}

// NoteAbout is somebody's private note about another, or "".
func (q *Q) NoteAbout(account, target model.ID) (string, error) {
	n, _, err := maybe[string](q, `select comment from account_notes where account_id = $1 and target_id = $2`, account, target)
	return n, err
}

// ListsHolding are an owner's lists that an account is on.
func (q *Q) ListsHolding(owner, account model.ID) ([]model.List, error) {
	return all[model.List](q, `
		select l.*
		from list_accounts m
		join lists l on l.id = m.list_id
		where m.account_id = $2 and l.account_id = $1
		order by l.id`, owner, account)
}

// RemoteFollowerURIs are the addresses of an account's followers elsewhere, with at most limit of them: more is true
// when there are more than that. host limits them to one server, named as in its URLs; "" is all.
func (q *Q) RemoteFollowerURIs(account model.ID, host string, limit int) (uris []string, more bool, err error) {
	pattern := "%"
	if host != "" {
		pattern = "%://" + likeEscape(host) + "/%"
	}
	uris, err = all[string](q, `
		select a.uri
		from follows f
		join accounts a on a.id = f.account_id
		where f.target_id = $1 and a.domain <> '' and a.suspended_at = 0 and a.uri like $2 escape '\'
		order by f.id
		limit $3`, account, pattern, limit+1)
	if len(uris) > limit {
		return uris[:limit], true, err
	}
	return uris, false, err
}

// LocalFollowers are people here who follow an account, at most limit of them.
func (q *Q) LocalFollowers(target model.ID, limit int) ([]*model.Account, error) {
	ids, err := all[model.ID](q, `
		select f.account_id
		from follows f
		join accounts a on a.id = f.account_id
		where f.target_id = $1 and a.domain = ''
		order by f.id
		limit $2`, target, limit)
	if err != nil {
		return nil, err
	}
	return q.Accounts(ids)
}

// LocalFollowerURIs are the addresses of people here who follow an account, at most limit of them.
func (q *Q) LocalFollowerURIs(target model.ID, limit int) ([]string, error) {
	return all[string](q, `
		select a.uri
		from follows f
		join accounts a on a.id = f.account_id
		where f.target_id = $1 and a.domain = ''
		order by f.id
		limit $2`, target, limit)
}

// likeEscape lets a text stand for itself in a pattern with escape '\'.
func likeEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}
