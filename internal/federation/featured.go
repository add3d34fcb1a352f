package federation

import (
	"context"
	"strings"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
)

// onAdd puts something on an account's profile: a status pinned, a hashtag. Lemmy adds to communities, where it means
// nothing here.
func (f *Federation) onAdd(ctx context.Context, a *activity) error {
	if !f.onProfile(a) {
		return nil
	}
	if doc := a.Object.Object.Object(); doc != nil && doc.Is("Hashtag") {
		f.fetchFeatured(ctx, a.Actor) // their list is short: it is read anew whole
		return nil
	}
	st, err := f.pinned(ctx, a)
	if err != nil {
		return err
	}
	return f.Social.PinRemote(ctx, a.Actor, st)
}

// onRemove takes it down again.
func (f *Federation) onRemove(ctx context.Context, a *activity) error {
	if !f.onProfile(a) {
		return nil
	}
	if doc := a.Object.Object.Object(); doc != nil && doc.Is("Hashtag") {
		f.fetchFeatured(ctx, a.Actor)
		return nil
	}
	st, err := f.DB.Read(ctx).StatusByURI(a.Object.Object.ID())
	if err != nil {
		return err
	}
	return f.Social.UnpinRemote(ctx, a.Actor, st)
}

// onProfile tells whether the target is one of the actor's own collections.
func (f *Federation) onProfile(a *activity) bool {
	t := a.Target.ID()
	return t != "" && (t == a.Actor.FeaturedURL || t == a.Actor.FeaturedTagsURL)
}

func hashtag(doc *ap.Object) string { return strings.TrimLeft(doc.Name.Value, "#＃") }

// pinned is the actor's own status that is pinned, asked for where it is not known.
func (f *Federation) pinned(ctx context.Context, a *activity) (*model.Status, error) {
	uri := a.Object.Object.ID()
	if !ap.SameHost(uri, a.Actor.URI) {
		return nil, model.Forbidden("somebody else's status on a profile")
	}
	st, err := f.resolveStatus(ctx, uri, 1)
	if err == nil && st.AccountID != a.Actor.ID {
		return nil, model.Forbidden("somebody else's status on a profile")
	}
	return st, err
}

// maxFeatured is how many of somebody's pinned statuses are looked at; Mastodon lets people pin five.
const maxFeatured = 20

// maxFeaturedTags is Mastodon's limit of hashtags on a profile.
const maxFeaturedTags = 10

// FetchFeatured asks for what an account has pinned and featured, and makes its profile so.
func (f *Federation) FetchFeatured(ctx context.Context, job model.FetchFeatured) error {
	a, err := f.DB.Read(ctx).Account(job.Account)
	if model.IsNotFound(err) || err == nil && (a.Local() || a.Suspended()) {
		return nil
	}
	if err != nil {
		return err
	}
	pins, err := f.fetchPins(ctx, a)
	if err != nil {
		return settled(err)
	}
	tags, err := f.fetchTags(ctx, a)
	if err != nil {
		return settled(err)
	}
	return settled(f.Social.SetFeatured(ctx, a, pins, tags))
}

func (f *Federation) fetchPins(ctx context.Context, a *model.Account) ([]model.ID, error) {
	var pins []model.ID
	if !ap.SameHost(a.FeaturedURL, a.URI) {
		return nil, nil
	}
	err := f.walk(ctx, a.FeaturedURL, walkLimits{Items: maxFeatured, Pages: 2}, func(item ap.Ref) error {
		if !ap.SameHost(item.ID, a.URI) {
			return nil
		}
		st, err := f.resolveStatus(ctx, item.ID, 1)
		switch {
		case settled(err) != nil:
			return err
		case err == nil && st.AccountID == a.ID:
			pins = append(pins, st.ID)
		}
		return nil
	})
	return pins, err
}

func (f *Federation) fetchTags(ctx context.Context, a *model.Account) ([]string, error) {
	var tags []string
	if !ap.SameHost(a.FeaturedTagsURL, a.URI) {
		return nil, nil
	}
	err := f.walk(ctx, a.FeaturedTagsURL, walkLimits{Items: maxFeaturedTags, Pages: 1}, func(item ap.Ref) error {
		if item.Object != nil && item.Object.Is("Hashtag") {
			tags = append(tags, hashtag(item.Object))
		}
		return nil
	})
	return tags, err
}
