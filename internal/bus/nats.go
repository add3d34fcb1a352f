package bus

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"gomphothere/internal/model"
)

const (
	// Far below NATS' bound of a message (1 MB), far above what 5 ms bring.
	natsPayload = 64 << 10
	// Messages that may wait to be heard here; they are looked at in microseconds.
	natsPending = 10_000
	flushTime   = 5 * time.Second
)

// NATS is a bus over a NATS server, for more events than a database's primary should carry.
type NATS struct {
	Local
	self    string
	subject string
	log     *slog.Logger
	out     *outbox
	conn    *nats.Conn
	sub     *nats.Subscription
	end     context.CancelFunc
	ctx     context.Context
	wg      sync.WaitGroup
	back    chan struct{}
}

// OpenNATS joins the bus of a NATS server, whether or not it can be reached yet. Servers of other domains may use the
// same one: domain keeps them apart.
func OpenNATS(url, domain string, log *slog.Logger) (*NATS, error) {
	n := &NATS{self: rand.Text(), subject: subjectOf(domain), log: log, out: newOutbox(), back: make(chan struct{}, 1)}
	n.ctx, n.end = context.WithCancel(context.Background())
	var err error
	n.conn, err = nats.Connect(url,
		nats.Name("gomphothere "+domain), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(againTime),
		nats.ReconnectBufSize(-1), // what cannot be sent waits with us, where it is bounded by events
		nats.PingInterval(beatTime), nats.MaxPingsOutstanding(2), nats.NoEcho(),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if n.ctx.Err() == nil {
				say(log, slog.LevelError, "the bus between nodes is down: changes on other nodes are seen a second later", "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { n.found() }),
		nats.ConnectHandler(func(*nats.Conn) { n.found() }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { // messages were dropped, most likely
			say(log, slog.LevelWarn, "events of other nodes were lost", "error", err)
			n.forget()
		}),
	)
	if err != nil {
		n.end()
		return nil, fmt.Errorf("bus: %w", err)
	}
	n.sub, err = n.conn.Subscribe(n.subject, n.receive)
	if err == nil {
		err = n.sub.SetPendingLimits(natsPending, -1)
	}
	if err != nil {
		n.end()
		n.conn.Close()
		return nil, fmt.Errorf("bus: %w", err)
	}
	n.wg.Go(n.send)
	n.wg.Go(n.watch)
	return n, nil
}

// subjectOf is a domain as a token of a subject: dots would be separators.
func subjectOf(domain string) string {
	return "gomphothere." + strings.NewReplacer(".", "_", ":", "_", "*", "_", ">", "_", " ", "_").Replace(domain)
}

// found is called when the bus is there again.
func (n *NATS) found() {
	n.forget()
	select {
	case n.back <- struct{}{}:
	default: // it has been told
	}
}

func (n *NATS) receive(m *nats.Msg) {
	events, own, ok := unpack(n.self, m.Data)
	if ok && !own && len(events) > 0 {
		n.hear(events, false)
	}
}

// watch forgets again and again while nothing can be heard.
func (n *NATS) watch() {
	tick := time.NewTicker(blindTime)
	defer tick.Stop()
	for {
		select {
		case <-n.ctx.Done():
			return
		case <-tick.C:
			if !n.conn.IsConnected() {
				n.forget()
			}
		}
	}
}

// Publish tells everybody here and lets the other nodes be told.
func (n *NATS) Publish(events []model.Event) {
	n.hear(events, true)
	n.out.add(events)
}

func (n *NATS) send() {
	for {
		select {
		case <-n.ctx.Done():
			return
		case <-n.out.wake:
		case <-n.back:
		}
		select { // others may have something to say as well
		case <-n.ctx.Done():
			return
		case <-time.After(gather):
		}
		n.flush()
	}
}

func (n *NATS) flush() {
	events := n.out.take()
	if len(events) == 0 {
		return
	}
	for _, b := range pack(n.self, events, natsPayload) {
		if err := n.conn.Publish(n.subject, b); err != nil {
			n.out.again(events)
			return // the connection's own handlers say so
		}
	}
}

// Close sends what waits and leaves the bus.
func (n *NATS) Close() error {
	n.end()
	n.wg.Wait()
	n.flush()
	var err error
	if n.conn.IsConnected() {
		err = n.conn.FlushTimeout(flushTime)
	}
	n.conn.Close()
	if errors.Is(err, nats.ErrConnectionClosed) {
		return nil
	}
	return err
}
