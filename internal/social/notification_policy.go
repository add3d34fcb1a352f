package social

import (
	"context"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// What a policy says of a kind of sender (Mastodon API: entities/NotificationPolicy).
const (
	policyAccept = "accept"
	policyFilter = "filter"
	policyDrop   = "drop"
)

// PolicyChange is what somebody changes of what they hold back; nil leaves it.
type PolicyChange struct {
	ForNotFollowing    *string
	ForNotFollowers    *string
	ForNewAccounts     *string
	ForPrivateMentions *string
	ForLimitedAccounts *string
	ForBots            *string
}

// NotificationPolicy is what somebody holds back, with the defaults filled in, and what waits.
type NotificationPolicy struct {
	model.NotificationPolicy
	PendingRequests      int64
	PendingNotifications int64
}

// Policy reads it (Mastodon API: GET notifications/policy).
func (s *Social) Policy(ctx context.Context, me *model.Account) (*NotificationPolicy, error) {
	q := s.DB.Read(ctx)
	p, err := q.NotificationPolicy(me.ID)
	if err != nil {
		return nil, err
	}
	out := &NotificationPolicy{NotificationPolicy: *p}
	for _, f := range []*string{&out.ForNotFollowing, &out.ForNotFollowers, &out.ForNewAccounts, &out.ForBots} {
		if *f == "" {
			*f = policyAccept
		}
	}
	out.ForLimitedAccounts, out.ForPrivateMentions = orFilter(out.ForLimitedAccounts), orFilter(out.ForPrivateMentions)
	out.PendingRequests, out.PendingNotifications, err = q.PendingRequests(me.ID)
	return out, err
}

// SetPolicy changes it (Mastodon API: PATCH notifications/policy).
func (s *Social) SetPolicy(ctx context.Context, me *model.Account, c PolicyChange) (*NotificationPolicy, error) {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		p, err := tx.NotificationPolicy(me.ID)
		if err != nil {
			return err
		}
		for _, f := range []struct {
			name string
			into *string
			to   *string
		}{
			{"for_not_following", &p.ForNotFollowing, c.ForNotFollowing},
			{"for_not_followers", &p.ForNotFollowers, c.ForNotFollowers},
			{"for_new_accounts", &p.ForNewAccounts, c.ForNewAccounts},
			{"for_private_mentions", &p.ForPrivateMentions, c.ForPrivateMentions},
			{"for_limited_accounts", &p.ForLimitedAccounts, c.ForLimitedAccounts},
			{"for_bots", &p.ForBots, c.ForBots},
		} {
			if f.to == nil {
				continue
			}
			if *f.to != policyAccept && *f.to != policyFilter && *f.to != policyDrop {
				return model.Invalidf("'%s' is not a valid %s", *f.to, f.name)
			}
			*f.into = *f.to
		}
		return tx.SetNotificationPolicy(p)
	})
	if err != nil {
		return nil, err
	}
	return s.Policy(ctx, me)
}

// AcceptRequests lets senders through for good (Mastodon API: notifications/requests/accept). Ids that are no
// requests are passed over.
func (s *Social) AcceptRequests(ctx context.Context, me *model.Account, ids []model.ID) error {
	return s.requests(ctx, me, ids, func(tx *store.Tx, from model.ID) error {
		direct, err := tx.LetThrough(me.ID, from)
		if err != nil {
			return err
		}
		list, err := tx.Statuses(direct)
		if err != nil {
			return err
		}
		for _, st := range list {
			if err := s.converseFor(tx, me.ID, st); err != nil {
				return err
			}
		}
		tx.Publish(model.Event{Type: "notifications_merged", Stream: "user", Account: me.ID})
		return nil
	})
}

// DismissRequests forgets what was held back of senders (Mastodon API: notifications/requests/dismiss).
func (s *Social) DismissRequests(ctx context.Context, me *model.Account, ids []model.ID) error {
	return s.requests(ctx, me, ids, func(tx *store.Tx, from model.ID) error { return tx.DropRequest(me.ID, from) })
}

const maxBulk = 200 // more than a client's page of requests, whose limit is 80

func (s *Social) requests(ctx context.Context, me *model.Account, ids []model.ID, do func(*store.Tx, model.ID) error) error {
	if len(ids) > maxBulk {
		return model.Invalidf("Validation failed: Too many requests at once (maximum is %d)", maxBulk)
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		list, err := tx.NotificationRequestsByID(me.ID, ids)
		if err != nil {
			return err
		}
		for _, r := range list {
			if err := do(tx, r.FromID); err != nil {
				return err
			}
		}
		return nil
	})
}

// AcceptRequest is AcceptRequests for one that must be there.
func (s *Social) AcceptRequest(ctx context.Context, me *model.Account, id model.ID) error {
	if _, err := s.DB.Read(ctx).NotificationRequest(me.ID, id); err != nil {
		return err
	}
	return s.AcceptRequests(ctx, me, []model.ID{id})
}

// DismissRequest is DismissRequests for one that must be there.
func (s *Social) DismissRequest(ctx context.Context, me *model.Account, id model.ID) error {
	if _, err := s.DB.Read(ctx).NotificationRequest(me.ID, id); err != nil {
		return err
	}
	return s.DismissRequests(ctx, me, []model.ID{id})
}

// Requests is a page of who waits to be let through (Mastodon API: GET notifications/requests).
func (s *Social) Requests(ctx context.Context, me *model.Account, p model.Page) ([]*model.NotificationRequest, error) {
	q := s.DB.Read(ctx)
	list, err := q.NotificationRequests(me.ID, p)
	if err != nil {
		return nil, err
	}
	return list, s.unseen(q, me, list)
}

// Request is one of them (Mastodon API: GET notifications/requests/:id).
func (s *Social) Request(ctx context.Context, me *model.Account, id model.ID) (*model.NotificationRequest, error) {
	q := s.DB.Read(ctx)
	r, err := q.NotificationRequest(me.ID, id)
	if err != nil {
		return nil, err
	}
	return r, s.unseen(q, me, []*model.NotificationRequest{r})
}

// unseen leaves out newest statuses that may not be seen (any more).
func (s *Social) unseen(q *store.Q, me *model.Account, list []*model.NotificationRequest) error {
	rel, err := q.Relations(me.ID)
	if err != nil {
		return err
	}
	for _, r := range list {
		if r.LastStatus != nil && !rel.Visible(r.LastStatus) {
			r.LastStatus = nil
		}
	}
	return nil
}
