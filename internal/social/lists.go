package social

import (
	"context"
	"strings"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

// Mastodon's bounds (List).
const (
	maxLists     = 50
	maxListTitle = 256
)

// ListChange is what a form says of a list; nil leaves a part as it is.
type ListChange struct {
	Title         *string
	RepliesPolicy *string
	Exclusive     *bool
}

// apply changes l, or refuses.
func (c ListChange) apply(l *model.List) error {
	if c.Title != nil {
		l.Title = strings.TrimSpace(*c.Title)
	}
	if c.RepliesPolicy != nil && *c.RepliesPolicy != "" {
		l.RepliesPolicy = *c.RepliesPolicy
	}
	if c.Exclusive != nil {
		l.Exclusive = *c.Exclusive
	}
	switch {
	case l.RepliesPolicy != "list" && l.RepliesPolicy != "followed" && l.RepliesPolicy != "none":
		return model.Invalidf("'%s' is not a valid replies_policy", l.RepliesPolicy)
	case l.Title == "":
		return model.Invalidf("Validation failed: Title can't be blank")
	case text.Characters(l.Title) > maxListTitle:
		return model.Invalidf("Validation failed: Title is too long (maximum is %d characters)", maxListTitle)
	}
	return nil
}

// AddList makes a list (Mastodon API: POST /api/v1/lists).
func (s *Social) AddList(ctx context.Context, me *model.Account, c ListChange) (*model.List, error) {
	l := &model.List{AccountID: me.ID, RepliesPolicy: "list"}
	if err := c.apply(l); err != nil {
		return nil, err
	}
	return l, s.DB.Write(ctx, func(tx *store.Tx) error {
		lists, err := tx.Lists(me.ID)
		if err != nil {
			return err
		}
		if len(lists) >= maxLists {
			return model.Invalidf("Validation failed: You have reached the maximum number of lists")
		}
		l.ID, l.CreatedAt = tx.NewID(), tx.Now()
		return tx.AddList(l)
	})
}

// SetList changes a list (Mastodon API: PUT /api/v1/lists/:id).
func (s *Social) SetList(ctx context.Context, me *model.Account, id model.ID, c ListChange) (l *model.List, err error) {
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if l, err = tx.List(me.ID, id); err != nil {
			return err
		}
		if err := c.apply(l); err != nil {
			return err
		}
		return tx.SetList(l)
	})
	return l, err
}

// RemoveList deletes a list (Mastodon API: DELETE /api/v1/lists/:id).
func (s *Social) RemoveList(ctx context.Context, me *model.Account, id model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		l, err := tx.List(me.ID, id)
		if err != nil {
			return err
		}
		return tx.RemoveList(l)
	})
}

// AddToList puts accounts that the owner follows, or asked to, on a list: all or none (Mastodon API: POST
// /api/v1/lists/:id/accounts).
func (s *Social) AddToList(ctx context.Context, me *model.Account, id model.ID, accounts []model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		l, err := tx.List(me.ID, id)
		if err != nil {
			return err
		}
		found, err := tx.Accounts(accounts)
		if err != nil {
			return err
		}
		if len(found) != len(accounts) {
			return model.ErrNotFound()
		}
		follows, err := tx.FollowsOrAsked(me.ID, accounts)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			if a != me.ID && !follows[a] {
				return model.Invalidf("Validation failed: Account follow relationship missing")
			}
			added, err := tx.AddToList(l, a)
			if err != nil {
				return err
			}
			if !added {
				return model.Invalidf("Validation failed: Account has already been taken")
			}
		}
		return nil
	})
}

// RemoveFromList takes accounts off a list (Mastodon API: DELETE /api/v1/lists/:id/accounts).
func (s *Social) RemoveFromList(ctx context.Context, me *model.Account, id model.ID, accounts []model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		l, err := tx.List(me.ID, id)
		if err != nil {
			return err
		}
		return tx.RemoveFromList(l, accounts)
	})
}
