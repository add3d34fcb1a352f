package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gomphothere/internal/model"
	"gomphothere/internal/queue"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// letter and parcel are two kinds of job.
type letter struct{ N int }

func (letter) Kind() string { return "letter" }

type parcel struct{ N int }

func (parcel) Kind() string { return "parcel" }

// start runs a queue until the test ends or stop is called; stop waits until all is written down.
func start(t *testing.T, q *queue.Queue) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- q.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func write(t testing.TB, db *store.DB, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := db.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// kinds gives the numbers of what still waits or is buried, by kind.
func kinds(t testing.TB, db *store.DB) map[string][2]int64 {
	t.Helper()
	counts, err := db.Read(context.Background()).JobCounts()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][2]int64{}
	for _, c := range counts {
		out[c.Kind] = [2]int64{c.Waiting, c.Buried}
	}
	return out
}

// empty checks that nothing is left, neither jobs nor lanes.
func empty(t testing.TB, db *store.DB) {
	t.Helper()
	if diff := cmp.Diff(map[string][2]int64{}, kinds(t, db)); diff != "" {
		t.Errorf("jobs left (-want +got):\n%s", diff)
	}
	due, err := db.Read(context.Background()).DueLanes()
	if err != nil || len(due) > 0 {
		t.Errorf("lanes left: %v, %v", due, err)
	}
}

// clock is a clock that stands until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestJobRunsAfterItsCommitAndNeverAfterARollback(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		ran := make(chan int, 10)
		stop := start(t, &queue.Queue{DB: db, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{}, func(_ context.Context, l letter) error { ran <- l.N; return nil }),
		}})
		oops := errors.New("the verb fails")
		err := db.Write(t.Context(), func(tx *store.Tx) error {
			return errors.Join(tx.Enqueue(letter{1}), oops)
		})
		if !errors.Is(err, oops) {
			t.Fatalf("got %v, want the verb's error", err)
		}
		if err := db.Enqueue(t.Context(), letter{2}); err != nil {
			t.Fatal(err)
		}
		if n := <-ran; n != 2 {
			t.Errorf("job %d ran, want only 2", n)
		}
		stop()
		if len(ran) > 0 {
			t.Errorf("job %d ran too", <-ran)
		}
		empty(t, db)
	})
}

func TestFloodOfOneKindDoesNotStarveAnother(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(tx *store.Tx) error {
			for n := range 1000 {
				if err := tx.Enqueue(letter{n}); err != nil {
					return err
				}
			}
			return nil
		})
		release, begun, arrived := make(chan struct{}), make(chan struct{}, 1000), make(chan struct{})
		start(t, &queue.Queue{DB: db, Workers: 8, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{}, func(context.Context, letter) error { begun <- struct{}{}; <-release; return nil }),
			queue.Handle(queue.Kind{}, func(context.Context, parcel) error { close(arrived); return nil }),
		}})
		<-begun // the flood has taken what it may, and none of it ends
		if err := db.Enqueue(t.Context(), parcel{}); err != nil {
			t.Fatal(err)
		}
		<-arrived
		close(release)
	})
}

func TestKindsShareOneWorkerByWeight(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(tx *store.Tx) error {
			for n := range 400 {
				if err := tx.Enqueue(letter{n}); err != nil {
					return err
				}
			}
			for n := range 100 {
				if err := tx.Enqueue(parcel{n}); err != nil {
					return err
				}
			}
			return nil
		})
		letters, parcels := 0, 0 // one worker, one after the other
		meanwhile := make(chan int, 1)
		stop := start(t, &queue.Queue{DB: db, Workers: 1, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{Weight: 3}, func(context.Context, letter) error { letters++; return nil }),
			queue.Handle(queue.Kind{}, func(context.Context, parcel) error {
				if parcels++; parcels == 100 {
					meanwhile <- letters
				}
				return nil
			}),
		}})
		if got := <-meanwhile; got < 290 || got > 310 {
			t.Errorf("%d letters went while 100 parcels did, want three times as many", got)
		}
		stop()
	})
}

func TestDeadLaneCostsOneProbeWhileTheOthersProceed(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		hosts := []string{"dead.example", "a.example", "b.example"}
		write(t, db, func(tx *store.Tx) error {
			for n := range 300 {
				if err := tx.EnqueueAt(tx.Now(), hosts[n%3], letter{n}); err != nil {
					return err
				}
			}
			return nil
		})
		var mu sync.Mutex
		probes, arrived := 0, 0
		all := make(chan struct{})
		stop := start(t, &queue.Queue{DB: db, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{}, func(_ context.Context, l letter) error {
				mu.Lock()
				defer mu.Unlock()
				if l.N%3 == 0 {
					probes++
					return model.Unavailable("no answer", nil)
				}
				if arrived++; arrived == 200 {
					close(all)
				}
				return nil
			}),
		}})
		<-all
		stop()
		if probes != 1 {
			t.Errorf("the dead host was asked %d times, want once", probes)
		}
		failing, err := db.Read(t.Context()).FailingLanes(10)
		if err != nil {
			t.Fatal(err)
		}
		if len(failing) != 1 || failing[0].Name != "letter:dead.example" || failing[0].LastError != "no answer" || failing[0].Failures != 1 {
			t.Errorf("failing lanes: %+v, want dead.example's", failing)
		}
		if got := kinds(t, db)["letter"]; got != [2]int64{100, 0} {
			t.Errorf("waiting, buried: %v, want 100 waiting", got)
		}
	})
}

func TestPoisonedJobIsBuriedWithItsErrorAndCanBeReplayed(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(tx *store.Tx) error {
			return errors.Join(
				tx.EnqueueAt(tx.Now(), "k", letter{0}), // panics again and again
				tx.EnqueueAt(tx.Now(), "k", letter{1}), // is behind it
				tx.EnqueueAt(tx.Now(), "k", letter{2}), // is refused
			)
		})
		healed := false
		ran := make(chan int, 20)
		q := &queue.Queue{DB: db, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{Tries: 3, Backoff: func(int) time.Duration { return 0 }}, func(_ context.Context, l letter) error {
				ran <- l.N
				switch {
				case healed:
					return nil
				case l.N == 0:
					panic("poison \x00")
				case l.N == 2:
					return model.Invalidf("no such letter")
				}
				return nil
			}),
		}}
		stop := start(t, q)
		count := map[int]int{}
		for count[0] < 3 || count[1] < 1 || count[2] < 1 {
			count[<-ran]++
		}
		stop()
		if diff := cmp.Diff(map[int]int{0: 3, 1: 1, 2: 1}, count); diff != "" {
			t.Errorf("tries (-want +got):\n%s", diff)
		}
		buried, err := q.Buried(t.Context(), 0, 10)
		if err != nil || len(buried) != 2 {
			t.Fatalf("buried: %v, %v, want two", buried, err)
		}
		if got := buried[0]; got.Error != "no such letter" || got.Attempts != 1 {
			t.Errorf("refused job: %+v", got)
		}
		if got := buried[1]; !strings.HasPrefix(got.Error, "panic: poison") || !strings.Contains(got.Error, "queue_test.go") || got.Attempts != 3 {
			t.Errorf("poisoned job: %+v, want its panic and where it was", got)
		}

		healed = true
		if err := q.Replay(t.Context(), buried[0].ID); err != nil {
			t.Fatal(err)
		}
		if n, err := q.ReplayAll(t.Context(), ""); err != nil || n != 1 {
			t.Fatalf("replayed %d, %v, want the other one", n, err)
		}
		if err := q.Replay(t.Context(), buried[0].ID); !model.IsNotFound(err) {
			t.Errorf("replay of what is not buried: %v, want not found", err)
		}
		stop = start(t, q)
		again := []int{<-ran, <-ran}
		stop()
		slices.Sort(again)
		if diff := cmp.Diff([]int{0, 2}, again); diff != "" {
			t.Errorf("replayed (-want +got):\n%s", diff)
		}
		empty(t, db)
	})
}

func TestBuriedJobsCanBeForgotten(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		refused := make(chan struct{}, 3)
		q := &queue.Queue{DB: db, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{}, func(context.Context, letter) error { refused <- struct{}{}; return model.ErrForbidden() }),
			queue.Handle(queue.Kind{}, func(context.Context, parcel) error { refused <- struct{}{}; return model.ErrForbidden() }),
		}}
		write(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.Enqueue(letter{1}), tx.Enqueue(parcel{1}), tx.Enqueue(parcel{2}))
		})
		stop := start(t, q)
		for range 3 {
			<-refused
		}
		stop()
		if n, err := q.RemoveAll(t.Context(), "parcel"); n != 2 || err != nil {
			t.Errorf("removed %d, %v, want both parcels", n, err)
		}
		if diff := cmp.Diff(map[string][2]int64{"letter": {0, 1}}, kinds(t, db)); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
	})
}

func TestManyEnqueueOnceWithinTheDelayBecomeOneRun(t *testing.T) {
	t.Parallel()
	c := newClock()
	testkit.EachAt(t, c.Now, func(t *testing.T, db *store.DB) {
		for range 5 {
			write(t, db, func(tx *store.Tx) error { return tx.EnqueueOnce("poll 7", time.Minute, letter{7}) })
		}
		write(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.EnqueueOnce("poll 8", 0, letter{8}), tx.EnqueueOnce("poll 7", 0, letter{7}))
		})
		ran, goOn := make(chan int), make(chan struct{})
		stop := start(t, &queue.Queue{DB: db, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{}, func(_ context.Context, l letter) error { ran <- l.N; <-goOn; return nil }),
		}})
		both := []int{<-ran, <-ran}
		slices.Sort(both)
		if diff := cmp.Diff([]int{7, 8}, both); diff != "" {
			t.Errorf("ran (-want +got):\n%s", diff)
		}
		// Both have begun and may have read what is old now: the next call counts.
		write(t, db, func(tx *store.Tx) error { return tx.EnqueueOnce("poll 7", 0, letter{7}) })
		close(goOn)
		if n := <-ran; n != 7 {
			t.Errorf("%d ran, want 7 again", n)
		}
		stop()
		empty(t, db)
	})
}

func TestJobsOfOneLaneRunInOrderAndOneAtATime(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(tx *store.Tx) error {
			for n := range 100 { // the later added, the earlier due
				if err := tx.EnqueueAt(tx.Now()-model.Time(n), "k", letter{n}); err != nil {
					return err
				}
			}
			return nil
		})
		var busy sync.Mutex
		var got []int
		done := make(chan struct{})
		stop := start(t, &queue.Queue{DB: db, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{}, func(_ context.Context, l letter) error {
				if !busy.TryLock() {
					t.Error("two jobs of the lane at once")
					return nil
				}
				defer busy.Unlock()
				if got = append(got, l.N); len(got) == 100 {
					close(done)
				}
				return nil
			}),
		}})
		<-done
		stop()
		want := make([]int, 100)
		for n := range want {
			want[n] = 99 - n
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
	})
}

func TestKindMayHaveMoreOfALaneInFlight(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.EnqueueAt(tx.Now(), "k", letter{0}), tx.EnqueueAt(tx.Now(), "k", letter{1}), tx.EnqueueAt(tx.Now(), "k", letter{2}))
		})
		var together, done sync.WaitGroup
		together.Add(3)
		done.Add(3)
		stop := start(t, &queue.Queue{DB: db, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{InFlight: 3}, func(context.Context, letter) error {
				defer done.Done()
				together.Done()
				together.Wait() // each ends only when all have begun
				return nil
			}),
		}})
		done.Wait()
		stop()
		empty(t, db)
	})
}

func TestJobOfAnUnknownKindIsLeftAloneAndReported(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(tx *store.Tx) error { return errors.Join(tx.Enqueue(parcel{1}), tx.Enqueue(letter{1})) })
		ran := make(chan struct{})
		old := &queue.Queue{DB: db, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{}, func(context.Context, letter) error { close(ran); return nil }),
		}}
		stop := start(t, old)
		<-ran
		stop()
		s, err := old.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, k := range s.Kinds {
			got[k.Kind] = fmt.Sprint(k.Waiting, k.Buried, k.Known, k.Oldest > 0)
		}
		if diff := cmp.Diff(map[string]string{"letter": "0 0 true false", "parcel": "1 0 false true"}, got); diff != "" {
			t.Errorf("stats (-want +got):\n%s", diff)
		}
		arrived := make(chan struct{})
		stop = start(t, &queue.Queue{DB: db, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{}, func(context.Context, parcel) error { close(arrived); return nil }),
		}})
		<-arrived
		stop()
		empty(t, db)
	})
}

func TestStoppingLetsRunningJobsFinishAndHandsBackTheOthers(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.EnqueueAt(tx.Now(), "quick", letter{0}), tx.EnqueueAt(tx.Now(), "quick", letter{1}), tx.Enqueue(parcel{0}))
		})
		ctx, cancel := context.WithCancel(t.Context())
		var begun sync.WaitGroup
		begun.Add(2)
		q := &queue.Queue{DB: db, Grace: time.Millisecond, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{}, func(_ context.Context, l letter) error {
				begun.Done()
				<-ctx.Done()
				return nil
			}),
			queue.Handle(queue.Kind{}, func(ctx context.Context, _ parcel) error {
				begun.Done()
				<-ctx.Done() // until the grace time is over
				return ctx.Err()
			}),
		}}
		go func() { begun.Wait(); cancel() }()
		if err := q.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string][2]int64{"letter": {1, 0}, "parcel": {1, 0}}, kinds(t, db)); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
		held, err := db.Read(t.Context()).HeldLanes(10)
		if err != nil || len(held) > 0 {
			t.Errorf("lanes still held: %v, %v", held, err)
		}
	})
}

func TestJobsOfAProcessThatIsGoneAreTakenOver(t *testing.T) {
	t.Parallel()
	for _, postgres := range []bool{false, true} {
		t.Run(fmt.Sprintf("postgres=%v", postgres), func(t *testing.T) {
			t.Parallel()
			c := newClock()
			o := store.Options{Clock: c.Now}
			if postgres {
				o.URL = testkit.Postgres(t)
			} else {
				o.Dir = t.TempDir()
			}
			gone := testkit.Open(t, o)
			write(t, gone, func(tx *store.Tx) error {
				return errors.Join(tx.EnqueueAt(tx.Now(), "k", letter{0}), tx.EnqueueAt(tx.Now(), "k", letter{1}))
			})
			begun, hang := make(chan struct{}, 2), make(chan struct{})
			stopGone := start(t, &queue.Queue{DB: gone, Kinds: []queue.Kind{
				queue.Handle(queue.Kind{}, func(context.Context, letter) error { begun <- struct{}{}; <-hang; return nil }),
			}})
			<-begun
			c.Advance(queue.LeaseTime + time.Second)
			o.Node = 1
			db := testkit.Open(t, o)
			ran := make(chan int, 10)
			stop := start(t, &queue.Queue{DB: db, Kinds: []queue.Kind{
				queue.Handle(queue.Kind{}, func(_ context.Context, l letter) error { ran <- l.N; return nil }),
			}})
			if got := []int{<-ran, <-ran}; got[0] != 0 || got[1] != 1 {
				t.Errorf("took over %v, want 0 and 1 in order", got)
			}
			// The one thought gone comes back and takes nothing away from others.
			write(t, db, func(tx *store.Tx) error { return tx.EnqueueAt(tx.Now(), "k", letter{2}) })
			close(hang)
			stopGone()
			if n := <-ran; n != 2 {
				t.Errorf("%d ran, want 2", n)
			}
			stop()
			empty(t, db)
		})
	}
}

func TestTwoNodesOnOnePostgresRunEachJobOnce(t *testing.T) {
	t.Parallel()
	url := testkit.Postgres(t)
	var mu sync.Mutex
	ran := map[int]int{}
	done := make(chan struct{})
	const jobs = 600
	kind := queue.Handle(queue.Kind{}, func(_ context.Context, l letter) error {
		mu.Lock()
		defer mu.Unlock()
		if ran[l.N]++; len(ran) == jobs {
			select {
			case <-done:
			default:
				close(done)
			}
		}
		return nil
	})
	var dbs []*store.DB
	for node := range 2 {
		dbs = append(dbs, testkit.Open(t, store.Options{URL: url, Node: node}))
	}
	var queues []*queue.Queue
	var stops []func()
	for _, db := range dbs {
		q := &queue.Queue{DB: db, Kinds: []queue.Kind{kind}}
		queues = append(queues, q)
		stops = append(stops, start(t, q))
	}
	for n := range jobs {
		write(t, dbs[n%2], func(tx *store.Tx) error {
			key := ""
			if n%3 > 0 {
				key = fmt.Sprint(n % 40)
			}
			return tx.EnqueueAt(tx.Now(), key, letter{n})
		})
		queues[(n+1)%2].Nudge() // as the bus would
	}
	<-done
	for _, stop := range stops {
		stop()
	}
	for n, times := range ran {
		if times != 1 {
			t.Errorf("job %d ran %d times", n, times)
		}
	}
	empty(t, dbs[0])
}
