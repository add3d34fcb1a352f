package testkit

import (
	"database/sql"
	"testing"

	_ "modernc.org/sqlite" // the store's driver
)

// RawSQLite opens a database file beside the program, to break it or look into it.
func RawSQLite(t testing.TB, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
