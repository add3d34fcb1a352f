package social

import (
	"context"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Reblog shares a status with one's followers and returns the reblog, the one there is if there is one
// (Mastodon API: POST /api/v1/statuses/:id/reblog). A reblog of a reblog shares the original.
func (s *Social) Reblog(ctx context.Context, me *model.Account, id model.ID, visibility model.Visibility) (*model.Status, error) {
	if visibility != "" && !visibility.Valid() {
		return nil, model.Invalidf("Validation failed: Visibility is not included in the list")
	}
	user, err := s.DB.Read(ctx).UserOf(me.ID)
	if err != nil {
		return nil, err
	}
	if visibility == "" {
		visibility = defaultPrivacy(me, user)
	}
	var made model.ID
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		st, err := shownFor(tx, me, id)
		if err != nil {
			return err
		}
		if err := tx.LockStatus(st.ID); err != nil {
			return err
		}
		blocking, err := tx.Blocking(me.ID, st.AccountID)
		if err != nil {
			return err
		}
		if err := mayReblog(me, st, blocking); err != nil {
			return err
		}
		if made, err = tx.ReblogOf(me.ID, st.ID); err != nil || made != 0 {
			return err
		}
		made, err = s.reblog(tx, me, st, visibility)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).StatusByID(made)
}

// mayReblog tells whether somebody who may see a status may share it (Mastodon: StatusPolicy#reblog?).
func mayReblog(me *model.Account, st *model.Status, blocking bool) error {
	switch {
	case st.Visibility == model.Direct,
		st.Visibility == model.Private && st.AccountID != me.ID,
		blocking:
		return model.ErrForbidden()
	}
	return nil
}

func (s *Social) reblog(tx *store.Tx, me *model.Account, st *model.Status, visibility model.Visibility) (model.ID, error) {
	if st.Visibility == model.Private {
		visibility = model.Private
	}
	if visibility == model.Direct {
		return 0, model.Invalidf("Validation failed: Visibility is reserved")
	}
	id := tx.NewID()
	uri := me.URI + "/statuses/" + id.String() + "/activity"
	err := tx.AddStatus(&model.Status{
		ID: id, AccountID: me.ID, Local: true, URI: uri, URL: uri, Visibility: visibility,
		ReblogOfID: st.ID, ReblogOfAccountID: st.AccountID, CreatedAt: tx.Now(),
	})
	if err != nil {
		return 0, err
	}
	if err := s.notify(tx, st.AccountID, me, model.NotifyReblog, st); err != nil {
		return 0, err
	}
	tx.Publish(model.Event{Type: "update", Stream: "public", Account: me.ID, ID: id})
	return id, nil
}

// Unreblog takes a reblog back and returns the original (Mastodon API: POST /api/v1/statuses/:id/unreblog). Who can
// no longer see the original may still do it.
func (s *Social) Unreblog(ctx context.Context, me *model.Account, id model.ID) (*model.Status, error) {
	var original model.ID
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		st, err := tx.StatusByID(id)
		if err != nil {
			return err
		}
		original = st.Shown().ID
		mine, err := tx.ReblogOf(me.ID, original)
		if err != nil {
			return err
		}
		if mine == 0 {
			_, err := shownFor(tx, me, id)
			return err
		}
		reblog, err := ownStatus(tx, me, mine)
		if err != nil {
			return err
		}
		return s.remove(tx, reblog, false)
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).StatusByID(original)
}

// shownFor finds what somebody means by a status's id: itself, or what it reblogs, if they may see it.
func shownFor(tx *store.Tx, me *model.Account, id model.ID) (*model.Status, error) {
	st, err := tx.StatusFor(me, id)
	if err != nil {
		return nil, err
	}
	return st.Shown(), nil
}
