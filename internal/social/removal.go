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
	if err := s.tellOfRemoval(tx, st); err != nil {
		return err
	}
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

// tellOfRemoval tells other servers that a status is going, while its rows still say who has it: those who have it from
// its author, and the followers of those of ours who shared it.
func (s *Social) tellOfRemoval(tx *store.Tx, st *model.Status) error {
	known, err := tx.AnyRemote()
	if err != nil || !known {
		return err
	}
	if st.Reblog != nil {
		return s.tell(tx, undoReblog(st, st.Reblog))
	}
	reblogs, err := tx.LocalReblogs(st.ID)
	if err != nil {
		return err
	}
	for i := range reblogs {
		if reblogs[i].AccountID == st.AccountID {
			continue // the deletion itself goes to the same people
		}
		if err := s.tell(tx, undoReblog(&reblogs[i], st)); err != nil {
			return err
		}
	}
	if !st.Local {
		return nil
	}
	d := model.Distribute{
		Activity: "Delete", Actor: st.AccountID, Object: st.URI,
		Followers: st.Visibility != model.Direct, Public: st.Visibility == model.Public || st.Visibility == model.Unlisted,
	}
	if d.To, err = tx.ReachOf(st); err != nil || !d.Followers && len(d.To) == 0 {
		return err
	}
	return s.tell(tx, d)
}

func undoReblog(reblog, original *model.Status) model.Distribute {
	return model.Distribute{
		Activity: "Undo Announce", Actor: reblog.AccountID, URI: reblog.URI, Object: original.URI, Account: original.AccountID,
		Followers: true, Public: reblog.Visibility != model.Private,
	}
}
