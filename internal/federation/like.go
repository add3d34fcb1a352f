package federation

import (
	"context"

	"gomphothere/internal/model"
)

// onLike marks a status of ours as liked; reactions with an emoji are favourites as well (Mastodon:
// ActivityPub::Activity::Like). Likes of others' statuses are counted where those are.
func (f *Federation) onLike(ctx context.Context, a *activity) error {
	st, err := f.ourStatus(ctx, a)
	if err != nil {
		return err
	}
	_, err = f.Social.Favourite(ctx, a.Actor, st.ID, true)
	return err
}

// ourStatus is the status of ours that an activity acts on.
func (f *Federation) ourStatus(ctx context.Context, a *activity) (*model.Status, error) {
	uri := a.Object.Object.ID()
	if uri == "" {
		return nil, model.Invalidf("a %s of nothing", a.Type)
	}
	if !f.ours(uri) {
		return nil, model.NotFound("It concerns nobody here")
	}
	st, err := f.DB.Read(ctx).StatusByURI(uri)
	if err == nil && !st.Local {
		return nil, model.NotFound("It concerns nobody here")
	}
	return st, err
}
