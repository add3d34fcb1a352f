package social

import (
	"context"
	"slices"
	"strings"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

// Mastodon's bounds (FeaturedTag, Tag.suggestions_for_account).
const (
	maxFeaturedTags  = 10
	suggestedTags    = 10
	suggestedFromLog = 1000 // newest statuses looked at for tags to feature
)

// Tag is a hashtag as the viewer meets it (Mastodon API: tags/:name). One that nobody used yet has no id.
func (s *Social) Tag(ctx context.Context, me *model.Account, name string) (*model.TagView, error) {
	if !text.ValidTag(name) {
		return nil, model.ErrNotFound()
	}
	q := s.DB.Read(ctx)
	t, err := q.Tag(text.TagKey(name))
	if model.IsNotFound(err) {
		t, err = model.Tag{Name: text.TagKey(name), DisplayName: name}, nil
	}
	if err != nil {
		return nil, err
	}
	return s.tagView(q, me, t)
}

func (s *Social) tagView(q *store.Q, me *model.Account, t model.Tag) (*model.TagView, error) {
	views, err := s.tagViews(q, me, []model.Tag{t})
	if err != nil {
		return nil, err
	}
	return &views[0], nil
}

func (s *Social) tagViews(q *store.Q, me *model.Account, tags []model.Tag) ([]model.TagView, error) {
	var viewer model.ID
	if me != nil {
		viewer = me.ID
	}
	return q.TagViews(viewer, tags)
}

// makeTag finds or makes a tag by the name somebody typed.
func makeTag(tx *store.Tx, name string) (model.Tag, error) {
	tags, err := tx.TagsNamed(map[string]string{text.TagKey(name): name})
	if err != nil {
		return model.Tag{}, err
	}
	return tags[0], nil
}

// FollowTag follows a hashtag or stops that (Mastodon API: tags/:name/follow).
func (s *Social) FollowTag(ctx context.Context, me *model.Account, name string, on bool) (*model.TagView, error) {
	if !text.ValidTag(name) {
		return nil, model.ErrNotFound()
	}
	var t model.Tag
	err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if t, err = makeTag(tx, name); err != nil {
			return err
		}
		if on {
			return tx.AddTagFollow(me.ID, t.ID)
		}
		return tx.RemoveTagFollow(me.ID, t.ID)
	})
	if err != nil {
		return nil, err
	}
	return s.tagView(s.DB.Read(ctx), me, t)
}

// FollowedTags pages through the hashtags somebody follows; cursors are the follows' ids (Mastodon API: followed_tags).
func (s *Social) FollowedTags(ctx context.Context, me *model.Account, p model.Page) ([]model.TagView, []model.ID, error) {
	q := s.DB.Read(ctx)
	tags, cursors, err := q.FollowedTags(me.ID, p)
	if err != nil {
		return nil, nil, err
	}
	views, err := s.tagViews(q, me, tags)
	return views, cursors, err
}

// AddFeaturedTag puts a hashtag on one's profile (Mastodon API: POST /api/v1/featured_tags).
func (s *Social) AddFeaturedTag(ctx context.Context, me *model.Account, name string) (*model.FeaturedTag, error) {
	f, added, err := s.featureTag(ctx, me, name)
	if err == nil && !added {
		err = model.Invalidf("Validation failed: Tag has already been taken")
	}
	return f, err
}

// FeatureTag puts a hashtag on one's profile or takes it off, if it is not so already (Mastodon API:
// tags/:id/feature).
func (s *Social) FeatureTag(ctx context.Context, me *model.Account, name string, on bool) (*model.TagView, error) {
	if !text.ValidTag(name) {
		return nil, model.ErrNotFound()
	}
	if on {
		if _, _, err := s.featureTag(ctx, me, name); err != nil {
			return nil, err
		}
		return s.Tag(ctx, me, name)
	}
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		t, err := makeTag(tx, name)
		if err != nil {
			return err
		}
		f, err := tx.FeaturedTag(me.ID, t.ID)
		if model.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.unfeature(tx, me, f)
	})
	if err != nil {
		return nil, err
	}
	return s.Tag(ctx, me, name)
}

// featureTag says whether the tag was not featured before.
func (s *Social) featureTag(ctx context.Context, me *model.Account, name string) (f *model.FeaturedTag, added bool, err error) {
	name = strings.TrimPrefix(strings.TrimSpace(name), "#")
	if !text.ValidTag(name) {
		return nil, false, model.Invalidf("Validation failed: Name is invalid")
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		t, err := makeTag(tx, name)
		if err != nil {
			return err
		}
		f, err = tx.FeaturedTag(me.ID, t.ID)
		if err == nil {
			added = false
			return nil
		}
		if !model.IsNotFound(err) {
			return err
		}
		all, err := tx.FeaturedTags(me.ID)
		if err != nil {
			return err
		}
		if len(all) >= maxFeaturedTags {
			return model.Invalidf("Validation failed: You have already featured the maximum number of hashtags")
		}
		added = true
		f = &model.FeaturedTag{ID: tx.NewID(), AccountID: me.ID, TagID: t.ID, Name: name, CreatedAt: tx.Now()}
		if err := tx.AddFeaturedTag(f); err != nil {
			return err
		}
		return s.tell(tx, model.Distribute{Activity: "Add Tag", Actor: me.ID, Object: f.Name})
	})
	return f, added, err
}

// RemoveFeaturedTag takes a hashtag off one's profile (Mastodon API: DELETE /api/v1/featured_tags/:id).
func (s *Social) RemoveFeaturedTag(ctx context.Context, me *model.Account, id model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		all, err := tx.FeaturedTags(me.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(f model.FeaturedTag) bool { return f.ID == id })
		if i < 0 {
			return model.ErrNotFound()
		}
		return s.unfeature(tx, me, &all[i])
	})
}

func (s *Social) unfeature(tx *store.Tx, me *model.Account, f *model.FeaturedTag) error {
	removed, err := tx.RemoveFeaturedTag(me.ID, f.ID)
	if err != nil || !removed {
		return err
	}
	return s.tell(tx, model.Distribute{Activity: "Remove Tag", Actor: me.ID, Object: f.Name})
}

// FeaturedTags are the hashtags on a profile and whose it is (Mastodon API: accounts/:id/featured_tags).
func (s *Social) FeaturedTags(ctx context.Context, account model.ID) (*model.Account, []model.FeaturedTag, error) {
	q := s.DB.Read(ctx)
	a, err := q.Account(account)
	if err != nil || a.Suspended() {
		return a, nil, err
	}
	list, err := q.FeaturedTags(account)
	return a, list, err
}

// SuggestedTags are hashtags somebody often uses and could feature (Mastodon API: featured_tags/suggestions).
func (s *Social) SuggestedTags(ctx context.Context, me *model.Account) ([]model.TagView, error) {
	q := s.DB.Read(ctx)
	tags, err := q.RecentTags(me.ID, suggestedFromLog, suggestedTags)
	if err != nil {
		return nil, err
	}
	return s.tagViews(q, me, tags)
}
