package api

import "gomphothere/internal/store"

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
	return a.statuses(r, list, "home")
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
	return a.statuses(r, list, "public")
}
