package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gomphothere/internal/httpsig"
	"gomphothere/internal/model"
)

func TestADocumentIsAskedForSignedAndByName(t *testing.T) {
	t.Parallel()
	var got *http.Request
	c := internet(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "https://two.example/new?x=1", http.StatusMovedPermanently)
			return
		}
		got = r.Clone(context.Background())
		w.Header().Set("Content-Type", `application/ld+json; profile="https://www.w3.org/ns/activitystreams https://w3id.org/x"; charset=utf-8`)
		fmt.Fprint(w, `{"id":"x"}`)
	}))
	a, err := c.Document(t.Context(), "https://one.example/old#main-key")
	if err != nil {
		t.Fatal(err)
	}
	if a.URL != "https://two.example/new?x=1" || string(a.Body) != `{"id":"x"}` || a.Status != 200 {
		t.Errorf("the answer is %+v", a)
	}
	if got.Host != "two.example" || got.Header.Get("Accept") != "application/activity+json, application/ld+json" ||
		got.Header.Get("User-Agent") != "Gomphothere/test (+https://ours.example/)" {
		t.Errorf("the request was to %s with %v", got.Host, got.Header)
	}
	s, err := httpsig.Read(got)
	if err != nil {
		t.Fatalf("after the redirect: %v", err)
	}
	if err := s.Verify(signerKey().Public(), nil, time.Now()); err != nil {
		t.Errorf("after the redirect: %v", err)
	}
}

// TestWhatAHostRefusesIsTriedTheOtherWayAndLearned: first contact costs a second request, later ones do not.
func TestWhatAHostRefusesIsTriedTheOtherWayAndLearned(t *testing.T) {
	t.Parallel()
	for _, refusal := range []int{400, 401, 403} {
		for _, wants := range []httpsig.Scheme{httpsig.Cavage, httpsig.RFC9421} {
			var learned []string
			var requests int
			known := httpsig.Scheme("")
			if wants == httpsig.Cavage {
				known = httpsig.RFC9421 // learned wrongly, or the host went back to an older version
			}
			c := internet(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests++
				if (r.Header.Get("Signature-Input") != "") != (wants == httpsig.RFC9421) {
					w.WriteHeader(refusal)
					return
				}
				if _, err := httpsig.Read(r); err != nil {
					t.Error(err)
				}
				activity(w, "{}")
			}), func(o *Options) {
				o.Peer = func(_ context.Context, host string) httpsig.Scheme { return known }
				o.Learned = func(host string, s httpsig.Scheme) { learned = append(learned, host+" "+string(s)) }
			})
			for i := range 3 {
				if _, err := c.Document(t.Context(), fmt.Sprintf("https://one.example/%d", i)); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Post(t.Context(), "https://one.example/inbox", []byte("{}"), httpsig.Key{ID: "k", Private: signerKey()}, nil); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"one.example " + string(wants)}, learned); diff != "" || requests != 5 {
				t.Errorf("%d, %s: %d requests, want 5; learned: %s", refusal, wants, requests, diff)
			}
		}
	}
}

// TestAHostThatRefusesBothIsNotKnockedAtTwiceForever: it has blocked us, perhaps.
func TestAHostThatRefusesBothIsNotKnockedAtTwiceForever(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	c := internet(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { requests.Add(1); w.WriteHeader(403) }))
	for i := range 4 {
		if _, err := c.Document(t.Context(), fmt.Sprintf("https://one.example/%d", i)); model.KindOf(err) != model.KindForbidden {
			t.Fatalf("got %v", err)
		}
	}
	if requests.Load() != 5 {
		t.Errorf("it was asked %d times, want 5", requests.Load())
	}
}

func TestManyWhoAskForOneDocumentMakeOneRequest(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	go1 := make(chan struct{})
	c := internet(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		<-go1
		activity(w, "{}")
	}))
	impatient, cancel := context.WithCancel(t.Context())
	first := make(chan error)
	go func() { _, err := c.Document(impatient, "https://one.example/x"); first <- err }()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := c.Document(t.Context(), "https://one.example/x#"+fmt.Sprint(t)); err != nil {
				t.Error(err)
			}
		})
	}
	for { // until all wait
		runtime.Gosched()
		c.flights.mu.Lock()
		f := c.flights.under["document https://one.example/x"]
		all := f != nil && f.waiting == 51
		c.flights.mu.Unlock()
		if all {
			break
		}
	}
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("who went away got %v", err)
	}
	close(go1)
	wg.Wait()
	if requests.Load() != 1 {
		t.Errorf("%d requests were made, want 1", requests.Load())
	}
}

func TestWhatIsMissingIsNotAskedForAgainForAMinute(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	now := time.Unix(1e9, 0)
	c := internet(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { requests.Add(1); w.WriteHeader(404) }),
		func(o *Options) { o.Now = func() time.Time { return now } })
	for _, c1 := range []struct {
		after time.Duration
		want  int64
	}{{0, 1}, {59 * time.Second, 1}, {2 * time.Second, 2}} {
		now = now.Add(c1.after)
		if _, err := c.Document(t.Context(), "https://one.example/x"); !model.IsNotFound(err) {
			t.Fatalf("got %v", err)
		}
		if requests.Load() != c1.want {
			t.Errorf("%d requests were made, want %d", requests.Load(), c1.want)
		}
	}
	for i := range 3 * maxMisses { // it stays bounded
		c.flights.mu.Lock()
		c.flights.remember(fmt.Sprint(i), miss{until: now.Add(missTime)}, now)
		c.flights.mu.Unlock()
	}
	if n := len(c.flights.misses); n > maxMisses {
		t.Errorf("%d misses are remembered, want at most %d", n, maxMisses)
	}
}

// TestAHostThatHangsHoldsFewAndIsLeftInPeace is a hundred who want something of a host that takes connections and says
// nothing: few wait for it at a time, soon nobody, and once it is back it is found to be.
func TestAHostThatHangsHoldsFewAndIsLeftInPeace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var open, most, dials int
		var mu sync.Mutex
		hangs := true
		c := client(t, func(o *Options) {
			o.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
				near, far := net.Pipe()
				mu.Lock()
				dials++
				open++
				most = max(most, open)
				well := !hangs
				mu.Unlock()
				go func() {
					defer far.Close()
					if well {
						buf := make([]byte, 4096)
						for {
							if _, err := far.Read(buf); err != nil {
								return
							}
							if _, err := io.WriteString(far, "HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\nContent-Length: 2\r\n\r\n{}"); err != nil {
								return
							}
						}
					}
					_, _ = io.Copy(io.Discard, far) // until the client gives up
					mu.Lock()
					open--
					mu.Unlock()
				}()
				return near, nil
			}
		})
		start := time.Now()
		var paused, failed atomic.Int64
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				_, err := c.Document(t.Context(), fmt.Sprintf("http://hangs.example/%d", i))
				switch {
				case errors.Is(err, ErrPaused):
					paused.Add(1)
				case err != nil:
					failed.Add(1)
				}
			})
		}
		wg.Wait()
		if most > slots || dials > tripAfter+slots || paused.Load() < 90 {
			t.Errorf("%d were held at a time (want at most %d), %d were tried, %d turned away", most, slots, dials, paused.Load())
		}
		if took := time.Since(start); took > 2*headerTime+time.Second {
			t.Errorf("the last was told after %v", took)
		}
		_, err := c.Document(t.Context(), "http://hangs.example/again")
		var asks interface{ RetryAfter() time.Duration }
		if !errors.As(err, &asks) || asks.RetryAfter() <= 0 || asks.RetryAfter() > firstPause {
			t.Errorf("who comes later is told %v", err)
		}
		if _, err := c.Document(t.Context(), "http://fair.example/"); errors.Is(err, ErrPaused) {
			t.Error("another host is left in peace as well")
		}
		mu.Lock()
		before := dials
		mu.Unlock()
		time.Sleep(time.Minute) // still away: one is let through to see
		for i := range 10 {
			wg.Go(func() { _, _ = c.Document(t.Context(), fmt.Sprintf("http://hangs.example/later%d", i)) })
		}
		wg.Wait()
		if dials != before+1 {
			t.Errorf("%d looked whether it is back, want one", dials-before)
		}
		mu.Lock()
		hangs = false
		mu.Unlock()
		time.Sleep(longestPause)
		for i := range 10 {
			if _, err := c.Document(t.Context(), fmt.Sprintf("http://hangs.example/back%d", i)); err != nil {
				t.Errorf("it is back, and still: %v", err)
			}
		}
		c.Close()
		synctest.Wait()
	})
}

func TestWhatIsRememberedOfHostsIsBounded(t *testing.T) {
	t.Parallel()
	c := client(t)
	for i := range maxHosts + 100 {
		h, err := c.hosts.enter(t.Context(), "x", fmt.Sprint(i), false, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		c.hosts.leave(h, false, nil, time.Now())
	}
	if n := len(c.hosts.known); n > maxHosts || n != c.hosts.used.Len() {
		t.Errorf("%d hosts are remembered (%d in order), want at most %d", n, c.hosts.used.Len(), maxHosts)
	}
}

func TestADeliveryIsMade(t *testing.T) {
	t.Parallel()
	var conns sync.Map
	c := internet(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conns.Store(r.RemoteAddr, true)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s, err := httpsig.Read(r)
		if err != nil {
			t.Error(err)
			return
		}
		if err := s.Verify(signerKey().Public(), body, time.Now()); err != nil {
			t.Error(err)
		}
		if r.Header.Get("Content-Type") != "application/activity+json" || r.Header.Get("Collection-Synchronization") != "x" || r.Header.Get("Idempotency-Key") != "" {
			t.Errorf("the headers are %v", r.Header)
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	for range 5 {
		err := c.Post(t.Context(), "https://one.example/inbox", []byte(`{"a":1}`), httpsig.Key{ID: "https://ours.example/users/a#main-key", Private: signerKey()}, http.Header{"Collection-Synchronization": {"x"}})
		if err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	conns.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("5 deliveries took %d connections, want 1", n)
	}
}

func TestADeliveryThatIsRefusedSaysWhenToComeBack(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 13, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		status int
		header string
		kind   model.Kind
		after  time.Duration
	}{
		{429, "120", model.KindUnavailable, 2 * time.Minute},
		{503, now.Add(time.Hour).Format(http.TimeFormat), model.KindUnavailable, time.Hour},
		{503, now.Add(-time.Hour).Format(http.TimeFormat), model.KindUnavailable, 0},
		{503, "999999999999999", model.KindUnavailable, longestRetryAfter},
		{503, "-5", model.KindUnavailable, 0},
		{503, "soon", model.KindUnavailable, 0},
		{500, "", model.KindUnavailable, 0},
		{401, "", model.KindUnavailable, 0},
		{403, "", model.KindForbidden, 0},
		{404, "", model.KindNotFound, 0},
		{410, "", model.KindGone, 0},
		{400, "", model.KindInvalid, 0},
		{413, "", model.KindInvalid, 0},
		{501, "", model.KindInvalid, 0},
		{302, "", model.KindUnavailable, 0},
	} {
		cl := internet(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if c.header != "" {
				w.Header().Set("Retry-After", c.header)
			}
			if c.status == 302 {
				w.Header().Set("Location", "https://two.example/inbox")
			}
			w.WriteHeader(c.status)
			fmt.Fprint(w, "because")
		}), func(o *Options) { o.Now = func() time.Time { return now } })
		err := cl.Post(t.Context(), "https://one.example/inbox", []byte("{}"), httpsig.Key{ID: "k", Private: signerKey()}, nil)
		var told *Error
		if !errors.As(err, &told) || told.Status != c.status || model.KindOf(err) != c.kind || told.RetryAfter() != c.after {
			t.Errorf("%d %q: got %v of kind %d, back after %v; want kind %d, %v", c.status, c.header, err, model.KindOf(err), told.RetryAfter(), c.kind, c.after)
		}
	}
}
