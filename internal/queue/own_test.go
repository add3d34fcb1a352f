package queue_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gomphothere/internal/model"
	"gomphothere/internal/queue"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

func letters(t testing.TB, db *store.DB, n int, key func(int) string) {
	t.Helper()
	write(t, db, func(tx *store.Tx) error {
		var all []store.Errand
		for i := range n {
			all = append(all, store.Errand{Key: key(i), Job: letter{i}})
		}
		return tx.EnqueueAll(tx.Now(), all)
	})
}

func TestKindWithWorkersOfItsOwnHoldsNobodyUpAndIsHeldUpByNobody(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		const hosts = 300
		letters(t, db, hosts, func(n int) string { return fmt.Sprintf("host%d", n) })
		var hang sync.WaitGroup
		hang.Add(hosts)
		release, parcels := make(chan struct{}), make(chan int, 4)
		stop := start(t, &queue.Queue{DB: db, Workers: 2, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{Workers: hosts}, func(context.Context, letter) error { hang.Done(); <-release; return nil }),
			queue.Handle(queue.Kind{}, func(_ context.Context, p parcel) error { parcels <- p.N; return nil }),
		}})
		hang.Wait() // all of them at once, though the queue shares two workers
		for n := range 4 {
			if err := db.Enqueue(t.Context(), parcel{n}); err != nil {
				t.Fatal(err)
			}
			<-parcels
		}
		close(release)
		stop()
		empty(t, db)
	})
}

func TestLanesThatFailedDoNotCrowdOutTheOthers(t *testing.T) {
	t.Parallel()
	c := newClock()
	testkit.EachAt(t, c.Now, func(t *testing.T, db *store.DB) {
		const dead, workers = 64, 16
		letters(t, db, dead, func(n int) string { return fmt.Sprintf("dead%d", n) })
		var failed sync.WaitGroup
		failed.Add(dead)
		var hanging atomic.Int64
		probing := atomic.Bool{}
		release, arrived := make(chan struct{}), make(chan int, 100)
		q := &queue.Queue{DB: db, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{Workers: workers}, func(ctx context.Context, l letter) error {
				if l.N < dead && !probing.Load() {
					failed.Done()
					return model.Unavailable("no answer", nil)
				}
				if l.N < dead {
					hanging.Add(1)
					<-release
					return model.Unavailable("no answer", nil)
				}
				arrived <- l.N
				return nil
			}),
		}}
		stop := start(t, q)
		failed.Wait()
		stop()
		probing.Store(true)
		c.Advance(time.Hour) // all the dead may be probed now
		write(t, db, func(tx *store.Tx) error {
			var all []store.Errand
			for n := range 100 {
				all = append(all, store.Errand{Key: fmt.Sprintf("alive%d", n), Job: letter{dead + n}})
			}
			return tx.EnqueueAll(tx.Now(), all)
		})
		stop = start(t, q)
		for range 100 {
			<-arrived
		}
		if n := hanging.Load(); n > workers/4 {
			t.Errorf("%d workers hang at the dead, want %d at most", n, workers/4)
		}
		close(release)
		stop()
		if got := kinds(t, db)["letter"]; got != [2]int64{dead, 0} {
			t.Errorf("waiting, buried: %v, want the %d for the dead waiting", got, dead)
		}
	})
}

func TestJobsOfOneOrderKeepItWhileOthersOfTheLanePass(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		letters(t, db, 9, func(int) string { return "host" })
		var mu sync.Mutex
		order := map[int][]int{}
		busy := map[int]bool{}
		var together, done sync.WaitGroup
		together.Add(3)
		done.Add(9)
		stop := start(t, &queue.Queue{DB: db, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{InFlight: 3, Order: func(args json.RawMessage) string {
				var l letter
				if err := json.Unmarshal(args, &l); err != nil {
					return ""
				}
				return fmt.Sprint(l.N % 3)
			}}, func(_ context.Context, l letter) error {
				defer done.Done()
				mu.Lock()
				if busy[l.N%3] {
					t.Errorf("two of order %d at once", l.N%3)
				}
				busy[l.N%3] = true
				order[l.N%3] = append(order[l.N%3], l.N)
				mu.Unlock()
				if l.N < 3 {
					together.Done()
					together.Wait() // the first of each order are under way together
				}
				mu.Lock()
				busy[l.N%3] = false
				mu.Unlock()
				return nil
			}),
		}})
		done.Wait()
		stop()
		if diff := cmp.Diff(map[int][]int{0: {0, 3, 6}, 1: {1, 4, 7}, 2: {2, 5, 8}}, order); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		empty(t, db)
	})
}

func TestManyJobsAtOnceAreAsIfAddedOneByOne(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		letters(t, db, 1000, func(n int) string { return fmt.Sprintf("host%d", n%7) })
		if got := kinds(t, db)["letter"]; got != [2]int64{1000, 0} {
			t.Fatalf("waiting, buried: %v, want 1000", got)
		}
		var mu sync.Mutex
		last := map[int]int{}
		var done sync.WaitGroup
		done.Add(1000)
		stop := start(t, &queue.Queue{DB: db, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{Workers: 7}, func(ctx context.Context, l letter) error {
				defer done.Done()
				mu.Lock()
				defer mu.Unlock()
				if before, ok := last[l.N%7]; ok && before >= l.N {
					t.Errorf("%d came after %d", l.N, before)
				}
				last[l.N%7] = l.N
				if model.JobOf(ctx) == 0 {
					t.Error("a job does not know its number")
				}
				return nil
			}),
		}})
		done.Wait()
		stop()
		empty(t, db)
		err := db.Write(t.Context(), func(tx *store.Tx) error {
			return tx.EnqueueAll(tx.Now(), []store.Errand{{Key: "a", Job: letter{}}, {Key: "a", Job: parcel{}}})
		})
		if err == nil {
			t.Error("two kinds in one call are not refused")
		}
	})
}
