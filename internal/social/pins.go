package social

import (
	"context"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Pin puts a status on top of its author's profile (Mastodon API: statuses/:id/pin).
func (s *Social) Pin(ctx context.Context, me *model.Account, id model.ID) (*model.Status, error) {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		st, err := tx.StatusFor(me, id)
		if err != nil {
			return err
		}
		n, pinned, err := tx.Pins(me.ID, st.ID)
		if err != nil || pinned {
			return err
		}
		if err := mayPin(me, st, n, s.Site.MaxPinned); err != nil {
			return err
		}
		return tx.AddPin(me.ID, st.ID)
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).StatusByID(id)
}

// mayPin is Mastodon's StatusPinValidator.
func mayPin(me *model.Account, st *model.Status, n int64, most int) error {
	switch {
	case st.ReblogOfID != 0:
		return model.Invalidf("Validation failed: A boost cannot be pinned")
	case st.AccountID != me.ID:
		return model.Invalidf("Validation failed: Someone else's post cannot be pinned")
	case st.Visibility == model.Direct:
		return model.Invalidf("Validation failed: Posts that are only visible to mentioned users cannot be pinned")
	case n >= int64(most):
		return model.Invalidf("Validation failed: You have already pinned the maximum number of posts")
	}
	return nil
}

// Unpin takes it down again (Mastodon API: statuses/:id/unpin).
func (s *Social) Unpin(ctx context.Context, me *model.Account, id model.ID) (*model.Status, error) {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.StatusFor(me, id); err != nil {
			return err
		}
		return tx.RemovePin(me.ID, id)
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).StatusByID(id)
}
