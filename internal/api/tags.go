package api

import (
	"gomphothere/internal/entity"
	"gomphothere/internal/model"
)

// getTag — Mastodon API: GET /api/v1/tags/:name
func (a *API) getTag(r *request) (any, error) {
	t, err := a.Social.Tag(r.Context(), r.me, r.PathValue("name"))
	return a.tag(r, t, err)
}

// followTag — Mastodon API: POST /api/v1/tags/:name/follow
func (a *API) followTag(r *request) (any, error) {
	t, err := a.Social.FollowTag(r.Context(), r.me, r.PathValue("name"), true)
	return a.tag(r, t, err)
}

// unfollowTag — Mastodon API: POST /api/v1/tags/:name/unfollow
func (a *API) unfollowTag(r *request) (any, error) {
	t, err := a.Social.FollowTag(r.Context(), r.me, r.PathValue("name"), false)
	return a.tag(r, t, err)
}

// featureTag — Mastodon API: POST /api/v1/tags/:id/feature
func (a *API) featureTag(r *request) (any, error) {
	t, err := a.Social.FeatureTag(r.Context(), r.me, r.PathValue("id"), true)
	return a.tag(r, t, err)
}

// unfeatureTag — Mastodon API: POST /api/v1/tags/:id/unfeature
func (a *API) unfeatureTag(r *request) (any, error) {
	t, err := a.Social.FeatureTag(r.Context(), r.me, r.PathValue("id"), false)
	return a.tag(r, t, err)
}

func (a *API) tag(r *request, t *model.TagView, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return a.tagView(r, t), nil
}

func (a *API) tags(r *request, list []model.TagView, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	out := make([]entity.Tag, 0, len(list))
	for _, t := range list {
		out = append(out, a.tagView(r, &t))
	}
	return out, nil
}

// followedTags — Mastodon API: GET /api/v1/followed_tags
func (a *API) followedTags(r *request) (any, error) {
	p, err := r.page(100, 200)
	if err != nil {
		return nil, err
	}
	list, cursors, err := a.Social.FollowedTags(r.Context(), r.me, p)
	if err == nil {
		r.link(a, p, "since_id", cursors)
	}
	return a.tags(r, list, err)
}

// getFeaturedTags — Mastodon API: GET /api/v1/featured_tags
func (a *API) getFeaturedTags(r *request) (any, error) { return a.featuredTags(r, r.me.ID) }

// accountFeaturedTags — Mastodon API: GET /api/v1/accounts/:id/featured_tags
func (a *API) accountFeaturedTags(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return a.featuredTags(r, id)
}

func (a *API) featuredTags(r *request, id model.ID) (any, error) {
	owner, list, err := a.Social.FeaturedTags(r.Context(), id)
	if err != nil {
		return nil, err
	}
	out := make([]entity.FeaturedTag, 0, len(list))
	for _, f := range list {
		out = append(out, a.Draw.FeaturedTag(&f, owner))
	}
	return out, nil
}

// addFeaturedTag — Mastodon API: POST /api/v1/featured_tags
func (a *API) addFeaturedTag(r *request) (any, error) {
	f, err := a.Social.AddFeaturedTag(r.Context(), r.me, r.str("name"))
	if err != nil {
		return nil, err
	}
	return a.Draw.FeaturedTag(f, r.me), nil
}

// removeFeaturedTag — Mastodon API: DELETE /api/v1/featured_tags/:id
func (a *API) removeFeaturedTag(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return nil, a.Social.RemoveFeaturedTag(r.Context(), r.me, id)
}

// suggestedTags — Mastodon API: GET /api/v1/featured_tags/suggestions
func (a *API) suggestedTags(r *request) (any, error) {
	list, err := a.Social.SuggestedTags(r.Context(), r.me)
	return a.tags(r, list, err)
}

func (a *API) tagView(r *request, t *model.TagView) entity.Tag {
	var uses []entity.TagUse
	for _, d := range t.History {
		uses = append(uses, entity.TagUse{Day: model.Time(d.Day * 86_400_000), Uses: d.Uses, Accounts: d.Accounts})
	}
	var marks *entity.TagMarks
	if r.me != nil {
		marks = &entity.TagMarks{Following: t.Following, Featuring: t.Featuring}
	}
	return a.Draw.Tag(&t.Tag, uses, a.DB.Now(), marks)
}
