// Package bus carries hints of what was committed: to whoever listens in this process, to other nodes on the same
// database, and, over a Unix socket in the data directory, from a command to the running server.
package bus

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"gomphothere/internal/model"
)

// Bus carries events between the nodes of one server. What is lost on the way is told as model.TouchAll, once the bus
// is back and, while it is not, every second: nobody sees anything older.
type Bus interface {
	// Publish gives events to everybody who subscribed: here at once, elsewhere some milliseconds later. It never blocks.
	Publish(events []model.Event)
	// Subscribe calls hear with what is published, one call after the other; here tells that it was by this node. hear
	// must not block. Subscribe before the first Publish.
	Subscribe(hear func(events []model.Event, here bool))
	// Close sends what waits and ends.
	Close() error
}

// Local is the bus of a server that is alone.
type Local struct {
	mu      sync.RWMutex
	hearers []func([]model.Event, bool)
}

// Publish tells everybody here.
func (l *Local) Publish(events []model.Event) { l.hear(events, true) }

// Subscribe adds a listener.
func (l *Local) Subscribe(hear func([]model.Event, bool)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hearers = append(l.hearers, hear)
}

// Close does nothing: nothing waits.
func (l *Local) Close() error { return nil }

func (l *Local) hear(events []model.Event, here bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, f := range l.hearers {
		f(events, here)
	}
}

// forget tells everybody here that events were lost.
func (l *Local) forget() { l.hear([]model.Event{{Type: model.TouchAll}}, false) }

const (
	// Events are sent together with those of the next milliseconds: a message costs the same whatever its size.
	gather = 5 * time.Millisecond
	// Events that wait while the bus is down; beyond, others are told to forget everything.
	maxWaiting = 10_000
	// While the bus is down everything is forgotten so often: what others change is seen after that.
	blindTime = time.Second
	// How long to wait before the next try to reach the bus.
	againTime = 500 * time.Millisecond
)

// outbox is what waits to be sent to other nodes.
type outbox struct {
	mu     sync.Mutex
	events []model.Event
	lost   bool
	wake   chan struct{}
}

func newOutbox() *outbox { return &outbox{wake: make(chan struct{}, 1)} }

// add lets events wait. TouchQueue of the same batch is told once.
func (o *outbox) add(events []model.Event) {
	o.mu.Lock()
	if len(o.events)+len(events) > maxWaiting {
		o.events, o.lost = nil, true
	} else {
		o.events = append(o.events, events...)
	}
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default: // it has been told
	}
}

func (o *outbox) take() []model.Event {
	o.mu.Lock()
	defer o.mu.Unlock()
	events := o.events
	if o.lost {
		events = append([]model.Event{{Type: model.TouchAll}}, events...)
	}
	o.events, o.lost = nil, false
	return events
}

// again takes back what may not have been sent: of what clients see twice is worse than never.
func (o *outbox) again(events []model.Event) {
	var touches []model.Event
	for _, e := range events {
		if len(e.Type) > 6 && e.Type[:6] == "touch." {
			touches = append(touches, e)
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.events)+len(touches) > maxWaiting {
		o.events, o.lost = nil, true
		return
	}
	o.events = append(touches, o.events...)
}

// parcel is one message between nodes.
type parcel struct {
	From   string        `json:"f"`
	Events []model.Event `json:"e,omitempty"` // none: a heartbeat
}

// pack splits events into messages of at most size bytes. An event too large by itself loses what it could spare.
func pack(from string, events []model.Event, size int) [][]byte {
	var out [][]byte
	for len(events) > 0 {
		n := len(events)
		b := wrap(from, events[:n])
		for len(b) > size && n > 1 {
			// Events are alike in size: try what should fit, then a little less.
			n = max(1, min(n-1, n*size/len(b)))
			b = wrap(from, events[:n])
		}
		if len(b) > size {
			e := events[0]
			e.Of, e.Name = nil, ""
			b = wrap(from, []model.Event{e})
		}
		out = append(out, b)
		events = events[n:]
	}
	return out
}

func wrap(from string, events []model.Event) []byte {
	b, err := json.Marshal(parcel{from, events})
	if err != nil {
		b = []byte(`{}`) // events are strings and numbers, which always marshal
	}
	return b
}

// unpack reads a message of another node; ok is false for our own and for what is none.
func unpack(self string, b []byte) (events []model.Event, own, ok bool) {
	var p parcel
	if json.Unmarshal(b, &p) != nil {
		return nil, false, false
	}
	return p.Events, p.From == self, p.From != ""
}

// say logs where a log is given.
func say(log *slog.Logger, level slog.Level, text string, args ...any) {
	if log != nil {
		log.Log(context.Background(), level, text, args...)
	}
}
