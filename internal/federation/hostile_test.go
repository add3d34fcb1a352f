package federation_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"gomphothere/internal/httpsig"
	"gomphothere/internal/model"
	"gomphothere/internal/testkit"
)

// TestHostileRequestsAreRefused sends what no honest server sends: at the door or behind it, nothing of it is kept.
func TestHostileRequestsAreRefused(t *testing.T) {
	world(t, func(t *testing.T, s *testkit.Server, p *peer) {
		inbox := s.URL + "/inbox"
		alice, bob, eve := s.Person("alice"), p.person("bob"), p.person("evelyn")
		other := newPeer(t, p.net, "other.example")
		mallory := other.person("mallory")
		follow(t, s, alice, bob)
		follow(t, s, alice, mallory)
		mine := alice.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "mine"})
		uri := mine["uri"].(string)
		his := bob.note("his", nil)
		bob.send(s, bob.does("Create", his, nil))
		fresh := func() doc { return bob.does("Create", bob.note("hostile", nil), nil) }

		type change = func(r *http.Request, body []byte)
		resign := func(k httpsig.Key, body []byte) change {
			return func(r *http.Request, _ []byte) {
				for _, h := range []string{"Signature", "Date", "Digest"} {
					r.Header.Del(h)
				}
				if err := httpsig.Sign(r, httpsig.Cavage, k, body, time.Now()); err != nil {
					t.Fatal(err)
				}
			}
		}
		at := func(when time.Time) change {
			return func(r *http.Request, body []byte) {
				for _, h := range []string{"Signature", "Date", "Digest"} {
					r.Header.Del(h)
				}
				if err := httpsig.Sign(r, httpsig.Cavage, bob.key, body, when); err != nil {
					t.Fatal(err)
				}
			}
		}
		set := func(name, value string) change {
			return func(r *http.Request, _ []byte) { r.Header.Set(name, value) }
		}
		body := func(b []byte) change {
			return func(r *http.Request, _ []byte) {
				r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
			}
		}
		var squeezed bytes.Buffer
		z := gzip.NewWriter(&squeezed)
		z.Write(bytes.Repeat([]byte(" "), 64<<20))
		z.Close()
		deep := []byte(`{"@context":"https://www.w3.org/ns/activitystreams","type":"Create","id":"` + bob.id + `/deep","actor":"` + bob.id + `","object":` +
			strings.Repeat(`{"object":`, 5000) + `1` + strings.Repeat(`}`, 5000) + `}`)
		wide, err := json.Marshal(doc{"type": "Create", "actor": bob.id, "object": strings.Repeat("x", 1<<20)})
		if err != nil {
			t.Fatal(err)
		}
		stranger := httpsig.Key{ID: "http://nobody.example/users/x#main-key", Private: bob.key.Private}
		p.put(doc{"id": p.url("/users/liar"), "type": "Person", "preferredUsername": "liar", "inbox": p.url("/users/liar/inbox"),
			"publicKey": bob.doc["publicKey"]})

		for _, c := range []struct {
			name   string
			who    *actor
			what   any
			change change
			want   int
		}{
			{"no signature", bob, fresh(), func(r *http.Request, _ []byte) { r.Header.Del("Signature") }, 401},
			{"a signature that is garbage", bob, fresh(), set("Signature", "garbage"), 400},
			{"a forged signature", bob, fresh(), resign(httpsig.Key{ID: bob.key.ID, Private: keyring()[0]}, nil), 401},
			{"another's key under one's name", bob, fresh(), func(r *http.Request, b []byte) {
				resign(httpsig.Key{ID: eve.key.ID, Private: eve.key.Private}, b)(r, b)
			}, 401},
			{"a key that its owner does not list", bob, fresh(), func(r *http.Request, b []byte) {
				resign(httpsig.Key{ID: p.url("/users/liar#main-key"), Private: bob.key.Private}, b)(r, b)
			}, 401},
			{"a key on a server that does not exist", bob, fresh(), func(r *http.Request, b []byte) { resign(stranger, b)(r, b) }, 503},
			{"a key of this server's", bob, fresh(), func(r *http.Request, b []byte) {
				resign(httpsig.Key{ID: alice.Account.URI + "#main-key", Private: bob.key.Private}, b)(r, b)
			}, 401},
			{"a key at an address of this machine's", bob, fresh(), func(r *http.Request, b []byte) {
				resign(httpsig.Key{ID: "http://127.0.0.1:22/users/x#main-key", Private: bob.key.Private}, b)(r, b)
			}, 503},
			{"replayed the next day", bob, fresh(), at(time.Now().Add(-25 * time.Hour)), 401},
			{"from the day after tomorrow", bob, fresh(), at(time.Now().Add(48 * time.Hour)), 401},
			{"signed for another server", bob, fresh(), func(r *http.Request, b []byte) { r.Host = "elsewhere.example"; resign(bob.key, b)(r, b); r.Host = "" }, 401},
			{"a body that is not the signed one", bob, fresh(), body([]byte(`{"type":"Create","actor":"` + bob.id + `","object":"x"}`)), 401},
			{"a digest of another body", bob, fresh(), set("Digest", "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), 401},
			{"too large", bob, wide, nil, 413},
			{"too large and not saying so", bob, wide, func(r *http.Request, b []byte) { r.ContentLength = -1; r.Body = io.NopCloser(bytes.NewReader(b)) }, 413},
			{"too deep", bob, deep, nil, 400},
			{"a compressed bomb", bob, squeezed.Bytes(), set("Content-Encoding", "gzip"), 415},
			{"no JSON", bob, "hello", nil, 400},
			{"no object", bob, "[1,2,3]", nil, 400},
			{"an object twice", bob, `{"type":"Create","actor":"` + bob.id + `","object":"x"} {}`, nil, 400},
			{"one thing said twice", bob, `{"type":"Create","actor":"` + mallory.id + `","actor":"` + bob.id + `","object":"x"}`, nil, 400},
			{"no actor", bob, doc{"type": "Create", "object": "x"}, nil, 400},
			{"a web form", bob, fresh(), set("Content-Type", "application/x-www-form-urlencoded"), 415},
			{"in another's name", mallory, fresh(), nil, 401},
			{"in the name of one of ours", bob, doc{"type": "Create", "actor": alice.Account.URI, "object": "x"}, nil, 401},

			// What is signed rightly is taken at the door, and refused behind it.
			{"a Create of another server's object", mallory, mallory.does("Create", doc{
				"id": bob.id + "/notes/forged", "type": "Note", "attributedTo": bob.id, "content": "forged", "to": bob.id + "/followers"}, nil), nil, 202},
			{"a Create in the name of another author", mallory, mallory.does("Create", doc{
				"id": mallory.id + "/notes/forged", "type": "Note", "attributedTo": bob.id, "content": "forged", "to": mallory.id + "/followers"}, nil), nil, 202},
			{"a Create of a status of ours", mallory, mallory.does("Create", doc{
				"id": s.URL + "/users/alice/statuses/1", "type": "Note", "attributedTo": mallory.id, "content": "forged", "to": mallory.id + "/followers"}, nil), nil, 202},
			{"an Update of another's status", mallory, mallory.does("Update", doc{
				"id": his["id"], "type": "Note", "attributedTo": mallory.id, "content": "forged", "updated": "2030-01-01T00:00:00Z"}, nil), nil, 202},
			{"an Update of a neighbour's status", eve, eve.does("Update", doc{
				"id": his["id"], "type": "Note", "attributedTo": bob.id, "content": "forged", "updated": "2030-01-01T00:00:00Z"}, nil), nil, 202},
			{"an Update of another actor", mallory, mallory.does("Update", doc{
				"id": bob.id, "type": "Person", "preferredUsername": "bob", "name": "forged", "inbox": mallory.id + "/inbox"}, nil), nil, 202},
			{"an Update that takes another's handle", mallory, mallory.does("Update", doc{
				"id": mallory.id, "type": "Person", "preferredUsername": "bob", "webfinger": "bob@peer.example", "inbox": mallory.id + "/inbox", "name": "forged"}, nil), nil, 202},
			{"a Delete of another's status", mallory, mallory.does("Delete", his["id"], nil), nil, 202},
			{"a Delete of a neighbour's status", eve, eve.does("Delete", his["id"], nil), nil, 202},
			{"a Delete of a status of ours", mallory, mallory.does("Delete", uri, nil), nil, 202},
			{"a Delete of another actor", mallory, mallory.does("Delete", bob.id, nil), nil, 202},
			{"a Delete of a neighbour", eve, eve.does("Delete", bob.id, nil), nil, 202},
			{"an Accept of what was never asked", eve, eve.does("Accept", doc{"type": "Follow", "actor": alice.Account.URI, "object": eve.id}, nil), nil, 202},
			{"an Accept of what another was asked", mallory, mallory.does("Accept", doc{"type": "Follow", "actor": alice.Account.URI, "object": eve.id}, nil), nil, 202},
			{"an Undo of what another did", mallory, mallory.does("Undo", doc{"type": "Follow", "actor": alice.Account.URI, "object": bob.id}, nil), nil, 202},
			{"a Reject for another", mallory, mallory.does("Reject", doc{"type": "Follow", "actor": alice.Account.URI, "object": bob.id}, nil), nil, 202},
			{"a Move without alias", bob, bob.does("Move", bob.id, doc{"target": mallory.id}), nil, 202},
			{"a Move of another", mallory, mallory.does("Move", bob.id, doc{"target": mallory.id}), nil, 202},
			{"a pin on another's profile", mallory, mallory.does("Add", mallory.note("pin", nil)["id"], doc{"target": bob.id + "/featured"}), nil, 202},
			{"another's status pinned", mallory, mallory.does("Add", his["id"], doc{"target": mallory.id + "/featured"}), nil, 202},
			{"an Announce of what is nowhere", bob, bob.does("Announce", p.url("/nothing"), nil), nil, 202},
			{"an Announce of what is another", bob, bob.does("Announce", p.put(doc{"id": p.url("/twin"), "type": "Note", "attributedTo": bob.id, "content": "x"})["id"], nil), nil, 202},
		} {
			if c.name == "an Announce of what is another" {
				p.mu.Lock()
				p.docs["/twin"]["id"] = other.url("/users/mallory/notes/forged")
				p.docs["/twin"]["attributedTo"] = mallory.id
				p.docs["/twin"]["content"] = "forged"
				p.mu.Unlock()
			}
			before := snapshot(t, s, alice.Account)
			got, said := c.who.post(inbox, c.what, c.change)
			if got != c.want {
				t.Errorf("%s: got %d %s, want %d", c.name, got, said, c.want)
			}
			settle()
			if after := snapshot(t, s, alice.Account); after != before {
				t.Errorf("%s left something behind:\n%s\nbefore:\n%s", c.name, after, before)
			}
		}
	})
}

// snapshot tells what hostile requests are after: statuses, people, follows and marks, in words.
func snapshot(t *testing.T, s *testkit.Server, alice *model.Account) string {
	t.Helper()
	var b strings.Builder
	q := s.DB.Read(context.Background())
	for _, uri := range []string{
		"http://peer.example/users/bob", "http://other.example/users/mallory", alice.URI,
	} {
		a, err := q.AccountByURI(uri)
		if model.IsNotFound(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, a.Acct(), a.DisplayName, a.InboxURL, a.MovedToID, a.SuspendedAt, a.FollowersCount, a.FollowingCount, a.StatusesCount)
	}
	for _, uri := range []string{
		"http://peer.example/users/bob/notes/his", "http://peer.example/users/bob/notes/forged", "http://other.example/users/mallory/notes/forged",
		"http://peer.example/users/bob/notes/hostile", "http://here.example/users/alice/statuses/1", "http://peer.example/twin",
	} {
		st, err := q.StatusByURI(uri)
		if model.IsNotFound(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, st.URI, st.AccountID, st.Content, st.EditedAt, st.FavouritesCount, st.ReblogsCount)
	}
	return b.String()
}

// drill F5
func TestDeletesOfStrangersCostNothing(t *testing.T) {
	world(t, func(t *testing.T, s *testkit.Server, p *peer) {
		bob := p.person("bob")
		for i := range 200 {
			who := p.url(fmt.Sprintf("/users/gone%d", i))
			status, said := bob.post(s.URL+"/inbox", doc{"id": who + "#delete", "type": "Delete", "actor": who, "object": who}, nil)
			if status != 202 {
				t.Fatalf("got %d %s, want 202", status, said)
			}
		}
		settle()
		if n := p.total(); n != 0 {
			t.Errorf("the peer was asked %d times, want never", n)
		}
		counts, err := s.DB.Read(context.Background()).JobCounts()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range counts {
			if c.Kind == "ingest" {
				t.Errorf("%d jobs wait, %d are buried, want none", c.Waiting, c.Buried)
			}
		}
	})
}
