package social

import (
	"context"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Favourite marks a status as liked, or takes that back (Mastodon API: statuses/:id/favourite).
func (s *Social) Favourite(ctx context.Context, me *model.Account, id model.ID, on bool) (*model.Status, error) {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		st, err := markable(tx, me, id, on)
		if err != nil {
			return err
		}
		if !on {
			return tx.RemoveFavourite(me.ID, st.ID)
		}
		blocking, err := tx.Blocking(me.ID, st.AccountID)
		if err != nil {
			return err
		}
		if blocking {
			return model.ErrForbidden()
		}
		added, err := tx.AddFavourite(me.ID, st.ID)
		if err != nil || !added {
			return err
		}
		return s.notify(tx, st.AccountID, me, model.NotifyFavourite, st)
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).StatusByID(id)
}
