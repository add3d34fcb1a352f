package stream

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Figures are what streaming has done since the start, and how it stands now.
type Figures struct {
	Connections   int     `json:"connections"`
	WebSockets    int     `json:"websockets"`
	EventSources  int     `json:"event_sources"`
	Subscriptions int     `json:"subscriptions"`
	Viewers       int     `json:"viewers"` // people connected
	Accepted      uint64  `json:"accepted"`
	Refused       uint64  `json:"refused"`  // handshakes answered with an error
	Events        uint64  `json:"events"`   // that went to anybody
	Unheard       uint64  `json:"unheard"`  // that nobody here listens for
	Messages      uint64  `json:"messages"` // an event to a connection
	Writes        uint64  `json:"writes"`   // system calls, heartbeats included
	Dropped       uint64  `json:"dropped"`  // messages that did not reach their connection
	PerEvent      float64 `json:"messages_per_event"`
	// LargestShare is the largest part of all connections, 0 to 1, that one event went to.
	LargestShare float64           `json:"largest_share"`
	Waiting      int               `json:"waiting"` // connections with something unwritten
	SlowestMS    float64           `json:"slowest_reader_ms"`
	LastMS       float64           `json:"last_commit_to_last_socket_ms"`
	LongestMS    float64           `json:"longest_commit_to_last_socket_ms"`
	Delays       map[string]uint64 `json:"commit_to_last_socket"` // events by the bound they stayed within
	Closed       map[string]uint64 `json:"closed"`                // connections by reason
	Lost         uint64            `json:"lost"`                  // times that events came faster than they were looked at
}

// delayBounds are the classes of the time from commit to last socket.
// constant: Go has no constant slices
var delayBounds = [...]time.Duration{
	5 * time.Millisecond, 20 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second, 10 * time.Second,
}

// stats are counted where things happen.
type stats struct {
	accepted, refused, events, unheard, frames, writes, dropped, lost atomic.Uint64

	closed       [reasons]atomic.Uint64
	delays       [len(delayBounds) + 1]atomic.Uint64
	last         atomic.Int64 // nanoseconds
	longest      atomic.Int64
	slowestRead  atomic.Int64
	largestShare atomic.Int64 // millionths
}

func highest(into *atomic.Int64, v int64) {
	for {
		was := into.Load()
		if v <= was || into.CompareAndSwap(was, v) {
			return
		}
	}
}

func (s *stats) slowest(d time.Duration) { highest(&s.slowestRead, int64(d)) }

func (s *stats) finished(d time.Duration) {
	s.last.Store(int64(d))
	highest(&s.longest, int64(d))
	for i, bound := range delayBounds {
		if d <= bound {
			s.delays[i].Add(1)
			return
		}
	}
	s.delays[len(delayBounds)].Add(1)
}

func (s *stats) closedFor(r reason) { s.closed[r].Add(1) }

// Figures takes a snapshot.
func (h *Hub) Figures() Figures {
	s := &h.stats
	f := Figures{
		Accepted: s.accepted.Load(), Refused: s.refused.Load(), Events: s.events.Load(), Unheard: s.unheard.Load(),
		Messages: s.frames.Load(), Writes: s.writes.Load(), Dropped: s.dropped.Load(), Lost: s.lost.Load(),
		LargestShare: float64(s.largestShare.Load()) / 1e6,
		SlowestMS:    ms(s.slowestRead.Load()), LastMS: ms(s.last.Load()), LongestMS: ms(s.longest.Load()),
		Delays: map[string]uint64{}, Closed: map[string]uint64{},
	}
	if f.Events > 0 {
		f.PerEvent = float64(f.Messages) / float64(f.Events)
	}
	for i, bound := range delayBounds {
		f.Delays[bound.String()] = s.delays[i].Load()
	}
	f.Delays["longer"] = s.delays[len(delayBounds)].Load()
	for r := range reasons {
		f.Closed[r.String()] = s.closed[r].Load()
	}
	h.mu.Lock()
	f.Connections, f.WebSockets, f.Subscriptions, f.Viewers = h.connections, h.sockets, h.subscriptions, len(h.viewers)
	h.mu.Unlock()
	f.EventSources = f.Connections - f.WebSockets
	f.Waiting = h.writers.waiting()
	return f
}

func ms(ns int64) float64 { return float64(ns) / 1e6 }

// quiet lets one line of a kind through in a second, with how many were held back.
type quiet struct {
	log  *slog.Logger
	mu   sync.Mutex
	said map[string]*line
}

type line struct {
	at   time.Time
	held int
}

const (
	quietFor = time.Second
	maxKinds = 64 // kinds of lines are our own words; the bound is a belt
)

func (q *quiet) say(level slog.Level, text string, args ...any) {
	q.mu.Lock()
	if q.said == nil {
		q.said = map[string]*line{}
	}
	l := q.said[text]
	if l == nil {
		if len(q.said) >= maxKinds {
			clear(q.said)
		}
		l = &line{}
		q.said[text] = l
	}
	now := time.Now()
	if now.Sub(l.at) < quietFor {
		l.held++
		q.mu.Unlock()
		return
	}
	held := l.held
	l.at, l.held = now, 0
	q.mu.Unlock()
	if held > 0 {
		args = append(args, "as_many_times_since_the_last_line", held+1)
	}
	q.log.Log(context.Background(), level, text, args...)
}
