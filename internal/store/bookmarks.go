package store

import "gomphothere/internal/model"

// AddBookmark keeps a status for an account; once.
func (tx *Tx) AddBookmark(account, status model.ID) error {
	_, err := tx.insert("bookmarks", favourite{tx.NewID(), account, status, tx.now}, "on conflict (account_id, status_id) do nothing")
	tx.touch(model.TouchMarks, account, status)
	return err
}

// RemoveBookmark lets go of it.
func (tx *Tx) RemoveBookmark(account, status model.ID) error {
	_, err := tx.exec(`delete from bookmarks where account_id = $1 and status_id = $2`, account, status)
	tx.touch(model.TouchMarks, account, status)
	return err
}

// Marked tells whether an account favoured or bookmarked a status: it may take that back even when it may no longer see it.
func (q *Q) Marked(account, status model.ID) (bool, error) {
	_, found, err := maybe[model.ID](q, `
		select id from favourites where account_id = $1 and status_id = $2
		union all select id from bookmarks where account_id = $1 and status_id = $2`, account, status)
	return found, err
}
