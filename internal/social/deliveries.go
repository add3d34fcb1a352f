package social

import (
	"context"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Spreading is a part of an activity's way to its inboxes.
type Spreading struct {
	Activity *model.OutgoingActivity
	New      bool               // the document is not kept yet
	More     []model.Distribute // told along with it, when it is new
	Now      []store.Errand     // Deliver, by host
	Soon     []store.Errand     // Deliver to those who have never taken anything: they wait a little
	Later    []store.Errand     // DeliverLater
	Reached  string             // the last inbox of this part
}

const soon = time.Second // by then those known to answer are under way

// Spread keeps an activity and gives some of its inboxes their jobs, all or nothing, so that what a crash interrupts
// goes on where it stopped.
func (s *Social) Spread(ctx context.Context, p Spreading) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if p.New {
			a := *p.Activity
			a.Reached, a.CreatedAt = p.Reached, tx.Now()
			if err := tx.AddActivity(&a); err != nil {
				return err
			}
			for _, d := range p.More {
				if err := tx.EnqueueAt(tx.Now(), d.Actor.String(), d); err != nil {
					return err
				}
			}
		} else if err := tx.SetReached(p.Activity.ID, p.Reached); err != nil {
			return err
		}
		if err := tx.EnqueueAll(tx.Now(), p.Now); err != nil {
			return err
		}
		if err := tx.EnqueueAll(tx.Now().Add(soon), p.Soon); err != nil {
			return err
		}
		return tx.EnqueueAll(tx.Now(), p.Later)
	})
}

const (
	// No delivery lives so long: the last try comes within eleven days even of a lane that failed all the time.
	keepActivities = 14 * 24 * time.Hour
	// Deliveries given up are kept so long for an admin to see and replay.
	keepBuried = 7 * 24 * time.Hour
	// Rows in one transaction, so that others need not wait for it.
	prunedDeliveries = 500
)

// PruneDeliveries forgets activities that nothing can need any more, and deliveries given up long ago.
func (s *Social) PruneDeliveries(ctx context.Context) error {
	now := s.DB.Now()
	for _, prune := range []func(tx *store.Tx) (int64, error){
		func(tx *store.Tx) (int64, error) {
			return tx.PruneActivities(now.Add(-keepActivities), prunedDeliveries)
		},
		func(tx *store.Tx) (int64, error) {
			return tx.PruneBuried(model.Deliver{}.Kind(), now.Add(-keepBuried), prunedDeliveries)
		},
		func(tx *store.Tx) (int64, error) {
			return tx.PruneBuried(model.DeliverLater{}.Kind(), now.Add(-keepBuried), prunedDeliveries)
		},
	} {
		for n := int64(prunedDeliveries); n == prunedDeliveries; {
			err := s.DB.Write(ctx, func(tx *store.Tx) (err error) { n, err = prune(tx); return err })
			if err != nil {
				return err
			}
		}
	}
	return nil
}
