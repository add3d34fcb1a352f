package api

import (
	"context"

	"gomphothere/internal/model"
)

// Mastodon's page sizes for lists of accounts.
const (
	whoPage = 40
	whoMost = 80
)

// bookmark — Mastodon API: POST /api/v1/statuses/:id/bookmark
func (a *API) bookmark(r *request) (any, error) {
	return a.onStatus(r, func(id model.ID) (*model.Status, error) {
		return a.Social.Bookmark(r.Context(), r.me, id, true)
	})
}

// unbookmark — Mastodon API: POST /api/v1/statuses/:id/unbookmark
func (a *API) unbookmark(r *request) (any, error) {
	return a.onStatus(r, func(id model.ID) (*model.Status, error) {
		return a.Social.Bookmark(r.Context(), r.me, id, false)
	})
}

// bookmarks — Mastodon API: GET /api/v1/bookmarks
func (a *API) bookmarks(r *request) (any, error) { return a.keptStatuses(r, a.Social.Bookmarks) }

// favourites — Mastodon API: GET /api/v1/favourites
func (a *API) favourites(r *request) (any, error) { return a.keptStatuses(r, a.Social.Favourites) }

func (a *API) keptStatuses(r *request, read func(context.Context, *model.Account, model.Page) ([]*model.Status, []model.ID, error)) (any, error) {
	p, err := r.page(statusesPage, statusesMost)
	if err != nil {
		return nil, err
	}
	list, cursors, err := read(r.Context(), r.me, p)
	if err != nil {
		return nil, err
	}
	r.link(a, p, "min_id", cursors)
	return a.statuses(r, list)
}

// favouritedBy — Mastodon API: GET /api/v1/statuses/:id/favourited_by
func (a *API) favouritedBy(r *request) (any, error) { return a.whoMarked(r, a.Social.FavouritedBy) }

// rebloggedBy — Mastodon API: GET /api/v1/statuses/:id/reblogged_by
func (a *API) rebloggedBy(r *request) (any, error) { return a.whoMarked(r, a.Social.RebloggedBy) }

func (a *API) whoMarked(r *request, read func(context.Context, *model.Account, model.ID, model.Page) ([]*model.Account, []model.ID, error)) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	p, err := r.page(whoPage, whoMost)
	if err != nil {
		return nil, err
	}
	list, cursors, err := read(r.Context(), r.me, id, p)
	if err != nil {
		return nil, err
	}
	r.link(a, p, "since_id", cursors)
	return a.page(func(dst []byte) []byte { return a.Draw.AppendAccounts(dst, list) }), nil
}

// pin — Mastodon API: POST /api/v1/statuses/:id/pin
func (a *API) pin(r *request) (any, error) {
	return a.onStatus(r, func(id model.ID) (*model.Status, error) { return a.Social.Pin(r.Context(), r.me, id) })
}

// unpin — Mastodon API: POST /api/v1/statuses/:id/unpin
func (a *API) unpin(r *request) (any, error) {
	return a.onStatus(r, func(id model.ID) (*model.Status, error) { return a.Social.Unpin(r.Context(), r.me, id) })
}
