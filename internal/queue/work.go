package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

const (
	// What fast jobs have done is written down together, at most so much later: what a crash makes run again.
	ackAfter = 20 * time.Millisecond
	// Reports that wait for the transaction before theirs; then workers wait.
	maxReports = 1024
	// Of reports so many are written down in one transaction, so that posts need not wait long for the writer.
	reportsAtOnce = 128
	// Failed transactions of reports are tried again, ever more seldom: the disk may be full for hours.
	longestAckPause = 30 * time.Second
	// Of an error or a stack so much is kept with the job.
	maxError = 4096
	// A job with which the process ended so often is thought to end it.
	maxLost = 5
	// However few tries a kind has, the other jobs of a lane are only given up when it failed so often in a row.
	minGiveUp = 8
)

// report is news from a worker.
type report struct {
	store.Ack
	kind    string // set when the lane is given back
	failing bool   // it had failed when it was claimed
}

// holding is a leased lane in work.
type holding struct {
	store.Lane
	kind  Kind
	began model.Time

	mu      sync.Mutex
	next    int          // all jobs before it have begun
	begun   map[int]bool // and these after it
	busy    map[string]bool
	well    bool
	failure error
	ack     store.Ack // not reported yet
	acked   model.Time
}

// work runs a lane's jobs and gives the lane back.
func (r *run) work(l store.Lane, k Kind) {
	now := r.DB.Now()
	h := &holding{Lane: l, kind: k, began: now, acked: now}
	var others sync.WaitGroup
	for range min(k.InFlight, len(l.Jobs)) - 1 {
		others.Go(func() { r.pull(h) })
	}
	r.pull(h)
	others.Wait()
	for i, j := range l.Jobs {
		if i >= h.next && !h.begun[i] {
			h.ack.Back = append(h.ack.Back, j.ID)
		}
	}
	h.ack.Lanes = []store.FreeLane{h.free(r.DB.Now(), r.jitter)}
	r.report(report{h.ack, k.Name, l.Failures > 0})
}

// pull runs one job of the lane after the other.
func (r *run) pull(h *holding) {
	for {
		j, word, ok := h.take(r.DB.Now(), r.mayRun)
		if !ok {
			return
		}
		err := r.try(h.kind, j)
		h.settle(func() { delete(h.busy, word) })
		if err != nil && r.jobs.Err() != nil { // cancelled because the server stops
			h.settle(func() { h.ack.Back = append(h.ack.Back, j.ID) })
			continue
		}
		now := r.DB.Now()
		h.settle(func() { r.judge(h, j, err, now) })
		if ack, ok := h.ready(now); ok {
			r.report(report{Ack: ack})
		}
	}
}

// take gives the next job that may begin, and the word that keeps others of its order waiting until it has ended. Who
// finds none leaves the rest to those who are at work.
func (h *holding) take(now model.Time, mayRun context.Context) (j store.QueuedJob, word string, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failure != nil || mayRun.Err() != nil || h.next > 0 && now.Sub(h.began) >= laneTime {
		return j, "", false
	}
	if h.kind.Order == nil || h.kind.InFlight == 1 {
		if h.next == len(h.Jobs) {
			return j, "", false
		}
		h.next++
		return h.Jobs[h.next-1], "", true
	}
	waits := map[string]bool{}
	for i := h.next; i < len(h.Jobs); i++ {
		if h.begun[i] {
			continue
		}
		j := h.Jobs[i]
		word := h.kind.Order(json.RawMessage(j.Args))
		if h.busy[word] || waits[word] {
			waits[word] = true
			continue
		}
		if h.begun == nil {
			h.begun, h.busy = map[int]bool{}, map[string]bool{}
		}
		h.busy[word], h.begun[i] = true, true
		for h.begun[h.next] {
			delete(h.begun, h.next)
			h.next++
		}
		return j, word, true
	}
	return j, "", false
}

func (h *holding) settle(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
}

// judge decides what becomes of a job that was tried.
func (r *run) judge(h *holding, j store.QueuedJob, err error, now model.Time) {
	if err == nil {
		h.well = true
		h.ack.Done = append(h.ack.Done, j.ID)
		return
	}
	f := store.FailedJob{ID: j.ID, RunAt: j.RunAt, Error: bounded(err.Error())}
	attempts := j.Attempts + 1
	switch {
	case !passes(err):
		h.well = true // whoever refuses this job is there
		f.Bury = true
	default:
		h.failure = err
		f.Bury = attempts >= h.kind.Tries
		if !keepsPlace(err) {
			f.RunAt = now.Add(h.kind.pauseAfter(err, attempts, r.jitter))
		}
	}
	h.ack.Failed = append(h.ack.Failed, f)
	if f.Bury {
		r.log.Warn("job buried", "kind", j.Kind, "lane", j.Lane, "job", j.ID.String(), "attempts", attempts, "error", f.Error)
		return
	}
	r.log.Info("job failed, it will be tried again", "kind", j.Kind, "lane", j.Lane, "job", j.ID.String(), "attempts", attempts, "error", f.Error)
}

// ready gives what is to be reported now, before the lane is given back.
func (h *holding) ready(now model.Time) (store.Ack, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now.Sub(h.acked) < ackAfter {
		return store.Ack{}, false
	}
	ack := h.ack
	h.ack, h.acked = store.Ack{}, now
	return ack, true
}

// free says how the lane is given back.
func (h *holding) free(now model.Time, jitter func() float64) store.FreeLane {
	l := store.FreeLane{Name: h.Name, Failures: h.Failures, Error: h.LastError, RestUntil: now}
	if h.well {
		l.Failures, l.Error = 0, ""
	}
	if h.failure == nil {
		return l
	}
	l.Failures++
	l.Error = bounded(h.failure.Error())
	l.RestUntil = now.Add(h.kind.pauseAfter(h.failure, l.Failures, jitter))
	l.GiveUp = max(h.kind.Tries, minGiveUp)
	return l
}

// try runs a job once.
func (r *run) try(k Kind, j store.QueuedJob) (err error) {
	if lost := j.Starts - 1 - j.Attempts; lost >= maxLost {
		return model.Invalidf("%d times the server ended while this ran, so it is not tried again", lost)
	}
	ctx, cancel := context.WithTimeout(model.WithJob(r.jobs, j.ID), k.Timeout)
	defer cancel()
	return guard(func() error { return k.Run(ctx, json.RawMessage(j.Args)) })
}

// guard turns a panic into an error with its stack.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// bounded is what may be kept of an error, which a stranger may have worded: PostgreSQL refuses NUL and broken UTF-8.
func bounded(s string) string {
	if len(s) > maxError {
		s = s[:maxError]
	}
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
}

func (r *run) report(rep report) {
	select {
	case r.reports <- rep:
	case <-r.over: // we were left behind; it will run again
	}
}

// acks writes reports down, all that wait in one transaction.
func (r *run) acks() {
	for {
		var first report
		select {
		case first = <-r.reports:
		case <-r.over:
			select {
			case first = <-r.reports:
			default:
				return
			}
		}
		r.ack(r.gather(first))
	}
}

func (r *run) gather(first report) []report {
	reps := []report{first}
	for len(reps) < reportsAtOnce {
		select {
		case rep := <-r.reports:
			reps = append(reps, rep)
		default:
			return reps
		}
	}
	return reps
}

// ack writes reports down, however long the database needs to be there again.
func (r *run) ack(reps []report) {
	var a store.Ack
	for _, rep := range reps {
		a.Done = append(a.Done, rep.Done...)
		a.Back = append(a.Back, rep.Back...)
		a.Failed = append(a.Failed, rep.Failed...)
		a.Lanes = append(a.Lanes, rep.Lanes...)
	}
	for wait := lookAgain; ; wait = min(2*wait, longestAckPause) {
		err := r.DB.Write(context.Background(), func(tx *store.Tx) error { return tx.AckJobs(r.owner, a) })
		if err == nil {
			break
		}
		r.log.Error("write down what jobs did", "jobs", len(a.Done)+len(a.Failed), "error", err)
		t := time.NewTimer(wait)
		select {
		case <-t.C:
			continue
		case <-r.over: // they will run again
		}
		t.Stop()
		return
	}
	r.mu.Lock()
	for _, rep := range reps {
		if rep.kind != "" {
			r.count(r.kinds[rep.kind], rep.failing, -1)
		}
	}
	r.mu.Unlock()
	r.Nudge()
}
