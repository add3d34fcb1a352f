package api

import (
	"slices"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// Mastodon's page sizes for accounts.
const (
	peoplePage = 40
	peopleMost = 80
)

// getLists — Mastodon API: GET /api/v1/lists
func (a *API) getLists(r *request) (any, error) {
	lists, err := a.DB.Read(r.Context()).Lists(r.me.ID)
	return filled(lists), err
}

// getList — Mastodon API: GET /api/v1/lists/:id
func (a *API) getList(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return a.DB.Read(r.Context()).List(r.me.ID, id)
}

// addList — Mastodon API: POST /api/v1/lists
func (a *API) addList(r *request) (any, error) {
	return a.Social.AddList(r.Context(), r.me, r.listChange())
}

// setList — Mastodon API: PUT /api/v1/lists/:id
func (a *API) setList(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return a.Social.SetList(r.Context(), r.me, id, r.listChange())
}

// listChange reads a list's form.
func (r *request) listChange() social.ListChange {
	c := social.ListChange{Exclusive: r.flagPtr("exclusive")}
	if r.has("title") {
		title := r.str("title")
		c.Title = &title
	}
	if r.has("replies_policy") {
		policy := r.str("replies_policy")
		c.RepliesPolicy = &policy
	}
	return c
}

// removeList — Mastodon API: DELETE /api/v1/lists/:id
func (a *API) removeList(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return nil, a.Social.RemoveList(r.Context(), r.me, id)
}

// listAccounts — Mastodon API: GET /api/v1/lists/:id/accounts; limit=0 gives all.
func (a *API) listAccounts(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	p, err := r.page(peoplePage, peopleMost)
	if err != nil {
		return nil, err
	}
	all := r.str("limit") == "0"
	if all {
		const most = 10_000 // more than anybody follows; what is drawn at once must end somewhere
		p = model.Page{Limit: most}
	}
	q := a.DB.Read(r.Context())
	l, err := q.List(r.me.ID, id)
	if err != nil {
		return nil, err
	}
	members, err := q.ListMembers(l.ID, p)
	if err != nil {
		return nil, err
	}
	if !all {
		r.link(a, p, "since_id", members)
	}
	list, err := q.Accounts(members)
	return a.people(list, err)
}

// addToList — Mastodon API: POST /api/v1/lists/:id/accounts
func (a *API) addToList(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return nil, a.Social.AddToList(r.Context(), r.me, id, r.unique("account_ids"))
}

// removeFromList — Mastodon API: DELETE /api/v1/lists/:id/accounts
func (a *API) removeFromList(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return nil, a.Social.RemoveFromList(r.Context(), r.me, id, r.unique("account_ids"))
}

// unique reads a list of ids, each once. What is no id counts as one that nobody has.
func (r *request) unique(name string) []model.ID {
	out := r.ids(name)
	if len(out) < len(r.strs(name)) {
		out = append(out, 0)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// listsWith — Mastodon API: GET /api/v1/accounts/:id/lists
func (a *API) listsWith(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	q := a.DB.Read(r.Context())
	if _, err := q.Account(id); err != nil {
		return nil, err
	}
	lists, err := q.ListsWith(r.me.ID, id)
	return filled(lists), err
}

// filled is a list that is never null.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// people draws accounts; err is the query's, so that a handler ends in one line.
func (a *API) people(list []*model.Account, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return a.page(func(dst []byte) []byte { return a.Draw.AppendAccounts(dst, list) }), nil
}
