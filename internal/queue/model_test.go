package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gomphothere/internal/model"
	"gomphothere/internal/queue"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// errand is a job of a world of its own, so that every run of the property has its own kind on one database.
type errand struct {
	N     int
	World int
}

func (e errand) Kind() string { return fmt.Sprintf("errand%d", e.World) }

// entry is what a simple book-keeper knows of an errand.
type entry struct {
	key     string
	once    bool
	runAt   model.Time
	taken   bool
	aside   bool // it failed by itself, so others may pass it
	done    bool // it ran well
	acked   bool // and that is written down
	refused bool // it will be buried when that is written down
	buried  bool
}

// world is the system and the book beside it.
type world struct {
	t      *rapid.T
	db     *store.DB
	clock  *clock
	number int
	queue  *queue.Queue
	steps  *queue.Steps
	held   []store.Lane
	book   []*entry
	draw   *rapid.T // whoever decides how errands end; nil: well
	fault  string
}

// TestEveryJobEndsDoneOrBuriedWhateverHappens takes the queue's steps in random order, with failures, crashes and
// jumps in time, and compares with the book.
func TestEveryJobEndsDoneOrBuriedWhateverHappens(t *testing.T) {
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
			db := testkit.Open(t, o)
			number := 0
			rapid.Check(t, func(t *rapid.T) {
				number++
				w := &world{t: t, db: db, clock: c, number: number}
				w.queue = &queue.Queue{DB: db, Workers: 4, Jitter: func() float64 { return 0.5 }, Kinds: []queue.Kind{{
					Name: errand{World: number}.Kind(), Run: w.run, Tries: 3, Workers: number % 2 * 4, // every other world has its own workers
					Backoff: func(n int) time.Duration { return time.Duration(n) * time.Minute },
				}}}
				w.start()
				t.Repeat(map[string]func(*rapid.T){
					"enqueue": w.enqueue,
					"claim":   func(*rapid.T) { w.claim() },
					"work":    w.work,
					"ack":     func(*rapid.T) { w.ack() },
					"crash":   func(*rapid.T) { w.crash() },
					"advance": func(t *rapid.T) {
						c.Advance(time.Duration(rapid.IntRange(1, 600).Draw(t, "seconds")) * time.Second)
					},
					"": func(*rapid.T) { w.compare() },
				})
				w.finish()
			})
		})
	}
}

func (w *world) must(err error) {
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) start() {
	var err error
	w.steps, err = w.queue.Steps(context.Background())
	w.must(err)
}

func (w *world) enqueue(t *rapid.T) {
	e := &entry{key: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "key")}
	e.once = e.key != "" && rapid.Bool().Draw(t, "once")
	delay := time.Duration(rapid.IntRange(0, 120).Draw(t, "delay")) * time.Second
	job := errand{N: len(w.book), World: w.number}
	rolledBack := errors.New("rolled back")
	var verdict error
	if rapid.IntRange(0, 9).Draw(t, "rollback") == 0 {
		verdict = rolledBack
	}
	err := w.db.Write(context.Background(), func(tx *store.Tx) error {
		e.runAt = tx.Now().Add(delay)
		if e.once {
			return errors.Join(tx.EnqueueOnce(e.key, delay, job), verdict)
		}
		if e.key != "" && w.number%3 == 0 {
			return errors.Join(tx.EnqueueAll(e.runAt, []store.Errand{{Key: e.key, Job: job}}), verdict)
		}
		return errors.Join(tx.EnqueueAt(e.runAt, e.key, job), verdict)
	})
	if errors.Is(err, rolledBack) {
		return
	}
	w.must(err)
	for _, o := range w.book {
		if e.once && o.once && o.key == e.key && !o.taken && !o.buried {
			o.runAt = min(o.runAt, e.runAt)
			return
		}
	}
	w.book = append(w.book, e)
}

func (w *world) claim() (n int) {
	lanes, err := w.steps.Claim(context.Background())
	w.must(err)
	for _, l := range lanes {
		if slices.ContainsFunc(w.held, func(h store.Lane) bool { return h.Name == l.Name }) {
			w.t.Fatalf("lane %s was leased twice", l.Name)
		}
		for _, j := range l.Jobs {
			w.entry(j.Args).taken = true
		}
	}
	w.held = append(w.held, lanes...)
	return len(lanes)
}

func (w *world) which(args string) int {
	var e errand
	w.must(json.Unmarshal([]byte(args), &e))
	return e.N
}

func (w *world) entry(args string) *entry { return w.book[w.which(args)] }

func (w *world) work(t *rapid.T) {
	if len(w.held) == 0 {
		t.Skip("nothing to do")
	}
	i := rapid.IntRange(0, len(w.held)-1).Draw(t, "lane")
	l := w.held[i]
	w.held = slices.Delete(w.held, i, i+1)
	w.draw = t
	w.steps.Work(l)
	w.draw = nil
	if w.fault != "" {
		t.Fatal(w.fault)
	}
}

// run is the errands' handler.
func (w *world) run(_ context.Context, args json.RawMessage) error {
	n := w.which(string(args))
	e := w.book[n]
	if e.acked || e.buried {
		w.fault = fmt.Sprintf("errand %d ran again: %+v", n, e)
	}
	for m, o := range w.book {
		before := o.runAt < e.runAt || o.runAt == e.runAt && m < n
		if e.key != "" && o.key == e.key && before && !o.done && !o.refused && !o.buried && !o.aside && !e.aside {
			w.fault = fmt.Sprintf("errand %d ran before %d of the same lane: %+v, %+v", n, m, e, o)
		}
	}
	end := "well"
	if w.draw != nil {
		end = rapid.SampledFrom([]string{"well", "well", "well", "unavailable", "internal", "panic", "refused"}).Draw(w.draw, "end")
	}
	switch end {
	case "unavailable":
		return model.Unavailable("not now", nil)
	case "internal":
		e.aside = true
		return errors.New("a bug")
	case "panic":
		e.aside = true
		panic("a bug")
	case "refused":
		e.refused = true
		return model.ErrForbidden()
	}
	e.done = true
	return nil
}

func (w *world) ack() {
	w.steps.Ack()
	for _, e := range w.book {
		e.acked = e.done
	}
	buried, err := w.queue.Buried(context.Background(), 0, 10000)
	w.must(err)
	for _, j := range buried {
		if j.Kind == w.queue.Kinds[0].Name {
			w.entry(j.Args).buried = true
		}
	}
}

// crash forgets what the process knew; another one starts when the leases are over.
func (w *world) crash() {
	w.held = nil
	for _, e := range w.book {
		e.done, e.refused = e.acked, false
	}
	w.clock.Advance(queue.LeaseTime + time.Second)
	w.start()
}

// compare checks that no row is lost and none is invented.
func (w *world) compare() (waiting, buried int64) {
	counts, err := w.db.Read(context.Background()).JobCounts()
	w.must(err)
	for _, c := range counts {
		if c.Kind == w.queue.Kinds[0].Name {
			waiting, buried = c.Waiting, c.Buried
		}
	}
	want := 0
	for _, e := range w.book {
		if !e.acked {
			want++
		}
	}
	if waiting+buried != int64(want) {
		w.t.Fatalf("%d wait and %d are buried, want %d together", waiting, buried, want)
	}
	return waiting, buried
}

// finish lets all go well from now on until nothing waits.
func (w *world) finish() {
	for range 1000 {
		for _, l := range w.held {
			w.steps.Work(l)
		}
		w.held = nil
		w.ack()
		if w.fault != "" {
			w.t.Fatal(w.fault)
		}
		if w.claim() > 0 {
			continue
		}
		waiting, buried := w.compare()
		if waiting > 0 {
			w.clock.Advance(time.Hour)
			continue
		}
		for n, e := range w.book {
			if e.done == e.buried {
				w.t.Fatalf("errand %d ended neither or both: %+v", n, e)
			}
			if e.buried {
				buried--
			}
		}
		due, err := w.db.Read(context.Background()).DueLanes()
		w.must(err)
		if buried != 0 || slices.ContainsFunc(due, func(d store.Due) bool { return d.Kind == w.queue.Kinds[0].Name }) {
			w.t.Fatalf("%d more buried than the book says; lanes left: %v", buried, due)
		}
		return
	}
	w.t.Fatal("some jobs never end")
}
