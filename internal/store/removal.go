package store

import (
	"slices"

	"gomphothere/internal/model"
)

// RemoveStatus deletes a status, hydrated, with its reblogs and everything that is only about it, counts back, and
// leaves tombstones. Its files are set free for another status, or with them marked as removed for the media room to
// collect. It returns the reblogs that went with it.
func (tx *Tx) RemoveStatus(s *model.Status, files bool) ([]Removed, error) {
	gone, err := all[Removed](&tx.Q, `select id, account_id, uri, visibility from statuses where reblog_of_id = $1 and reblog_of_id <> 0`, s.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range gone {
		tx.touch(model.TouchMarks, r.AccountID, s.ID)
	}
	reblogs, ids := slices.Clone(gone), []model.ID{s.ID}
	for _, r := range gone {
		ids = append(ids, r.ID)
	}
	gone = append(gone, Removed{s.ID, s.AccountID, s.URI, s.Visibility})
	if err := tx.untie(s); err != nil {
		return nil, err
	}
	if err := tx.freeMedia(s.ID, files); err != nil {
		return nil, err
	}
	if err := tx.forgetFiltered(ids); err != nil {
		return nil, err
	}
	if _, err := tx.untell(0, `status_id in $1`, ids); err != nil {
		return nil, err
	}
	if err := tx.featuredUse(s, -1); err != nil {
		return nil, err
	}
	if _, err := tx.exec(`delete from statuses where id in $1`, ids); err != nil {
		return nil, err
	}
	for _, r := range gone {
		if err := tx.bury(r); err != nil {
			return nil, err
		}
	}
	if s.Visibility == model.Direct {
		return reblogs, tx.conversationsWithout(s)
	}
	return reblogs, nil
}

// Removed is what is left to know of a deleted status.
type Removed struct {
	ID         model.ID
	AccountID  model.ID
	URI        string
	Visibility model.Visibility
}

// bury counts one deleted status back and remembers its name.
func (tx *Tx) bury(r Removed) error {
	if r.Visibility != model.Direct {
		if err := tx.CountStatus(r.AccountID, -1, 0); err != nil {
			return err
		}
	}
	tx.touch(model.TouchStatus, 0, r.ID)
	tx.touch(model.TouchPlace, 0, r.ID)
	_, err := tx.exec(`
		insert into tombstones (uri, account_id, created_at)
		values ($1, $2, $3)
		on conflict (uri) do nothing`, r.URI, r.AccountID, tx.now)
	return err
}

// untie takes a status out of what others say of it: replies, what it replies to, reblogs and quotes.
func (tx *Tx) untie(s *model.Status) error {
	if s.ReblogOfID != 0 {
		tx.touch(model.TouchMarks, s.AccountID, s.ReblogOfID)
		if _, err := tx.untell(0, `from_id = $1 and status_id = $2 and type = 'reblog'`, s.AccountID, s.ReblogOfID); err != nil {
			return err
		}
		return tx.count("reblogs_count", s.ReblogOfID, -1)
	}
	if s.InReplyToID != 0 && distributable(s) {
		if err := tx.count("replies_count", s.InReplyToID, -1); err != nil {
			return err
		}
	}
	if s.Quote != nil && s.Quote.State == "accepted" {
		if err := tx.count("quotes_count", s.Quote.QuotedStatusID, -1); err != nil {
			return err
		}
	}
	replies, err := all[model.ID](&tx.Q, `select id from statuses where in_reply_to_id = $1 and in_reply_to_id <> 0`, s.ID)
	if err != nil {
		return err
	}
	if _, err := tx.exec(`update statuses set in_reply_to_id = 0 where in_reply_to_id = $1 and in_reply_to_id <> 0`, s.ID); err != nil {
		return err
	}
	quoting, err := all[model.ID](&tx.Q, `select status_id from quotes where quoted_status_id = $1`, s.ID)
	if err != nil {
		return err
	}
	if _, err := tx.exec(`update quotes set state = 'deleted' where quoted_status_id = $1 and state in ('accepted', 'pending')`, s.ID); err != nil {
		return err
	}
	for _, id := range slices.Concat(replies, quoting) {
		tx.touch(model.TouchStatus, 0, id)
	}
	return nil
}

// freeMedia lets go of a status's files. What an edit took off the status goes with it.
func (tx *Tx) freeMedia(status model.ID, files bool) error {
	text := `update media_attachments set status_id = 0 where status_id = $1 and status_id <> 0`
	if files {
		text = `update media_attachments set status_id = 0, processing = 'removed' where status_id = $1 and status_id <> 0`
	}
	_, err := tx.exec(text, status)
	return err
}

// forgetFiltered drops the cached filters that name these statuses.
func (tx *Tx) forgetFiltered(statuses []model.ID) error {
	return each(&tx.Q, `
		select distinct f.account_id
		from filter_statuses s
		join filters f on f.id = s.filter_id
		where s.status_id in $1`, []any{statuses}, func(id *model.ID) { tx.touch(model.TouchFilters, *id, 0) })
}

// Tombstone tells whether something of this name was deleted here.
func (q *Q) Tombstone(uri string) (bool, error) {
	_, found, err := maybe[string](q, `select uri from tombstones where uri = $1`, uri)
	return found, err
}
