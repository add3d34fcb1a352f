package federation_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"gomphothere/internal/httpsig"
	"gomphothere/internal/testkit"
)

// signedAs signs a request anew with a key.
func signedAs(t *testing.T, k httpsig.Key) func(r *http.Request, body []byte) {
	return func(r *http.Request, body []byte) {
		if err := httpsig.Sign(r, httpsig.Cavage, k, body, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAKeyIsAskedForOnceAndFoundByAllItsNames(t *testing.T) {
	world(t, func(t *testing.T, s *testkit.Server, p *peer) {
		alice := p.person("alice")
		like := alice.does("Like", s.URL+"/users/nobody/statuses/1", nil)
		for _, id := range []string{alice.id, alice.key.ID, "acct:alice@" + p.host, alice.key.ID} {
			if status, said := alice.post(s.URL+"/inbox", like, signedAs(t, httpsig.Key{ID: id, Private: alice.key.Private})); status != http.StatusAccepted {
				t.Errorf("signed as %s: %d %s", id, status, said)
			}
		}
		if n := p.times("/users/alice"); n != 1 {
			t.Errorf("the actor was asked for %d times, want once", n)
		}
	})
}

// TestAKeyThatWasChangedIsAskedForAnewOnce: an actor who changed keys is believed at once; whoever has none of its keys
// costs it no more than a request a minute.
func TestAKeyThatWasChangedIsAskedForAnewOnce(t *testing.T) {
	world(t, func(t *testing.T, s *testkit.Server, p *peer) {
		alice := p.person("alice")
		like := alice.does("Like", s.URL+"/users/nobody/statuses/1", nil)
		if status, said := alice.post(s.URL+"/inbox", like, nil); status != http.StatusAccepted {
			t.Fatalf("%d %s", status, said)
		}
		time.Sleep(time.Hour)
		other := keyring()[(len("alice")+1)%len(keyring())]
		pem, err := httpsig.PEM(other.Public())
		if err != nil {
			t.Fatal(err)
		}
		alice.doc["publicKey"] = doc{"id": alice.key.ID, "owner": alice.id, "publicKeyPem": pem}
		p.put(alice.doc)
		if status, said := alice.post(s.URL+"/inbox", like, signedAs(t, httpsig.Key{ID: alice.key.ID, Private: other})); status != http.StatusAccepted {
			t.Errorf("with the new key: %d %s", status, said)
		}
		for range 5 {
			if status, _ := alice.post(s.URL+"/inbox", like, nil); status != http.StatusUnauthorized {
				t.Errorf("with the old key: %d, want 401", status)
			}
		}
		if n := p.times("/users/alice"); n != 2 {
			t.Errorf("the actor was asked for %d times, want twice", n)
		}
	})
}

func TestARequestSignedForAnotherServerIsRefused(t *testing.T) {
	world(t, func(t *testing.T, s *testkit.Server, p *peer) {
		alice := p.person("alice")
		like := alice.does("Like", s.URL+"/users/nobody/statuses/1", nil)
		status, _ := alice.post(s.URL+"/inbox", like, func(r *http.Request, body []byte) {
			r.Host = "elsewhere.example"
			signedAs(t, alice.key)(r, body)
		})
		if status == http.StatusAccepted || p.total() != 0 {
			t.Errorf("it was answered %d, and the peer asked %d times", status, p.total())
		}
	})
}

// TestWhoNamesKeysThatAreNotThereSoonCostsNothing: each would be a request to somebody else's server.
func TestWhoNamesKeysThatAreNotThereSoonCostsNothing(t *testing.T) {
	world(t, func(t *testing.T, s *testkit.Server, p *peer) {
		alice := p.person("alice")
		like := alice.does("Like", s.URL+"/users/nobody/statuses/1", nil)
		last := 0
		for i := range 20 {
			id := fmt.Sprintf("%s%d#main-key", p.url("/users/nobody"), i)
			last, _ = alice.post(s.URL+"/inbox", like, signedAs(t, httpsig.Key{ID: id, Private: alice.key.Private}))
		}
		if last != http.StatusServiceUnavailable || p.total() > 2*3 { // the other scheme is tried where a host refuses
			t.Errorf("the last was answered %d, want 503; the peer was asked %d times", last, p.total())
		}
		time.Sleep(10 * time.Minute)
		if status, said := alice.post(s.URL+"/inbox", like, nil); status != http.StatusAccepted {
			t.Errorf("later a good key is answered %d %s", status, said)
		}
	})
}

// TestAKeyIsItsOwnersOnly: a document that shows somebody else's key as its own gives no right to sign for them.
func TestAKeyIsItsOwnersOnly(t *testing.T) {
	world(t, func(t *testing.T, s *testkit.Server, p *peer) {
		alice, mallory := p.person("alice"), p.person("mallory")
		pem, err := httpsig.PEM(mallory.key.Private.Public())
		if err != nil {
			t.Fatal(err)
		}
		p.put(doc{"id": p.url("/keys/1"), "owner": alice.id, "publicKeyPem": pem})
		like := alice.does("Like", s.URL+"/users/nobody/statuses/1", nil)
		for _, id := range []string{p.url("/keys/1"), alice.id + "#another", alice.key.ID} {
			status, _ := mallory.post(s.URL+"/inbox", like, signedAs(t, httpsig.Key{ID: id, Private: mallory.key.Private}))
			if status != http.StatusUnauthorized {
				t.Errorf("signed as %s with mallory's key: %d, want 401", id, status)
			}
		}
	})
}
