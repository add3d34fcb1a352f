package federation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gomphothere/internal/httpsig"
	"gomphothere/internal/social"
	"gomphothere/internal/testkit"
)

// BenchmarkInbox brings signed Creates of sixteen followed actors to the door, then waits until all of them are in the
// home timeline's reach. It tells how many a second were accepted and how many were done with, and what each cost.
func BenchmarkInbox(b *testing.B) {
	ctx := context.Background()
	n := testkit.NewNetwork(b)
	s := n.NewServer("here.example", nil)
	p := newPeer(b, n, "peer.example")
	alice := s.Person("alice").Account
	var people []*actor
	for i := range 16 {
		a := p.person(fmt.Sprintf("bob%d", i))
		known, err := s.Federation.ResolveActor(ctx, a.id)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Social.Follow(ctx, alice, known.ID, social.FollowOptions{}); err != nil {
			b.Fatal(err)
		}
		if err := s.Social.FollowAccepted(ctx, alice, known, ""); err != nil {
			b.Fatal(err)
		}
		people = append(people, a)
	}
	requests := make([]*http.Request, b.N)
	for i := range requests {
		a := people[i%len(people)]
		body, err := json.Marshal(a.does("Create", a.note(fmt.Sprint("n", i), nil), nil))
		if err != nil {
			b.Fatal(err)
		}
		r := httptest.NewRequest("POST", "http://here.example/inbox", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/activity+json")
		if err := httpsig.Sign(r, httpsig.Cavage, a.key, body, time.Now()); err != nil {
			b.Fatal(err)
		}
		requests[i] = r
	}
	h := s.Handler()
	var next atomic.Int64
	runtime.GC()
	before, began := cpu(b), time.Now()
	b.ResetTimer()
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, requests[next.Add(1)-1])
			if w.Code != http.StatusAccepted {
				b.Errorf("got %d %s", w.Code, w.Body)
			}
		}
	})
	accepted := time.Since(began)
	for {
		left, err := s.DB.Read(ctx).WaitingByGroup("ingest")
		if err != nil {
			b.Fatal(err)
		}
		if len(left) == 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/accepted.Seconds(), "accepted/s")
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "done/s")
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-us/op")
}

// BenchmarkDeletesOfStrangers is drill F5's cost of one.
func BenchmarkDeletesOfStrangers(b *testing.B) {
	n := testkit.NewNetwork(b)
	s := n.NewServer("here.example", nil)
	h := s.Handler()
	before := cpu(b)
	b.ResetTimer()
	for i := range b.N {
		who := fmt.Sprintf("http://peer.example/users/gone%d", i)
		body := `{"@context":"https://www.w3.org/ns/activitystreams","id":"` + who + `#delete","type":"Delete","actor":"` + who + `","object":"` + who + `"}`
		r := httptest.NewRequest("POST", "http://here.example/inbox", bytes.NewReader([]byte(body)))
		r.Header.Set("Content-Type", "application/activity+json")
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusAccepted {
			b.Fatalf("got %d %s", w.Code, w.Body)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-us/op")
}

// cpu is what this process has used.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
