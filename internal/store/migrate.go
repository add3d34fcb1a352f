package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

//go:embed migrations/*.sql
var migrations embed.FS

// onlySQLite is what only SQLite reads: /*sqlite: without rowid */.
var onlySQLite = regexp.MustCompile(`/\*sqlite:(.*?)\*/`)

type migration struct {
	number int
	name   string
	text   string
}

// migrationsFor gives the steps in order. A step is one file, or one per database where the texts must differ.
func migrationsFor(postgres bool) ([]migration, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var out []migration
	for _, path := range names {
		name := strings.TrimSuffix(strings.TrimPrefix(path, "migrations/"), ".sql")
		base, forDB, split := strings.Cut(name, ".")
		if split && (forDB == "postgres") != postgres {
			continue
		}
		n, err := strconv.Atoi(base[:4])
		if err != nil {
			return nil, fmt.Errorf("migration %s has no number", name)
		}
		b, err := migrations.ReadFile(path)
		if err != nil {
			return nil, err
		}
		text := string(b)
		if !postgres {
			text = onlySQLite.ReplaceAllString(text, "$1")
			// SQLite's own name for a key that is the row's place.
			text = strings.ReplaceAll(text, "bigint primary key", "integer primary key")
		}
		out = append(out, migration{n, base, text})
	}
	for i, m := range out {
		if i > 0 && m.number <= out[i-1].number {
			return nil, fmt.Errorf("migrations %s and %s have one number", out[i-1].name, m.name)
		}
	}
	return out, nil
}

// migrate applies what is missing, each step in a transaction of its own.
func (db *DB) migrate(ctx context.Context, beside bool) error {
	steps, err := migrationsFor(db.postgres)
	if err != nil {
		return err
	}
	conn, err := db.pool.Conn(ctx)
	if err != nil {
		return reason(err)
	}
	defer conn.Close()
	if db.postgres {
		// Two nodes starting at once: the second waits, then finds nothing to do. The number is ours alone.
		if _, err := conn.ExecContext(ctx, `select pg_advisory_lock(7046029254386353087)`); err != nil {
			return reason(err)
		}
		defer conn.ExecContext(ctx, `select pg_advisory_unlock(7046029254386353087)`) // closing the connection frees it too
	}
	if _, err := conn.ExecContext(ctx, `create table if not exists migrations (number bigint primary key, name text not null, applied_at bigint not null)`); err != nil {
		return fmt.Errorf("migrations: %w", reason(err))
	}
	have, err := applied(ctx, conn)
	if err != nil {
		return fmt.Errorf("migrations: %w", reason(err))
	}
	known := map[int]bool{}
	for _, m := range steps {
		known[m.number] = true
	}
	for n := range have {
		if !known[n] {
			return fmt.Errorf("the database is newer than this program: it has step %d, this program knows %d; start the newer program, or restore a backup made before the upgrade", n, steps[len(steps)-1].number)
		}
	}
	for _, m := range steps {
		if have[m.number] {
			continue
		}
		if beside {
			return fmt.Errorf("the running server is older than this program and uses an older form of the database (without step %s): restart the server with this program first", m.name)
		}
		if err := db.apply(ctx, conn, m); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, reason(err))
		}
	}
	return nil
}

func applied(ctx context.Context, conn *sql.Conn) (map[int]bool, error) {
	rows, err := conn.QueryContext(ctx, `select number from migrations`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	have := map[int]bool{}
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		have[n] = true
	}
	return have, rows.Err()
}

func (db *DB) apply(ctx context.Context, conn *sql.Conn, m migration) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after the commit
	if db.postgres {
		_, err = tx.ExecContext(ctx, m.text, pgx.QueryExecModeSimpleProtocol)
	} else {
		_, err = tx.ExecContext(ctx, m.text)
	}
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `insert into migrations (number, name, applied_at) values ($1, $2, $3)`, m.number, m.name, int64(db.Now())); err != nil {
		return err
	}
	return tx.Commit()
}
