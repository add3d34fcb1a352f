package fetch

import (
	"context"
	"sync"
	"time"

	"gomphothere/internal/model"
)

// What is remembered of documents that are not there: long enough for a burst of activities that name them, short
// enough for one that appears.
const (
	missTime  = time.Minute
	maxMisses = 8192
)

// flights lets equal requests be made once, and remembers those that came to nothing.
type flights struct {
	mu     sync.Mutex
	under  map[string]*flight
	misses map[string]miss
	wg     sync.WaitGroup
}

// flight is one request under way for all who wait for it.
type flight struct {
	done    chan struct{}
	cancel  context.CancelCauseFunc
	waiting int // guarded by flights.mu
	value   any // after done
	err     error
}

type miss struct {
	err   error
	until time.Time
}

// share calls do once for all who ask for the key at the same time. It goes on while one of them waits; what was
// missing is not asked for again for a minute.
func share[T any](ctx context.Context, c *Client, key string, do func(ctx context.Context) (T, error)) (T, error) {
	var none T
	fs := &c.flights
	fs.mu.Lock()
	if m, ok := fs.misses[key]; ok && c.o.Now().Before(m.until) {
		fs.mu.Unlock()
		return none, m.err
	}
	f := fs.under[key]
	if f == nil {
		f = fs.start(ctx, key, c.o.Now, func(ctx context.Context) (any, error) { return do(ctx) })
	}
	f.waiting++
	fs.mu.Unlock()
	defer func() { fs.part(key, f, ctx.Err()) }()

	select {
	case <-f.done:
	case <-ctx.Done():
		return none, network(key, ctx.Err())
	}
	if f.err != nil {
		return none, f.err
	}
	return f.value.(T), nil
}

// start sets a request off; fs.mu is held. It outlives whoever asked first, and ends with the last who waits.
func (fs *flights) start(ctx context.Context, key string, now func() time.Time, do func(ctx context.Context) (any, error)) *flight {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	f := &flight{done: make(chan struct{}), cancel: cancel}
	if fs.under == nil {
		fs.under = map[string]*flight{}
	}
	fs.under[key] = f
	fs.wg.Go(func() {
		defer cancel(nil)
		f.value, f.err = do(ctx)
		fs.mu.Lock()
		if fs.under[key] == f {
			delete(fs.under, key)
		}
		if lasting(f.err) {
			fs.remember(key, miss{err: f.err, until: now().Add(missTime)}, now())
		}
		fs.mu.Unlock()
		close(f.done)
	})
	return f
}

// part is for whoever waits no longer, and why. The last one's impatience ends the request.
func (fs *flights) part(key string, f *flight, why error) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f.waiting--; f.waiting == 0 {
		f.cancel(why)
		if fs.under[key] == f { // nobody joins what is being given up
			delete(fs.under, key)
		}
	}
}

// lasting tells errors that will be the same in a moment.
func lasting(err error) bool {
	if err == nil {
		return false
	}
	switch model.KindOf(err) {
	case model.KindNotFound, model.KindGone, model.KindForbidden, model.KindInvalid, model.KindTooLarge:
		return true
	}
	return false
}

// remember keeps a miss; when there are too many, the old ones go, and all when all are young.
func (fs *flights) remember(key string, m miss, now time.Time) {
	if fs.misses == nil {
		fs.misses = map[string]miss{}
	}
	if len(fs.misses) >= maxMisses {
		for k, old := range fs.misses {
			if !now.Before(old.until) {
				delete(fs.misses, k)
			}
		}
		if len(fs.misses) >= maxMisses {
			clear(fs.misses)
		}
	}
	fs.misses[key] = m
}

func (fs *flights) close() {
	fs.mu.Lock()
	for _, f := range fs.under {
		f.cancel(context.Canceled)
	}
	fs.mu.Unlock()
	fs.wg.Wait()
}
