package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Queue runs jobs and schedules of one database. Several processes may run queues on one PostgreSQL; SQLite has one.
//
// Jobs wait in lanes. A worker leases a lane, runs a few of its jobs and gives it back; what a process held when it
// ended is taken over, at the start on SQLite and when the lease has ended on PostgreSQL. A lane that fails rests as a
// lane. Jobs of kinds that Kinds does not name are left alone.
type Queue struct {
	DB        *store.DB
	Kinds     []Kind
	Schedules []Schedule
	Workers   int            // lanes worked on at once; 0: 64
	Grace     time.Duration  // what running jobs get to finish when Run's context ends; 0: 10 s
	Log       *slog.Logger   // nil: nothing is told
	Jitter    func() float64 // in [0, 1); nil: random

	once   sync.Once
	nudged chan struct{}
}

const (
	defaultWorkers = 64 // mostly waiting for the network; memory for as many answers
	defaultGrace   = 10 * time.Second
	// After the grace time jobs are cancelled; what has not noticed by then is left behind.
	hangUp = 5 * time.Second
	// Jobs taken from a lane at once: enough that leasing costs little beside running.
	laneJobs = 20
	// Of a kind with workers of its own so many lanes are claimed in one transaction, so that posts need not wait long.
	claimLanes = 64
	// Of such workers one in so many may try lanes that failed, so that the dead do not crowd out the living.
	failingShare = 4
	// A worker gives a lane back after so long, so that its kind's other lanes get their turn.
	laneTime = 2 * time.Second
	// PostgreSQL: how long a silent process keeps its lanes. It may miss two beats.
	leaseTime = 90 * time.Second
	// PostgreSQL: how often leases are renewed, and others' jobs looked for should no event have told of them.
	beat = 30 * time.Second
	// The clock may jump while a timer sleeps: so often it is compared with the next due time, without a query.
	longestSleep = time.Minute
	// The database did not let us look or claim: look again.
	lookAgain = time.Second
)

func (q *Queue) setUp() {
	q.once.Do(func() {
		q.nudged = make(chan struct{}, 1)
		if q.DB == nil {
			return
		}
		q.DB.Cache.OnForget(func(events []model.Event) {
			for _, e := range events {
				if e.Type == model.TouchQueue || e.Type == model.TouchAll {
					q.Nudge()
					return
				}
			}
		})
	})
}

// Nudge lets the queue look for due jobs now. Commits that enqueue do it by themselves, also those of other processes
// of which the bus tells.
func (q *Queue) Nudge() {
	q.setUp()
	select {
	case q.nudged <- struct{}{}:
	default: // it has been told and has not looked yet
	}
}

// Run runs jobs until ctx ends, then lets running ones finish for the grace time and hands back the rest.
func (q *Queue) Run(ctx context.Context) error {
	q.setUp()
	r, err := q.start(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil // told to end before it had begun
		}
		return err
	}
	var staff sync.WaitGroup
	staff.Go(r.acks)
	if q.DB.Postgres() {
		staff.Go(func() { r.beats(ctx) })
	}
	for ctx.Err() == nil {
		r.sleep(ctx, r.round(ctx))
	}
	r.stop()
	staff.Wait()
	// What could not be written down, and lanes of which a lost answer hid that they are ours.
	err = q.DB.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		_, err := tx.FreeAll(r.owner)
		return err
	})
	if err != nil {
		return fmt.Errorf("hand back lanes: %w", err)
	}
	return nil
}

// run is one Run of the queue.
type run struct {
	*Queue
	log     *slog.Logger
	jitter  func() float64
	workers int
	owner   string
	kinds   map[string]*lineup
	mayRun  context.Context // ends when no further job may begin
	jobs    context.Context // the jobs': ends after the grace time
	cancel  context.CancelFunc
	wg      sync.WaitGroup
	reports chan report
	over    chan struct{} // no more reports are waited for

	scheduleAt model.Time // the next schedule; 0: ask
	turn       float64    // the pass of the kind chosen last

	mu   sync.Mutex // guards busy and the lineups' counts
	busy int        // workers that kinds share
	held int        // lanes, also of kinds with workers of their own
}

// lineup is a kind and its place in the turn-taking.
type lineup struct {
	Kind
	busy    int
	failing int     // of the busy: lanes that had failed when they were claimed
	pass    float64 // grows with every lane claimed, slower for greater weights; the least is served next
}

// own is how many lanes of a kind with workers of its own may be claimed now, and how many of them may have failed.
func (l *lineup) own() share {
	free := min(l.Workers-l.busy, claimLanes)
	probes := max(l.Workers/failingShare, 1) - l.failing
	return share{lanes: max(free, 0), failing: max(min(probes, free), 0)}
}

// share is what may be claimed of a kind.
type share struct {
	lanes   int
	failing int // of these: lanes that failed
}

func (q *Queue) start(ctx context.Context) (*run, error) {
	r := &run{
		Queue: q, log: q.Log, jitter: q.Jitter, workers: q.Workers, mayRun: ctx,
		kinds: map[string]*lineup{}, reports: make(chan report, maxReports), over: make(chan struct{}),
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if r.jitter == nil {
		r.jitter = rand.Float64
	}
	if r.workers <= 0 {
		r.workers = defaultWorkers
	}
	for _, k := range q.allKinds() {
		if k.Name == "" || k.Run == nil || r.kinds[k.Name] != nil {
			return nil, fmt.Errorf("queue: kind %q has no name, does nothing or is there twice", k.Name)
		}
		r.kinds[k.Name] = &lineup{Kind: k.withDefaults()}
	}
	err := q.DB.Write(ctx, func(tx *store.Tx) error {
		r.owner = tx.NewID().String()
		n, err := tx.TakeOverLanes(!q.DB.Postgres())
		if n > 0 {
			r.log.Info("take over jobs whose process ended", "lanes", n)
		}
		return errors.Join(err, q.addSchedules(tx))
	})
	if err != nil {
		return nil, fmt.Errorf("start the queue: %w", err)
	}
	r.jobs, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return r, nil
}

// stop waits for the workers, but not forever.
func (r *run) stop() {
	grace := r.Grace
	if grace <= 0 {
		grace = defaultGrace
	}
	done := make(chan struct{})
	go func() { r.wg.Wait(); close(done) }()
	for _, patience := range []time.Duration{grace, hangUp} {
		t := time.NewTimer(patience)
		select {
		case <-done:
		case <-t.C:
			r.cancel()
		}
		t.Stop()
	}
	r.cancel()
	select {
	case <-done:
	default:
		r.log.Warn("jobs do not end although they were cancelled; they will run again")
	}
	close(r.over)
}

// beats renews this process's leases and takes over those that have ended (PostgreSQL).
func (r *run) beats(ctx context.Context) {
	t := time.NewTicker(beat)
	defer t.Stop()
	for {
		select {
		case <-r.over:
			return
		case <-t.C:
		}
		r.mu.Lock()
		held := r.held
		r.mu.Unlock()
		err := r.DB.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
			if held > 0 {
				if _, err := tx.ExtendLeases(r.owner, tx.Now().Add(leaseTime)); err != nil {
					return err
				}
			}
			n, err := tx.TakeOverLanes(false)
			if n > 0 {
				r.log.Info("take over jobs whose process ended", "lanes", n)
			}
			return err
		})
		if err != nil {
			r.log.Error("renew leases", "error", err)
		}
		r.Nudge()
	}
}

// sleep waits for a nudge or until next (0: only for a nudge).
func (r *run) sleep(ctx context.Context, next model.Time) {
	for {
		d := longestSleep
		if next != 0 {
			d = min(d, next.Sub(r.DB.Now()))
		}
		if d <= 0 {
			return
		}
		t := time.NewTimer(d)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-r.nudged:
			t.Stop()
			return
		case <-t.C:
		}
	}
}
