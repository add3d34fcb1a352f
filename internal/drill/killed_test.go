package drill

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// kills is how often the process is killed: a short form in make test, DRILL_KILLS=200 in make drill.
func kills(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("DRILL_KILLS"))
	if err != nil {
		return 12
	}
	return n
}

// ledger is what clients know: every key they used and what the server acknowledged for it.
type ledger struct {
	mu    sync.Mutex
	acked map[string]string // key to id
	open  map[string]bool   // sent, not acknowledged: there or not, but never twice
}

func TestKilledWhileAcceptingLosesNothingAcknowledgedAndDoublesNothing(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		seed := uint64(time.Now().UnixNano())
		if v, err := strconv.ParseUint(os.Getenv("DRILL_SEED"), 10, 64); err == nil {
			seed = v
		}
		t.Logf("DRILL_SEED=%d", seed)
		rnd := rand.New(rand.NewPCG(seed, 1))
		s.start()
		token := s.person("alice")
		l := &ledger{acked: map[string]string{}, open: map[string]bool{}}
		for round := range kills(t) {
			s.writeUntilKilled(token, l, round, time.Duration(20+rnd.IntN(250))*time.Millisecond)
			s.start()
			s.retry(t, token, l)
		}
		l.check(t, s, token)
		if out, code := s.run("check"); code != 0 {
			t.Errorf("check: %s", out)
		}
	})
}

// writeUntilKilled lets eight clients post while the process is killed after a while.
func (s *server) writeUntilKilled(token string, l *ledger, round int, after time.Duration) {
	const writers = 8
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			c := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
			defer c.CloseIdleConnections()
			for i := 0; ; i++ {
				key := fmt.Sprintf("%d-%d-%d", round, w, i)
				l.mu.Lock()
				l.open[key] = true
				l.mu.Unlock()
				id, err := s.post(c, token, key, "drill "+key)
				if err != nil {
					return // killed
				}
				l.mu.Lock()
				l.acked[key] = id
				delete(l.open, key)
				l.mu.Unlock()
			}
		})
	}
	<-time.After(after)
	s.kill()
	wg.Wait()
}

// retry does what an app does: it sends again what was not acknowledged, with the same key.
func (s *server) retry(t *testing.T, token string, l *ledger) {
	t.Helper()
	for key := range l.open {
		id, err := s.post(http.DefaultClient, token, key, "drill "+key)
		if err != nil {
			t.Fatalf("retry %s: %v", key, err)
		}
		l.acked[key] = id
	}
	clear(l.open)
}

// check compares the ledger with everything the account posted, read through the API.
func (l *ledger) check(t *testing.T, s *server, token string) {
	t.Helper()
	var me struct{ ID string }
	s.get(token, "/api/v1/accounts/verify_credentials", &me)
	texts := map[string][]string{} // content to ids
	for max := ""; ; {
		var page []struct{ ID, Content string }
		s.get(token, "/api/v1/accounts/"+me.ID+"/statuses?limit=40"+max, &page)
		for _, st := range page {
			texts[st.Content] = append(texts[st.Content], st.ID)
		}
		if len(page) == 0 {
			break
		}
		max = "&max_id=" + page[len(page)-1].ID
	}
	lost, doubled := 0, 0
	for key, id := range l.acked {
		ids := texts["<p>drill "+key+"</p>"]
		switch {
		case len(ids) == 0:
			lost++
			t.Errorf("LOST: %s was acknowledged as %s", key, id)
		case len(ids) > 1 || ids[0] != id:
			doubled++
			t.Errorf("DOUBLED: %s was acknowledged as %s, there are %v", key, id, ids)
		}
		delete(texts, "<p>drill "+key+"</p>")
	}
	if len(texts) > 0 {
		t.Errorf("there are %d statuses that nobody sent", len(texts))
	}
	t.Logf("LOSS=%d DUP=%d of %d acknowledged", lost, doubled, len(l.acked))
}
