package social

import (
	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// tell lets other servers hear of what an account of ours did; federation's table of outgoing activities says what
// each needs. It does nothing for others' accounts, which their own servers tell of, and while no other server is
// known. What one account did is told in the order it did it.
func (s *Social) tell(tx *store.Tx, d model.Distribute) error { return s.tellAt(tx, tx.Now(), d) }

// tellAt is tell, not before t.
func (s *Social) tellAt(tx *store.Tx, t model.Time, d model.Distribute) error {
	ours, err := s.telling(tx, d.Actor)
	if err != nil || !ours {
		return err
	}
	return tx.EnqueueAt(t, d.Actor.String(), d)
}

// telling says whether what an account does concerns other servers at all: before more is read to tell them.
func (s *Social) telling(tx *store.Tx, actor model.ID) (bool, error) {
	any, err := tx.AnyRemote()
	if err != nil || !any {
		return false, err
	}
	return tx.Ours(actor)
}
