package queue

import (
	"context"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Steps is a queue whose every step a test takes by itself: what it does not take any more, a crash took from it.
type Steps struct{ r *run }

// Steps starts a queue that does nothing by itself.
func (q *Queue) Steps(ctx context.Context) (*Steps, error) {
	q.setUp()
	r, err := q.start(ctx)
	return &Steps{r}, err
}

// Claim leases what is due and fits.
func (s *Steps) Claim(ctx context.Context) ([]store.Lane, error) {
	due, err := s.r.DB.Read(ctx).DueLanes()
	if err != nil {
		return nil, err
	}
	ready := map[*lineup]bool{}
	for _, d := range due {
		if l := s.r.kinds[d.Kind]; l != nil && d.NextAt <= s.r.DB.Now() {
			ready[l] = true
		}
	}
	shares := s.r.share(ready)
	if len(shares) == 0 {
		return nil, nil
	}
	lanes, err := s.r.claim(ctx, shares)
	for _, l := range lanes {
		s.r.occupy(l)
	}
	return lanes, err
}

// Work runs a leased lane.
func (s *Steps) Work(l store.Lane) { s.r.work(l, s.r.kinds[l.Kind].Kind) }

// Ack writes down what was done.
func (s *Steps) Ack() {
	select {
	case first := <-s.r.reports:
		s.r.ack(s.r.gather(first))
	default:
	}
}

// LeaseTime is how long a silent process keeps its lanes.
const LeaseTime = leaseTime

// Pause is the default back-off.
func Pause(failures int) model.Time { return model.Time(pause(failures).Milliseconds()) }
