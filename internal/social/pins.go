package social

import (
	"context"
	"slices"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
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
		if err := tx.AddPin(me.ID, st.ID); err != nil {
			return err
		}
		return s.tell(tx, model.Distribute{Activity: "Add", Actor: me.ID, Status: st.ID, Object: st.URI})
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
		st, err := tx.StatusFor(me, id)
		if err != nil {
			return err
		}
		was, err := tx.RemovePin(me.ID, id)
		if err != nil || !was {
			return err
		}
		return s.tell(tx, model.Distribute{Activity: "Remove", Actor: me.ID, Status: st.ID, Object: st.URI})
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).StatusByID(id)
}

// maxRemotePins is how many of another server's pinned statuses are shown; Mastodon's allow five.
const maxRemotePins = 20

// PinRemote puts a status of another server's on top of its author's profile, as its server says.
func (s *Social) PinRemote(ctx context.Context, author *model.Account, st *model.Status) error {
	if author.Local() || st.AccountID != author.ID || mayPin(author, st, 0, 1) != nil {
		return model.ErrForbidden()
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		n, pinned, err := tx.Pins(author.ID, st.ID)
		if err != nil || pinned || n >= maxRemotePins {
			return err
		}
		return tx.AddPin(author.ID, st.ID)
	})
}

// UnpinRemote takes it down again.
func (s *Social) UnpinRemote(ctx context.Context, author *model.Account, st *model.Status) error {
	if author.Local() {
		return model.ErrForbidden()
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.RemovePin(author.ID, st.ID)
		return err
	})
}

// SetFeatured makes what is on top of a profile of another server's what its collections say: statuses, and hashtags.
// Nil leaves the one or the other as it is.
func (s *Social) SetFeatured(ctx context.Context, author *model.Account, statuses []model.ID, tags []string) error {
	if author.Local() {
		return model.ErrForbidden()
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if statuses != nil {
			if err := setPins(tx, author, statuses); err != nil {
				return err
			}
		}
		if tags == nil {
			return nil
		}
		return s.setFeaturedTags(tx, author, tags)
	})
}

func setPins(tx *store.Tx, author *model.Account, ids []model.ID) error {
	list, err := tx.Statuses(ids[:min(len(ids), maxRemotePins)])
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(st *model.Status) bool { return mayPin(author, st, 0, 1) != nil })
	is := func(id model.ID) bool {
		return slices.ContainsFunc(list, func(st *model.Status) bool { return st.ID == id })
	}
	before, err := tx.Pinned(author.ID)
	if err != nil {
		return err
	}
	for _, id := range before {
		if is(id) {
			continue
		}
		if _, err := tx.RemovePin(author.ID, id); err != nil {
			return err
		}
	}
	for _, st := range list {
		if slices.Contains(before, st.ID) {
			continue
		}
		if err := tx.AddPin(author.ID, st.ID); err != nil {
			return err
		}
	}
	return nil
}

func (s *Social) setFeaturedTags(tx *store.Tx, author *model.Account, names []string) error {
	wanted := namedTags(names)
	before, err := tx.FeaturedTags(author.ID)
	if err != nil {
		return err
	}
	left := 0
	for _, f := range before {
		if key := text.TagKey(f.Name); wanted[key] != "" {
			delete(wanted, key)
			left++
			continue
		}
		if _, err := tx.RemoveFeaturedTag(author.ID, f.ID); err != nil {
			return err
		}
	}
	tags, err := tx.TagsNamed(wanted)
	if err != nil {
		return err
	}
	for _, t := range tags[:min(len(tags), max(0, maxFeaturedTags-left))] {
		f := &model.FeaturedTag{ID: tx.NewID(), AccountID: author.ID, TagID: t.ID, Name: wanted[t.Name], CreatedAt: tx.Now()}
		if err := tx.AddFeaturedTag(f); err != nil {
			return err
		}
	}
	return nil
}
