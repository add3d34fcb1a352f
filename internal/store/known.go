package store

import "gomphothere/internal/model"

// Named is a status as its name finds it: enough to tie others to it.
type Named struct {
	ID             model.ID
	AccountID      model.ID
	ConversationID model.ID
	ReblogOfID     model.ID
	Visibility     model.Visibility
}

// Known is what is already here when something of another server arrives.
type Known struct {
	Statuses     map[string]Named // by URI
	Gone         map[string]bool  // URIs of what was deleted
	Conversation model.ID
	Replies      []Named    // those that wait for what arrives
	Quotes       []model.ID // likewise
	Subscribers  []model.ID // ours who want to be told of every status of its author
}

// maxWaiting bounds how many replies and quotes are tied at once to what they waited for, so that no transaction is
// long; a job ties the rest.
const maxWaiting = 200

// Taken tells whether a name is in use: it gives the status when it is by's, and refuses one that was deleted or is
// somebody else's.
func (k *Known) Taken(uri string, by model.ID) (model.ID, error) {
	if k.Gone[uri] {
		return 0, &model.Error{Kind: model.KindGone, Text: "This was deleted"}
	}
	st, ok := k.Statuses[uri]
	if ok && st.AccountID != by {
		return 0, model.ErrForbidden()
	}
	return st.ID, nil
}

// Known looks for all that the arrival of a status asks for, in one statement: what these names stand for, the first
// being its own, its conversation's name, what waits for it, and who wants to hear of its author (0: nobody).
func (q *Q) Known(uris []string, conversation string, author model.ID) (*Known, error) {
	type row struct {
		What int
		URI  string
		Named
	}
	k := &Known{Statuses: map[string]Named{}, Gone: map[string]bool{}}
	err := each(q, `
		select 0 as what, uri, id, account_id, conversation_id, reblog_of_id, visibility from statuses where uri in $1
		union all
		select 1, uri, 0, account_id, 0, 0, '' from tombstones where uri in $1
		union all
		select 2, uri, id, 0, 0, 0, '' from conversations where uri = $2 and uri <> ''
		union all
		select * from (
			select 3 as what, '' as uri, id, account_id, conversation_id, reblog_of_id, visibility
			from statuses
			where in_reply_to_uri = $3 and in_reply_to_uri <> '' and in_reply_to_id = 0
			limit $5
		) r
		union all
		select * from (
			select 4 as what, '' as uri, id, account_id, 0 as c, 0 as r, '' as v
			from quotes
			where quoted_uri = $3 and quoted_uri <> '' and quoted_status_id = 0
			limit $5
		) w
		union all
		select 5, '', f.account_id, 0, 0, 0, '' from follows f where f.target_id = $4 and f.notify`,
		[]any{uris, conversation, uris[0], author, maxWaiting}, func(r *row) {
			switch r.What {
			case 0:
				k.Statuses[r.URI] = r.Named
			case 1:
				k.Gone[r.URI] = true
			case 2:
				k.Conversation = r.ID
			case 3:
				k.Replies = append(k.Replies, r.Named)
			case 4:
				k.Quotes = append(k.Quotes, r.ID)
			case 5:
				k.Subscribers = append(k.Subscribers, r.ID)
			}
		})
	return k, err
}

// More tells whether more may wait than was read.
func (k *Known) More() bool { return len(k.Replies) == maxWaiting || len(k.Quotes) == maxWaiting }

// TieReplies ties replies to what they waited for.
func (tx *Tx) TieReplies(st *model.Status, replies []Named) error {
	ids := make([]model.ID, len(replies))
	counted := 0
	for i, r := range replies {
		ids[i] = r.ID
		if r.Visibility == model.Public || r.Visibility == model.Unlisted {
			counted++
		}
		tx.touch(model.TouchStatus, 0, r.ID)
		tx.touch(model.TouchPlace, 0, r.ID)
	}
	if _, err := tx.exec(`
		update statuses
		set in_reply_to_id = $2, in_reply_to_account_id = $3
		where id in $1 and in_reply_to_id = 0`, ids, st.ID, st.AccountID); err != nil {
		return err
	}
	if counted == 0 {
		return nil
	}
	return tx.count("replies_count", st.ID, counted)
}

// Bury remembers that something of another server was deleted, whether it was ever here.
func (tx *Tx) Bury(uri string, account model.ID) error {
	_, err := tx.exec(`
		insert into tombstones (uri, account_id, created_at)
		values ($1, $2, $3)
		on conflict (uri) do nothing`, uri, account, tx.now)
	return err
}

// ForgetTombstones drops some of what others deleted before t and says whether there may be more; what was ours stays
// gone for good.
func (tx *Tx) ForgetTombstones(t model.Time, limit int) (more bool, err error) {
	n, err := tx.exec(`
		delete from tombstones
		where uri in (
			select b.uri
			from tombstones b
			join accounts a on a.id = b.account_id
			where b.created_at < $1 and a.domain <> ''
			limit $2
		)`, t, limit)
	return int(n) == limit, err
}

// StatusNamed finds and locks the status of a URI.
func (tx *Tx) StatusNamed(uri string) (*model.Status, error) {
	id, err := one[model.ID](&tx.Q, `select id from statuses where uri = $1`, uri)
	if err != nil {
		return nil, err
	}
	if err := tx.LockStatus(id); err != nil {
		return nil, err
	}
	return tx.StatusByID(id)
}
