package federation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gomphothere/internal/federation"
	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// crowd is many servers that take what is sent to them, each with followers of ours.
type crowd struct {
	*testkit.Network
	t     *testing.T
	s     *testkit.Server
	alice *testkit.User

	mu    sync.Mutex
	taken map[string]map[string]int // by host, activity id: times a delivery was answered with 202
}

// inACrowd runs a test in virtual time.
func inACrowd(t *testing.T, test func(t *testing.T, c *crowd)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &crowd{Network: testkit.NewNetwork(t), t: t, taken: map[string]map[string]int{}}
		c.s = c.NewServer("here.example", nil)
		c.alice = c.s.Person("alice")
		test(t, c)
	})
}

// host puts a server on the network.
func (c *crowd) host(name string) { c.Serve(name, http.HandlerFunc(c.take)) }

// take is an inbox that accepts everything.
func (c *crowd) take(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.NotFound(w, r)
		return
	}
	var doc struct{ ID, Type string }
	if err := json.NewDecoder(r.Body).Decode(&doc); err != nil || r.Header.Get("Signature") == "" {
		c.t.Errorf("%s was sent what is no signed activity: %v", r.Host, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taken[r.Host] == nil {
		c.taken[r.Host] = map[string]int{}
	}
	c.taken[r.Host][doc.ID]++
	w.WriteHeader(http.StatusAccepted)
}

// got is how often a host took an activity.
func (c *crowd) got(host, id string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.taken[host][id]
}

// followers lets people of these hosts follow alice, one host after the other.
func (c *crowd) followers(n int, hosts ...string) []model.ID {
	c.t.Helper()
	var ids []model.ID
	for i := 0; i < n; {
		err := c.s.DB.Write(context.Background(), func(tx *store.Tx) error {
			for end := min(i+500, n); i < end; i++ {
				host := hosts[i%len(hosts)]
				uri := fmt.Sprintf("http://%s/users/u%d", host, i)
				a := &model.Account{
					ID: tx.NewID(), Username: fmt.Sprintf("u%d", i), Domain: host, URI: uri, URL: uri, ActorType: "Person",
					InboxURL: uri + "/inbox", SharedInboxURL: "http://" + host + "/inbox", FollowersURL: uri + "/followers",
					CreatedAt: tx.Now(), UpdatedAt: tx.Now(), FetchedAt: tx.Now(),
				}
				if err := tx.AddAccount(a); err != nil {
					return err
				}
				ids = append(ids, a.ID)
				err := tx.AddFollow(&model.Follow{ID: tx.NewID(), AccountID: a.ID, TargetID: c.alice.Account.ID, ShowReblogs: true, URI: uri + "#follow", CreatedAt: tx.Now()})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			c.t.Fatal(err)
		}
	}
	return ids
}

// posts lets alice post and gives the id of the activity.
func (c *crowd) posts(text string, more testkit.P) string {
	c.t.Helper()
	p := testkit.P{"status": text}
	for k, v := range more {
		p[k] = v
	}
	return c.alice.Do(200, "POST", "/api/v1/statuses", p)["uri"].(string) + "/activity"
}

// waiting is how many jobs of a kind wait, and how many are buried.
func (c *crowd) waiting(kind string) (n [2]int64) {
	c.t.Helper()
	counts, err := c.s.DB.Read(context.Background()).JobCounts()
	if err != nil {
		c.t.Fatal(err)
	}
	for _, k := range counts {
		if k.Kind == kind {
			n = [2]int64{k.Waiting, k.Buried}
		}
	}
	return n
}

func (c *crowd) peer(host string) *model.Peer {
	c.t.Helper()
	p, err := c.s.DB.Read(context.Background()).Peer(host)
	if err != nil {
		c.t.Fatalf("%s: %v", host, err)
	}
	return p
}

// passes lets time go by.
func passes(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestAPostReachesTheLivingWithinSecondsWhateverTheDeadDo(t *testing.T) {
	inACrowd(t, func(t *testing.T, c *crowd) {
		const n = 300
		var hosts []string
		weather := map[string]string{}
		busy := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "600")
			w.WriteHeader(http.StatusTooManyRequests)
		})
		for i := range n {
			host := fmt.Sprintf("h%d.example", i)
			hosts = append(hosts, host)
			c.host(host)
			switch {
			case i%20 < 8:
				weather[host] = "hangs"
				c.SetWeather(host, testkit.Hanging)
			case i%20 < 9:
				weather[host] = "refuses"
				c.SetWeather(host, testkit.Down)
			case i%20 < 10:
				weather[host] = "lost"
				c.SetWeather(host, testkit.Lost)
			case i%20 < 11:
				weather[host] = "busy"
				c.Instead(host, busy)
			}
		}
		c.followers(1000, hosts...)
		id := c.posts("to all", nil)
		passes(5 * time.Second)
		for _, h := range hosts {
			want := 1
			if weather[h] != "" {
				want = 0
			}
			if got := c.got(h, id); got != want {
				t.Errorf("%s, %s: got it %d times within 5 s, want %d", h, weather[h], got, want)
			}
		}
		c.alice.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "and life goes on", "visibility": "direct"})

		// Those who asked for ten minutes are left alone for ten minutes.
		passes(9*time.Minute + 30*time.Second)
		if n := len(c.Requests("h10.example", "POST")); n != 1 {
			t.Errorf("who asked for ten minutes was asked %d times in ten", n)
		}
		c.Instead("h10.example", nil)
		passes(5 * time.Minute)
		if n := c.got("h10.example", id); n != 1 {
			t.Errorf("who was busy for ten minutes got it %d times", n)
		}

		// Those who come back get it, once; the others are asked ever less and then no more.
		for _, h := range hosts[:n/2] {
			c.SetWeather(h, testkit.Fair)
			c.Instead(h, nil)
		}
		passes(4 * 24 * time.Hour)
		for _, h := range hosts[:n/2] {
			if got := c.got(h, id); got != 1 {
				t.Errorf("%s, which came back, got it %d times", h, got)
			}
		}
		for _, h := range hosts[n/2:] {
			if weather[h] == "busy" {
				if tries := len(c.Requests(h, "POST")); tries > federation.DeliverTries {
					t.Errorf("%s was asked %d times, want %d at most", h, tries, federation.DeliverTries)
				}
			}
		}
		if w := c.waiting("deliver"); w[0] != 0 || w[1] == 0 {
			t.Errorf("deliveries waiting, buried: %v, want none and some", w)
		}
		if p := c.peer("h160.example"); p.FailingSince == 0 || p.LastError == "" {
			t.Errorf("a dead server is not known as such: %+v", p)
		}
		if p := c.peer("h11.example"); p.FailingSince != 0 || p.LastReached == 0 {
			t.Errorf("a living server is not known as such: %+v", p)
		}
	})
}

func TestAServerDownForADayGetsEverythingInOrderWhenItIsBack(t *testing.T) {
	inACrowd(t, func(t *testing.T, c *crowd) {
		c.host("there.example")
		c.followers(3, "there.example")
		c.SetWeather("there.example", testkit.Down)
		var ids []string
		for i := range 24 {
			ids = append(ids, c.posts(fmt.Sprintf("hour %d", i), nil))
			passes(time.Hour)
		}
		c.SetWeather("there.example", testkit.Fair)
		passes(13 * time.Hour)
		for i, id := range ids {
			if n := c.got("there.example", id); n != 1 {
				t.Errorf("post %d arrived %d times", i, n)
			}
		}
		var order []string
		for _, r := range c.Requests("there.example", "POST") {
			var doc struct{ ID string }
			if err := json.Unmarshal([]byte(r.Body), &doc); err != nil {
				t.Fatal(err)
			}
			order = append(order, doc.ID)
		}
		if diff := cmp.Diff(ids, order); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
	})
}

func TestAServerThatIsGoneIsGivenUpAndTakenUpAgainWhenItSpeaks(t *testing.T) {
	inACrowd(t, func(t *testing.T, c *crowd) {
		c.host("there.example")
		c.followers(1, "there.example")
		c.SetWeather("there.example", testkit.Lost)
		for range 10 {
			c.posts("anybody there?", nil)
			passes(24 * time.Hour)
		}
		p := c.peer("there.example")
		if p.GivenUpAt == 0 || p.FailingDays < 7 {
			t.Fatalf("after ten days: %+v", p)
		}
		before := c.waiting("deliver")
		c.posts("nobody is told of this", nil)
		passes(time.Minute)
		if after := c.waiting("deliver"); after[0] > before[0] {
			t.Errorf("deliveries waiting: %d, then %d: a server that was given up is still sent to", before[0], after[0])
		}
		c.SetWeather("there.example", testkit.Fair)
		if err := c.s.Social.PeerHeard(t.Context(), "there.example"); err != nil {
			t.Fatal(err)
		}
		id := c.posts("you are back", nil)
		passes(20 * time.Second)
		if n := c.got("there.example", id); n != 1 {
			t.Errorf("a server that came back got the next post %d times", n)
		}
	})
}

func TestADocumentThatAServerTripsOverHoldsNothingUp(t *testing.T) {
	inACrowd(t, func(t *testing.T, c *crowd) {
		c.host("there.example")
		c.followers(1, "there.example")
		c.Instead("there.example", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := make([]byte, 1<<20)
			n, _ := r.Body.Read(body)
			switch {
			case strings.Contains(string(body[:n]), "poison"):
				w.WriteHeader(http.StatusInternalServerError)
			case strings.Contains(string(body[:n]), "nonsense"):
				w.WriteHeader(http.StatusUnprocessableEntity)
			default:
				w.WriteHeader(http.StatusAccepted)
			}
		}))
		c.posts("poison", nil)
		c.posts("nonsense", nil)
		passes(10 * time.Second)
		c.posts("bread", nil)
		passes(5 * time.Minute)
		statuses := map[string][]int{}
		for _, r := range c.Requests("there.example", "POST") {
			for _, word := range []string{"poison", "nonsense", "bread"} {
				if strings.Contains(r.Body, word) {
					statuses[word] = append(statuses[word], r.Status)
				}
			}
		}
		if diff := cmp.Diff([]int{202}, statuses["bread"]); diff != "" {
			t.Errorf("bread (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]int{422}, statuses["nonsense"]); diff != "" {
			t.Errorf("nonsense is refused once and not sent again (-want +got):\n%s", diff)
		}
		if n := len(statuses["poison"]); n < 2 {
			t.Errorf("poison was tried %d times, want again", n)
		}
		passes(4 * 24 * time.Hour)
		if w := c.waiting("deliver"); w != [2]int64{0, 2} {
			t.Errorf("waiting, buried: %v, want both buried in the end", w)
		}
	})
}

func TestAnInboxThatIsGoneIsForgottenAndItsServerStays(t *testing.T) {
	inACrowd(t, func(t *testing.T, c *crowd) {
		c.host("there.example")
		c.followers(1, "there.example")
		c.Instead("there.example", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
		c.posts("hello?", nil)
		passes(time.Minute)
		if n := len(c.Requests("there.example", "POST")); n != 1 {
			t.Errorf("a gone inbox was asked %d times", n)
		}
		if w := c.waiting("deliver"); w != [2]int64{} {
			t.Errorf("waiting, buried: %v, want nothing", w)
		}
		if p := c.peer("there.example"); p.FailingSince != 0 {
			t.Errorf("the server counts as failing: %+v", p)
		}
	})
}

func TestDistributingTwiceDeliversOnce(t *testing.T) {
	inACrowd(t, func(t *testing.T, c *crowd) {
		var hosts []string
		for i := range 600 { // more than one transaction's worth
			hosts = append(hosts, fmt.Sprintf("h%d.example", i))
			c.host(hosts[i])
		}
		c.followers(600, hosts...)
		id := c.posts("once", nil)
		passes(10 * time.Second)
		st, err := c.s.DB.Read(t.Context()).StatusByURI(strings.TrimSuffix(id, "/activity"))
		if err != nil {
			t.Fatal(err)
		}
		// A job of our own, run again after a crash: together with the first one each server is told twice.
		var job model.ID
		if err := c.s.DB.Write(t.Context(), func(tx *store.Tx) error { job = tx.NewID(); return nil }); err != nil {
			t.Fatal(err)
		}
		ctx := model.WithJob(t.Context(), job)
		for range 3 {
			if err := c.s.Federation.Distribute(ctx, model.Distribute{Activity: "Create", Actor: st.AccountID, Status: st.ID}); err != nil {
				t.Fatal(err)
			}
		}
		passes(10 * time.Second)
		for _, h := range hosts {
			if n := c.got(h, id); n != 2 {
				t.Errorf("%s got it %d times, want once from each job", h, n)
			}
		}
	})
}

func TestAPrivatePostTellsEachServerWhoseItsFollowersAre(t *testing.T) {
	inACrowd(t, func(t *testing.T, c *crowd) {
		c.host("a.example")
		c.host("b.example")
		c.followers(3, "a.example", "b.example") // u0 and u2 at a, u1 at b
		c.posts("for you", testkit.P{"visibility": "private"})
		c.posts("for all", nil)
		passes(10 * time.Second)
		actor := c.alice.Account.URI
		// SHA-256 of u1's address alone.
		sum := fmt.Sprintf("%x", federation.Digest("http://b.example/users/u1"))
		want := []string{fmt.Sprintf(`collectionId="%s/followers", digest="%s", url="%s/followers_synchronization"`, actor, sum, actor), ""}
		var got []string
		for _, r := range c.Requests("b.example", "POST") {
			got = append(got, r.Header.Get("Collection-Synchronization"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("header at b (-want +got):\n%s", diff)
		}
	})
}

func TestADeletionIsSpreadOverTimeAndReachesEveryServerOnce(t *testing.T) {
	inACrowd(t, func(t *testing.T, c *crowd) {
		var hosts []string
		for i := range 200 {
			hosts = append(hosts, fmt.Sprintf("h%d.example", i))
			c.host(hosts[i])
		}
		c.followers(400, hosts[:5]...)
		c.strangers(hosts[5:])
		err := c.s.DB.Write(t.Context(), func(tx *store.Tx) error {
			return tx.EnqueueAt(tx.Now(), "x", model.Distribute{Activity: "Delete Actor", Actor: c.alice.Account.ID, Object: c.alice.Account.URI})
		})
		if err != nil {
			t.Fatal(err)
		}
		passes(1500 * time.Millisecond)
		id := c.alice.Account.URI + "#delete"
		told := 0
		for i, h := range hosts {
			n := c.got(h, id)
			if i < 5 && n != 1 {
				t.Errorf("%s, where followers are, was told %d times at once", h, n)
			}
			told += n
		}
		if told > 120 {
			t.Errorf("%d servers were told within the first moments: a storm", told)
		}
		passes(10 * time.Second)
		for _, h := range hosts {
			if n := c.got(h, id); n != 1 {
				t.Errorf("%s was told %d times", h, n)
			}
		}
	})
}

// strangers makes somebody known on each host who follows nobody.
func (c *crowd) strangers(hosts []string) {
	c.t.Helper()
	err := c.s.DB.Write(context.Background(), func(tx *store.Tx) error {
		for _, host := range hosts {
			uri := "http://" + host + "/users/somebody"
			err := tx.AddAccount(&model.Account{
				ID: tx.NewID(), Username: "somebody", Domain: host, URI: uri, URL: uri, ActorType: "Person",
				InboxURL: uri + "/inbox", SharedInboxURL: "http://" + host + "/inbox", CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

func TestBlockedServersAreToldNothing(t *testing.T) {
	inACrowd(t, func(t *testing.T, c *crowd) {
		for _, h := range []string{"good.example", "evil.example", "deep.evil.example"} {
			c.host(h)
		}
		c.followers(3, "good.example", "evil.example", "deep.evil.example")
		err := c.s.DB.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.AddServerBlock(&model.DomainBlock{ID: tx.NewID(), Domain: "evil.example", Severity: model.Suspend, CreatedAt: tx.Now()})
			tx.Publish(model.Event{Type: model.TouchDomains})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		id := c.posts("not for all", nil)
		passes(10 * time.Second)
		got := []int{c.got("good.example", id), c.got("evil.example", id), c.got("deep.evil.example", id)}
		if diff := cmp.Diff([]int{1, 0, 0}, got); diff != "" {
			t.Errorf("deliveries (-want +got):\n%s", diff)
		}
	})
}

func TestRelaysAreAskedAndToldInTheirWay(t *testing.T) {
	inACrowd(t, func(t *testing.T, c *crowd) {
		for _, h := range []string{"push.example", "lite.example", "other.example"} {
			c.host(h)
		}
		c.strangers([]string{"other.example"}) // else nobody is told anything
		if _, err := c.s.Social.AddRelay(t.Context(), "http://push.example/inbox", ""); err != nil {
			t.Fatal(err)
		}
		if _, err := c.s.Social.AddRelay(t.Context(), "http://lite.example/inbox", "http://lite.example/relay"); err != nil {
			t.Fatal(err)
		}
		passes(10 * time.Second)
		type sent struct{ Type, Actor, Object string }
		read := func(host string) (list []sent) {
			for _, r := range c.Requests(host, "POST") {
				var doc struct {
					ID, Type, Actor string
					Object          json.RawMessage
					Signature       json.RawMessage
				}
				if err := json.Unmarshal([]byte(r.Body), &doc); err != nil {
					t.Fatal(err)
				}
				var object string
				if json.Unmarshal(doc.Object, &object) != nil {
					var whole struct{ ID string }
					if err := json.Unmarshal(doc.Object, &whole); err != nil {
						t.Fatal(err)
					}
					object = whole.ID
				}
				if doc.Type == "Create" && doc.Signature == nil {
					t.Error("a relay cannot pass on what is not signed")
				}
				if doc.Type == "Follow" {
					if err := c.s.Social.RelayAnswered(t.Context(), doc.ID, true); err != nil && len(list) == 0 {
						t.Logf("%s: %v", host, err)
					}
				}
				list = append(list, sent{doc.Type, doc.Actor, object})
			}
			return list
		}
		read("push.example")
		read("lite.example")
		id := c.posts("far and wide", nil)
		c.posts("quietly", testkit.P{"visibility": "unlisted"})
		passes(10 * time.Second)
		actor, note := "http://here.example/actor", strings.TrimSuffix(id, "/activity")
		if diff := cmp.Diff([]sent{{"Follow", actor, "https://www.w3.org/ns/activitystreams#Public"}, {"Create", c.alice.Account.URI, note}}, read("push.example")); diff != "" {
			t.Errorf("Mastodon's kind (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]sent{{"Follow", actor, "http://lite.example/relay"}, {"Announce", actor, note}}, read("lite.example")); diff != "" {
			t.Errorf("LitePub's kind (-want +got):\n%s", diff)
		}
	})
}

// TestWhatVerbsTellIsInTheTable reads the sources: a word that a verb uses and the table lacks would be found out by a
// buried job.
func TestWhatVerbsTellIsInTheTable(t *testing.T) {
	t.Parallel()
	var told []string
	files, err := filepath.Glob("../social/*.go")
	if err != nil {
		t.Fatal(err)
	}
	word := regexp.MustCompile(`Activity:\s*"([^"]+)"`)
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range word.FindAllStringSubmatch(string(text), -1) {
			told = append(told, m[1])
		}
	}
	if len(told) == 0 {
		t.Fatal("no verb tells anything: was Distribute renamed?")
	}
	known := federation.OutgoingWords()
	for _, w := range told {
		if !slices.Contains(known, w) {
			t.Errorf("a verb tells %q, which federation/outgoing.go does not know", w)
		}
	}
	want := strings.Split("Create,Update,Announce,Delete,Undo Announce,Like,Undo Like,Vote,Follow,Undo Follow,Accept Follow,Reject Follow,Block,Undo Block,"+
		"Flag,Move,Update Actor,Delete Actor,Add,Remove,Add Tag,Remove Tag,QuoteRequest,Accept QuoteRequest,Reject QuoteRequest,"+
		"Delete QuoteAuthorization,Follow Relay,Undo Follow Relay,Announce Relay", ",")
	slices.Sort(want)
	if diff := cmp.Diff(want, known); diff != "" {
		t.Errorf("the table of outgoing activities (-want +got):\n%s", diff)
	}
}
