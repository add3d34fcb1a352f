package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"

	"gomphothere/internal/model"
)

// DB is an open database with its caches and its writer.
type DB struct {
	Cache *Cache
	// Committed is called after every commit with what was published, in the order of commits. It must not
	// block for long: on SQLite the writer waits for it. Set before the first write.
	Committed func([]model.Event)

	postgres bool
	pool     *sql.DB // SQLite: readers; PostgreSQL: everything
	stmts    stmts
	texts    sync.Map // a text to its form for this database
	writer   *writer  // SQLite only
	ids      ids
	clock    func() time.Time
	commit   sync.Mutex // PostgreSQL: keeps Committed in one order
	claim    *claim     // PostgreSQL: this server's number

	statements atomic.Uint64
	anyRemote  atomic.Bool // see Q.AnyRemote
}

// Options say how to open.
type Options struct {
	URL     string           // "" or a postgres:// URL
	Dir     string           // the data directory, for SQLite
	Node    int              // 0–63, different for every process that writes to the database at once
	Clock   func() time.Time // nil: time.Now
	Readers int              // SQLite: connections for reading; 0: a default
	// Beside is set by commands while a server runs: the database is in the form that the server knows.
	Beside bool
}

const (
	// SQLite reads are CPU-bound; more connections than cores only cost memory.
	defaultReaders = 4
	// PostgreSQL's default max_connections is 100; leave room for other nodes and tools.
	maxPostgres = 20
	// Another process (a command) may hold SQLite's write lock this long before we give up.
	busyTimeout = 10 * time.Second
	// Pages of SQLite's cache a reader keeps, in KiB.
	readerCacheKiB = 4096
	// The writer touches every index of every table it writes.
	writerCacheKiB = 16384
	// Older SQLite can corrupt a database through WAL resets by several connections.
	minSQLite = "3.53.4"
)

// Open opens the database, brings its tables up to date and starts the writer. It refuses a database that a
// newer version wrote.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Readers == 0 {
		o.Readers = defaultReaders
	}
	db := &DB{postgres: o.URL != "", clock: o.Clock, Cache: newCache()}
	db.ids.node = int64(o.Node)
	var err error
	if db.postgres {
		err = db.openPostgres(ctx, o)
	} else {
		err = db.openSQLite(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	return db, nil
}

func (db *DB) openPostgres(ctx context.Context, o Options) error {
	cfg, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return fmt.Errorf("database URL: %w", err)
	}
	db.pool = stdlib.OpenDB(*cfg)
	db.pool.SetMaxOpenConns(maxPostgres)
	db.pool.SetMaxIdleConns(maxPostgres)
	db.pool.SetConnMaxIdleTime(5 * time.Minute)
	if err := db.pool.PingContext(ctx); err != nil {
		return errors.Join(fmt.Errorf("connect to PostgreSQL: %w", err), db.pool.Close())
	}
	if err := db.migrate(ctx, o.Beside); err != nil {
		return errors.Join(err, db.pool.Close())
	}
	return nil
}

// SQLiteFile is the database's file in the data directory.
const SQLiteFile = "gomphothere.db"

func (db *DB) openSQLite(ctx context.Context, o Options) error {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	file := filepath.Join(o.Dir, SQLiteFile)
	pragmas := fmt.Sprintf("_pragma=busy_timeout(%d)&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=foreign_keys(1)&_pragma=temp_store(memory)",
		busyTimeout.Milliseconds())
	w, err := sql.Open("sqlite", fmt.Sprintf("file:%s?%s&_pragma=cache_size(-%d)&_txlock=immediate", file, pragmas, writerCacheKiB))
	if err != nil {
		return fmt.Errorf("open %s: %w", file, err)
	}
	w.SetMaxOpenConns(1)
	var version string
	if err := w.QueryRowContext(ctx, "select sqlite_version()").Scan(&version); err != nil {
		return errors.Join(fmt.Errorf("open %s: %w", file, sqliteReason(err)), w.Close())
	}
	if versionLess(version, minSQLite) {
		return errors.Join(fmt.Errorf("SQLite %s is older than %s, which first cannot corrupt its log", version, minSQLite), w.Close())
	}
	db.pool = w // migrations run on the write connection
	if err := db.migrate(ctx, o.Beside); err != nil {
		return errors.Join(err, w.Close())
	}
	db.pool, err = sql.Open("sqlite", fmt.Sprintf("file:%s?%s&_pragma=cache_size(-%d)&_pragma=query_only(1)", file, pragmas, readerCacheKiB))
	if err != nil {
		return errors.Join(err, w.Close())
	}
	db.pool.SetMaxOpenConns(o.Readers)
	db.pool.SetMaxIdleConns(o.Readers)
	db.writer, err = newWriter(ctx, db, w)
	if err != nil {
		return errors.Join(fmt.Errorf("open %s for writing: %w", file, err), db.pool.Close(), w.Close())
	}
	return nil
}

// Close waits for the writes under way and closes the database.
func (db *DB) Close() error {
	var err error
	db.claim.release()
	if db.writer != nil {
		err = db.writer.close()
	}
	return errors.Join(err, db.stmts.close(), db.pool.Close())
}

// Postgres tells which database it is; for messages and check.
func (db *DB) Postgres() bool { return db.postgres }

// Statements is how many queries and changes were sent since the start.
func (db *DB) Statements() uint64 { return db.statements.Load() }

// Now is the clock's time, to the millisecond.
func (db *DB) Now() model.Time { return model.At(db.clock()) }

// Read gives the queries. Every query sees the newest commit; several are not one snapshot.
func (db *DB) Read(ctx context.Context) *Q {
	return &Q{ctx: ctx, db: db, run: db.reader(), cached: true}
}

func (db *DB) reader() runner {
	if db.postgres {
		return poolRunner{db.pool}
	}
	return stmtRunner{db}
}

// ids makes time-sorted ids: milliseconds << 16 | node << 10 | sequence.
type ids struct {
	mu   sync.Mutex
	node int64
	last int64  // milliseconds << 10 | sequence
	step uint64 // of ids in the past
}

const seqBits = 10

// next gives an id not before now; more than 1,024 in a millisecond borrow from the next one.
func (g *ids) next(now model.Time) model.ID {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := int64(now) << seqBits
	if n <= g.last {
		n = g.last + 1
	}
	g.last = n
	ms, seq := n>>seqBits, n&(1<<seqBits-1)
	return model.ID(ms<<16 | g.node<<seqBits | seq)
}

// past gives an id that sorts at t, which is over. Most servers tell whole seconds, and many of them the same: so ids
// of a whole second are spread over it, and of one millisecond over its sequence. Ids given before may have been the
// same, so whoever writes such a row expects a conflict.
func (g *ids) past(t, now model.Time) model.ID {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.step == 0 {
		g.step = uint64(t)*64 + uint64(g.node)
	}
	g.step += 0x9e3779b97f4a7c15 // the golden ratio: neighbours are far apart, and no number comes twice
	if t%1000 == 0 {
		t += model.Time(g.step>>48) % min(1000, now-t)
	}
	return model.IDAt(t) | model.ID(g.step>>32&0xffff)
}

// pick chooses between two texts that stand side by side.
func (db *DB) pick(sqlite, postgres string) string {
	if db.postgres {
		return postgres
	}
	return sqlite
}

// reason turns what a driver says into what it means for whoever asked.
func reason(err error) error {
	if err == nil {
		return nil
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch {
		case strings.HasPrefix(pg.Code, "53"): // insufficient resources: disk full, too many connections
			return model.Unavailable("The database has no room", err)
		case strings.HasPrefix(pg.Code, "57"), strings.HasPrefix(pg.Code, "08"), pg.Code == "25006":
			return model.Unavailable("The database is not available", err)
		}
		return err
	}
	return sqliteReason(err)
}

// SQLite's primary result codes, https://www.sqlite.org/rescode.html
const (
	sqliteBusy     = 5
	sqliteReadonly = 8
	sqliteIOErr    = 10
	sqliteCorrupt  = 11
	sqliteFull     = 13
	sqliteCantOpen = 14
	sqliteNotADB   = 26
)

func sqliteReason(err error) error {
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return err
	}
	switch se.Code() & 0xff {
	case sqliteFull:
		return model.Unavailable("The disk is full", err)
	case sqliteReadonly:
		return model.Unavailable("The data directory cannot be written to", err)
	case sqliteIOErr:
		return model.Unavailable("The disk does not answer", err)
	case sqliteBusy:
		return model.Unavailable("The database is busy", err)
	case sqliteCorrupt, sqliteNotADB:
		return model.Unavailable("The database file is damaged", err)
	case sqliteCantOpen:
		return model.Unavailable("The database file cannot be opened; is the data directory writable?", err)
	}
	return err
}

// versionLess compares dotted numbers.
func versionLess(a, b string) bool {
	var x, y [3]int
	_, errA := fmt.Sscanf(a, "%d.%d.%d", &x[0], &x[1], &x[2])
	_, errB := fmt.Sscanf(b, "%d.%d.%d", &y[0], &y[1], &y[2])
	if errA != nil || errB != nil {
		return true
	}
	for i := range x {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return false
}
