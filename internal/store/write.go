package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"

	"gomphothere/internal/model"
)

// Tx is one verb's transaction: rows, jobs and events, together or not at all.
type Tx struct {
	Q
	now    model.Time
	events []model.Event
	nudged bool // the queue is told already
}

// Now is the transaction's time: one for all its rows.
func (tx *Tx) Now() model.Time { return tx.now }

// NewID makes an id for a new row.
func (tx *Tx) NewID() model.ID { return tx.db.ids.next(tx.now) }

// NewIDAt makes an id that sorts at t; for statuses that were written elsewhere in the past.
func (tx *Tx) NewIDAt(t model.Time) model.ID {
	if t >= tx.now {
		return tx.NewID()
	}
	return tx.db.ids.past(t, tx.now)
}

// Publish tells who listens, after the commit.
func (tx *Tx) Publish(e model.Event) { tx.events = append(tx.events, e) }

// touch makes caches forget, here and in other processes.
func (tx *Tx) touch(typ string, account, id model.ID) {
	tx.events = append(tx.events, model.Event{Type: typ, Account: account, ID: id})
}

// Write runs fn in a transaction. When Write returns nil the rows are on disk. fn may run more than once (PostgreSQL,
// after a deadlock), so it changes nothing outside the database before it returns.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	if db.postgres {
		return db.writePostgres(ctx, fn)
	}
	return db.writer.write(ctx, fn)
}

// committed makes the commit known: caches first, so that whoever made it reads what they wrote.
func (db *DB) committed(txs ...*Tx) {
	var events []model.Event
	for _, tx := range txs {
		db.Cache.forget(tx.events)
		events = append(events, tx.events...)
	}
	if db.Committed != nil && len(events) > 0 {
		db.Committed(events)
	}
}

// Forget drops from the caches what another process changed.
func (db *DB) Forget(events []model.Event) { db.Cache.forget(events) }

const deadlockTries = 5 // each waits for the other to finish, so a few are enough

func (db *DB) writePostgres(ctx context.Context, fn func(*Tx) error) error {
	for try := 1; ; try++ {
		err := db.tryPostgres(ctx, fn)
		var pg *pgconn.PgError
		if err != nil && try < deadlockTries && errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01") {
			continue
		}
		return err
	}
}

func (db *DB) tryPostgres(ctx context.Context, fn func(*Tx) error) error {
	sqlTx, err := db.pool.BeginTx(ctx, nil)
	if err != nil {
		return reason(err)
	}
	defer sqlTx.Rollback() // after a commit it does nothing; otherwise the first error is the one to tell
	tx := &Tx{Q: Q{ctx: ctx, db: db, run: poolRunner{sqlTx}}, now: db.Now()}
	if err := fn(tx); err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return reason(err)
	}
	db.commit.Lock()
	defer db.commit.Unlock()
	db.committed(tx)
	return nil
}

// writer is SQLite's one write connection. It takes pending verbs in turn and commits them together, a savepoint
// each: one fsync for as many as wait.
type writer struct {
	db     *DB
	pool   *sql.DB
	conn   *sql.Conn
	stmts  stmts
	in     chan *pending
	done   chan struct{}
	mu     sync.RWMutex // guards closed against sends
	closed bool
	broken error // the transaction under way is gone (SQLite rolls back by itself when the disk is full)
}

type pending struct {
	ctx      context.Context
	fn       func(*Tx) error
	out      chan error
	tx       *Tx
	err      error
	panicked any
}

const (
	// One commit carries at most so many verbs, so that the first of them does not wait long for the last.
	maxBatch = 128
	// Verbs waiting for the writer; beyond, callers wait at the door.
	maxPending = 1024
)

func newWriter(ctx context.Context, db *DB, pool *sql.DB) (*writer, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{db: db, pool: pool, conn: conn, in: make(chan *pending, maxPending), done: make(chan struct{})}
	go w.loop()
	return w, nil
}

func (w *writer) write(ctx context.Context, fn func(*Tx) error) error {
	p := &pending{ctx: ctx, fn: fn, out: make(chan error, 1)}
	w.mu.RLock()
	if w.closed {
		w.mu.RUnlock()
		return model.Unavailable("The server is stopping", nil)
	}
	select {
	case w.in <- p:
		w.mu.RUnlock()
	case <-ctx.Done():
		w.mu.RUnlock()
		return ctx.Err()
	}
	err := <-p.out // the answer comes: what was begun is finished, whoever still listens
	if p.panicked != nil {
		panic(p.panicked)
	}
	return err
}

func (w *writer) close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.in)
	}
	w.mu.Unlock()
	<-w.done
	return errors.Join(w.stmts.close(), w.conn.Close(), w.pool.Close())
}

func (w *writer) loop() {
	defer close(w.done)
	for first := range w.in {
		batch := w.commit(first)
		for _, p := range batch {
			p.out <- p.err
		}
	}
}

// commit runs first and whoever else waits, and commits them together.
func (w *writer) commit(first *pending) []*pending {
	batch := []*pending{first}
	w.broken = nil
	if err := w.do("begin immediate"); err != nil {
		first.err = reason(err)
		return batch
	}
	w.one(first)
	for len(batch) < maxBatch && w.broken == nil {
		select {
		case p, ok := <-w.in:
			if !ok {
				return w.finish(batch)
			}
			batch = append(batch, p)
			w.one(p)
			continue
		default:
		}
		break
	}
	return w.finish(batch)
}

func (w *writer) finish(batch []*pending) []*pending {
	err := w.broken
	if err == nil {
		err = w.do("commit")
	}
	if err != nil {
		err = reason(err)
		if rollback := w.do("rollback"); rollback != nil && w.broken == nil {
			err = errors.Join(err, rollback)
		}
		for _, p := range batch {
			if p.err == nil {
				p.err = err
			}
		}
		return batch
	}
	var txs []*Tx
	for _, p := range batch {
		if p.err == nil && p.panicked == nil {
			txs = append(txs, p.tx)
		}
	}
	w.db.committed(txs...)
	return batch
}

// one runs a verb inside its savepoint.
func (w *writer) one(p *pending) {
	if p.err = p.ctx.Err(); p.err != nil {
		return
	}
	if p.err = w.do("savepoint verb"); p.err != nil {
		w.broken = p.err
		return
	}
	p.tx = &Tx{Q: Q{ctx: p.ctx, db: w.db, run: w}, now: w.db.Now()}
	func() {
		defer func() { p.panicked = recover() }()
		p.err = p.fn(p.tx)
	}()
	if p.err != nil || p.panicked != nil {
		if w.broken = w.do("rollback to verb"); w.broken != nil {
			return
		}
	}
	w.broken = w.do("release verb")
}

// do runs a statement about the transaction itself.
func (w *writer) do(text string) error {
	if _, err := w.exec(context.Background(), text, nil); err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	return nil
}

func (w *writer) query(_ context.Context, text string, args []any) (*sql.Rows, error) {
	st, err := w.stmts.get(text, w.conn.PrepareContext)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(context.Background(), args...)
}

func (w *writer) exec(_ context.Context, text string, args []any) (sql.Result, error) {
	st, err := w.stmts.get(text, w.conn.PrepareContext)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(context.Background(), args...)
}
