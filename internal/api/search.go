package api

import (
	"gomphothere/internal/entity"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// search — Mastodon API: GET /api/v2/search
func (a *API) search(r *request) (any, error) {
	s, err := r.search(statusesPage, statusesMost)
	switch {
	case err != nil:
		return nil, err
	case r.who == nil && r.str("offset") != "":
		return nil, model.Unauthorized("Search queries pagination is not supported without authentication")
	case r.who == nil && s.Resolve:
		return nil, model.Unauthorized("Search queries that resolve remote resources are not supported without authentication")
	}
	a.lookUp(r, &s)
	found, err := a.Social.Search(r.Context(), r.me, s)
	if err != nil {
		return nil, err
	}
	v, err := a.Social.View(r.Context(), r.me, found.Statuses)
	if err != nil {
		return nil, err
	}
	tags := make([]entity.Tag, 0, len(found.Tags))
	for i := range found.Tags {
		tags = append(tags, a.tagView(r, &found.Tags[i]))
	}
	return a.page(func(dst []byte) []byte { return a.Draw.AppendSearch(dst, found.Accounts, found.Statuses, tags, v) }), nil
}

// search reads what is looked for.
func (r *request) search(limit, most int) (s social.Search, err error) {
	if s.Text = r.str("q"); s.Text == "" {
		return s, model.BadRequestf("param is missing or the value is empty or invalid: q")
	}
	s.Type, s.Resolve, s.Following = r.str("type"), r.flag("resolve"), r.flag("following")
	if s.Account, err = r.params.id("account_id"); err != nil {
		return s, err
	}
	s.Page, err = r.page(limit, most)
	return s, err
}

// searchAccounts — Mastodon API: GET /api/v1/accounts/search
func (a *API) searchAccounts(r *request) (any, error) {
	s, err := r.search(peoplePage, peopleMost)
	if err != nil {
		return nil, err
	}
	s.Type = "accounts"
	a.lookUp(r, &s)
	list, err := a.Social.SearchAccounts(r.Context(), r.me, s)
	return a.people(list, err)
}
