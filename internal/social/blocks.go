package social

import (
	"context"
	"slices"
	"strings"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

// Block ends everything between two accounts and keeps it so (Mastodon API: accounts/:id/block). Bookmarks and
// favourites stay.
func (s *Social) Block(ctx context.Context, me *model.Account, id model.ID) (*model.Relationship, error) {
	return s.BlockNamed(ctx, me, id, "")
}

// BlockNamed is Block with the address that the block has on the server of whoever blocks; "" for ours.
func (s *Social) BlockNamed(ctx context.Context, me *model.Account, id model.ID, uri string) (*model.Relationship, error) {
	return s.toward(ctx, me, id, func(tx *store.Tx, other *model.Account) error {
		if err := s.part(tx, me.ID, other.ID); err != nil {
			return err
		}
		if err := s.dismiss(tx, other.ID, me.ID); err != nil {
			return err
		}
		if err := s.block(tx, me.ID, other, uri); err != nil {
			return err
		}
		return tx.ForgetSender(me.ID, other.ID)
	})
}

// block writes a block and tells the other's server of one of ours.
func (s *Social) block(tx *store.Tx, me model.ID, other *model.Account, uri string) error {
	was, err := tx.BlockOf(me, other.ID)
	if err != nil {
		return err
	}
	if was == nil {
		if err := tx.AddBlock(me, other.ID); err != nil {
			return err
		}
	} else if uri == "" {
		uri = was.URI
	}
	ours, err := tx.Ours(me)
	if err != nil {
		return err
	}
	if uri == "" && ours && !other.Local() {
		uri = s.newURI(tx)
	}
	if uri != "" {
		if err := tx.SetBlockURI(me, other.ID, uri); err != nil {
			return err
		}
	}
	return s.tellAbroad(tx, other.ID, model.Distribute{Activity: "Block", Actor: me, Account: other.ID, URI: uri})
}

// Unblock takes a block back (Mastodon API: accounts/:id/unblock).
func (s *Social) Unblock(ctx context.Context, me *model.Account, id model.ID) (*model.Relationship, error) {
	return s.toward(ctx, me, id, func(tx *store.Tx, other *model.Account) error {
		was, err := tx.BlockOf(me.ID, other.ID)
		if err != nil || was == nil {
			return err
		}
		if err := tx.RemoveBlock(me.ID, other.ID); err != nil {
			return err
		}
		return s.tellAbroad(tx, other.ID, model.Distribute{Activity: "Undo Block", Actor: me.ID, Account: other.ID, URI: was.URI})
	})
}

// Mute hides somebody, for a while when duration is not 0 (Mastodon API: accounts/:id/mute).
func (s *Social) Mute(ctx context.Context, me *model.Account, id model.ID, notifications bool, duration time.Duration) (*model.Relationship, error) {
	return s.toward(ctx, me, id, func(tx *store.Tx, other *model.Account) error {
		m := &model.Mute{ID: tx.NewID(), AccountID: me.ID, TargetID: other.ID, HideNotifications: notifications, CreatedAt: tx.Now()}
		if duration > 0 {
			m.ExpiresAt = tx.Now().Add(duration)
		}
		if err := tx.AddMute(m); err != nil {
			return err
		}
		if !notifications {
			return nil
		}
		return tx.ForgetSender(me.ID, other.ID)
	})
}

// Unmute takes a mute back (Mastodon API: accounts/:id/unmute).
func (s *Social) Unmute(ctx context.Context, me *model.Account, id model.ID) (*model.Relationship, error) {
	return s.toward(ctx, me, id, func(tx *store.Tx, other *model.Account) error { return tx.RemoveMute(me.ID, other.ID) })
}

// expiredBatch is how many expired mutes one transaction removes.
const expiredBatch = 500

// ForgetExpired removes mutes whose time is over; they stopped to matter at that moment, but home feeds in memory are
// built anew only now. A schedule runs it every minute.
func (s *Social) ForgetExpired(ctx context.Context) error {
	for n := expiredBatch; n == expiredBatch; {
		err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.RemoveExpiredMutes(expiredBatch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// BlockDomain hides a whole server and ends all follows with it (Mastodon API: POST /api/v1/domain_blocks).
func (s *Social) BlockDomain(ctx context.Context, me *model.Account, domain string) error {
	name, err := blockable(domain)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockAccounts(me.ID); err != nil {
			return err
		}
		if err := tx.AddDomainBlock(me.ID, name); err != nil {
			return err
		}
		if err := s.severedByOneself(tx, me, name); err != nil {
			return err
		}
		bonds, err := tx.BondsWith(me.ID, name)
		if err != nil {
			return err
		}
		if err := tx.SeverDomain(me.ID, name); err != nil {
			return err
		}
		return s.tellSevered(tx, me.ID, bonds)
	})
}

// tellSevered lets other servers hear that one of ours ended these follows and requests.
func (s *Social) tellSevered(tx *store.Tx, me model.ID, b store.Bonds) error {
	for _, f := range slices.Concat(b.Following, b.Requested) {
		if err := s.tell(tx, model.Distribute{Activity: "Undo Follow", Actor: me, Account: f.TargetID, URI: f.URI}); err != nil {
			return err
		}
	}
	for _, f := range slices.Concat(b.Followers, b.Asking) {
		if err := s.tell(tx, model.Distribute{Activity: "Reject Follow", Actor: me, Account: f.AccountID, URI: f.URI}); err != nil {
			return err
		}
	}
	return nil
}

// UnblockDomain takes the block of a server back (Mastodon API: DELETE /api/v1/domain_blocks).
func (s *Social) UnblockDomain(ctx context.Context, me *model.Account, domain string) error {
	name, err := blockable(domain)
	if err != nil {
		return nil // what cannot be blocked is not
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.RemoveDomainBlock(me.ID, name) })
}

// PreviewDomainBlock counts the follows that blocking a server would end (Mastodon API: domain_blocks/preview).
func (s *Social) PreviewDomainBlock(ctx context.Context, me *model.Account, domain string) (following, followers int64, err error) {
	name, err := blockable(domain)
	if err != nil {
		return 0, 0, nil
	}
	return s.DB.Read(ctx).FollowsWith(me.ID, name)
}

// blockable is a domain as we spell it.
func blockable(domain string) (string, error) {
	domain = strings.TrimSpace(domain)
	if domain == "" {
		return "", model.Invalidf("Validation failed: Domain can't be blank")
	}
	name, ok := text.Domain(strings.TrimPrefix(domain, "@"))
	if !ok {
		return "", model.Invalidf("Validation failed: Domain is not a valid domain name")
	}
	return name, nil
}

// maxNote bounds the private note about somebody (Mastodon: AccountNote).
const maxNote = 2000

// SetNote keeps my private note about somebody; a blank one removes it (Mastodon API: accounts/:id/note).
func (s *Social) SetNote(ctx context.Context, me *model.Account, id model.ID, comment string) (*model.Relationship, error) {
	if text.Characters(comment) > maxNote {
		return nil, model.Invalidf("Validation failed: Comment is too long (maximum is %d characters)", maxNote)
	}
	if strings.TrimSpace(comment) == "" {
		comment = ""
	}
	return s.toward(ctx, me, id, func(tx *store.Tx, other *model.Account) error { return tx.SetNote(me.ID, other.ID, comment) })
}

// Endorse features somebody I follow on my profile (Mastodon API: accounts/:id/endorse).
func (s *Social) Endorse(ctx context.Context, me *model.Account, id model.ID) (*model.Relationship, error) {
	refuse := model.Invalidf("Validation failed: You must be already following the person you want to endorse")
	if me.ID == id {
		return nil, refuse
	}
	return s.toward(ctx, me, id, func(tx *store.Tx, other *model.Account) error {
		follows, err := tx.Follows(me.ID, other.ID)
		if err != nil {
			return err
		}
		if !follows {
			return refuse
		}
		return tx.AddEndorsement(me.ID, other.ID)
	})
}

// Unendorse takes somebody off my profile (Mastodon API: accounts/:id/unendorse).
func (s *Social) Unendorse(ctx context.Context, me *model.Account, id model.ID) (*model.Relationship, error) {
	return s.toward(ctx, me, id, func(tx *store.Tx, other *model.Account) error { return tx.RemoveEndorsement(me.ID, other.ID) })
}
