package testkit

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// postgresPatience bounds one statement on the test server: creating a database takes a fraction of a second,
// a busy machine with many tests at once some seconds.
const postgresPatience = time.Minute

// Postgres makes an empty database on the server that TEST_POSTGRES names and returns its URL; the database is
// dropped, open connections or not, when the test ends. Without TEST_POSTGRES the test is skipped, or fails
// where CI=true. `make test` and scripts/with-postgres set it.
func Postgres(t testing.TB) string {
	t.Helper()
	server := os.Getenv("TEST_POSTGRES")
	if server == "" && os.Getenv("CI") == "true" {
		t.Fatal("TEST_POSTGRES is not set, and CI must not skip PostgreSQL: run `make test`")
	}
	if server == "" {
		t.Skip("TEST_POSTGRES is not set: run `make test`, or scripts/with-postgres go test …")
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("TEST_POSTGRES: %v", err)
	}
	name := "gomphothere_" + strings.ToLower(rand.Text())
	// template0 has nothing that a machine's owner may have put into template1.
	if err := postgresExec(server, "create database "+name+" template template0"); err != nil {
		t.Fatalf("create a test database: %v", err)
	}
	t.Cleanup(func() {
		if err := postgresExec(server, "drop database "+name+" with (force)"); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
	})
	u.Path = "/" + name
	return u.String()
}

// postgresExec runs one statement on a connection of its own.
func postgresExec(server, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), postgresPatience)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	if closed := conn.Close(ctx); err == nil {
		err = closed
	}
	return err
}

// CutPostgresListeners ends the connections to a database that nodes tell each other of changes over, as a failing
// network does.
func CutPostgresListeners(t testing.TB, database string) {
	t.Helper()
	err := postgresExec(database, `
		select pg_terminate_backend(pid) from pg_stat_activity
		where datname = current_database() and pid <> pg_backend_pid()
			and (query ilike 'listen %' or query ilike '%pg_notify%')`)
	if err != nil {
		t.Fatal(err)
	}
}
