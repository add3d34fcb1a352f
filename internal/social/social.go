package social

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/singleflight"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Social is the verbs over one database.
type Social struct {
	DB   *store.DB
	Site model.Site
	// Unlimited turns the rate limits of sign-in off, for load tests.
	Unlimited bool

	feeds    *feeds
	people   *people
	matchers *matchers
	push     atomic.Pointer[model.PushKeys]
	keyring  singleflight.Group // keys of ours in the making
	policies policies
	peers    peers
	digests  digests
}

// New makes the verbs ready; the home feeds in memory follow what the database commits.
func New(db *store.DB, site model.Site) *Social {
	s := &Social{DB: db, Site: site, feeds: newFeeds(), people: newPeople(), matchers: newMatchers()}
	db.Cache.OnForget(s.feeds.forget)
	db.Cache.OnForget(s.matchers.forget)
	db.Cache.OnForget(s.policies.forget)
	db.Cache.OnForget(s.peers.forget)
	db.Cache.OnForget(s.digests.forget)
	return s
}

// relations is the viewer's circle; a visitor has an empty one.
func (s *Social) relations(ctx context.Context, me *model.Account) (*model.Relations, error) {
	if me == nil {
		return model.Visitor(), nil
	}
	return s.DB.Read(ctx).Relations(me.ID)
}

// StatusFor finds a status that the viewer (nil: a visitor) may see.
func (s *Social) StatusFor(ctx context.Context, me *model.Account, id model.ID) (*model.Status, error) {
	return s.DB.Read(ctx).StatusFor(me, id)
}
