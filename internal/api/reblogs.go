package api

import (
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// reblog — Mastodon API: POST /api/v1/statuses/:id/reblog
func (a *API) reblog(r *request) (any, error) {
	return a.onStatus(r, func(id model.ID) (*model.Status, error) {
		return a.Social.Reblog(r.Context(), r.me, id, social.ReblogOptions{Visibility: model.Visibility(r.str("visibility"))})
	})
}

// unreblog — Mastodon API: POST /api/v1/statuses/:id/unreblog
func (a *API) unreblog(r *request) (any, error) {
	return a.onStatus(r, func(id model.ID) (*model.Status, error) { return a.Social.Unreblog(r.Context(), r.me, id) })
}

// deleteStatus — Mastodon API: DELETE /api/v1/statuses/:id
func (a *API) deleteStatus(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	was, err := a.Social.RemoveStatus(r.Context(), r.me, id, r.flag("delete_media"))
	if err != nil {
		return nil, err
	}
	v, err := a.Social.View(r.Context(), r.me, []*model.Status{was})
	if err != nil {
		return nil, err
	}
	return a.Draw.DeletedStatus(was, v), nil
}
