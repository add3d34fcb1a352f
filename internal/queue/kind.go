package queue

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gomphothere/internal/model"
)

// Kind is one sort of job: what runs it and how patiently.
type Kind struct {
	Name string // as in the jobs table
	// Run does the work of one job, perhaps a second time. nil, also for a job whose row is gone, forgets the job. An
	// error of kind Unavailable or TooMany lets the lane wait with this job at its head; an Internal one lets the job
	// wait and the lane go on with the next; any other kind buries the job at once. An error may have a method
	// RetryAfter() time.Duration to ask for a longer pause.
	Run func(ctx context.Context, args json.RawMessage) error
	// Tries is how often a job may fail before it is buried; 0: 16, about a day and a half with the default Backoff.
	Tries int
	// Timeout is how long one try may take; 0: five minutes.
	Timeout time.Duration
	// Weight is this kind's share of the workers among kinds that have work; 0: 1.
	Weight int
	// InFlight is how many jobs of one lane run at once; 0: 1, in order.
	InFlight int
	// AtOnce is how many lanes of this kind are worked on at once in this process; 0: as many as is fair.
	AtOnce int
	// Workers is how many lanes are worked on at once by workers of this kind's own, beside those that the other kinds
	// share: for jobs that mostly wait for strangers. Lanes that failed get a quarter of them at most. 0: it shares.
	Workers int
	// Order matters where InFlight is over 1: jobs of a lane for which it gives the same word run one after another.
	Order func(args json.RawMessage) string
	// Backoff is the pause after so many failures in a row, before jitter; nil: 15 s, doubling up to six hours.
	Backoff func(failures int) time.Duration
}

const (
	defaultTries   = 16
	defaultTimeout = 5 * time.Minute // longer than any answer we wait for; what takes longer says so

	firstPause   = 15 * time.Second // a restart of the other side is over by then
	longestPause = 6 * time.Hour    // somebody who comes back is reached the same day
	// What a stranger may ask us to wait: Retry-After of a day is honest, of a year is not.
	longestRetryAfter = 24 * time.Hour
)

// Handle makes a kind of a job type: the kind's name is the job's, its arguments are decoded.
func Handle[J model.Job](k Kind, run func(ctx context.Context, job J) error) Kind {
	var zero J
	k.Name = zero.Kind()
	k.Run = func(ctx context.Context, args json.RawMessage) error {
		var job J
		if err := json.Unmarshal(args, &job); err != nil {
			return model.Invalidf("%s: arguments cannot be read: %v", k.Name, err)
		}
		return run(ctx, job)
	}
	return k
}

// withDefaults fills in what was left out.
func (k Kind) withDefaults() Kind {
	if k.Tries <= 0 {
		k.Tries = defaultTries
	}
	if k.Timeout <= 0 {
		k.Timeout = defaultTimeout
	}
	k.Weight = max(k.Weight, 1)
	k.InFlight = max(k.InFlight, 1)
	if k.Backoff == nil {
		k.Backoff = pause
	}
	return k
}

func pause(failures int) time.Duration {
	if failures > 11 { // beyond, the doubling has passed the longest
		return longestPause
	}
	return min(firstPause<<max(failures-1, 0), longestPause)
}

// pauseAfter is how long to wait after err: between three and five quarters of the back-off, so that what failed
// together does not come back together.
func (k Kind) pauseAfter(err error, failures int, jitter func() float64) time.Duration {
	d := k.Backoff(failures)
	d = d*3/4 + time.Duration(float64(d)/2*jitter())
	var asks interface{ RetryAfter() time.Duration }
	if errors.As(err, &asks) {
		d = max(d, min(asks.RetryAfter(), longestRetryAfter))
	}
	return d
}

// passes tells whether an error may go away by itself.
func passes(err error) bool {
	switch model.KindOf(err) {
	case model.KindInternal, model.KindUnavailable, model.KindTooMany:
		return true
	}
	return false
}

// keepsPlace tells whether the lane is to blame rather than the job, so that the job stays its first.
func keepsPlace(err error) bool {
	k := model.KindOf(err)
	return k == model.KindUnavailable || k == model.KindTooMany
}
