package social

import (
	"context"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// FollowAccepted takes in that somebody elsewhere let one of ours follow them; they had to be asked. The request is
// found by who asked whom, because not everybody names it rightly.
func (s *Social) FollowAccepted(ctx context.Context, follower, target *model.Account, _ string) error {
	return s.answered(ctx, follower, target, func(tx *store.Tx) error {
		f, err := tx.FollowRequestOf(follower.ID, target.ID)
		if err != nil {
			return err
		}
		if f != nil {
			return tx.AcceptFollow(*f)
		}
		follows, err := tx.Follows(follower.ID, target.ID)
		if err == nil && !follows {
			err = model.NotFound("Nobody asked to follow")
		}
		return err
	})
}

// FollowRejected takes in that somebody elsewhere does not let one of ours follow them, or no longer does.
func (s *Social) FollowRejected(ctx context.Context, follower, target *model.Account, _ string) error {
	return s.answered(ctx, follower, target, func(tx *store.Tx) error {
		_, _, err := loosen(tx, follower.ID, target.ID)
		return err
	})
}

// UndoFollow takes in that somebody elsewhere no longer follows one of ours, or no longer asks to.
func (s *Social) UndoFollow(ctx context.Context, follower, target *model.Account, _ string) error {
	return s.answered(ctx, follower, target, func(tx *store.Tx) error {
		_, _, err := loosen(tx, follower.ID, target.ID)
		return err
	})
}

func (s *Social) answered(ctx context.Context, a, b *model.Account, verb func(*store.Tx) error) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockAccounts(a.ID, b.ID); err != nil {
			return err
		}
		return verb(tx)
	})
}
