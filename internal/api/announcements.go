package api

import "gomphothere/internal/entity"

// announcements — Mastodon API: GET /api/v1/announcements
func (a *API) announcements(r *request) (any, error) {
	list, err := a.DB.Read(r.Context()).Announcements(r.me.ID)
	out := make([]entity.Announcement, len(list))
	for i, n := range list {
		out[i] = a.Draw.Announcement(n, entity.AnnouncementRefs{}, true)
	}
	return out, err
}

// dismissAnnouncement — Mastodon API: POST /api/v1/announcements/:id/dismiss
func (a *API) dismissAnnouncement(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return nil, a.Social.DismissAnnouncement(r.Context(), r.me, id)
}

// react — Mastodon API: PUT /api/v1/announcements/:id/reactions/:name
func (a *API) react(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return nil, a.Social.React(r.Context(), r.me, id, r.PathValue("name"))
}

// unreact — Mastodon API: DELETE /api/v1/announcements/:id/reactions/:name
func (a *API) unreact(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return nil, a.Social.Unreact(r.Context(), r.me, id, r.PathValue("name"))
}
