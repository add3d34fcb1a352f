package social

import (
	"context"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Favourite marks a status as liked, or takes that back (Mastodon API: statuses/:id/favourite). Of what people of
// other servers like, only that concerns us which is ours.
func (s *Social) Favourite(ctx context.Context, me *model.Account, id model.ID, on bool) (*model.Status, error) {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		st, err := markable(tx, me, id, on)
		if err != nil {
			return err
		}
		if !me.Local() && !st.Local {
			return nil
		}
		if !on {
			return s.unfavourite(tx, me, st)
		}
		blocking, err := tx.Blocking(me.ID, st.AccountID)
		if err != nil {
			return err
		}
		if blocking {
			return model.ErrForbidden()
		}
		return s.favourite(tx, me, st)
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).StatusByID(id)
}

func (s *Social) favourite(tx *store.Tx, me *model.Account, st *model.Status) error {
	row, err := tx.AddFavourite(me.ID, st.ID)
	if err != nil || row == 0 {
		return err
	}
	if !st.Local {
		return s.tell(tx, model.Distribute{Activity: "Like", Actor: me.ID, Status: st.ID, Row: row})
	}
	return s.notify(tx, st.AccountID, me, model.NotifyFavourite, st)
}

func (s *Social) unfavourite(tx *store.Tx, me *model.Account, st *model.Status) error {
	row, err := tx.RemoveFavourite(me.ID, st.ID)
	if err != nil || row == 0 || st.Local {
		return err
	}
	return s.tell(tx, model.Distribute{Activity: "Undo Like", Actor: me.ID, Row: row, Object: st.URI, Account: st.AccountID})
}
