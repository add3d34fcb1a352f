package stream_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/testkit"
)

func TestWhoDoesNotReadIsLeftBehindAndNobodyElseNotices(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, "", nil)
	alice := s.Person("alice")
	made := post(alice, "A post that comes again and again. "+time.Now().String())
	st, err := model.ParseID(id(made))
	if err != nil {
		t.Fatal(err)
	}
	stalled, reads := alice.Stream("stream=user"), alice.Stream("stream=user")
	_ = stalled
	// Some at a time, so that whoever reads is never behind; the kernel and the server keep some hundred for the other.
	const some = 20
	for range 400 {
		if s.Stream.Figures().Closed["slow"] > 0 {
			break
		}
		var events []model.Event
		for range some {
			events = append(events, model.Event{Type: model.EventUpdate, Account: alice.Account.ID, ID: st})
		}
		s.Stream.Hear(events)
		for range some {
			reads.Next("update")
		}
	}
	f := s.Stream.Figures()
	if f.Closed["slow"] != 1 || f.Connections != 1 || f.Dropped == 0 {
		t.Errorf("the stalled connection was not left behind: %+v", f)
	}
	after := post(alice, "After")
	if got := update(t, reads); got != id(after) {
		t.Errorf("got %s", got)
	}
}

func TestTheServerSaysGoodByeBeforeItStops(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, "", nil)
	alice := s.Person("alice")
	one, two := alice.Stream("stream=user"), alice.Stream("")
	_, events := eventSource(t, s, alice, "/api/v1/streaming/user")
	lineWith(t, events, "retry: ")
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	drained := make(chan struct{})
	go func() { s.Stream.Drain(ctx); close(drained) }()
	for _, stream := range []*testkit.Stream{one, two} {
		if end := stream.Ended(); end.Code != 1001 || end.Reason == "" {
			t.Errorf("ended with %v, want 1001 and a word", end)
		}
		stream.Close()
	}
	if _, err := io.ReadAll(events); err != nil {
		t.Errorf("the event stream: %v", err)
	}
	<-drained
	if ctx.Err() != nil {
		t.Error("draining did not see that everybody had gone")
	}
	late, err := alice.TryStream("access_token="+alice.Token, nil)
	if err != nil {
		t.Fatal(err)
	}
	if late.Response.StatusCode != 503 || late.Response.Header.Get("Retry-After") == "" {
		t.Errorf("who comes too late gets %s, come back in %q", late.Response.Status, late.Response.Header.Get("Retry-After"))
	}
}

func TestConnectionsAreBoundedInAllAndForEachAccount(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, "", nil)
	alice, bob := s.Person("alice"), s.Person("bob")
	const perAccount = 100
	for range perAccount {
		alice.Stream("")
	}
	over, err := alice.TryStream("access_token="+alice.Token, nil)
	if err != nil {
		t.Fatal(err)
	}
	if over.Response.StatusCode != 429 || over.Response.Header.Get("Retry-After") == "" {
		t.Errorf("one connection too many: %s", over.Response.Status)
	}
	bob.Stream("stream=user")
	s.Stream.Most = perAccount + 1
	full, err := bob.TryStream("access_token="+bob.Token, nil)
	if err != nil {
		t.Fatal(err)
	}
	if full.Response.StatusCode != 503 || full.Response.Header.Get("Retry-After") == "" {
		t.Errorf("on a full server: %s", full.Response.Status)
	}
}

func TestFiguresSayWhatWasDelivered(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, "", nil)
	alice, bob, carol := s.Person("alice"), s.Person("bob"), s.Person("carol")
	follow(bob, alice)
	var streams []*testkit.Stream
	for range 3 {
		streams = append(streams, bob.Stream("stream=user"))
	}
	idle := carol.Stream("stream=user")
	const posts = 10
	for range posts {
		post(alice, "Hello")
		for _, stream := range streams {
			update(t, stream)
		}
	}
	idle.Close()
	testkit.Eventually(t, "the connection that left is counted", func() bool { return s.Stream.Figures().Closed["client"] == 1 })
	f := s.Stream.Figures()
	if f.Connections != 3 || f.Viewers != 1 || f.Events != posts || f.Messages != 3*posts || f.PerEvent != 3 || f.Dropped != 0 || f.LargestShare != 0.75 {
		t.Errorf("the figures are wrong: %+v", f)
	}
	delays := uint64(0)
	for _, n := range f.Delays {
		delays += n
	}
	if delays != posts || f.LongestMS <= 0 {
		t.Errorf("%d delays, the longest %v ms, want %d", delays, f.LongestMS, posts)
	}
	bob.Do(403, "GET", "/api/v1/streaming/figures", nil)
}

func TestAManyHeadedCrowdThatVanishesIsForgotten(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, "", nil)
	alice := s.Person("alice")
	var streams []*testkit.Stream
	for range 90 {
		streams = append(streams, alice.Stream("stream=user"))
	}
	for _, stream := range streams[:80] {
		stream.Close()
	}
	made := post(alice, "Who is still here?")
	for _, stream := range streams[80:] {
		if got := update(t, stream); got != id(made) {
			t.Errorf("got %s", got)
		}
	}
	testkit.Eventually(t, "only those who are here are counted", func() bool {
		f := s.Stream.Figures()
		return f.Connections == 10 && f.Subscriptions == 10 && f.Waiting == 0
	})
}

func TestACommandOverlongOrTooOftenEndsTheConnection(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, "", nil)
	alice := s.Person("alice")
	long := alice.Stream("")
	long.Frame(0x1, make([]byte, 5000))
	if end := long.Ended(); end.Code != 1009 {
		t.Errorf("an overlong command: %v", end)
	}
	busy := alice.Stream("")
	for range 1000 {
		busy.Frame(0x1, []byte(`{"type":"subscribe","stream":"direct"}`))
	}
	var closed *testkit.ErrClosed
	if _, err := busy.Read(); !errors.As(err, &closed) || closed.Code != 1008 {
		t.Errorf("a thousand commands at once: %v", err)
	}
}
