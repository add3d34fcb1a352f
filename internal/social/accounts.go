package social

import (
	"context"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

// Account finds somebody who may be met: suspended people too (their entity is blank), but nobody who still waits for
// approval or confirmation (Mastodon API: accounts/:id).
func (s *Social) Account(ctx context.Context, id model.ID) (*model.Account, error) {
	return met(s.DB.Read(ctx).Account(id))
}

// met turns somebody who is not there yet, and the server itself, into nobody.
func met(a *model.Account, err error) (*model.Account, error) {
	if err == nil && (a.Pending || a.ID == model.InstanceActorID) {
		return nil, model.ErrNotFound()
	}
	return a, err
}

// Lookup finds somebody known here by handle, asking nobody (Mastodon API: accounts/lookup).
func (s *Social) Lookup(ctx context.Context, handle string) (*model.Account, error) {
	acct, ok := text.ParseAcct(handle)
	if !ok {
		return nil, model.ErrNotFound()
	}
	if acct.Domain == s.Site.Domain {
		acct.Domain = ""
	}
	return met(s.DB.Read(ctx).AccountByHandle(acct.Username, acct.Domain))
}

// Followers is a page of who follows an account, as far as the viewer (nil: a visitor) may know
// (Mastodon API: accounts/:id/followers).
func (s *Social) Followers(ctx context.Context, viewer *model.Account, id model.ID, p model.Page) ([]store.Entry, error) {
	return s.circle(ctx, viewer, id, func(q *store.Q, eyes model.ID) ([]store.Entry, error) { return q.Followers(id, eyes, p) })
}

// Following is a page of whom an account follows, as far as the viewer (nil: a visitor) may know
// (Mastodon API: accounts/:id/following).
func (s *Social) Following(ctx context.Context, viewer *model.Account, id model.ID, p model.Page) ([]store.Entry, error) {
	return s.circle(ctx, viewer, id, func(q *store.Q, eyes model.ID) ([]store.Entry, error) { return q.Followed(id, eyes, p) })
}

// circle reads a list of follows unless its owner keeps it from the viewer.
func (s *Social) circle(ctx context.Context, viewer *model.Account, id model.ID, read func(*store.Q, model.ID) ([]store.Entry, error)) ([]store.Entry, error) {
	a, err := s.Account(ctx, id)
	if err != nil {
		return nil, err
	}
	rel, err := s.relations(ctx, viewer)
	if err != nil {
		return nil, err
	}
	own := rel.AccountID == a.ID
	if a.Suspended() || !own && (a.HideCollections || rel.BlockedBy[a.ID]) {
		return nil, nil
	}
	eyes := rel.AccountID
	if own {
		eyes = 0 // one's own lists are whole
	}
	return read(s.DB.Read(ctx), eyes)
}

const (
	// maxFamiliar bounds the accounts asked about at once; a screenful of suggestions is ten.
	maxFamiliar = 40
	// maxFamiliarRows bounds the answer: apps show a handful of faces and a number for each.
	maxFamiliarRows = 2000
)

// FamiliarFollowers tells who among those I follow follows an account (Mastodon API: accounts/familiar_followers).
type FamiliarFollowers struct {
	ID       model.ID
	Accounts []*model.Account
}

// FamiliarFollowers answers in the order asked.
func (s *Social) FamiliarFollowers(ctx context.Context, me *model.Account, ids []model.ID) ([]FamiliarFollowers, error) {
	if len(ids) > maxFamiliar {
		return nil, model.Invalidf("Validation failed: Cannot ask about more than %d accounts at once", maxFamiliar)
	}
	q := s.DB.Read(ctx)
	accounts, err := q.Accounts(unique(ids))
	if err != nil {
		return nil, err
	}
	var open []model.ID
	for _, a := range accounts {
		if !a.HideCollections && !a.Suspended() {
			open = append(open, a.ID)
		}
	}
	rows, err := q.Familiar(me.ID, open, maxFamiliarRows)
	if err != nil {
		return nil, err
	}
	out := []FamiliarFollowers{}
	for _, a := range accounts {
		if a.Suspended() || a.Pending {
			continue
		}
		f := FamiliarFollowers{ID: a.ID}
		if f.Accounts, err = q.Accounts(rows[a.ID]); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// unique keeps the first of each id.
func unique(ids []model.ID) []model.ID {
	seen := make(map[model.ID]bool, len(ids))
	out := make([]model.ID, 0, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// Relationships tells how I stand to each account, in the order asked and each once; those suspended only when asked
// for (Mastodon API: accounts/relationships).
func (s *Social) Relationships(ctx context.Context, me *model.Account, ids []model.ID, suspended bool) ([]model.Relationship, error) {
	q := s.DB.Read(ctx)
	found, err := q.Accounts(unique(ids))
	if err != nil {
		return nil, err
	}
	accounts := make([]*model.Account, 0, len(found))
	for _, a := range found {
		if suspended || !a.Suspended() {
			accounts = append(accounts, a)
		}
	}
	return q.Relationships(me.ID, accounts)
}

// relationship tells how I stand to one account, after a verb.
func (s *Social) relationship(ctx context.Context, me *model.Account, id model.ID) (*model.Relationship, error) {
	q := s.DB.Read(ctx)
	a, err := q.Account(id)
	if err != nil {
		return nil, err
	}
	list, err := q.Relationships(me.ID, []*model.Account{a})
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

// toward is a verb between me and one other account: both are locked, the other exists, and the answer is how I stand
// to them afterwards. A verb towards oneself changes nothing.
func (s *Social) toward(ctx context.Context, me *model.Account, id model.ID, verb func(tx *store.Tx, other *model.Account) error) (*model.Relationship, error) {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockAccounts(me.ID, id); err != nil {
			return err
		}
		other, err := met(tx.Account(id))
		if err != nil || other.ID == me.ID {
			return err
		}
		return verb(tx, other)
	})
	if err != nil {
		return nil, err
	}
	return s.relationship(ctx, me, id)
}
