package api

import (
	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// maxAccounts is how many accounts may be asked for by id at once (Mastodon: AccountsController).
const maxAccounts = 40

// getAccounts — Mastodon API: GET /api/v1/accounts
func (a *API) getAccounts(r *request) (any, error) {
	ids := r.ids("id")
	if len(ids) > maxAccounts {
		return nil, model.Invalidf("Validation failed: Cannot ask for more than %d accounts at once", maxAccounts)
	}
	found, err := a.DB.Read(r.Context()).Accounts(ids)
	if err != nil {
		return nil, err
	}
	list := make([]*model.Account, 0, len(found))
	for _, acc := range found {
		if !acc.Pending {
			list = append(list, acc)
		}
	}
	return a.page(func(dst []byte) []byte { return a.Draw.AppendAccounts(dst, list) }), nil
}

// getAccount — Mastodon API: GET /api/v1/accounts/:id
func (a *API) getAccount(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	acc, err := a.Social.Account(r.Context(), id)
	return a.account(acc, err)
}

// lookupAccount — Mastodon API: GET /api/v1/accounts/lookup
func (a *API) lookupAccount(r *request) (any, error) {
	acc, err := a.Social.Lookup(r.Context(), r.str("acct"))
	return a.account(acc, err)
}

// account draws one account; err is the verb's, so that a handler ends in one line.
func (a *API) account(acc *model.Account, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return a.page(func(dst []byte) []byte { return a.Draw.AppendAccount(dst, acc) }), nil
}

// followers — Mastodon API: GET /api/v1/accounts/:id/followers
func (a *API) followers(r *request) (any, error) {
	return a.accountsOf(r, func(id model.ID, p model.Page) ([]store.Entry, error) {
		return a.Social.Followers(r.Context(), r.me, id, p)
	})
}

// following — Mastodon API: GET /api/v1/accounts/:id/following
func (a *API) following(r *request) (any, error) {
	return a.accountsOf(r, func(id model.ID, p model.Page) ([]store.Entry, error) {
		return a.Social.Following(r.Context(), r.me, id, p)
	})
}

// accountEndorsements — Mastodon API: GET /api/v1/accounts/:id/endorsements
func (a *API) accountEndorsements(r *request) (any, error) {
	return a.accountsOf(r, func(id model.ID, p model.Page) ([]store.Entry, error) {
		acc, err := a.Social.Account(r.Context(), id)
		if err != nil || acc.Suspended() {
			return nil, err
		}
		return a.DB.Read(r.Context()).Endorsed(id, p)
	})
}

// accountsOf draws a page of accounts that stand in some way to the one in the path.
func (a *API) accountsOf(r *request, read func(model.ID, model.Page) ([]store.Entry, error)) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return a.accountsPage(r, func(p model.Page) ([]store.Entry, error) { return read(id, p) })
}

// accountsPage draws a page of accounts, paged by the rows that say who belongs to it.
func (a *API) accountsPage(r *request, read func(model.Page) ([]store.Entry, error)) (any, error) {
	p, err := r.page(peoplePage, peopleMost)
	if err != nil {
		return nil, err
	}
	list, err := read(p)
	if err != nil {
		return nil, err
	}
	r.link(a, p, "since_id", store.Cursors(list))
	return a.drawAccounts(r, list)
}

// drawAccounts draws whom entries list.
func (a *API) drawAccounts(r *request, list []store.Entry) (any, error) {
	return a.people(a.DB.Read(r.Context()).Accounts(store.Listed(list)))
}

// relationships — Mastodon API: GET /api/v1/accounts/relationships
func (a *API) relationships(r *request) (any, error) {
	list, err := a.Social.Relationships(r.Context(), r.me, r.ids("id"), r.flag("with_suspended"))
	return list, err
}

// familiarFollowers — Mastodon API: GET /api/v1/accounts/familiar_followers
func (a *API) familiarFollowers(r *request) (any, error) {
	found, err := a.Social.FamiliarFollowers(r.Context(), r.me, r.ids("id"))
	if err != nil {
		return nil, err
	}
	list := make([]any, 0, len(found))
	for _, f := range found {
		list = append(list, a.Draw.FamiliarFollowers(f.ID, f.Accounts))
	}
	return list, nil
}
