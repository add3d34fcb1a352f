package stream_test

import (
	"testing"
	"time"

	"gomphothere/internal/config"
	"gomphothere/internal/testkit"
)

// Two nodes on one PostgreSQL: whoever posts at one is heard at the other, and what one changes the other knows.
func TestTwoNodesOnOneDatabaseAreOneServer(t *testing.T) {
	t.Parallel()
	database := testkit.Postgres(t)
	one := testkit.NewServer(t, database, nil)
	two := testkit.NewServer(t, database, func(c *config.Config) {
		c.Server.Domain, c.Server.WebDomain = one.Config.Server.Domain, one.Config.Server.WebDomain
	})
	oneServer(t, one, two)
}

func oneServer(t *testing.T, one, two *testkit.Server) {
	t.Helper()
	alice, bob := one.Person("alice"), one.Person("bob")
	there := bob.At(two)
	follow(there, alice)
	home := there.Stream("stream=user")
	made := post(alice, "Hello from the other node #bus")
	if got := update(t, home); got != id(made) {
		t.Errorf("got %s, want %s", got, id(made))
	}
	// The home timeline in the other node's memory takes in what was posted here.
	for _, text := range []string{"second", "third"} {
		made = post(alice, text)
		if got := update(t, home); got != id(made) {
			t.Errorf("got %s, want %s", got, id(made))
		}
		if list := there.List(200, "GET", "/api/v1/timelines/home", nil); id(list[0]) != id(made) {
			t.Errorf("%s is not at the top of the home timeline of the other node", text)
		}
	}
	// An edit drops what the other node had drawn, a deletion what it kept.
	alice.Do(200, "PUT", "/api/v1/statuses/"+id(made), testkit.P{"status": "edited"})
	home.Next("status.update")
	if got := there.Do(200, "GET", "/api/v1/statuses/"+id(made), nil); got["content"] != "<p>edited</p>" {
		t.Errorf("the other node still shows %v", got["content"])
	}
	alice.Do(200, "DELETE", "/api/v1/statuses/"+id(made), nil)
	home.Next("delete")
	there.Do(404, "GET", "/api/v1/statuses/"+id(made), nil)
	// A mute at one node counts at the other.
	bob.Do(200, "POST", "/api/v1/accounts/"+alice.Account.ID.String()+"/mute", nil)
	post(alice, "not for Bob")
	mine := post(bob, "for Bob")
	if got := update(t, home); got != id(mine) {
		t.Errorf("after muting: got %s, want %s", got, id(mine))
	}
}

func TestNodesTakeNumbersOfTheirOwn(t *testing.T) {
	t.Parallel()
	database := testkit.Postgres(t)
	one, two := testkit.NewServer(t, database, nil), testkit.NewServer(t, database, nil)
	alice, bob := one.Person("alice"), two.Person("bob")
	seen := map[int64]bool{}
	for range 20 {
		for _, u := range []*testkit.User{alice, bob} {
			post(u, "hello")
		}
	}
	node := func(id int64) int64 { return id >> 10 & 63 }
	seen[node(int64(alice.Account.ID))], seen[node(int64(bob.Account.ID))] = true, true
	if len(seen) != 2 {
		t.Errorf("both nodes make ids as number %v", seen)
	}
}

func TestTwoNodesAreOneServerOverNATSToo(t *testing.T) {
	t.Parallel()
	server, database := testkit.StartNATS(t), testkit.Postgres(t)
	one := testkit.NewServer(t, database, func(c *config.Config) { c.Server.Bus = server.URL })
	two := testkit.NewServer(t, database, func(c *config.Config) {
		c.Server.Bus = server.URL
		c.Server.Domain, c.Server.WebDomain = one.Config.Server.Domain, one.Config.Server.WebDomain
	})
	oneServer(t, one, two)
	cutAndBack(t, one, two, func() { server.Stop(); server.Start() })
}

func TestWhenTheBusIsGoneAndBackNothingStaysOld(t *testing.T) {
	t.Parallel()
	database := testkit.Postgres(t)
	one := testkit.NewServer(t, database, nil)
	two := testkit.NewServer(t, database, nil)
	cutAndBack(t, one, two, func() { testkit.CutPostgresListeners(t, database) })
}

func cutAndBack(t *testing.T, one, two *testkit.Server, cut func()) {
	t.Helper()
	alice := one.Person("amelia")
	there := alice.At(two)
	home := there.Stream("stream=user")
	made := post(alice, "before")
	if got := update(t, home); got != id(made) {
		t.Errorf("got %s", got)
	}
	for range 3 {
		cut()
		edit := post(alice, "while the bus may be away")
		// Reading leads to what is there, at once or after the next second in which everything is forgotten.
		testkit.Eventually(t, "the other node shows the newest post at home", func() bool {
			list := there.List(200, "GET", "/api/v1/timelines/home", nil)
			return len(list) > 0 && id(list[0]) == id(edit)
		})
		// And the streams recover by themselves.
		testkit.Eventually(t, "the streams of the other node tell of new posts again", func() bool {
			want := id(post(alice, "after"))
			for {
				e, ok := home.Within(eventPatience)
				if !ok {
					return false
				}
				if e.Event == "update" && id(e.JSON(t)) == want {
					return true
				}
			}
		})
	}
}

// eventPatience is how long a test waits for what may not come.
const eventPatience = time.Second
