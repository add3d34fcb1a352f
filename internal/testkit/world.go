package testkit

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
)

// Each runs a test on every database there is: SQLite always, PostgreSQL when TEST_POSTGRES is set (and in CI).
func Each(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	EachAt(t, time.Now, test)
}

// EachAt is Each with a clock.
func EachAt(t *testing.T, clock func() time.Time, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, Open(t, store.Options{Dir: t.TempDir(), Clock: clock}))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		if os.Getenv("TEST_POSTGRES") == "" && os.Getenv("CI") != "true" {
			t.Skip("TEST_POSTGRES is not set")
		}
		test(t, Open(t, store.Options{URL: Postgres(t), Clock: clock}))
	})
}

// Open opens a database for one test.
func Open(t testing.TB, o store.Options) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), o)
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

// Site is a configuration for tests: Mastodon's limits on example.org.
func Site() model.Site {
	return model.Site{
		Domain: "example.org", Base: "https://example.org", Title: "Example", Languages: []string{"en"}, Registrations: "open",
		MaxCharacters: 500, MaxPollOptions: 4, MaxPollOptionCharacters: 50, MaxPinned: 5,
	}
}

// World is the verbs over a database, for tests that need no HTTP.
func World(t testing.TB, db *store.DB) *social.Social {
	t.Helper()
	return social.New(db, Site())
}

// Person makes a confirmed local account with a login, by rows: no password, no mail.
func Person(t testing.TB, db *store.DB, name string) *model.Account {
	t.Helper()
	return person(t, db, "https://example.org", name)
}

func person(t testing.TB, db *store.DB, base, name string) *model.Account {
	t.Helper()
	var a *model.Account
	err := db.Write(context.Background(), func(tx *store.Tx) error {
		id := tx.NewID()
		uri := base + "/ap/users/" + id.String()
		a = &model.Account{
			ID: id, Username: name, URI: uri, URL: base + "/@" + name, ActorType: "Person", DisplayName: name,
			InboxURL: uri + "/inbox", OutboxURL: uri + "/outbox", SharedInboxURL: base + "/inbox",
			FollowersURL: uri + "/followers", FollowingURL: uri + "/following", FeaturedURL: uri + "/collections/featured",
			Discoverable: true, ShowMedia: true, ShowMediaReplies: true, ShowFeatured: true,
			CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
		}
		added, err := tx.AddUser(a, &model.User{
			ID: tx.NewID(), AccountID: id, Email: name + "@example.org", RoleID: model.RoleEveryone, Locale: "en",
			Approved: true, ConfirmedAt: tx.Now(), CreatedAt: tx.Now(),
		})
		if err == nil && !added {
			err = fmt.Errorf("%s exists already", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err = db.Read(context.Background()).Account(a.ID)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Stranger makes a remote account by rows.
func Stranger(t testing.TB, db *store.DB, name, domain string) *model.Account {
	t.Helper()
	var a *model.Account
	err := db.Write(context.Background(), func(tx *store.Tx) error {
		uri := "https://" + domain + "/users/" + name
		a = &model.Account{
			ID: tx.NewID(), Username: name, Domain: domain, URI: uri, URL: "https://" + domain + "/@" + name, ActorType: "Person",
			InboxURL: uri + "/inbox", FollowersURL: uri + "/followers", FollowingURL: uri + "/following", ShowMedia: true, ShowMediaReplies: true, ShowFeatured: true, CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
		}
		return tx.AddAccount(a)
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}
