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
	// AnyLimit lets somebody follow more than they may: their follow moves with whom they followed.
	AnyLimit bool
}

const (
	// From here on one may follow about as many as follow one. Mastodon: FollowLimitValidator
	maxFollows   = 7500
	followsRatio = 1.1
	// A follow names the languages somebody reads; nobody reads more.
	maxFollowLanguages = 100
)

// Follow follows somebody, asks them to, or changes what is wanted of them (Mastodon API: accounts/:id/follow). Whoever
// asks from another server is answered at once, also when they may not.
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
			if me.Local() || !other.Local() {
				return err
			}
			return s.tell(tx, model.Distribute{Activity: "Reject Follow", Actor: other.ID, Account: me.ID, URI: o.URI})
		}
		return s.follow(tx, me, other, o)
	})
}

// mayFollow refuses whom nobody or not this account may follow (Mastodon: FollowService).
func mayFollow(other *model.Account, barred bool) error {
	switch {
	case other.Suspended():
		return model.ErrNotFound()
	case barred || other.MovedToID != 0 || other.ID == model.InstanceActorID:
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
		if err := tx.SetFollow(f); err != nil || me.Local() {
			return err
		}
		// Their server has lost the answer, or the follow.
		if err := tx.SetFollowURI(f.ID, o.URI); err != nil {
			return err
		}
		return s.tell(tx, model.Distribute{Activity: "Accept Follow", Actor: other.ID, Account: me.ID, URI: o.URI})
	}
	if f, err = tx.FollowRequestOf(me.ID, other.ID); err != nil {
		return err
	}
	if f != nil {
		o.set(f)
		if err := tx.SetFollowRequest(f); err != nil {
			return err
		}
		return s.askAgain(tx, me, other, f, o.URI)
	}
	if !o.AnyLimit {
		if err := mayFollowMore(me); err != nil {
			return err
		}
	}
	f = &model.Follow{ID: tx.NewID(), AccountID: me.ID, TargetID: other.ID, ShowReblogs: true, URI: o.URI, CreatedAt: tx.Now()}
	o.set(f)
	if me.Local() && !other.Local() {
		f.URI = s.newURI(tx)
	}
	if mustAsk(me, other) {
		if err := tx.AddFollowRequest(f); err != nil {
			return err
		}
		if !other.Local() {
			return s.tell(tx, model.Distribute{Activity: "Follow", Actor: me.ID, Account: other.ID, URI: f.URI})
		}
		return s.notify(tx, other.ID, me, model.NotifyFollowRequest, nil)
	}
	if err := tx.AddFollow(f); err != nil {
		return err
	}
	if err := s.tellAbroad(tx, me.ID, model.Distribute{Activity: "Accept Follow", Actor: other.ID, Account: me.ID, URI: f.URI}); err != nil {
		return err
	}
	return s.notify(tx, other.ID, me, model.NotifyFollow, nil)
}

// askAgain sends a request once more when somebody here insists, or takes the newer address of one that came again.
func (s *Social) askAgain(tx *store.Tx, me, other *model.Account, f *model.Follow, uri string) error {
	if !me.Local() {
		return tx.SetFollowRequestURI(f.ID, uri)
	}
	if other.Local() {
		return nil
	}
	if f.URI == "" {
		f.URI = s.newURI(tx)
		if err := tx.SetFollowRequestURI(f.ID, f.URI); err != nil {
			return err
		}
	}
	return s.tell(tx, model.Distribute{Activity: "Follow", Actor: me.ID, Account: other.ID, URI: f.URI})
}

// tellAbroad is tell when whom it is meant for is not ours.
func (s *Social) tellAbroad(tx *store.Tx, other model.ID, d model.Distribute) error {
	ours, err := tx.Ours(other)
	if err != nil || ours {
		return err
	}
	return s.tell(tx, d)
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
	return s.toward(ctx, me, id, func(tx *store.Tx, other *model.Account) error { return s.part(tx, me.ID, other.ID) })
}

// RemoveFromFollowers ends somebody's follow of me (Mastodon API: accounts/:id/remove_from_followers).
func (s *Social) RemoveFromFollowers(ctx context.Context, me *model.Account, id model.ID) (*model.Relationship, error) {
	return s.toward(ctx, me, id, func(tx *store.Tx, other *model.Account) error {
		f, err := tx.FollowOf(other.ID, me.ID)
		if err != nil || f == nil {
			return err
		}
		if _, err := tx.RemoveFollow(other.ID, me.ID); err != nil {
			return err
		}
		return s.tellAbroad(tx, other.ID, model.Distribute{Activity: "Reject Follow", Actor: me.ID, Account: other.ID, URI: f.URI})
	})
}

// part ends what one account has or wants of another, as the first wishes.
func (s *Social) part(tx *store.Tx, account, target model.ID) error {
	uri, had, err := loosen(tx, account, target)
	if err != nil || !had {
		return err
	}
	return s.tellAbroad(tx, target, model.Distribute{Activity: "Undo Follow", Actor: account, Account: target, URI: uri})
}

// dismiss ends what one account has or wants of another, as the other wishes.
func (s *Social) dismiss(tx *store.Tx, follower, target model.ID) error {
	uri, had, err := loosen(tx, follower, target)
	if err != nil || !had {
		return err
	}
	return s.tellAbroad(tx, follower, model.Distribute{Activity: "Reject Follow", Actor: target, Account: follower, URI: uri})
}

// loosen removes a follow and a request, and gives the address they had.
func loosen(tx *store.Tx, account, target model.ID) (uri string, had bool, err error) {
	f, err := tx.FollowOf(account, target)
	if err != nil {
		return "", false, err
	}
	r, err := tx.FollowRequestOf(account, target)
	if err != nil {
		return "", false, err
	}
	if f != nil {
		uri = f.URI
		if _, err := tx.RemoveFollow(account, target); err != nil {
			return "", false, err
		}
	}
	if r != nil {
		uri = r.URI
		if _, err := tx.RemoveFollowRequest(account, target); err != nil {
			return "", false, err
		}
	}
	return uri, f != nil || r != nil, nil
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
		if err := s.accept(tx, *f); err != nil {
			return err
		}
		return s.notify(tx, me.ID, other, model.NotifyFollow, nil)
	})
}

// accept turns a request into a follow and tells whose it is.
func (s *Social) accept(tx *store.Tx, f model.Follow) error {
	if err := tx.AcceptFollow(f); err != nil {
		return err
	}
	return s.tellAbroad(tx, f.AccountID, model.Distribute{Activity: "Accept Follow", Actor: f.TargetID, Account: f.AccountID, URI: f.URI})
}

// RejectFollow turns somebody who asked away (Mastodon API: follow_requests/:account_id/reject).
func (s *Social) RejectFollow(ctx context.Context, me *model.Account, id model.ID) (*model.Relationship, error) {
	return s.toward(ctx, me, id, func(tx *store.Tx, other *model.Account) error {
		f, err := tx.FollowRequestOf(other.ID, me.ID)
		if err == nil && f == nil {
			return model.ErrNotFound()
		}
		if err != nil {
			return err
		}
		if _, err := tx.RemoveFollowRequest(other.ID, me.ID); err != nil {
			return err
		}
		return s.tellAbroad(tx, other.ID, model.Distribute{Activity: "Reject Follow", Actor: me.ID, Account: other.ID, URI: f.URI})
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
			more, err = s.authorizeSome(tx, account)
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
func (s *Social) authorizeSome(tx *store.Tx, account model.ID) (more bool, err error) {
	waiting, err := tx.WelcomeRequests(account, authorizeBatch)
	if err != nil {
		return false, err
	}
	for _, f := range waiting {
		if err := s.accept(tx, f); err != nil {
			return false, err
		}
	}
	return len(waiting) == authorizeBatch, nil
}
