package federation

import (
	"context"
	"sync"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

const (
	// Activities that wait in all. At 1,500 a second they are worked off in about a minute, so that a peer who is told to
	// come back finds the door open; with bodies of a few KB they are some hundred MB of the database.
	maxWaiting = 100_000
	// Activities that wait of one server: the largest sends some hundred a second, and nobody's backlog shall fill the
	// house for others.
	maxWaitingOfHost = 25_000
	// What peers are asked to wait when the house is full.
	retryAfterFull = time.Minute
	// Counts are read anew from the database at most so often; jobs that were given up, or run by another node, leave
	// memory's counts too high.
	recountAfter = 10 * time.Second

	// Requests at the inbox at once; each may wait for a key to be fetched.
	maxAtInbox = 1024
	// Bodies being read or checked at once, in bytes.
	maxInboxBytes = 64 << 20
)

// gate bounds what waits at the inbox and behind it. The counts are of this process; they are compared with the
// database whenever somebody would be turned away, so that nobody is for long without need.
type gate struct {
	mu       sync.Mutex
	seeded   bool
	total    int
	waiting  map[string]int // accepted and not done yet, by sender's host
	counted  time.Time
	requests int
	bytes    int64
}

// enter lets a request with a body of so many bytes in, until leave is called.
func (g *gate) enter(bytes int64) (leave func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.requests >= maxAtInbox || g.bytes+bytes > maxInboxBytes {
		return nil, false
	}
	g.requests++
	g.bytes += bytes
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.requests--
		g.bytes -= bytes
	}, true
}

// accept counts one more of a host, or refuses it.
func (g *gate) accept(ctx context.Context, db *store.DB, host string, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.seeded || g.full(host) && now.Sub(g.counted) >= recountAfter {
		if err := g.count(ctx, db); err != nil {
			return err
		}
		g.seeded, g.counted = true, now
	}
	if g.full(host) {
		return &busy{}
	}
	g.total++
	g.waiting[host]++
	return nil
}

func (g *gate) full(host string) bool {
	return g.total >= maxWaiting || g.waiting[host] >= maxWaitingOfHost
}

func (g *gate) count(ctx context.Context, db *store.DB) error {
	hosts, err := db.Read(ctx).WaitingByGroup(model.Ingest{}.Kind())
	if err != nil {
		return err
	}
	g.total, g.waiting = 0, hosts
	for _, n := range hosts {
		g.total += n
	}
	return nil
}

// done counts one less of a host.
func (g *gate) done(host string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting[host] == 0 {
		return // accepted by another node, or before the last count
	}
	g.total--
	if g.waiting[host]--; g.waiting[host] == 0 {
		delete(g.waiting, host)
	}
}

// busy asks to come back after a while.
type busy struct{}

func (*busy) Error() string { return "too much waits at the inbox" }

// Unwrap gives the kind.
func (*busy) Unwrap() error {
	return &model.Error{Kind: model.KindUnavailable, Text: "Too much is waiting to be worked on; please come back"}
}

// RetryAfter is when to come back.
func (b *busy) RetryAfter() time.Duration { return retryAfterFull }
