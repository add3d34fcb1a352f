package queue_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gomphothere/internal/model"
	"gomphothere/internal/queue"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// virtual opens a database whose clock is the bubble's.
func virtual(t *testing.T) *store.DB {
	return testkit.Open(t, store.Options{Dir: t.TempDir(), Clock: time.Now})
}

func TestIdleQueueAsksTheDatabaseNothingForADay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := virtual(t)
		var ran atomic.Int32
		stop := start(t, &queue.Queue{DB: db,
			Kinds:     []queue.Kind{queue.Handle(queue.Kind{}, func(context.Context, letter) error { ran.Add(1); return nil })},
			Schedules: []queue.Schedule{{Name: "weekly", Every: 7 * 24 * time.Hour, Run: func(context.Context) error { return nil }}},
		})
		write(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.Enqueue(letter{1}), tx.EnqueueAt(tx.Now().Add(30*time.Hour), "", letter{2}))
		})
		synctest.Wait()
		if ran.Load() != 1 {
			t.Fatalf("%d jobs ran, want the one that is due", ran.Load())
		}
		before := db.Statements()
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if n := db.Statements() - before; n != 0 {
			t.Errorf("%d statements in an idle day, want none", n)
		}
		time.Sleep(6*time.Hour + time.Millisecond)
		synctest.Wait()
		stop()
		if ran.Load() != 2 {
			t.Errorf("%d jobs ran after 30 hours, want the second one too", ran.Load())
		}
	})
}

func TestScheduleRunsOnceAfterAWeekDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := virtual(t)
		var mu sync.Mutex
		var runs []time.Time
		ran := func() []time.Time { // since the last question
			mu.Lock()
			defer mu.Unlock()
			defer func() { runs = nil }()
			return runs
		}
		began := time.Now()
		q := func() *queue.Queue {
			return &queue.Queue{DB: db, Schedules: []queue.Schedule{
				{Name: "tidy", Every: time.Hour, Run: func(context.Context) error {
					mu.Lock()
					runs = append(runs, time.Now())
					mu.Unlock()
					second := time.Since(began) == 2*time.Hour
					time.Sleep(2 * time.Second)
					if second {
						panic("a broom broke")
					}
					return nil
				}},
				{Name: "noon", Run: func(context.Context) error { return nil }, Next: func(after time.Time) time.Time {
					return after.Truncate(24 * time.Hour).Add(36 * time.Hour)
				}},
			}}
		}
		tidy := func() store.Schedule {
			rows, err := db.Read(t.Context()).Schedules()
			if err != nil || len(rows) != 2 {
				t.Fatal(rows, err)
			}
			return rows[1]
		}
		stop := start(t, q())
		time.Sleep(2*time.Hour + time.Minute)
		synctest.Wait()
		stop()
		if got, want := ran(), []time.Time{began.Add(time.Hour), began.Add(2 * time.Hour)}; !cmp.Equal(want, got) {
			t.Errorf("ran at %v, want %v", got, want)
		}
		if got := tidy(); len(got.LastError) < 20 || got.LastTook != 2000 || got.LastRunAt != model.At(began.Add(2*time.Hour)) {
			t.Errorf("schedule %+v, want that it failed after two seconds", got)
		}

		time.Sleep(7 * 24 * time.Hour)
		synctest.Wait()
		back := time.Now()
		stop = start(t, q())
		time.Sleep(59 * time.Minute)
		synctest.Wait()
		if got, want := ran(), []time.Time{back}; !cmp.Equal(want, got) {
			t.Errorf("ran at %v after a week down, want once at %v", got, back)
		}
		if got := tidy(); got.LastError != "" || got.NextRunAt != model.At(back.Add(time.Hour)) {
			t.Errorf("schedule %+v, want the next run in an hour", got)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		stop()
		if got := len(ran()); got != 1 {
			t.Errorf("%d more runs an hour later, want one", got)
		}
	})
}

func TestHostThatIsDownForADayIsAskedSeldomAndThenGetsEverythingInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := virtual(t)
		up := time.Now().Add(24 * time.Hour)
		asked := 0
		var got []int
		stop := start(t, &queue.Queue{DB: db, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{}, func(_ context.Context, l letter) error {
				if time.Now().Before(up) {
					asked++
					return model.Unavailable("connection refused", nil)
				}
				got = append(got, l.N)
				return nil
			}),
		}})
		for n := range 200 { // posts come all the time
			write(t, db, func(tx *store.Tx) error { return tx.EnqueueAt(tx.Now(), "peer.example", letter{n}) })
			time.Sleep(10 * time.Minute)
		}
		synctest.Wait()
		if asked > 20 {
			t.Errorf("asked in vain %d times in a day, want a few", asked)
		}
		time.Sleep(12 * time.Hour)
		synctest.Wait()
		if len(got) != 200 || !slices.IsSorted(got) {
			t.Errorf("delivered %v, want all 200 in order", got)
		}
		synctest.Wait()
		stop()
		empty(t, db)
	})
}

func TestHostThatIsGoneForGoodIsGivenUpWithAllThatWaitsForIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := virtual(t)
		asked := 0
		stop := start(t, &queue.Queue{DB: db, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{}, func(_ context.Context, l letter) error {
				asked++
				return model.Unavailable("no such host", nil)
			}),
		}})
		write(t, db, func(tx *store.Tx) error {
			for n := range 2500 {
				if err := tx.EnqueueAt(tx.Now(), "gone.example", letter{n}); err != nil {
					return err
				}
			}
			return nil
		})
		time.Sleep(7 * 24 * time.Hour)
		synctest.Wait()
		stop()
		if asked > 20 {
			t.Errorf("asked %d times for 2500 jobs, want a few more than 16", asked)
		}
		if got := kinds(t, db)["letter"]; got != [2]int64{0, 2500} {
			t.Errorf("waiting, buried: %v, want all buried", got)
		}
	})
}

// later asks for a pause, as a 429 with Retry-After does.
type later struct{ error }

func (later) RetryAfter() time.Duration { return time.Hour }

func (l later) Unwrap() error { return l.error }

func TestHostThatAsksForAPauseGetsIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := virtual(t)
		began := time.Now()
		var asked []time.Duration
		stop := start(t, &queue.Queue{DB: db, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{}, func(context.Context, letter) error {
				asked = append(asked, time.Since(began))
				if len(asked) == 1 {
					return later{&model.Error{Kind: model.KindTooMany, Text: "slow down"}}
				}
				return nil
			}),
		}})
		write(t, db, func(tx *store.Tx) error { return tx.EnqueueAt(tx.Now(), "busy.example", letter{1}) })
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		stop()
		if diff := cmp.Diff([]time.Duration{0, time.Hour}, asked); diff != "" {
			t.Errorf("asked after (-want +got):\n%s", diff)
		}
	})
}

func TestJobThatHangsIsCutOffAndTriedAgainWhileTheLaneGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := virtual(t)
		var ran []int
		stop := start(t, &queue.Queue{DB: db, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{Timeout: time.Minute}, func(ctx context.Context, l letter) error {
				ran = append(ran, l.N)
				if len(ran) == 1 {
					<-ctx.Done()
					return ctx.Err()
				}
				return nil
			}),
		}})
		write(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.EnqueueAt(tx.Now(), "k", letter{1}), tx.EnqueueAt(tx.Now(), "k", letter{2}))
		})
		time.Sleep(time.Hour)
		synctest.Wait()
		stop()
		slices.Sort(ran)
		if diff := cmp.Diff([]int{1, 1, 2}, ran); diff != "" {
			t.Errorf("ran (-want +got):\n%s", diff)
		}
		synctest.Wait()
		empty(t, db)
	})
}

func TestClockThatJumpsWakesTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		jumped := newClock()
		db := testkit.Open(t, store.Options{Dir: t.TempDir(), Clock: jumped.Now})
		ran := false
		stop := start(t, &queue.Queue{DB: db, Kinds: []queue.Kind{
			queue.Handle(queue.Kind{}, func(context.Context, letter) error { ran = true; return nil }),
		}})
		write(t, db, func(tx *store.Tx) error { return tx.EnqueueAt(tx.Now().Add(5*time.Hour), "", letter{1}) })
		synctest.Wait()
		jumped.Advance(6 * time.Hour) // the machine slept
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		stop()
		if !ran {
			t.Error("the job that fell due in the machine's sleep did not run within two minutes")
		}
	})
}
