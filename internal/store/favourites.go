package store

import "gomphothere/internal/model"

// favourite is a row of favourites; bookmarks have the same columns.
type favourite struct {
	ID        model.ID
	AccountID model.ID
	StatusID  model.ID
	CreatedAt model.Time
}

// AddFavourite gives the row it wrote, or 0 when it was there before.
func (tx *Tx) AddFavourite(account, status model.ID) (model.ID, error) {
	id := tx.NewID()
	added, err := tx.insert("favourites", favourite{id, account, status, tx.now}, "on conflict (account_id, status_id) do nothing")
	if err != nil || !added {
		return 0, err
	}
	tx.touch(model.TouchMarks, account, status)
	return id, tx.count("favourites_count", status, 1)
}

// RemoveFavourite takes a favourite back, with the notification of it, and gives the row it was, or 0.
func (tx *Tx) RemoveFavourite(account, status model.ID) (model.ID, error) {
	id, found, err := maybe[model.ID](&tx.Q, `delete from favourites where account_id = $1 and status_id = $2 returning id`, account, status)
	if err != nil || !found {
		return 0, err
	}
	tx.touch(model.TouchMarks, account, status)
	if _, err := tx.untell(0, `from_id = $1 and status_id = $2 and type = 'favourite'`, account, status); err != nil {
		return 0, err
	}
	return id, tx.count("favourites_count", status, -1)
}
