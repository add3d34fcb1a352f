package fetch

import (
	"container/list"
	"context"
	"log/slog"
	"sync"
	"time"

	"gomphothere/internal/httpsig"
	"gomphothere/internal/model"
)

// The breaker: a host that fails this often in a row is left in peace, longer each time, and then asked once.
const (
	tripAfter    = 5
	firstPause   = 30 * time.Second
	longestPause = 10 * time.Minute
)

// maxHosts bounds what is remembered of hosts: more than ever are talked to in a few minutes, 2 MB.
const maxHosts = 16384

// refusedTime is for how long a host that took neither scheme is not knocked at twice.
const refusedTime = 10 * time.Minute

// hosts remembers how hosts behave, the lately used ones.
type hosts struct {
	log *slog.Logger

	mu    sync.Mutex
	known map[string]*list.Element // of *host
	used  list.List                // front: lately
}

// host is what is remembered of one. Its fields but the channels are guarded by hosts.mu.
type host struct {
	name    string
	gets    chan struct{}
	posts   chan struct{}
	waiting int
	held    int // of those inside: it is not forgotten meanwhile

	failures int
	trips    int
	until    time.Time // nobody asks before
	probing  bool      // somebody tries whether it is back

	scheme       httpsig.Scheme
	refusedUntil time.Time
}

func (hs *hosts) get(name string) *host {
	if e, ok := hs.known[name]; ok {
		hs.used.MoveToFront(e)
		return e.Value.(*host)
	}
	if hs.known == nil {
		hs.known = map[string]*list.Element{}
	}
	h := &host{name: name, gets: make(chan struct{}, slots), posts: make(chan struct{}, slots)}
	hs.known[name] = hs.used.PushFront(h)
	for e := hs.used.Back(); e != nil && len(hs.known) > maxHosts; {
		before := e.Prev()
		if old := e.Value.(*host); old.held == 0 && old != h {
			hs.used.Remove(e)
			delete(hs.known, old.name)
		}
		e = before
	}
	return h
}

// enter takes a slot of a host, or says that it is left in peace. Whoever entered calls leave with what came of it.
func (hs *hosts) enter(ctx context.Context, url, name string, post bool, now func() time.Time) (*host, error) {
	hs.mu.Lock()
	h := hs.get(name)
	if err := h.paused(url, now()); err != nil {
		hs.mu.Unlock()
		return nil, err
	}
	if h.waiting >= maxWaiting {
		hs.mu.Unlock()
		return nil, fail(url, model.KindUnavailable, "Too many wait for the other server", ErrPaused)
	}
	h.waiting++
	h.held++
	hs.mu.Unlock()

	slot := h.gets
	if post {
		slot = h.posts
	}
	var err error
	select {
	case slot <- struct{}{}:
	case <-ctx.Done():
		err = network(url, ctx.Err())
	}
	hs.mu.Lock()
	defer hs.mu.Unlock()
	h.waiting--
	if err != nil {
		h.held--
		return nil, err
	}
	if err := h.paused(url, now()); err != nil { // it failed while we waited
		h.held--
		<-slot
		return nil, err
	}
	h.probing = h.probing || !h.until.IsZero()
	return h, nil
}

// paused says whether a host is left in peace.
func (h *host) paused(url string, now time.Time) error {
	if h.until.IsZero() || !now.Before(h.until) && !h.probing {
		return nil
	}
	e := fail(url, model.KindUnavailable, "The other server has not answered for a while", ErrPaused)
	e.after = max(h.until.Sub(now), time.Second)
	return e
}

// leave gives the slot back and counts what came of it.
func (hs *hosts) leave(h *host, post bool, err error, now time.Time) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	h.held--
	if post {
		<-h.posts
	} else {
		<-h.gets
	}
	switch {
	case err == nil:
		h.failures, h.trips, h.until, h.probing = 0, 0, time.Time{}, false
	case !hostFailed(err):
		h.probing = false
	default:
		h.failures++
		if h.failures < tripAfter && !h.probing || !h.until.IsZero() && !h.probing {
			return
		}
		pause := longestPause
		if h.trips < 5 {
			pause = min(firstPause<<h.trips, longestPause)
		}
		h.trips++
		h.until, h.probing = now.Add(pause), false
		hs.log.Debug("host left in peace", "host", h.name, "for", pause, "error", err)
	}
}

// schemeOf gives the scheme to sign with first, and whether another may be tried after a refusal.
func (hs *hosts) schemeOf(h *host, now time.Time) (s httpsig.Scheme, again bool) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	return h.scheme, now.After(h.refusedUntil)
}

func (hs *hosts) setScheme(h *host, s httpsig.Scheme) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	h.scheme = s
}

func (hs *hosts) refusedBoth(h *host, now time.Time) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	h.refusedUntil = now.Add(refusedTime)
}
