package federation_test

import (
	"strings"
	"testing"
	"time"

	"gomphothere/internal/testkit"
)

func TestSomebodyElsewhereIsFoundFollowedAndRead(t *testing.T) {
	world(t, func(t *testing.T, s *testkit.Server, p *peer) {
		alice, bob := s.Person("alice"), p.person("bob")
		follow(t, s, alice, bob)
		bob.send(s, bob.does("Create", bob.note("hello", nil), nil))
		home := alice.List(200, "GET", "/api/v1/timelines/home", nil)
		if len(home) != 1 || !strings.Contains(home[0]["content"].(string), "hello") {
			t.Fatalf("home: got %v, want bob's hello", home)
		}
		if n := p.times("/users/bob"); n != 1 {
			t.Errorf("bob's document was asked for %d times, want once", n)
		}
	})
}

func TestWhatComesTwiceIsThereOnce(t *testing.T) {
	world(t, func(t *testing.T, s *testkit.Server, p *peer) {
		alice, bob := s.Person("alice"), p.person("bob")
		follow(t, s, alice, bob)
		create := bob.does("Create", bob.note("hello", nil), nil)
		for range 3 {
			bob.send(s, create)
		}
		create["id"] = bob.id + "#another"
		bob.send(s, create)
		if home := alice.List(200, "GET", "/api/v1/timelines/home", nil); len(home) != 1 {
			t.Fatalf("home: got %d statuses, want one", len(home))
		}
	})
}

func TestAReplyThatComesBeforeWhatItAnswersIsTiedToIt(t *testing.T) {
	world(t, func(t *testing.T, s *testkit.Server, p *peer) {
		alice, bob, carol := s.Person("alice"), p.person("bob"), p.person("carol")
		follow(t, s, alice, bob)
		root := carol.note("root", nil)
		middle := carol.note("middle", doc{"inReplyTo": root["id"]})
		leaf := bob.note("leaf", doc{"inReplyTo": middle["id"]})
		bob.send(s, bob.does("Create", leaf, nil))
		time.Sleep(time.Minute)
		st := stored(t, s, leaf["id"].(string))
		if st == nil {
			t.Fatal("the reply is not here")
		}
		thread := alice.Do(200, "GET", "/api/v1/statuses/"+st.ID.String()+"/context", nil)
		if above := thread["ancestors"].([]any); len(above) != 2 {
			t.Fatalf("ancestors: got %d, want 2", len(above))
		}
	})
}

// drill F35
func TestAGapInAThreadClosesWithinAQuarterOfAnHour(t *testing.T) {
	world(t, func(t *testing.T, s *testkit.Server, p *peer) {
		alice, bob, carol := s.Person("alice"), p.person("bob"), p.person("carol")
		follow(t, s, alice, bob)
		root := carol.note("root", nil)
		middle := carol.note("middle", doc{"inReplyTo": root["id"]})
		leaf := bob.note("leaf", doc{"inReplyTo": middle["id"]})
		p.fail("/users/carol/notes/root", 429)
		bob.send(s, bob.does("Create", leaf, nil))
		time.Sleep(10 * time.Second)
		if stored(t, s, root["id"].(string)) != nil {
			t.Fatal("the root is here although its server refused it")
		}
		p.fail("/users/carol/notes/root", 0)
		time.Sleep(15 * time.Minute)
		if stored(t, s, root["id"].(string)) == nil {
			t.Fatal("a quarter of an hour later the root is still missing")
		}
	})
}

func TestSomebodyElsewhereFollowsLikesSharesAndTakesItBack(t *testing.T) {
	world(t, func(t *testing.T, s *testkit.Server, p *peer) {
		alice, bob := s.Person("alice"), p.person("bob")
		post := alice.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "mine"})
		uri, id := post["uri"].(string), post["id"].(string)
		ask := bob.does("Follow", alice.Account.URI, nil)
		bob.send(s, ask)
		like := bob.does("Like", uri, nil)
		bob.send(s, like)
		share := bob.does("Announce", uri, doc{"to": []string{"https://www.w3.org/ns/activitystreams#Public"}})
		bob.send(s, share)
		seen := func(want ...float64) {
			t.Helper()
			st := alice.Do(200, "GET", "/api/v1/statuses/"+id, nil)
			me := alice.Do(200, "GET", "/api/v1/accounts/verify_credentials", nil)
			got := []any{me["followers_count"], st["favourites_count"], st["reblogs_count"]}
			for i, w := range want {
				if got[i] != w {
					t.Errorf("followers, favourites, reblogs: got %v, want %v", got, want)
				}
			}
		}
		seen(1, 1, 1)
		bob.send(s, bob.does("Undo", ask, nil))
		bob.send(s, bob.does("Undo", doc{"type": "Like", "actor": bob.id, "object": uri}, nil))
		bob.send(s, bob.does("Undo", share["id"], nil))
		seen(0, 0, 0)
	})
}

func TestAnEditAndADeletionReachThoseWhoHaveIt(t *testing.T) {
	world(t, func(t *testing.T, s *testkit.Server, p *peer) {
		alice, bob := s.Person("alice"), p.person("bob")
		follow(t, s, alice, bob)
		note := bob.note("first", nil)
		bob.send(s, bob.does("Create", note, nil))
		id := stored(t, s, note["id"].(string)).ID.String()
		time.Sleep(time.Minute)
		edited := bob.note("first", doc{"content": "<p>second</p>", "published": note["published"], "updated": time.Now().UTC().Format(time.RFC3339)})
		bob.send(s, bob.does("Update", edited, nil))
		if got := alice.Do(200, "GET", "/api/v1/statuses/"+id, nil)["content"]; got != "<p>second</p>" {
			t.Errorf("content: got %v, want the second version", got)
		}
		bob.send(s, bob.does("Delete", doc{"id": note["id"], "type": "Tombstone"}, nil))
		alice.Do(404, "GET", "/api/v1/statuses/"+id, nil)
		bob.send(s, bob.does("Create", note, nil))
		if stored(t, s, note["id"].(string)) != nil {
			t.Error("what was deleted came back")
		}
	})
}
