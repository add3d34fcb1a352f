package api

import (
	"slices"

	"gomphothere/internal/model"
)

// statusContext — Mastodon API: GET /api/v1/statuses/:id/context
func (a *API) statusContext(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	c, err := a.Social.Context(r.Context(), r.me, id)
	if err != nil {
		return nil, err
	}
	v, err := a.Social.View(r.Context(), r.me, slices.Concat(c.Ancestors, c.Descendants))
	if err != nil {
		return nil, err
	}
	return a.page(func(dst []byte) []byte { return a.Draw.AppendContext(dst, *c, v) }), nil
}

// mostAsked is how many statuses one request may name (Mastodon: DEFAULT_STATUSES_LIMIT).
const mostAsked = 20

// getStatuses — Mastodon API: GET /api/v1/statuses
func (a *API) getStatuses(r *request) (any, error) {
	asked := r.ids("id")
	if len(asked) > mostAsked {
		return nil, model.Invalidf("Validation failed: At most %d posts can be asked for at once", mostAsked)
	}
	list, err := a.Social.StatusesFor(r.Context(), r.me, asked)
	if err != nil {
		return nil, err
	}
	return a.statuses(r, list)
}

// muteConversation — Mastodon API: POST /api/v1/statuses/:id/mute
func (a *API) muteConversation(r *request) (any, error) {
	return a.onStatus(r, func(id model.ID) (*model.Status, error) {
		return a.Social.MuteConversation(r.Context(), r.me, id, true)
	})
}

// unmuteConversation — Mastodon API: POST /api/v1/statuses/:id/unmute
func (a *API) unmuteConversation(r *request) (any, error) {
	return a.onStatus(r, func(id model.ID) (*model.Status, error) {
		return a.Social.MuteConversation(r.Context(), r.me, id, false)
	})
}

// onStatus runs a verb on the status in the path and draws what it returns.
func (a *API) onStatus(r *request, verb func(model.ID) (*model.Status, error)) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	s, err := verb(id)
	return a.status(r, s, err)
}
