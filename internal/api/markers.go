package api

import (
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// getMarkers — Mastodon API: GET /api/v1/markers
func (a *API) getMarkers(r *request) (any, error) {
	list, err := a.DB.Read(r.Context()).Markers(r.me.ID, r.strs("timeline"))
	return markers(list), err
}

// setMarkers — Mastodon API: POST /api/v1/markers
func (a *API) setMarkers(r *request) (any, error) {
	at := map[string]model.ID{}
	for _, timeline := range social.MarkerTimelines() {
		p := r.sub(timeline)
		if p == nil || !p.has("last_read_id") {
			continue
		}
		id, err := model.ParseID(p.str("last_read_id"))
		if err != nil {
			return nil, model.Invalidf("Validation failed: Last read must be an id")
		}
		at[timeline] = id
	}
	list, err := a.Social.SetMarkers(r.Context(), r.me, at)
	return markers(list), err
}

// markers draws them by timeline.
func markers(list []model.Marker) map[string]model.Marker {
	out := make(map[string]model.Marker, len(list))
	for _, m := range list {
		out[m.Timeline] = m
	}
	return out
}
