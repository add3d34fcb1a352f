package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"gomphothere/internal/model"
)

const (
	// Numbers that servers may have; commands take theirs from above.
	nodes = 32
	// The advisory locks by which nodes hold their numbers: two 32-bit keys, this and the number.
	nodeLocks = 0x676f6d70 // "gomp"
	// How often a node looks whether it holds its number still: PostgreSQL forgets who held what when it restarts.
	nodeCheck = 5 * time.Second
)

// claim holds a number that no other server on the same PostgreSQL has, for the ids it makes.
type claim struct {
	pool *sql.DB
	conn *sql.Conn
	end  context.CancelFunc
	wg   sync.WaitGroup
}

// ClaimNode takes the lowest number that no other running server has, and keeps it. On SQLite there is one server.
func (db *DB) ClaimNode(ctx context.Context) (int, error) {
	if !db.postgres {
		return 0, nil
	}
	c := &claim{pool: db.pool}
	n, err := c.take(ctx, 0)
	if err != nil {
		return 0, err
	}
	db.ids.set(n)
	watching, end := context.WithCancel(context.Background())
	c.end = end
	db.claim = c
	c.wg.Go(func() { c.watch(watching, n, db.ids.set) })
	return n, nil
}

// take holds a number: first the wished one, if it is free.
func (c *claim) take(ctx context.Context, first int) (int, error) {
	conn, err := c.pool.Conn(ctx)
	if err != nil {
		return 0, reason(err)
	}
	for i := range nodes {
		n := (first + i) % nodes
		var held bool
		if err := conn.QueryRowContext(ctx, `select pg_try_advisory_lock($1, $2)`, nodeLocks, n).Scan(&held); err != nil {
			return 0, errors.Join(reason(err), conn.Close())
		}
		if held {
			c.conn = conn
			return n, nil
		}
	}
	return 0, errors.Join(model.Unavailable(fmt.Sprintf("%d servers use the database already", nodes), nil), conn.Close())
}

// watch takes the number anew when the connection that held it is gone.
func (c *claim) watch(ctx context.Context, n int, set func(int)) {
	tick := time.NewTicker(nodeCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			_ = c.conn.Close() // goes back to the pool, whose end is that of the lock
			return
		case <-tick.C:
		}
		if c.conn.PingContext(ctx) == nil || ctx.Err() != nil {
			continue
		}
		_ = c.conn.Close() // it is broken
		again, err := c.take(ctx, n)
		if err != nil {
			continue // the database is away; nobody else can take a number either
		}
		if n = again; n >= 0 {
			set(n)
		}
	}
}

// release gives the number back.
func (c *claim) release() {
	if c == nil {
		return
	}
	c.end()
	c.wg.Wait()
}

// set changes the node's number; ids made before keep theirs.
func (g *ids) set(node int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.node = int64(node)
}
