package social

import (
	"context"
	"slices"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

const (
	// moveCooldown is how long after a Move another one of the same account is not believed. Mastodon: MoveHandler
	moveCooldown = 7 * 24 * time.Hour
	// ownMoveCooldown is how long one of ours waits before moving again. Mastodon: AccountMigration::COOLDOWN_PERIOD
	ownMoveCooldown = 30 * 24 * time.Hour
	// moveBatch is how many followers one transaction moves: each is a follow and an unfollow to tell.
	moveBatch = 50
	// maxAliases is how many other accounts one of ours may be known as; nobody has had more homes.
	maxAliases = 32
)

// MoveAccount believes that an account lives elsewhere now, which the caller has checked: the new one says that it is
// also known as the old one. Those of ours who follow the old one follow the new one, by a job. A second Move within
// a week is not believed.
func (s *Social) MoveAccount(ctx context.Context, from, to *model.Account) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockAccounts(from.ID, to.ID); err != nil {
			return err
		}
		from, err := tx.Account(from.ID)
		if err != nil {
			return err
		}
		to, err := tx.Account(to.ID)
		if err != nil {
			return err
		}
		if from.MovedToID == to.ID && from.MovedAt != 0 {
			return nil
		}
		switch {
		case from.ID == to.ID || to.Suspended() || to.MovedToID == from.ID:
			return model.Invalidf("%s cannot have moved to %s", from.Acct(), to.Acct())
		case from.MovedAt != 0 && tx.Now().Sub(from.MovedAt) < moveCooldown:
			return model.Invalidf("%s moved a short while ago", from.Acct())
		}
		if err := tx.SetMoved(from.ID, to.ID, tx.Now()); err != nil {
			return err
		}
		return tx.EnqueueOnce(from.ID.String(), 0, model.MoveFollowers{From: from.ID, To: to.ID})
	})
}

// MoveAway moves one of ours to another account, which must say that it is also known as this one. Followers here and
// elsewhere hear of it.
func (s *Social) MoveAway(ctx context.Context, me *model.Account, target model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockAccounts(me.ID, target); err != nil {
			return err
		}
		me, err := tx.Account(me.ID)
		if err != nil {
			return err
		}
		to, err := tx.Account(target)
		if err != nil {
			return err
		}
		switch {
		case !me.Local() || me.ID == to.ID || me.Suspended():
			return model.Invalidf("Validation failed: Account cannot be moved")
		case to.Suspended():
			return model.ErrNotFound()
		case me.MovedToID == to.ID:
			return model.Invalidf("Validation failed: Target account is the one you have moved to already")
		case !slices.Contains(to.AlsoKnownAs, me.URI):
			return model.Invalidf("Validation failed: Target account is not an alias of this account: name %s there first", me.Acct()+"@"+s.Site.Domain)
		case me.MovedAt != 0 && tx.Now().Sub(me.MovedAt) < ownMoveCooldown:
			return model.Invalidf("Validation failed: You have moved within the last 30 days")
		}
		if err := tx.SetMoved(me.ID, to.ID, tx.Now()); err != nil {
			return err
		}
		if err := s.tell(tx, model.Distribute{Activity: "Update Actor", Actor: me.ID}); err != nil {
			return err
		}
		if err := s.tell(tx, model.Distribute{Activity: "Move", Actor: me.ID, Account: to.ID}); err != nil {
			return err
		}
		return tx.EnqueueOnce(me.ID.String(), 0, model.MoveFollowers{From: me.ID, To: to.ID})
	})
}

// StayHere takes back that one of ours lives elsewhere; followers that went do not come back.
func (s *Social) StayHere(ctx context.Context, me *model.Account) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		a, err := tx.Account(me.ID)
		if err != nil || a.MovedToID == 0 {
			return err
		}
		if err := tx.SetMoved(a.ID, 0, a.MovedAt); err != nil {
			return err
		}
		return s.tellProfile(tx, a.ID)
	})
}

// SetAlias says that one of ours is also known as another account, so that that one may move here; or no longer says so.
func (s *Social) SetAlias(ctx context.Context, me, other *model.Account, on bool) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockAccounts(me.ID); err != nil {
			return err
		}
		a, err := tx.Account(me.ID)
		if err != nil {
			return err
		}
		if other.ID == a.ID {
			return model.Invalidf("Validation failed: An account is no alias of itself")
		}
		uris := slices.DeleteFunc(slices.Clone(a.AlsoKnownAs), func(u string) bool { return u == other.URI })
		if on {
			if len(uris) >= maxAliases {
				return model.Invalidf("Validation failed: Aliases are at most %d", maxAliases)
			}
			uris = append(uris, other.URI)
		}
		if slices.Equal(uris, a.AlsoKnownAs) {
			return nil
		}
		if err := tx.SetAliases(a.ID, uris); err != nil {
			return err
		}
		return s.tellProfile(tx, a.ID)
	})
}

// MoveFollowers lets those of ours who follow an account follow the one it moved to, and carries over what people here
// noted of it or have against it. Mastodon: MoveWorker
func (s *Social) MoveFollowers(ctx context.Context, job model.MoveFollowers) error {
	q := s.DB.Read(ctx)
	from, err := q.Account(job.From)
	if err != nil {
		return unlessGone(err)
	}
	to, err := q.Account(job.To)
	if err != nil {
		return unlessGone(err)
	}
	if from.MovedToID != to.ID || to.Suspended() {
		return nil
	}
	for after, more := model.ID(0), true; more; {
		batch, err := s.DB.Read(ctx).LocalFollows(from.ID, after, moveBatch)
		if err != nil {
			return err
		}
		if more = len(batch) == moveBatch; len(batch) == 0 {
			break
		}
		after = batch[len(batch)-1].ID
		if err := s.DB.Write(ctx, func(tx *store.Tx) error { return s.moveSome(tx, batch, to.ID) }); err != nil {
			return err
		}
	}
	return s.carryOver(ctx, from, to)
}

func unlessGone(err error) error {
	if model.IsNotFound(err) {
		return nil
	}
	return err
}

// moveSome lets some followers follow the new account and leave the old one. Who may not follow it stays where they are.
func (s *Social) moveSome(tx *store.Tx, batch []model.Follow, target model.ID) error {
	if err := tx.LockAccounts(append(ends(batch), target)...); err != nil {
		return err
	}
	to, err := tx.Account(target)
	if err != nil {
		return err
	}
	for _, was := range batch {
		f, err := tx.FollowOf(was.AccountID, was.TargetID)
		if err != nil {
			return err
		}
		me, err := tx.Account(was.AccountID)
		if err != nil {
			return err
		}
		barred, err := tx.Barred(me, to)
		if err != nil {
			return err
		}
		if f == nil || me.ID == to.ID || mayFollow(to, barred) != nil {
			continue
		}
		lists, err := tx.ListsHolding(me.ID, f.TargetID)
		if err != nil {
			return err
		}
		known, err := tx.FollowsOrAsked(me.ID, []model.ID{to.ID})
		if err != nil {
			return err
		}
		if !known[to.ID] {
			o := FollowOptions{Reblogs: &f.ShowReblogs, Notify: &f.Notify, Languages: &f.Languages, AnyLimit: true}
			if err := s.follow(tx, me, to, o); err != nil {
				return err
			}
		}
		for _, l := range lists {
			if _, err := tx.AddToList(&l, to.ID); err != nil {
				return err
			}
		}
		if err := s.part(tx, me.ID, f.TargetID); err != nil {
			return err
		}
	}
	return nil
}

// carryOver brings notes, blocks and mutes of an account over to the one it moved to.
func (s *Social) carryOver(ctx context.Context, from, to *model.Account) error {
	old := from.Acct()
	if from.Local() {
		old += "@" + s.Site.Domain
	}
	if err := upward(func(after model.ID) (model.ID, int, error) {
		list, err := s.DB.Read(ctx).NotesAbout(from.ID, after, moveBatch)
		if err != nil || len(list) == 0 {
			return 0, 0, err
		}
		return list[len(list)-1].AccountID, len(list), s.DB.Write(ctx, func(tx *store.Tx) error {
			for _, n := range list {
				if err := addNote(tx, n.AccountID, to.ID, "This user moved from "+old+", here were your previous notes about them:\n\n"+n.Comment); err != nil {
					return err
				}
			}
			return nil
		})
	}); err != nil {
		return err
	}
	if err := upward(func(after model.ID) (model.ID, int, error) {
		list, err := s.DB.Read(ctx).LocalBlockers(from.ID, after, moveBatch)
		if err != nil || len(list) == 0 {
			return 0, 0, err
		}
		return list[len(list)-1].ID, len(list), s.DB.Write(ctx, func(tx *store.Tx) error {
			for _, b := range list {
				if err := s.carryBlock(tx, b.AccountID, to, "This user moved from "+old+", which you had blocked."); err != nil {
					return err
				}
			}
			return nil
		})
	}); err != nil {
		return err
	}
	return upward(func(after model.ID) (model.ID, int, error) {
		list, err := s.DB.Read(ctx).LocalMuters(from.ID, after, moveBatch)
		if err != nil || len(list) == 0 {
			return 0, 0, err
		}
		return list[len(list)-1].ID, len(list), s.DB.Write(ctx, func(tx *store.Tx) error {
			for _, m := range list {
				if err := carryMute(tx, m, to, "This user moved from "+old+", which you had muted."); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// upward calls step with the place the last one ended at, until one finds less than a batch.
func upward(step func(after model.ID) (last model.ID, n int, err error)) error {
	for after, n := model.ID(0), moveBatch; n == moveBatch; {
		var err error
		if after, n, err = step(after); err != nil {
			return err
		}
	}
	return nil
}

// carryBlock blocks where an account moved to for somebody who blocked it, unless they decided about that one already.
func (s *Social) carryBlock(tx *store.Tx, me model.ID, to *model.Account, note string) error {
	if me == to.ID {
		return nil
	}
	if err := tx.LockAccounts(me, to.ID); err != nil {
		return err
	}
	blocked, err := tx.Blocking(me, to.ID)
	if err != nil || blocked {
		return err
	}
	follows, err := tx.FollowsOrAsked(me, []model.ID{to.ID})
	if err != nil || follows[to.ID] {
		return err
	}
	if err := s.dismiss(tx, to.ID, me); err != nil {
		return err
	}
	if err := s.block(tx, me, to, ""); err != nil {
		return err
	}
	if err := tx.ForgetSender(me, to.ID); err != nil {
		return err
	}
	return addNote(tx, me, to.ID, note)
}

func carryMute(tx *store.Tx, m model.Mute, to *model.Account, note string) error {
	if m.AccountID == to.ID {
		return nil
	}
	if muted, err := tx.Muting(m.AccountID, to.ID); err != nil || muted {
		return err
	}
	follows, err := tx.FollowsOrAsked(m.AccountID, []model.ID{to.ID})
	if err != nil || follows[to.ID] {
		return err
	}
	m.ID, m.TargetID = tx.NewID(), to.ID
	if err := tx.AddMute(&m); err != nil {
		return err
	}
	return addNote(tx, m.AccountID, to.ID, note)
}

// addNote adds a text to somebody's private note about another, once.
func addNote(tx *store.Tx, me, other model.ID, add string) error {
	was, err := tx.NoteAbout(me, other)
	if err != nil {
		return err
	}
	switch {
	case was == "":
	case len(was) >= len(add) && was[len(was)-len(add):] == add:
		return nil
	default:
		add = was + "\n\n" + add
	}
	if r := []rune(add); len(r) > maxNote {
		add = string(r[:maxNote])
	}
	return tx.SetNote(me, other, add)
}

// Refollow asks an account anew on behalf of those of ours who follow it, because its server has forgotten them; until
// it answers they wait. Mastodon: RefollowWorker
func (s *Social) Refollow(ctx context.Context, job model.Refollow) error {
	for more := true; more; {
		err := s.DB.Write(ctx, func(tx *store.Tx) error {
			to, err := tx.Account(job.Account)
			if err != nil {
				more = false
				return unlessGone(err)
			}
			batch, err := tx.LocalFollows(to.ID, 0, moveBatch)
			if err != nil {
				return err
			}
			if more = len(batch) == moveBatch; to.Local() || to.Suspended() {
				more = false
				return nil
			}
			if err := tx.LockAccounts(append(ends(batch), to.ID)...); err != nil {
				return err
			}
			for _, f := range batch {
				if err := s.refollow(tx, f, to); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Social) refollow(tx *store.Tx, f model.Follow, to *model.Account) error {
	me, err := tx.Account(f.AccountID)
	if err != nil {
		return err
	}
	lists, err := tx.ListsHolding(me.ID, to.ID)
	if err != nil {
		return err
	}
	if _, _, err := loosen(tx, me.ID, to.ID); err != nil {
		return err
	}
	o := FollowOptions{Reblogs: &f.ShowReblogs, Notify: &f.Notify, Languages: &f.Languages, AnyLimit: true}
	if err := s.follow(tx, me, to, o); err != nil {
		return err
	}
	for _, l := range lists {
		if _, err := tx.AddToList(&l, to.ID); err != nil {
			return err
		}
	}
	return nil
}
