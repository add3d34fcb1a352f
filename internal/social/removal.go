package social

import (
	"context"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// RemoveStatus deletes one of the author's statuses, or takes back a reblog, and returns what it was, for a new draft
// (Mastodon API: DELETE /api/v1/statuses/:id). Its files may be used again, unless they are to go too.
func (s *Social) RemoveStatus(ctx context.Context, author *model.Account, id model.ID, files bool) (*model.Status, error) {
	var was *model.Status
	err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if was, err = ownStatus(tx, author, id); err != nil {
			return err
		}
		return s.remove(tx, was, files)
	})
	if err != nil {
		return nil, err
	}
	return was, nil
}

// ownStatus finds and locks one of somebody's own statuses. That of others is not there.
func ownStatus(tx *store.Tx, author *model.Account, id model.ID) (*model.Status, error) {
	if err := tx.LockStatus(id); err != nil {
		return nil, err
	}
	st, err := tx.StatusByID(id)
	if err == nil && st.AccountID != author.ID {
		return nil, model.ErrNotFound()
	}
	return st, err
}

// remove deletes a status whoever wishes it: its author, a moderator, the server it came from.
func (s *Social) remove(tx *store.Tx, st *model.Status, files bool) error {
	reblogs, err := tx.RemoveStatus(st, files)
	if err != nil {
		return err
	}
	for _, r := range reblogs {
		of := &model.Place{Visibility: r.Visibility, Shared: true}
		tx.Publish(model.Event{Type: model.EventDelete, Stream: "public", Account: r.AccountID, ID: r.ID, Of: of})
	}
	tx.Publish(model.Event{Type: model.EventDelete, Stream: "public", Account: st.AccountID, ID: st.ID, Of: model.PlaceOf(st)})
	return nil
}
