package queue

import (
	"context"
	"slices"
	"strings"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Stats are for people and gauges.
type Stats struct {
	Kinds     []KindStats      // by name; also those without jobs
	Failing   []store.Lane     // the worst, most failures first
	Working   []store.Lane     // some of those leased just now
	Schedules []store.Schedule // by name
}

// KindStats is what waits of one kind.
type KindStats struct {
	store.KindCount
	Known bool // false: this program has nothing to run such jobs with; another version may
}

const statsLanes = 50 // a screen's worth

// Stats counts by kind, which reads an index of all jobs: not for every request.
func (q *Queue) Stats(ctx context.Context) (s Stats, err error) {
	db := q.DB.Read(ctx)
	counts, err := db.JobCounts()
	if err != nil {
		return s, err
	}
	for _, c := range counts {
		s.Kinds = append(s.Kinds, KindStats{KindCount: c})
	}
	for _, k := range q.allKinds() {
		i := slices.IndexFunc(s.Kinds, func(c KindStats) bool { return c.Kind == k.Name })
		if i < 0 {
			i = len(s.Kinds)
			s.Kinds = append(s.Kinds, KindStats{KindCount: store.KindCount{Kind: k.Name}})
		}
		s.Kinds[i].Known = true
	}
	slices.SortFunc(s.Kinds, func(a, b KindStats) int { return strings.Compare(a.Kind, b.Kind) })
	if s.Failing, err = db.FailingLanes(statsLanes); err != nil {
		return s, err
	}
	if s.Working, err = db.HeldLanes(statsLanes); err != nil {
		return s, err
	}
	s.Schedules, err = db.Schedules()
	return s, err
}

// Buried lists jobs given up, newest first, before the id (0: from the newest).
func (q *Queue) Buried(ctx context.Context, before model.ID, limit int) ([]store.QueuedJob, error) {
	return q.DB.Read(ctx).BuriedJobs(before, limit)
}

// Replay lets a buried job run again as if it were new. It is NotFound when no such job is buried.
func (q *Queue) Replay(ctx context.Context, id model.ID) error {
	return q.DB.Write(ctx, func(tx *store.Tx) error { return tx.ReplayJob(id) })
}

// ReplayAll replays every buried job of a kind ("": of all kinds) and says how many.
func (q *Queue) ReplayAll(ctx context.Context, kind string) (int, error) {
	return q.eachBuried(ctx, kind, (*store.Tx).ReplayJob)
}

// Remove forgets a buried job. It is NotFound when no such job is buried.
func (q *Queue) Remove(ctx context.Context, id model.ID) error {
	return q.DB.Write(ctx, func(tx *store.Tx) error { return tx.RemoveBuried(id) })
}

// RemoveAll forgets every buried job of a kind ("": of all kinds) and says how many.
func (q *Queue) RemoveAll(ctx context.Context, kind string) (int, error) {
	return q.eachBuried(ctx, kind, (*store.Tx).RemoveBuried)
}

const buriedPage = 500 // jobs in one transaction, so that others need not wait for it

// eachBuried walks from the newest down, so what is buried meanwhile is not met again.
func (q *Queue) eachBuried(ctx context.Context, kind string, do func(*store.Tx, model.ID) error) (total int, err error) {
	for before := model.ID(0); ; {
		page, err := q.Buried(ctx, before, buriedPage)
		if err != nil || len(page) == 0 {
			return total, err
		}
		before = page[len(page)-1].ID
		n := 0
		err = q.DB.Write(ctx, func(tx *store.Tx) error {
			n = 0
			for _, j := range page {
				if kind != "" && j.Kind != kind {
					continue
				}
				err := do(tx, j.ID)
				if model.IsNotFound(err) { // somebody else was first
					continue
				}
				if err != nil {
					return err
				}
				n++
			}
			return nil
		})
		total += n
		if err != nil {
			return total, err
		}
	}
}
