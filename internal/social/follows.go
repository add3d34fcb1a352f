package social

import (
	"context"
	"math"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

// FollowOptions say what of somebody is wanted; nil leaves it as it is (or the default).
type FollowOptions struct {
	Reblogs   *bool
	Notify    *bool
	Languages *[]string // empty: all
	URI       string    // of the peer's activity, "" for ours
}

const (
	// From here on one may follow about as many as follow one. Mastodon: FollowLimitValidator
	maxFollows   = 7500
	followsRatio = 1.1
	// A follow names the languages somebody reads; nobody reads more.
	maxFollowLanguages = 100
)

// Follow follows somebody, asks them to, or changes what is wanted of them (Mastodon API: accounts/:id/follow).
func (s *Social) Follow(ctx context.Context, me *model.Account, id model.ID, o FollowOptions) (*model.Relationship, error) {
	if me.ID == id {
		return nil, model.Forbidden("Following your own account is not allowed")
	}
	if err := o.tidy(); err != nil {
		return nil, err
	}
	return s.toward(ctx, me, id, func(tx *store.Tx, other *model.Account) error {
		me, err := tx.Account(me.ID)
		if err != nil {
			return err
		}
		barred, err := tx.Barred(me, other)
		if err != nil {
			return err
		}
		if err := mayFollow(other, barred); err != nil {
			return err
		}
		return s.follow(tx, me, other, o)
	})
}

// mayFollow refuses whom nobody or not this account may follow (Mastodon: FollowService).
func mayFollow(other *model.Account, barred bool) error {
	switch {
	case other.Suspended():
		return model.ErrNotFound()
	case barred || other.MovedToID != 0:
		return model.ErrForbidden()
	}
	return nil
}

// follow changes the follow or the request that is there, or makes one.
func (s *Social) follow(tx *store.Tx, me, other *model.Account, o FollowOptions) error {
	f, err := tx.FollowOf(me.ID, other.ID)
	if err != nil {
		return err
	}
	if f != nil {
		o.set(f)
		return tx.SetFollow(f)
	}
	if f, err = tx.FollowRequestOf(me.ID, other.ID); err != nil {
		return err
	}
	if f != nil {
		o.set(f)
		return tx.SetFollowRequest(f)
	}
	if err := mayFollowMore(me); err != nil {
		return err
	}
	f = &model.Follow{ID: tx.NewID(), AccountID: me.ID, TargetID: other.ID, ShowReblogs: true, URI: o.URI, CreatedAt: tx.Now()}
	o.set(f)
	if mustAsk(me, other) {
		if err := tx.AddFollowRequest(f); err != nil {
			return err
		}
		return s.notify(tx, other.ID, me, model.NotifyFollowRequest, nil)
	}
	if err := tx.AddFollow(f); err != nil {
		return err
	}
	return s.notify(tx, other.ID, me, model.NotifyFollow, nil)
}

// mustAsk tells whether a follow waits for an answer: a locked person's, a person's whom a limited account wants to
// follow, or another server's.
func mustAsk(me, other *model.Account) bool {
	return other.Locked || me.Silenced() || !other.Local()
}

// mayFollowMore refuses who follows as many as they may.
func mayFollowMore(me *model.Account) error {
	limit := int64(maxFollows)
	if me.FollowingCount >= maxFollows {
		limit = max(limit, int64(math.Round(float64(me.FollowersCount)*followsRatio)))
	}
	if me.Local() && me.FollowingCount >= limit {
		return model.Invalidf("Validation failed: You cannot follow more than %d people", limit)
	}
	return nil
}

// tidy spells languages as we keep them.
func (o *FollowOptions) tidy() error {
	if o.Languages == nil {
		return nil
	}
	if len(*o.Languages) > maxFollowLanguages {
		return model.Invalidf("Validation failed: Languages is invalid")
	}
	var tidied []string
	for _, l := range *o.Languages {
		if l == "" {
			continue
		}
		code := text.Language(l)
		if code == "" {
			return model.Invalidf("Validation failed: Languages is invalid")
		}
		tidied = append(tidied, code)
	}
	o.Languages = &tidied
	return nil
}

func (o *FollowOptions) set(f *model.Follow) {
	if o.Reblogs != nil {
		f.ShowReblogs = *o.Reblogs
	}
	if o.Notify != nil {
		f.Notify = *o.Notify
	}
	if o.Languages != nil {
		f.Languages = *o.Languages
	}
}

// Unfollow ends a follow or withdraws a request (Mastodon API: accounts/:id/unfollow).
func (s *Social) Unfollow(ctx context.Context, me *model.Account, id model.ID) (*model.Relationship, error) {
	return s.toward(ctx, me, id, func(tx *store.Tx, other *model.Account) error { return part(tx, me.ID, other.ID) })
}

// RemoveFromFollowers ends somebody's follow of me (Mastodon API: accounts/:id/remove_from_followers).
func (s *Social) RemoveFromFollowers(ctx context.Context, me *model.Account, id model.ID) (*model.Relationship, error) {
	return s.toward(ctx, me, id, func(tx *store.Tx, other *model.Account) error {
		_, err := tx.RemoveFollow(other.ID, me.ID)
		return err
	})
}

// part ends what one account has or wants of another.
func part(tx *store.Tx, account, target model.ID) error {
	if _, err := tx.RemoveFollow(account, target); err != nil {
		return err
	}
	_, err := tx.RemoveFollowRequest(account, target)
	return err
}

// AuthorizeFollow lets somebody who asked follow me (Mastodon API: follow_requests/:account_id/authorize).
func (s *Social) AuthorizeFollow(ctx context.Context, me *model.Account, id model.ID) (*model.Relationship, error) {
	return s.toward(ctx, me, id, func(tx *store.Tx, other *model.Account) error {
		f, err := tx.FollowRequestOf(other.ID, me.ID)
		if err != nil {
			return err
		}
		if f == nil {
			return model.ErrNotFound()
		}
		if err := tx.AcceptFollow(*f); err != nil {
			return err
		}
		return s.notify(tx, me.ID, other, model.NotifyFollow, nil)
	})
}

// RejectFollow turns somebody who asked away (Mastodon API: follow_requests/:account_id/reject).
func (s *Social) RejectFollow(ctx context.Context, me *model.Account, id model.ID) (*model.Relationship, error) {
	return s.toward(ctx, me, id, func(tx *store.Tx, other *model.Account) error {
		removed, err := tx.RemoveFollowRequest(other.ID, me.ID)
		if err == nil && !removed {
			return model.ErrNotFound()
		}
		return err
	})
}

// authorizeBatch is how many waiting requests one transaction accepts when somebody unlocks; the rest are a job's.
const authorizeBatch = 200

// AuthorizeFollows accepts who waits to follow an account that is no longer locked, but for limited people.
func (s *Social) AuthorizeFollows(ctx context.Context, job model.AuthorizeFollows) error {
	account := job.Account
	for more := true; more; {
		err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
			if err = tx.LockAccounts(account); err != nil {
				return err
			}
			a, err := tx.Account(account)
			if model.IsNotFound(err) || err == nil && a.Locked {
				more = false
				return nil
			}
			if err != nil {
				return err
			}
			more, err = authorizeSome(tx, account)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// authorizeSome accepts a batch of requests without telling anybody, as Mastodon does when somebody unlocks, and says
// whether there may be more.
func authorizeSome(tx *store.Tx, account model.ID) (more bool, err error) {
	waiting, err := tx.WelcomeRequests(account, authorizeBatch)
	if err != nil {
		return false, err
	}
	for _, f := range waiting {
		if err := tx.AcceptFollow(f); err != nil {
			return false, err
		}
	}
	return len(waiting) == authorizeBatch, nil
}
