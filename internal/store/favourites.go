package store

import "gomphothere/internal/model"

// favourite is a row of favourites; bookmarks have the same columns.
type favourite struct {
	ID        model.ID
	AccountID model.ID
	StatusID  model.ID
	CreatedAt model.Time
}

// AddFavourite says whether it was not there before.
func (tx *Tx) AddFavourite(account, status model.ID) (bool, error) {
	added, err := tx.insert("favourites", favourite{tx.NewID(), account, status, tx.now}, "on conflict (account_id, status_id) do nothing")
	if err != nil || !added {
		return false, err
	}
	tx.touch(model.TouchMarks, account, status)
	return true, tx.count("favourites_count", status, 1)
}

// RemoveFavourite takes a favourite back, with the notification of it.
func (tx *Tx) RemoveFavourite(account, status model.ID) error {
	n, err := tx.exec(`delete from favourites where account_id = $1 and status_id = $2`, account, status)
	if err != nil || n == 0 {
		return err
	}
	tx.touch(model.TouchMarks, account, status)
	if _, err := tx.untell(0, `from_id = $1 and status_id = $2 and type = 'favourite'`, account, status); err != nil {
		return err
	}
	return tx.count("favourites_count", status, -1)
}
