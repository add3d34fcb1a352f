package federation_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gomphothere/internal/testkit"
)

// story runs a test with two whole servers in virtual time: alice lives on one.example, bob on two.example.
func story(t *testing.T, tell func(t *testing.T, w *twoTowns)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := testkit.NewNetwork(t)
		w := &twoTowns{Network: n, t: t, one: n.NewServer("one.example", nil), two: n.NewServer("two.example", nil)}
		w.alice, w.bob = w.one.Person("alice"), w.two.Person("bob")
		tell(t, w)
		for _, s := range []*testkit.Server{w.one, w.two} {
			faults, err := s.DB.Check(t.Context(), func(int, int, string) {})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range faults {
				t.Errorf("%s: check: %+v", s.URL, f)
			}
		}
	})
}

type twoTowns struct {
	*testkit.Network
	t          *testing.T
	one, two   *testkit.Server
	alice, bob *testkit.User
}

// find looks somebody up by handle, over the network if need be, and gives their id on u's server.
func find(t *testing.T, u *testkit.User, handle string) string {
	t.Helper()
	got := u.Do(200, "GET", "/api/v2/search", url.Values{"q": {handle}, "resolve": {"true"}, "type": {"accounts"}})
	people, _ := got["accounts"].([]any)
	if len(people) != 1 {
		t.Fatalf("search for %s found %d people, want one: %v", handle, len(people), got)
	}
	return people[0].(map[string]any)["id"].(string)
}

// findPost looks a status up by its address and gives its id on u's server.
func findPost(t *testing.T, u *testkit.User, uri string) string {
	t.Helper()
	got := u.Do(200, "GET", "/api/v2/search", url.Values{"q": {uri}, "resolve": {"true"}, "type": {"statuses"}})
	list, _ := got["statuses"].([]any)
	if len(list) != 1 {
		t.Fatalf("search for %s found %d statuses, want one: %v", uri, len(list), got)
	}
	return list[0].(map[string]any)["id"].(string)
}

func befriend(t *testing.T, u *testkit.User, handle string) (id string) {
	t.Helper()
	id = find(t, u, handle)
	u.Do(200, "POST", "/api/v1/accounts/"+id+"/follow", nil)
	settle()
	rel := u.List(200, "GET", "/api/v1/accounts/relationships", url.Values{"id[]": {id}})
	if len(rel) != 1 || rel[0]["following"] != true {
		t.Fatalf("following %s: got %v", handle, rel)
	}
	return id
}

// home is the text of u's home timeline, newest first, without markup.
func home(u *testkit.User) (texts []string) {
	for _, st := range u.List(200, "GET", "/api/v1/timelines/home", nil) {
		texts = append(texts, bare(st))
	}
	return texts
}

func bare(st map[string]any) string {
	if r, ok := st["reblog"].(map[string]any); ok {
		return "RT " + bare(r)
	}
	s, _ := st["content"].(string)
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			return s
		}
		j := strings.IndexByte(s[i:], '>')
		s = s[:i] + s[i+j+1:]
	}
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func told(u *testkit.User) (types []string) {
	for _, n := range u.List(200, "GET", "/api/v1/notifications", nil) {
		from := n["account"].(map[string]any)["acct"]
		types = append(types, fmt.Sprint(n["type"], " ", from))
	}
	return types
}

func TestAPostReachesAFollowerOnAnotherServer(t *testing.T) {
	story(t, func(t *testing.T, w *twoTowns) {
		befriend(t, w.alice, "@bob@two.example")
		same(t, "what bob is told", told(w.bob), "follow alice@one.example")
		w.bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "hello from two"})
		settle()
		same(t, "alice's home", home(w.alice), "hello from two")
	})
}

func TestALockedPersonDecidesWhoFollows(t *testing.T) {
	story(t, func(t *testing.T, w *twoTowns) {
		w.bob.Do(200, "PATCH", "/api/v1/accounts/update_credentials", testkit.P{"locked": true})
		bob := find(t, w.alice, "@bob@two.example")
		rel := w.alice.Do(200, "POST", "/api/v1/accounts/"+bob+"/follow", nil)
		settle()
		if rel["requested"] != true {
			t.Errorf("alice's wish: got %v, want requested", rel)
		}
		asked := w.bob.List(200, "GET", "/api/v1/follow_requests", nil)
		if len(asked) != 1 {
			t.Fatalf("bob is asked by %d people, want alice", len(asked))
		}
		w.bob.Do(200, "POST", fmt.Sprintf("/api/v1/follow_requests/%s/authorize", asked[0]["id"]), nil)
		settle()
		got := w.alice.List(200, "GET", "/api/v1/accounts/relationships", url.Values{"id[]": {bob}})
		if got[0]["following"] != true {
			t.Errorf("after bob said yes: got %v", got[0])
		}
		// He thinks better of it.
		w.bob.Do(200, "POST", fmt.Sprintf("/api/v1/accounts/%s/remove_from_followers", asked[0]["id"]), nil)
		settle()
		got = w.alice.List(200, "GET", "/api/v1/accounts/relationships", url.Values{"id[]": {bob}})
		if got[0]["following"] != false {
			t.Errorf("after bob removed alice: got %v", got[0])
		}
	})
}

func TestAConversationBetweenTwoServers(t *testing.T) {
	story(t, func(t *testing.T, w *twoTowns) {
		befriend(t, w.alice, "@bob@two.example")
		befriend(t, w.bob, "@alice@one.example")
		first := w.alice.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "is anybody there?"})
		settle()
		here := findPost(t, w.bob, first["uri"].(string))
		w.bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "@alice@one.example I am", "in_reply_to_id": here})
		w.bob.Do(200, "POST", "/api/v1/statuses/"+here+"/favourite", nil)
		w.bob.Do(200, "POST", "/api/v1/statuses/"+here+"/reblog", nil)
		settle()
		same(t, "what alice is told", told(w.alice), "reblog bob@two.example", "favourite bob@two.example", "mention bob@two.example", "follow bob@two.example")
		thread := w.alice.Do(200, "GET", fmt.Sprintf("/api/v1/statuses/%s/context", first["id"]), nil)
		if got := thread["descendants"].([]any); len(got) != 1 || bare(got[0].(map[string]any)) != "@alice I am" {
			t.Errorf("the thread on alice's server: got %v", got)
		}
		st := w.alice.Do(200, "GET", fmt.Sprintf("/api/v1/statuses/%s", first["id"]), nil)
		if st["favourites_count"] != 1.0 || st["reblogs_count"] != 1.0 || st["replies_count"] != 1.0 {
			t.Errorf("counts: got %v favourites, %v reblogs, %v replies", st["favourites_count"], st["reblogs_count"], st["replies_count"])
		}
		// And all of it taken back.
		w.bob.Do(200, "POST", "/api/v1/statuses/"+here+"/unfavourite", nil)
		w.bob.Do(200, "POST", "/api/v1/statuses/"+here+"/unreblog", nil)
		settle()
		st = w.alice.Do(200, "GET", fmt.Sprintf("/api/v1/statuses/%s", first["id"]), nil)
		if st["favourites_count"] != 0.0 || st["reblogs_count"] != 0.0 {
			t.Errorf("counts after taking back: got %v favourites, %v reblogs", st["favourites_count"], st["reblogs_count"])
		}
	})
}

func TestAnEditAndADeleteArriveToo(t *testing.T) {
	story(t, func(t *testing.T, w *twoTowns) {
		befriend(t, w.alice, "@bob@two.example")
		st := w.bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "helo"})
		settle()
		w.bob.Do(200, "PUT", fmt.Sprintf("/api/v1/statuses/%s", st["id"]), testkit.P{"status": "hello"})
		settle()
		same(t, "after the edit", home(w.alice), "hello")
		here := findPost(t, w.alice, st["uri"].(string))
		if got := len(w.alice.List(200, "GET", "/api/v1/statuses/"+here+"/history", nil)); got != 2 {
			t.Errorf("history has %d versions, want two", got)
		}
		w.bob.Do(200, "DELETE", fmt.Sprintf("/api/v1/statuses/%s", st["id"]), nil)
		settle()
		same(t, "after the delete", home(w.alice))
		w.alice.Do(404, "GET", "/api/v1/statuses/"+here, nil)
	})
}

func TestAPollIsVotedOnFromAnotherServer(t *testing.T) {
	story(t, func(t *testing.T, w *twoTowns) {
		befriend(t, w.alice, "@bob@two.example")
		st := w.bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "tea or coffee?",
			"poll": testkit.P{"options": []string{"tea", "coffee"}, "expires_in": 3600}})
		settle()
		here := w.alice.Do(200, "GET", "/api/v1/statuses/"+findPost(t, w.alice, st["uri"].(string)), nil)
		poll := here["poll"].(map[string]any)["id"].(string)
		w.alice.Do(200, "POST", "/api/v1/polls/"+poll+"/votes", testkit.P{"choices": []int{1}})
		settle()
		got := w.bob.Do(200, "GET", fmt.Sprintf("/api/v1/statuses/%s", st["id"]), nil)["poll"].(map[string]any)
		if got["votes_count"] != 1.0 || got["options"].([]any)[1].(map[string]any)["votes_count"] != 1.0 {
			t.Errorf("bob's poll: got %v", got)
		}
		w.two.Person("carol").Do(200, "POST", "/api/v1/polls/"+got["id"].(string)+"/votes", testkit.P{"choices": []int{0}})
		time.Sleep(2 * time.Hour)
		seen := w.alice.Do(200, "GET", "/api/v1/polls/"+poll, nil)
		if seen["votes_count"] != 2.0 || seen["expired"] != true {
			t.Errorf("the poll at its end as alice sees it: got %v", seen)
		}
		found := false
		for _, n := range told(w.alice) {
			found = found || n == "poll bob@two.example"
		}
		if !found {
			t.Errorf("alice is not told that the poll has ended: %v", told(w.alice))
		}
	})
}

func TestAPrivateMentionIsForItsReaderAlone(t *testing.T) {
	story(t, func(t *testing.T, w *twoTowns) {
		carol := w.two.Person("carol")
		befriend(t, w.bob, "@alice@one.example") // a stranger's private mention would wait for his consent
		find(t, w.alice, "@bob@two.example")
		st := w.alice.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "@bob@two.example a secret", "visibility": "direct"})
		settle()
		same(t, "what bob is told", told(w.bob), "mention alice@one.example")
		if got := w.bob.List(200, "GET", "/api/v1/conversations", nil); len(got) != 1 {
			t.Errorf("bob has %d conversations, want one", len(got))
		}
		got := carol.Do(200, "GET", "/api/v2/search", url.Values{"q": {st["uri"].(string)}, "resolve": {"true"}})
		if list := got["statuses"].([]any); len(list) != 0 {
			t.Errorf("carol finds the secret: %v", list)
		}
		for where, accept := range map[string]string{st["uri"].(string): "application/activity+json", st["url"].(string): "text/html"} {
			req, err := http.NewRequest("GET", where, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Accept", accept)
			res, err := w.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != http.StatusNotFound {
				t.Errorf("a stranger asking for the secret at %s: got %s, want 404", where, res.Status)
			}
		}
	})
}

func TestFollowersOnlyPostsReachFollowersOnly(t *testing.T) {
	story(t, func(t *testing.T, w *twoTowns) {
		carol := w.one.Person("carol")
		befriend(t, w.alice, "@bob@two.example")
		w.bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "for those who follow", "visibility": "private"})
		settle()
		same(t, "alice's home", home(w.alice), "for those who follow")
		bob := find(t, carol, "@bob@two.example")
		if got := carol.List(200, "GET", "/api/v1/accounts/"+bob+"/statuses", nil); len(got) != 0 {
			t.Errorf("carol, who does not follow, sees %v", got)
		}
	})
}

func TestABlockSeversAcrossServers(t *testing.T) {
	story(t, func(t *testing.T, w *twoTowns) {
		bob := befriend(t, w.alice, "@bob@two.example")
		alice := befriend(t, w.bob, "@alice@one.example")
		w.bob.Do(200, "POST", "/api/v1/accounts/"+alice+"/block", nil)
		settle()
		rel := w.alice.List(200, "GET", "/api/v1/accounts/relationships", url.Values{"id[]": {bob}})[0]
		if rel["following"] != false || rel["followed_by"] != false || rel["blocked_by"] != true {
			t.Errorf("alice's side: got %v", rel)
		}
		w.bob.Do(200, "POST", "/api/v1/accounts/"+alice+"/unblock", nil)
		settle()
		rel = w.alice.List(200, "GET", "/api/v1/accounts/relationships", url.Values{"id[]": {bob}})[0]
		if rel["blocked_by"] != false {
			t.Errorf("after the unblock: got %v", rel)
		}
	})
}

func TestAProfileIsRenewedWhenItsOwnerEditsIt(t *testing.T) {
	story(t, func(t *testing.T, w *twoTowns) {
		bob := befriend(t, w.alice, "@bob@two.example")
		w.bob.Do(200, "PATCH", "/api/v1/accounts/update_credentials", testkit.P{"display_name": "Bob the Tall", "note": "I like trees."})
		time.Sleep(10 * time.Minute)
		got := w.alice.Do(200, "GET", "/api/v1/accounts/"+bob, nil)
		if got["display_name"] != "Bob the Tall" || !strings.Contains(fmt.Sprint(got["note"]), "I like trees.") {
			t.Errorf("bob as alice sees him: got %q, %q", got["display_name"], got["note"])
		}
	})
}

func TestAQuoteIsApprovedByTheQuotedServer(t *testing.T) {
	story(t, func(t *testing.T, w *twoTowns) {
		befriend(t, w.alice, "@bob@two.example")
		befriend(t, w.bob, "@alice@one.example")
		st := w.bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "quote me"})
		settle()
		here := findPost(t, w.alice, st["uri"].(string))
		quoting := w.alice.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "listen to him", "quoted_status_id": here})
		time.Sleep(10 * time.Minute)
		got := w.alice.Do(200, "GET", fmt.Sprintf("/api/v1/statuses/%s", quoting["id"]), nil)["quote"].(map[string]any)
		if got["state"] != "accepted" {
			t.Errorf("alice's quote: got %v, want it accepted", got["state"])
		}
		there := w.bob.Do(200, "GET", "/api/v1/statuses/"+findPost(t, w.bob, quoting["uri"].(string)), nil)["quote"].(map[string]any)
		if there["state"] != "accepted" {
			t.Errorf("the quote as bob sees it: got %v, want accepted", there["state"])
		}
		// He takes it back.
		w.bob.Do(200, "POST", fmt.Sprintf("/api/v1/statuses/%s/quotes/%s/revoke", st["id"], findPost(t, w.bob, quoting["uri"].(string))), nil)
		time.Sleep(10 * time.Minute)
		got = w.alice.Do(200, "GET", fmt.Sprintf("/api/v1/statuses/%s", quoting["id"]), nil)["quote"].(map[string]any)
		if got["state"] != "revoked" {
			t.Errorf("after bob took it back: got %v, want revoked", got["state"])
		}
	})
}

func TestPostWhilePeerIsDownForADay(t *testing.T) {
	downFor(t, 24*time.Hour, 26*time.Hour)
}

func TestPostWhilePeerIsDownForTwoDays(t *testing.T) {
	downFor(t, 48*time.Hour, 56*time.Hour)
}

// downFor posts while the follower's server is down, and expects the post there by the time told, once.
func downFor(t *testing.T, down, by time.Duration) {
	story(t, func(t *testing.T, w *twoTowns) {
		befriend(t, w.alice, "@bob@two.example")
		w.SetWeather("one.example", testkit.Down)
		w.bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "are you there?"})
		time.Sleep(down)
		w.SetWeather("one.example", testkit.Fair)
		time.Sleep(by - down)
		same(t, "alice's home afterwards", home(w.alice), "are you there?")
	})
}

func TestAPeerThatIsHeardFromGetsWhatWaitedAtOnce(t *testing.T) {
	story(t, func(t *testing.T, w *twoTowns) {
		befriend(t, w.alice, "@bob@two.example")
		befriend(t, w.bob, "@alice@one.example")
		w.SetWeather("one.example", testkit.Down)
		w.bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "are you there?"})
		time.Sleep(20 * time.Hour) // by now it is asked every few hours
		w.SetWeather("one.example", testkit.Fair)
		w.alice.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "back again"})
		time.Sleep(time.Minute)
		same(t, "alice's home a minute after she spoke", home(w.alice), "back again", "are you there?")
	})
}

func TestAPeerThatAnswers500IsAskedAgainButNotHammered(t *testing.T) {
	story(t, func(t *testing.T, w *twoTowns) {
		befriend(t, w.alice, "@bob@two.example")
		w.Instead("one.example", http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { http.Error(rw, "sorry", 500) }))
		before := len(w.Requests("one.example", "POST "))
		for i := range 10 {
			w.bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": fmt.Sprint("number ", i)})
		}
		time.Sleep(6 * time.Hour)
		if got := len(w.Requests("one.example", "POST ")) - before; got < 3 || got > 30 {
			t.Errorf("in six hours of 500s the peer was posted to %d times, want 3 to 30", got)
		}
		w.Instead("one.example", nil)
		time.Sleep(8 * time.Hour)
		if got := len(home(w.alice)); got != 10 {
			t.Errorf("alice's home has %d posts afterwards, want all 10", got)
		}
	})
}

func TestThePeersWishToWaitIsGranted(t *testing.T) {
	story(t, func(t *testing.T, w *twoTowns) {
		befriend(t, w.alice, "@bob@two.example")
		w.Instead("one.example", http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Retry-After", "7200")
			http.Error(rw, "slow down", http.StatusTooManyRequests)
		}))
		before := len(w.Requests("one.example", "POST "))
		w.bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "patience"})
		time.Sleep(119 * time.Minute)
		if got := len(w.Requests("one.example", "POST ")) - before; got != 1 {
			t.Errorf("before its time was over the peer was asked %d times, want once", got)
		}
		w.Instead("one.example", nil)
		time.Sleep(2 * time.Hour)
		same(t, "alice's home", home(w.alice), "patience")
	})
}

func TestTheSameDeliveryTwiceIsOnePost(t *testing.T) {
	story(t, func(t *testing.T, w *twoTowns) {
		befriend(t, w.alice, "@bob@two.example")
		w.bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "once"})
		settle()
		again := w.Requests("one.example", "POST ")
		last := again[len(again)-1]
		for range 3 {
			req, err := http.NewRequest("POST", "http://one.example"+last.Path, strings.NewReader(last.Body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header = last.Header.Clone()
			res, err := w.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != http.StatusAccepted {
				t.Errorf("a repeated delivery: got %s, want 202", res.Status)
			}
		}
		settle()
		same(t, "alice's home", home(w.alice), "once")
	})
}

func TestAThirdServerSeesTheWholeThread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := testkit.NewNetwork(t)
		alice := n.NewServer("one.example", nil).Person("alice")
		bob := n.NewServer("two.example", nil).Person("bob")
		carol := n.NewServer("three.example", nil).Person("carol")
		befriend(t, bob, "@alice@one.example")
		befriend(t, carol, "@bob@two.example")
		first := alice.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "one"})
		settle()
		here := findPost(t, bob, first["uri"].(string))
		bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "@alice@one.example two", "in_reply_to_id": here})
		time.Sleep(10 * time.Minute)
		got := carol.List(200, "GET", "/api/v1/timelines/home", nil)
		for _, st := range got {
			if st["in_reply_to_id"] == nil {
				continue
			}
			thread := carol.Do(200, "GET", fmt.Sprintf("/api/v1/statuses/%s/context", st["id"]), nil)
			if up := thread["ancestors"].([]any); len(up) != 1 || bare(up[0].(map[string]any)) != "one" {
				t.Errorf("above bob's reply carol sees %v, want alice's post", up)
			}
			return
		}
		// A reply to somebody carol does not follow stays out of her home; bob's page has it.
		there := find(t, carol, "@bob@two.example")
		replies := carol.List(200, "GET", "/api/v1/accounts/"+there+"/statuses", nil)
		if len(replies) != 1 {
			t.Fatalf("carol sees %d posts by bob, want his reply", len(replies))
		}
		thread := carol.Do(200, "GET", fmt.Sprintf("/api/v1/statuses/%s/context", replies[0]["id"]), nil)
		if up := thread["ancestors"].([]any); len(up) != 1 || bare(up[0].(map[string]any)) != "one" {
			t.Errorf("above bob's reply carol sees %v, want alice's post", up)
		}
	})
}
