package social

import (
	"context"
	"net/url"
	"strings"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// The states of a relay.
const (
	relayPending  = "pending"
	relayAccepted = "accepted"
	relayRejected = "rejected"
)

// AddRelay asks a server to pass our public statuses on to others and theirs to us. With actor "" it is asked as
// Mastodon does, for everything public at its inbox; else as LitePub does, by following the relay's actor.
func (s *Social) AddRelay(ctx context.Context, inbox, actor string) (*model.Relay, error) {
	for _, u := range []string{inbox, actor} {
		if u == "" && u == actor {
			continue
		}
		if p, err := url.Parse(u); err != nil || p.Host == "" || p.Scheme != "https" && !(s.Site.Development && p.Scheme == "http") {
			return nil, model.Invalidf("%q is not an address", u)
		}
	}
	if _, err := s.InstanceActor(ctx); err != nil {
		return nil, err
	}
	r := &model.Relay{InboxURL: strings.TrimSpace(inbox), ActorURI: actor, State: relayPending}
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		r.ID, r.CreatedAt, r.FollowURI = tx.NewID(), tx.Now(), s.newURI(tx)
		added, err := tx.AddRelay(r)
		if err != nil {
			return err
		}
		if !added {
			was, err := tx.RelayByInbox(r.InboxURL)
			if err != nil {
				return err
			}
			if was.State == relayAccepted {
				*r = *was
				return nil
			}
			was.State, was.FollowURI, was.ActorURI = relayPending, r.FollowURI, r.ActorURI
			if err := tx.SetRelay(was); err != nil {
				return err
			}
			*r = *was
		}
		return s.tell(tx, model.Distribute{Activity: "Follow Relay", Actor: model.InstanceActorID, Row: r.ID})
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// RemoveRelay takes leave of a relay. It is told before its row goes, so what it needs to know is carried along.
func (s *Social) RemoveRelay(ctx context.Context, id model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		r, err := tx.Relay(id)
		if err != nil {
			return err
		}
		if err := s.tell(tx, model.Distribute{
			Activity: "Undo Follow Relay", Actor: model.InstanceActorID, Row: r.ID, URI: r.FollowURI, Object: r.ActorURI, Inbox: r.InboxURL,
		}); err != nil {
			return err
		}
		return tx.RemoveRelay(id)
	})
}

// RelayAnswered takes in a relay's Accept or Reject of our follow; NotFound when no relay was asked under this address.
func (s *Social) RelayAnswered(ctx context.Context, followURI string, accepted bool) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		r, err := tx.RelayByFollow(followURI)
		if err != nil {
			return err
		}
		r.State = relayRejected
		if accepted {
			r.State = relayAccepted
		}
		return tx.SetRelay(r)
	})
}
