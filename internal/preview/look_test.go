package preview_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gomphothere/internal/testkit"
)

// page is a small site that counts its visitors.
type page struct{ visits atomic.Int64 }

func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.visits.Add(1)
	if r.URL.Path != "/tusks" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, `<html lang="en"><title>Four tusks</title><meta property="og:description" content="Why two are not enough">`)
}

func TestALinkIsShownAsACardAfterOneLook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := testkit.NewNetwork(t)
		site := &page{}
		n.Serve("news.example.org", site)
		s := n.NewServer("one.example", nil)
		alice, bob := s.Person("alice"), s.Person("bob")
		first := alice.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "read http://news.example.org/tusks"})
		time.Sleep(time.Minute)
		second := bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "http://news.example.org/tusks again"})
		for _, st := range []testkit.JSON{first, second} {
			got := alice.Do(200, "GET", fmt.Sprint("/api/v1/statuses/", st["id"]), nil)
			card, _ := got["card"].(map[string]any)
			if card["title"] != "Four tusks" || card["description"] != "Why two are not enough" || card["type"] != "link" {
				t.Errorf("the card: got %v", card)
			}
		}
		if got := site.visits.Load(); got != 1 {
			t.Errorf("the site was visited %d times, want once", got)
		}
		// Another link takes the card's place, none takes it off.
		alice.Do(200, "PUT", fmt.Sprint("/api/v1/statuses/", first["id"]), testkit.P{"status": "no link"})
		if got := alice.Do(200, "GET", fmt.Sprint("/api/v1/statuses/", first["id"]), nil); got["card"] != nil {
			t.Errorf("after the link was taken out: got card %v", got["card"])
		}
	})
}

func TestAPageThatIsMissingIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := testkit.NewNetwork(t)
		site := &page{}
		n.Serve("news.example.org", site)
		alice := n.NewServer("one.example", nil).Person("alice")
		for range 5 {
			alice.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "http://news.example.org/gone"})
			time.Sleep(time.Hour)
		}
		if got := site.visits.Load(); got != 1 {
			t.Errorf("a page that is not there was asked for %d times in five hours, want once", got)
		}
	})
}

// F3: a link that many servers get at once must not bring its site down.
func TestServersGoToLookAtMomentsOfTheirOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := testkit.NewNetwork(t)
		site := &page{}
		n.Serve("news.example.org", site)
		author := n.NewServer("origin.example", nil).Person("author")
		const servers = 12
		for i := range servers {
			name := fmt.Sprintf("s%d.example", i)
			reader := n.NewServer(name, nil).Person("reader")
			found := reader.Do(200, "GET", "/api/v2/search?q=@author@origin.example&resolve=true&type=accounts", nil)
			id := found["accounts"].([]any)[0].(map[string]any)["id"]
			reader.Do(200, "POST", fmt.Sprint("/api/v1/accounts/", id, "/follow"), nil)
		}
		time.Sleep(time.Minute)
		author.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "http://news.example.org/tusks"})
		time.Sleep(time.Minute)
		if got := site.visits.Load(); got > 1+servers/4 {
			t.Errorf("in the first minute %d of %d servers came to look, want few", got, servers)
		}
		time.Sleep(30 * time.Minute)
		if got := site.visits.Load(); got != 1+servers {
			t.Errorf("in the end %d came, want the author's server and %d others", got, servers)
		}
	})
}
