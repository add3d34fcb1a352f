package queue

import (
	"context"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// round starts what is due and says when to look again; 0: when nudged.
func (r *run) round(ctx context.Context) model.Time {
	next := r.tick(ctx)
	if !r.free() {
		return next // who finishes nudges
	}
	due, err := r.DB.Read(ctx).DueLanes()
	if err != nil {
		r.complain(ctx, "look for jobs", err)
		return r.DB.Now().Add(lookAgain)
	}
	now := r.DB.Now()
	ready := map[*lineup]bool{}
	for _, d := range due {
		l := r.kinds[d.Kind]
		switch {
		case l == nil: // another version's; it is left alone
		case d.NextAt <= now:
			ready[l] = true
		default:
			next = earlier(next, d.NextAt)
		}
	}
	shares := r.share(ready)
	if len(shares) == 0 {
		return next
	}
	lanes, err := r.claim(ctx, shares)
	if err != nil {
		r.complain(ctx, "take jobs", err)
		return earlier(next, now.Add(lookAgain))
	}
	if len(lanes) == 0 { // others hold them just now (PostgreSQL)
		return earlier(next, now.Add(lookAgain))
	}
	for _, l := range lanes {
		r.begin(l)
	}
	r.Nudge() // there may be more, or the next due time is another one now
	return next
}

func (r *run) complain(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		r.log.Error(what, "error", err)
	}
}

// share deals the free workers to the kinds that are ready: one by one to the kind whose turn it is by weight. A kind
// may hold weight times as many workers as are left free, so that a flood of one kind, or of several, always leaves
// some to whoever comes next. Kinds with workers of their own take no part in it.
func (r *run) share(ready map[*lineup]bool) map[*lineup]share {
	r.mu.Lock()
	defer r.mu.Unlock()
	shares := map[*lineup]share{}
	for l := range ready {
		if l.Workers > 0 {
			if own := l.own(); own.lanes > 0 {
				shares[l] = own
			}
		}
	}
	for free := r.workers - r.busy; free > 0; free-- {
		var first *lineup
		for l := range ready {
			busy := l.busy + shares[l].lanes
			if l.Workers > 0 || busy >= l.Weight*free || l.AtOnce > 0 && busy >= l.AtOnce {
				continue
			}
			l.pass = max(l.pass, r.turn) // who was idle saved nothing up
			if first == nil || l.pass < first.pass || l.pass == first.pass && l.Name < first.Name {
				first = l
			}
		}
		if first == nil {
			break
		}
		r.turn = first.pass
		first.pass += 1 / float64(first.Weight)
		n := shares[first].lanes + 1
		shares[first] = share{lanes: n, failing: n}
	}
	return shares
}

// claim leases as many lanes of each kind as it has a share of.
func (r *run) claim(ctx context.Context, shares map[*lineup]share) (lanes []store.Lane, err error) {
	err = r.DB.Write(ctx, func(tx *store.Tx) error {
		lanes = nil
		for l, n := range shares {
			claimed, err := tx.ClaimLanes(r.owner, tx.Now().Add(leaseTime), l.Name, n.lanes, n.failing, laneJobs)
			if err != nil {
				return err
			}
			lanes = append(lanes, claimed...)
		}
		return nil
	})
	return lanes, err
}

// begin gives a claimed lane to a worker.
func (r *run) begin(l store.Lane) {
	k := r.occupy(l)
	r.wg.Go(func() { r.work(l, k) })
}

func (r *run) occupy(l store.Lane) Kind {
	k := r.kinds[l.Kind]
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count(k, l.Failures > 0, 1)
	return k.Kind
}

// count counts a lane in or out; the caller holds the lock.
func (r *run) count(k *lineup, failing bool, n int) {
	r.held += n
	k.busy += n
	if failing {
		k.failing += n
	}
	if k.Workers == 0 {
		r.busy += n
	}
}

// free tells whether anybody could take a lane.
func (r *run) free() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy < r.workers {
		return true
	}
	for _, l := range r.kinds {
		if l.Workers > l.busy {
			return true
		}
	}
	return false
}

// earlier is the earlier of two times of which 0 is never.
func earlier(a, b model.Time) model.Time {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
