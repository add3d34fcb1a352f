package api

import (
	"gomphothere/internal/social"
	"gomphothere/internal/store"
)

// Mastodon's page sizes for statuses.
const (
	statusesPage = 20
	statusesMost = 40
)

// homeTimeline — Mastodon API: GET /api/v1/timelines/home
func (a *API) homeTimeline(r *request) (any, error) {
	p, err := r.page(statusesPage, statusesMost)
	if err != nil {
		return nil, err
	}
	list, err := a.Social.Home(r.Context(), r.me, p)
	if err != nil {
		return nil, err
	}
	r.link(a, p, "min_id", ids(list))
	return a.statuses(r, list)
}

// publicTimeline — Mastodon API: GET /api/v1/timelines/public
func (a *API) publicTimeline(r *request) (any, error) {
	p, err := r.page(statusesPage, statusesMost)
	if err != nil {
		return nil, err
	}
	f := store.PublicFilter{Local: r.flag("local"), Remote: r.flag("remote"), OnlyMedia: r.flag("only_media")}
	list, err := a.Social.Public(r.Context(), r.me, f, p)
	if err != nil {
		return nil, err
	}
	r.link(a, p, "min_id", ids(list))
	return a.statuses(r, list)
}

// tagTimeline — Mastodon API: GET /api/v1/timelines/tag/:hashtag
func (a *API) tagTimeline(r *request) (any, error) {
	p, err := r.page(statusesPage, statusesMost)
	if err != nil {
		return nil, err
	}
	list, err := a.Social.Tagged(r.Context(), r.me, social.TagQuery{
		Name: r.PathValue("hashtag"), Any: r.strs("any"), All: r.strs("all"), None: r.strs("none"),
		PublicFilter: store.PublicFilter{Local: r.flag("local"), Remote: r.flag("remote"), OnlyMedia: r.flag("only_media")},
	}, p)
	if err != nil {
		return nil, err
	}
	r.link(a, p, "min_id", ids(list))
	return a.statuses(r, list)
}

// listTimeline — Mastodon API: GET /api/v1/timelines/list/:list_id
func (a *API) listTimeline(r *request) (any, error) {
	id, err := r.pathID("list_id")
	if err != nil {
		return nil, err
	}
	p, err := r.page(statusesPage, statusesMost)
	if err != nil {
		return nil, err
	}
	list, err := a.Social.Listed(r.Context(), r.me, id, p)
	if err != nil {
		return nil, err
	}
	r.link(a, p, "min_id", ids(list))
	return a.statuses(r, list)
}

// accountStatuses — Mastodon API: GET /api/v1/accounts/:id/statuses
func (a *API) accountStatuses(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	p, err := r.page(statusesPage, statusesMost)
	if err != nil {
		return nil, err
	}
	f := store.AccountFilter{
		Account: id, Pinned: r.flag("pinned"), OnlyMedia: r.flag("only_media"), ExcludeReplies: r.flag("exclude_replies"),
		ExcludeReblogs: r.flag("exclude_reblogs"), ExcludeDirect: r.flag("exclude_direct"),
	}
	list, err := a.Social.AccountStatuses(r.Context(), r.me, f, r.str("tagged"), p)
	if err != nil {
		return nil, err
	}
	if !f.Pinned {
		r.link(a, p, "min_id", ids(list))
	}
	return a.statuses(r, list)
}
