package bus

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"gomphothere/internal/model"
)

const (
	channel = "gomphothere" // of NOTIFY; a database has its own
	// PostgreSQL's bound of a payload is 8,000 bytes, the end included.
	maxPayload = 7900
	// Messages in one round trip.
	maxMessages = 64
	// Everybody hears their own beat; who does not is no longer connected, whatever TCP says.
	beatTime = 10 * time.Second
	deafTime = 3 * beatTime
	// A statement on the bus's connections takes a millisecond.
	statementTime = 10 * time.Second
)

// Postgres is a bus over LISTEN and NOTIFY. It has connections of its own: a NOTIFY within the transaction of a post
// would make all commits wait for each other.
type Postgres struct {
	Local
	url  string
	self string
	log  *slog.Logger
	out  *outbox
	end  context.CancelFunc
	wg   sync.WaitGroup
	up   atomic.Bool
}

// OpenPostgres joins the bus of a database and stays on it, through failures, until Close. Pools of connections between
// (in transaction mode) do not pass notifications on: it needs the database itself.
func OpenPostgres(url string, log *slog.Logger) *Postgres {
	ctx, end := context.WithCancel(context.Background())
	p := &Postgres{url: url, self: rand.Text(), log: log, out: newOutbox(), end: end}
	p.wg.Go(func() { p.run(ctx) })
	p.wg.Go(func() { p.watch(ctx) })
	return p
}

// Publish tells everybody here and lets the other nodes be told.
func (p *Postgres) Publish(events []model.Event) {
	p.hear(events, true)
	p.out.add(events)
}

// Close sends what waits and leaves the bus.
func (p *Postgres) Close() error {
	p.end()
	p.wg.Wait()
	return nil
}

func (p *Postgres) run(ctx context.Context) {
	first, down := true, false
	for ctx.Err() == nil {
		err := p.connected(ctx, func() {
			if !first {
				p.forget()
			}
			if down {
				say(p.log, slog.LevelInfo, "the bus between nodes is back")
			}
			first, down = false, false
			p.up.Store(true)
		})
		p.up.Store(false)
		if ctx.Err() != nil {
			return
		}
		if !down {
			down = true
			say(p.log, slog.LevelError, "the bus between nodes is down: changes on other nodes are seen a second later", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(againTime):
		}
	}
}

// watch forgets again and again while nothing can be heard.
func (p *Postgres) watch(ctx context.Context) {
	tick := time.NewTicker(blindTime)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if !p.up.Load() {
				p.forget()
			}
		}
	}
}

// connected serves until a connection fails.
func (p *Postgres) connected(ctx context.Context, ready func()) error {
	reach, cancel := context.WithTimeout(ctx, statementTime)
	defer cancel()
	in, err := pgx.Connect(reach, p.url)
	if err != nil {
		return err
	}
	defer hangUp(in)
	out, err := pgx.Connect(reach, p.url)
	if err != nil {
		return err
	}
	defer hangUp(out)
	if _, err := in.Exec(reach, "listen "+channel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	ready()
	both, stop := context.WithCancel(ctx)
	var sending error
	var wg sync.WaitGroup
	wg.Go(func() {
		defer stop()
		sending = p.send(both, out)
	})
	err = p.receive(both, in)
	stop()
	wg.Wait()
	if ctx.Err() != nil {
		p.farewell(out)
	}
	return errors.Join(err, sending)
}

// farewell sends what was published before the end.
func (p *Postgres) farewell(out *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), blindTime)
	defer cancel()
	if err := p.notify(ctx, out, p.out.take()); err != nil {
		say(p.log, slog.LevelWarn, "the last events did not reach the other nodes", "error", err)
	}
}

func hangUp(c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), blindTime)
	defer cancel()
	_ = c.Close(ctx) // it is over either way
}

func (p *Postgres) receive(ctx context.Context, in *pgx.Conn) error {
	for {
		patience, cancel := context.WithTimeout(ctx, deafTime)
		n, err := in.WaitForNotification(patience)
		cancel()
		if err != nil {
			return fmt.Errorf("nothing is heard: %w", err)
		}
		events, own, ok := unpack(p.self, []byte(n.Payload))
		if ok && !own && len(events) > 0 {
			p.hear(events, false)
		}
	}
}

func (p *Postgres) send(ctx context.Context, out *pgx.Conn) error {
	beat := time.NewTicker(beatTime)
	defer beat.Stop()
	// What waited while there was no connection goes first.
	if err := p.notify(ctx, out, p.out.take()); err != nil {
		return err
	}
	for alive := true; ; {
		if alive {
			if err := p.post(ctx, out, [][]byte{wrap(p.self, nil)}); err != nil {
				return err
			}
		}
		alive = false
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
			alive = true
			continue
		case <-p.out.wake:
		}
		select { // others may have something to say as well
		case <-ctx.Done():
			return nil
		case <-time.After(gather):
		}
		if err := p.notify(ctx, out, p.out.take()); err != nil {
			return err
		}
	}
}

// notify sends events; what may not have arrived waits for the next connection.
func (p *Postgres) notify(ctx context.Context, out *pgx.Conn, events []model.Event) error {
	if len(events) == 0 {
		return nil
	}
	if err := p.post(ctx, out, pack(p.self, events, maxPayload)); err != nil {
		p.out.again(events)
		return err
	}
	return nil
}

func (p *Postgres) post(ctx context.Context, out *pgx.Conn, messages [][]byte) error {
	for len(messages) > 0 {
		n := min(len(messages), maxMessages)
		b := &pgx.Batch{}
		for _, m := range messages[:n] {
			b.Queue("select pg_notify($1, $2)", channel, string(m))
		}
		patience, cancel := context.WithTimeout(ctx, statementTime)
		err := out.SendBatch(patience, b).Close()
		cancel()
		if err != nil {
			return fmt.Errorf("notify: %w", err)
		}
		messages = messages[n:]
	}
	return nil
}
