package testkit_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"gomphothere/internal/testkit"
)

func TestEachTestHasAPostgresDatabaseOfItsOwnThatIsGoneAfterwards(t *testing.T) {
	t.Parallel()
	mine := testkit.Postgres(t)
	run(t, mine, "create table elephants (id bigint)")
	var theirs string
	t.Run("another test", func(t *testing.T) {
		theirs = testkit.Postgres(t)
		run(t, theirs, "create table elephants (id bigint)")
	})
	if mine == theirs {
		t.Errorf("both tests got %s", mine)
	}
	run(t, mine, "select * from elephants")
	const noSuchDatabase = "3D000" // PostgreSQL, appendix A: invalid_catalog_name
	var gone *pgconn.PgError
	if _, err := pgx.Connect(t.Context(), theirs); !errors.As(err, &gone) || gone.Code != noSuchDatabase {
		t.Errorf("connecting to the other test's database afterwards: got %v, want that it does not exist", err)
	}
}

func run(t *testing.T, database, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Errorf("%s: %v", statement, err)
	}
	// Left open on purpose: a test that forgets a connection must not keep its database alive.
}
