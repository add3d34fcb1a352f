package api

import "gomphothere/internal/model"

// listConversations — Mastodon API: GET /api/v1/conversations
func (a *API) listConversations(r *request) (any, error) {
	p, err := r.page(statusesPage, statusesMost)
	if err != nil {
		return nil, err
	}
	list, err := a.Social.Conversations(r.Context(), r.me, p)
	if err != nil {
		return nil, err
	}
	cursors := make([]model.ID, len(list))
	for i, c := range list {
		cursors[i] = c.LastStatusID
	}
	r.link(a, p, "min_id", cursors)
	v, err := a.Social.View(r.Context(), r.me, lastStatuses(list))
	if err != nil {
		return nil, err
	}
	return a.page(func(dst []byte) []byte { return a.Draw.AppendConversations(dst, list, v) }), nil
}

func lastStatuses(list []*model.Conversation) []*model.Status {
	var out []*model.Status
	for _, c := range list {
		if c.LastStatus != nil {
			out = append(out, c.LastStatus)
		}
	}
	return out
}

// readConversation — Mastodon API: POST /api/v1/conversations/:id/read
func (a *API) readConversation(r *request) (any, error) { return a.markConversation(r, false) }

// unreadConversation — Mastodon API: POST /api/v1/conversations/:id/unread
func (a *API) unreadConversation(r *request) (any, error) { return a.markConversation(r, true) }

func (a *API) markConversation(r *request, unread bool) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	c, err := a.Social.MarkConversation(r.Context(), r.me, id, unread)
	if err != nil {
		return nil, err
	}
	v, err := a.Social.View(r.Context(), r.me, lastStatuses([]*model.Conversation{c}))
	if err != nil {
		return nil, err
	}
	return a.page(func(dst []byte) []byte { return a.Draw.AppendConversation(dst, c, v) }), nil
}

// removeConversation — Mastodon API: DELETE /api/v1/conversations/:id
func (a *API) removeConversation(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return nil, a.Social.RemoveConversation(r.Context(), r.me, id)
}
