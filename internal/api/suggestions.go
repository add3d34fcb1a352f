package api

import (
	"gomphothere/internal/entity"
	"gomphothere/internal/model"
)

// suggestions — Mastodon API: GET /api/v2/suggestions
func (a *API) suggestions(r *request) (any, error) {
	p, err := r.page(peoplePage, peopleMost)
	if err != nil {
		return nil, err
	}
	list, err := a.Social.Suggestions(r.Context(), r.me, p)
	if err != nil {
		return nil, err
	}
	r.linkOffset(a, p, len(list))
	out := make([]entity.Suggestion, 0, len(list))
	for _, s := range list {
		out = append(out, a.Draw.Suggestion(s.Account, s.Sources))
	}
	return out, nil
}

// suggestedAccounts — Mastodon API: GET /api/v1/suggestions
func (a *API) suggestedAccounts(r *request) (any, error) {
	p, err := r.page(peoplePage, peopleMost)
	if err != nil {
		return nil, err
	}
	list, err := a.Social.Suggestions(r.Context(), r.me, p)
	if err != nil {
		return nil, err
	}
	r.linkOffset(a, p, len(list))
	var who []*model.Account
	for _, s := range list {
		who = append(who, s.Account)
	}
	return a.people(who, nil)
}

// dismissSuggestion — Mastodon API: DELETE /api/v1/suggestions/:account_id
func (a *API) dismissSuggestion(r *request) (any, error) {
	id, err := r.pathID("account_id")
	if err != nil {
		return nil, err
	}
	return nil, a.Social.DismissSuggestion(r.Context(), r.me, id)
}

// directory — Mastodon API: GET /api/v1/directory
func (a *API) directory(r *request) (any, error) {
	p, err := r.page(peoplePage, peopleMost)
	if err != nil {
		return nil, err
	}
	list, err := a.Social.Directory(r.Context(), r.me, r.str("order") == "new", r.flag("local"), p)
	return a.people(list, err)
}
