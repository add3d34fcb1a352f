package api

import (
	"gomphothere/internal/entity"
	"gomphothere/internal/model"
)

// scheduledStatuses — Mastodon API: GET /api/v1/scheduled_statuses
func (a *API) scheduledStatuses(r *request) (any, error) {
	p, err := r.page(statusesPage, statusesMost)
	if err != nil {
		return nil, err
	}
	list, err := a.DB.Read(r.Context()).ScheduledStatuses(r.me.ID, p)
	if err != nil {
		return nil, err
	}
	out, cursors := make([]entity.ScheduledStatus, len(list)), make([]model.ID, len(list))
	for i, s := range list {
		out[i], cursors[i] = a.Draw.ScheduledStatus(s), s.ID
	}
	r.link(a, p, "min_id", cursors)
	return out, nil
}

// scheduledStatus — Mastodon API: GET /api/v1/scheduled_statuses/:id
func (a *API) scheduledStatus(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	s, err := a.DB.Read(r.Context()).ScheduledStatus(r.me.ID, id)
	if err != nil {
		return nil, err
	}
	return a.Draw.ScheduledStatus(s), nil
}

// reschedule — Mastodon API: PUT /api/v1/scheduled_statuses/:id
func (a *API) reschedule(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	at, err := r.time("scheduled_at")
	if err != nil {
		return nil, err
	}
	s, err := a.Social.Reschedule(r.Context(), r.me, id, at)
	if err != nil {
		return nil, err
	}
	return a.Draw.ScheduledStatus(s), nil
}

// cancelScheduled — Mastodon API: DELETE /api/v1/scheduled_statuses/:id
func (a *API) cancelScheduled(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return nil, a.Social.CancelScheduled(r.Context(), r.me, id)
}
