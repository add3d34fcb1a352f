package api

import "gomphothere/internal/model"

// quotes — Mastodon API: GET /api/v1/statuses/:id/quotes
func (a *API) quotes(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	p, err := r.page(statusesPage, statusesMost)
	if err != nil {
		return nil, err
	}
	list, cursors, err := a.Social.Quotes(r.Context(), r.me, id, p)
	if err != nil {
		return nil, err
	}
	r.link(a, p, "since_id", cursors)
	return a.statuses(r, list)
}

// revokeQuote — Mastodon API: POST /api/v1/statuses/:id/quotes/:quoting_status_id/revoke
func (a *API) revokeQuote(r *request) (any, error) {
	if err := r.needsUser(); err != nil {
		return nil, err
	}
	quoting, err := r.pathID("quoting_status_id")
	if err != nil {
		return nil, err
	}
	return a.onStatus(r, func(id model.ID) (*model.Status, error) {
		return a.Social.RevokeQuote(r.Context(), r.me, id, quoting)
	})
}

// setInteractionPolicy — Mastodon API: PUT /api/v1/statuses/:id/interaction_policy
func (a *API) setInteractionPolicy(r *request) (any, error) {
	if err := r.needsUser(); err != nil {
		return nil, err
	}
	return a.onStatus(r, func(id model.ID) (*model.Status, error) {
		return a.Social.SetQuotePolicy(r.Context(), r.me, id, r.str("quote_approval_policy"))
	})
}

// needsUser refuses an app's own token where it is let in but owns nothing.
func (r *request) needsUser() error {
	if r.me == nil {
		return model.ErrForbidden()
	}
	return nil
}
