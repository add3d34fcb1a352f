package testkit_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

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
	if conn, err := pgx.Connect(t.Context(), theirs); err == nil {
		t.Errorf("the other test's database is still there: %v", conn.Close(t.Context()))
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
