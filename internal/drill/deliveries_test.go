package drill

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// peers are many servers behind one socket: every address of 127.0.0.0/8 is one.
type peers struct {
	addresses []string

	mode map[string]string // "" well, hangs, busy

	mu    sync.Mutex
	sent  map[string]int             // times an activity came to a host
	came  map[string]time.Time       // when it came first
	words map[string]map[string]bool // ids of the activities that carry a text
}

// newPeers starts n servers that take everything.
func newPeers(t testing.TB, n int) *peers {
	t.Helper()
	p := &peers{mode: map[string]string{}, sent: map[string]int{}, came: map[string]time.Time{}, words: map[string]map[string]bool{}}
	l, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		p.addresses = append(p.addresses, fmt.Sprintf("127.9.%d.%d:%s", i/250, i%250+1, port))
	}
	srv := &http.Server{Handler: http.HandlerFunc(p.take)}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	t.Cleanup(func() {
		srv.Close() // the server under test is gone already
		<-ended
	})
	return p
}

func (p *peers) take(w http.ResponseWriter, r *http.Request) {
	var doc struct {
		ID, Type string
		Object   json.RawMessage
	}
	if r.Method != http.MethodPost || json.NewDecoder(r.Body).Decode(&doc) != nil {
		http.NotFound(w, r)
		return
	}
	switch p.mode[r.Host] {
	case "hangs":
		<-r.Context().Done()
		return
	case "busy":
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	var note struct{ Content string }
	if doc.Type == "Create" && json.Unmarshal(doc.Object, &note) == nil {
		p.mu.Lock()
		if p.sent[r.Host+" "+doc.ID]++; p.sent[r.Host+" "+doc.ID] == 1 {
			p.came[r.Host+" "+doc.ID] = time.Now()
		}
		if p.words[note.Content] == nil {
			p.words[note.Content] = map[string]bool{}
		}
		p.words[note.Content][doc.ID] = true
		p.mu.Unlock()
	}
	w.WriteHeader(http.StatusAccepted)
}

// followedFrom gives an account so many followers on each of these hosts, while its server is not running.
func (s *server) followedFrom(name string, each int, hosts []string) {
	s.t.Helper()
	o := store.Options{Dir: s.dir}
	for _, e := range s.env {
		if url, ok := strings.CutPrefix(e, "GOMPHOTHERE_DATABASE="); ok {
			o.URL = url
		}
	}
	db, err := store.Open(context.Background(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	err = db.Write(context.Background(), func(tx *store.Tx) error {
		me, err := tx.AccountByHandle(name, "")
		if err != nil {
			return err
		}
		for i := range each * len(hosts) {
			host := hosts[i%len(hosts)]
			fan := fmt.Sprintf("fan%d", i)
			uri := "http://" + host + "/users/" + fan
			a := &model.Account{
				ID: tx.NewID(), Username: fan, Domain: host, URI: uri, URL: uri, ActorType: "Person", InboxURL: uri + "/inbox",
				SharedInboxURL: "http://" + host + "/inbox", CreatedAt: tx.Now(), UpdatedAt: tx.Now(), FetchedAt: tx.Now(),
			}
			if err := tx.AddAccount(a); err != nil {
				return err
			}
			if err := tx.AddFollow(&model.Follow{ID: tx.NewID(), AccountID: a.ID, TargetID: me.ID, ShowReblogs: true, CreatedAt: tx.Now()}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		s.t.Fatal(err)
	}
}

// TestKilledMidFanOutEveryServerGetsEveryPost kills the server while posts are on their way to many others.
func TestKilledMidFanOutEveryServerGetsEveryPost(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		seed := uint64(time.Now().UnixNano())
		if v, err := strconv.ParseUint(os.Getenv("DRILL_SEED"), 10, 64); err == nil {
			seed = v
		}
		t.Logf("DRILL_SEED=%d", seed)
		rnd := rand.New(rand.NewPCG(seed, 1))
		p := newPeers(t, 100)
		s.start()
		token := s.person("alice")
		s.stop()
		s.followedFrom("alice", 1, p.addresses)
		s.start()
		l := &ledger{acked: map[string]string{}, open: map[string]bool{}}
		for round := range max(kills(t)/4, 3) {
			s.writeUntilKilled(token, l, round, time.Duration(50+rnd.IntN(300))*time.Millisecond)
			s.start()
			s.retry(t, token, l)
		}
		want := len(l.acked) * len(p.addresses)
		deadline := time.Now().Add(5 * time.Minute) // a signature takes a millisecond; a busy machine many times that
		for p.arrived() < want && time.Now().Before(deadline) {
			<-time.After(200 * time.Millisecond)
		}
		lost, doubled, again := 0, 0, 0
		p.mu.Lock()
		defer p.mu.Unlock()
		for key := range l.acked {
			ids := p.words["<p>drill "+key+"</p>"]
			if len(ids) > 1 {
				doubled++
				t.Errorf("DOUBLED: %s went out as %v", key, ids)
			}
			for id := range ids {
				for _, host := range p.addresses {
					n := p.sent[host+" "+id]
					again += max(n-1, 0)
					if n == 0 {
						lost++
					}
				}
			}
			if len(ids) == 0 {
				lost += len(p.addresses)
			}
		}
		if lost > 0 {
			t.Errorf("LOST: %d of %d deliveries", lost, want)
		}
		t.Logf("LOSS=%d DUP=%d of %d posts to %d servers each; %d deliveries came a second time, with the same id", lost, doubled, len(l.acked), len(p.addresses), again)
	})
}

// arrived counts different deliveries.
func (p *peers) arrived() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.sent)
}
