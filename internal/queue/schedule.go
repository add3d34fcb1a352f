package queue

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Schedule is what runs again and again. When its time has come it is enqueued as a job, so it survives a crash, runs
// on one node only and never beside itself; times missed while nobody ran are made up for by one run.
type Schedule struct {
	Name  string
	Every time.Duration                   // after the last time it was due
	Next  func(after time.Time) time.Time // instead of Every: the first time after
	Run   func(ctx context.Context) error // an error is kept for people to see; the next run comes at its time
	// Timeout is how long a run may take; 0: five minutes.
	Timeout time.Duration
}

func (s Schedule) next(now model.Time) model.Time {
	if s.Next != nil {
		return max(model.At(s.Next(now.Std())), now+1)
	}
	return now.Add(max(s.Every, time.Second)) // a forgotten interval must not spin
}

// scheduled is the job of a schedule.
type scheduled struct{ name string }

// Kind keeps schedules apart from each other and from other jobs.
func (s scheduled) Kind() string { return "schedule." + s.name }

// allKinds are the queue's kinds and one for each schedule.
func (q *Queue) allKinds() []Kind {
	kinds := append([]Kind(nil), q.Kinds...)
	for _, s := range q.Schedules {
		kinds = append(kinds, Kind{
			Name:    scheduled{s.Name}.Kind(),
			Timeout: s.Timeout,
			Run:     func(ctx context.Context, _ json.RawMessage) error { return q.runSchedule(ctx, s) },
		})
	}
	return kinds
}

func (q *Queue) runSchedule(ctx context.Context, s Schedule) error {
	began := q.DB.Now()
	err := guard(func() error { return s.Run(ctx) })
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return err // the server stops: it begins anew at the next start
	}
	failure := ""
	if err != nil {
		failure = bounded(err.Error())
		if q.Log != nil {
			q.Log.Error("schedule failed", "schedule", s.Name, "error", failure)
		}
	}
	return q.DB.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		return tx.FinishSchedule(s.Name, began, failure)
	})
}

func (q *Queue) addSchedules(tx *store.Tx) error {
	for _, s := range q.Schedules {
		if err := tx.AddSchedule(s.Name, s.next(tx.Now())); err != nil {
			return err
		}
	}
	return nil
}

// tick enqueues the schedules whose time has come and says when the next one comes.
func (r *run) tick(ctx context.Context) model.Time {
	if len(r.Schedules) == 0 || r.scheduleAt > r.DB.Now() {
		return r.scheduleAt
	}
	rows, err := r.DB.Read(ctx).Schedules()
	if err == nil {
		err = r.startDue(ctx, rows)
	}
	if err != nil {
		r.complain(ctx, "start schedules", err)
		return r.DB.Now().Add(lookAgain)
	}
	return r.scheduleAt
}

func (r *run) startDue(ctx context.Context, rows []store.Schedule) error {
	at := map[string]model.Time{}
	for _, row := range rows {
		at[row.Name] = row.NextRunAt
	}
	var next model.Time
	for _, s := range r.Schedules {
		was := at[s.Name]
		if was > r.DB.Now() {
			next = earlier(next, was)
			continue
		}
		err := r.DB.Write(ctx, func(tx *store.Tx) error {
			mine, err := tx.StartSchedule(s.Name, was, s.next(tx.Now()))
			if err != nil || !mine {
				return err
			}
			return tx.EnqueueOnce("run", 0, scheduled{s.Name})
		})
		if err != nil {
			return err
		}
		next = earlier(next, s.next(r.DB.Now()))
	}
	r.scheduleAt = next
	return nil
}
