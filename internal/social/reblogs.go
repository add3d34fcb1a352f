package social

import (
	"context"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// ReblogOptions say how somebody shares a status.
type ReblogOptions struct {
	Visibility model.Visibility // "": the person's default; of another server's: public
	// Of another server's people: the Announce, and when it was made (0: now).
	URI       string
	CreatedAt model.Time
	Fetched   bool // it was looked for rather than sent: nobody is told
}

// Reblog shares a status with one's followers and returns the reblog, the one there is if there is one
// (Mastodon API: POST /api/v1/statuses/:id/reblog). A reblog of a reblog shares the original.
func (s *Social) Reblog(ctx context.Context, me *model.Account, id model.ID, o ReblogOptions) (*model.Status, error) {
	if o.Visibility != "" && !o.Visibility.Valid() {
		return nil, model.Invalidf("Validation failed: Visibility is not included in the list")
	}
	if err := s.tidyReblog(ctx, me, &o); err != nil {
		return nil, err
	}
	var made model.ID
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		if !me.Local() {
			known, err := tx.Known([]string{o.URI}, "", 0)
			if err != nil {
				return err
			}
			if made, err = known.Taken(o.URI, me.ID); made != 0 || err != nil {
				return err
			}
		}
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
		made, err = s.reblog(tx, me, st, o)
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
	case st.Visibility == model.Direct, st.Visibility == model.Limited,
		st.Visibility == model.Private && st.AccountID != me.ID,
		blocking:
		return model.ErrForbidden()
	}
	return nil
}

func (s *Social) reblog(tx *store.Tx, me *model.Account, st *model.Status, o ReblogOptions) (model.ID, error) {
	if st.Visibility == model.Private {
		o.Visibility = model.Private
	}
	if o.Visibility == model.Direct {
		return 0, model.Invalidf("Validation failed: Visibility is reserved")
	}
	made := &model.Status{
		AccountID: me.ID, Local: me.Local(), URI: o.URI, URL: o.URI, Visibility: o.Visibility,
		ReblogOfID: st.ID, ReblogOfAccountID: st.AccountID, CreatedAt: tx.Now(),
	}
	if me.Local() {
		made.ID = tx.NewID()
		made.URI = me.URI + "/statuses/" + made.ID.String() + "/activity"
		made.URL = made.URI
	} else {
		made.CreatedAt = dated(o.CreatedAt, tx.Now())
		made.ID = idAt(tx, made.CreatedAt)
	}
	if err := tx.AddStatus(made); err != nil {
		return 0, err
	}
	if !news(made, o.Fetched, tx.Now()) {
		return made.ID, nil
	}
	if err := s.notify(tx, st.AccountID, me, model.NotifyReblog, st); err != nil {
		return 0, err
	}
	tx.Publish(model.Event{Type: "update", Stream: "public", Account: me.ID, ID: made.ID})
	return made.ID, s.tell(tx, model.Distribute{Activity: "Announce", Actor: me.ID, Status: made.ID})
}

// tidyReblog fills in what is left open.
func (s *Social) tidyReblog(ctx context.Context, me *model.Account, o *ReblogOptions) error {
	if !me.Local() {
		if o.Visibility == "" {
			o.Visibility = model.Public
		}
		return checkURI(o.URI, me)
	}
	user, err := s.DB.Read(ctx).UserOf(me.ID)
	if err == nil && o.Visibility == "" {
		o.Visibility = defaultPrivacy(me, user)
	}
	return err
}

// UndoReblog takes back a reblog of another server's, known by its Announce. One that is not known is remembered, so
// that it is not taken in when it comes late.
func (s *Social) UndoReblog(ctx context.Context, me *model.Account, uri string) error {
	if err := checkURI(uri, me); err != nil {
		return err
	}
	return s.forget(ctx, me, uri)
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
