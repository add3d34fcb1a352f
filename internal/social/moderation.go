package social

import (
	"context"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Suspend hides an account and all it wrote from everybody, or takes that back; what was deleted stays deleted.
func (s *Social) Suspend(ctx context.Context, id model.ID, on bool) error {
	return s.treat(ctx, id, func(tx *store.Tx, a *model.Account, as *store.Treatment) error {
		if on {
			as.SuspendedAt, as.SuspendedBy = since(as.SuspendedAt, tx.Now()), byUs
			return s.dismissAll(tx, a)
		}
		as.SuspendedAt, as.SuspendedBy = 0, ""
		if !a.Local() {
			return nil
		}
		_, err := tx.UserOf(a.ID)
		if model.IsNotFound(err) {
			return model.Invalidf("The account %s was deleted and cannot come back", a.Username)
		}
		return err
	})
}

// dismissAll ends the follows of people here by an account of another server, which is suspended here and not there: its
// server would go on showing it what is meant for followers. (Mastodon: SuspendAccountService#reject_remote_follows!)
func (s *Social) dismissAll(tx *store.Tx, a *model.Account) error {
	if a.Local() {
		return nil
	}
	ids, err := tx.LocalFollowedBy(a.ID)
	if err != nil {
		return err
	}
	if err := tx.LockAccounts(append(ids, a.ID)...); err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.dismiss(tx, a.ID, id); err != nil {
			return err
		}
	}
	return nil
}

// Silence shows an account only to those who follow it (API: limit), or takes that back.
func (s *Social) Silence(ctx context.Context, id model.ID, on bool) error {
	return s.treat(ctx, id, func(tx *store.Tx, _ *model.Account, as *store.Treatment) error {
		if !on {
			as.SilencedAt, as.SilencedBy = 0, ""
			return nil
		}
		as.SilencedAt, as.SilencedBy = since(as.SilencedAt, tx.Now()), byUs
		return nil
	})
}

// since keeps the time something was so first.
func since(was, now model.Time) model.Time {
	if was != 0 {
		return was
	}
	return now
}

// Memorialize marks an account as that of somebody who died, or takes that back.
func (s *Social) Memorialize(ctx context.Context, id model.ID, on bool) error {
	return s.treat(ctx, id, func(_ *store.Tx, _ *model.Account, as *store.Treatment) error {
		as.Memorial = on
		return nil
	})
}

// treat changes how moderators treat an account.
func (s *Social) treat(ctx context.Context, id model.ID, change func(*store.Tx, *model.Account, *store.Treatment) error) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockAccounts(id); err != nil {
			return err
		}
		a, err := tx.Account(id)
		if err != nil {
			return err
		}
		as := store.TreatmentOf(a)
		if err := change(tx, a, &as); err != nil {
			return err
		}
		if err := tx.SetTreatment(id, as); err != nil {
			return err
		}
		return s.tellProfile(tx, id)
	})
}

// DeleteAccount deletes a local account: at once it is blank, signed out and suspended for good; a job then erases
// what it wrote and had with others. Its row stays, so that nobody takes the name.
// Mastodon: DeleteAccountService
func (s *Social) DeleteAccount(ctx context.Context, id model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockAccounts(id); err != nil {
			return err
		}
		a, err := tx.Account(id)
		if err != nil {
			return err
		}
		if !a.Local() {
			return model.Invalidf("The account %s belongs to another server", a.Acct())
		}
		if err := s.tell(tx, model.Distribute{Activity: "Delete Actor", Actor: id, Object: a.URI, Followers: true, Public: true}); err != nil {
			return err
		}
		if err := tx.BlankAccount(id); err != nil {
			return err
		}
		return tx.Enqueue(model.DeleteAccount{Account: id})
	})
}

// eraseBatch is how many rows one transaction of an erasure touches, so that others' writes come between.
const eraseBatch = 100

// FinishDelete erases all that a deleted account wrote and had with others, batch by batch. Whatever an interrupted run
// left, the next one finds.
func (s *Social) FinishDelete(ctx context.Context, job model.DeleteAccount) error {
	id := job.Account
	a, err := s.DB.Read(ctx).Account(id)
	if model.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if !a.Suspended() {
		if !a.Local() {
			return nil // its server thought better of it
		}
		return model.Invalidf("The account %s is not deleted", a.Acct())
	}
	if busy, err := s.DB.Read(ctx).Busy(model.Distribute{}, id.String()); err != nil || busy {
		if busy {
			err = model.Unavailable("The followers' servers are told first", nil)
		}
		return err
	}
	for _, erase := range []func(*store.Tx) (bool, error){
		func(tx *store.Tx) (bool, error) { return tx.EraseFollows(id, eraseBatch) },
		func(tx *store.Tx) (bool, error) { return tx.EraseFavourites(id, eraseBatch) },
		func(tx *store.Tx) (bool, error) { return tx.EraseStatuses(id, eraseBatch) },
		func(tx *store.Tx) (bool, error) { return false, tx.EraseRest(id) },
	} {
		for more := true; more; {
			if err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
				more, err = erase(tx)
				return err
			}); err != nil {
				return err
			}
		}
	}
	return nil
}
