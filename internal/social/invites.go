package social

import (
	"context"
	"crypto/rand"
	"strings"
	"time"
	"unicode/utf8"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

const (
	maxInviteUses    = 1000
	maxInviteComment = 420 // Mastodon: Invite::COMMENT_SIZE_LIMIT
	inviteCode       = 12  // characters of five bits: as hard to guess as a good password
)

func errInvite() error { return model.Invalidf("This invitation is not valid any more") }

// Invite finds an invitation that can still be used.
func (s *Social) Invite(ctx context.Context, code string) (*model.Invite, error) {
	q := s.DB.Read(ctx)
	i, err := q.InviteByCode(code)
	if model.IsNotFound(err) {
		return nil, errInvite()
	}
	if err != nil {
		return nil, err
	}
	if i.MaxUses != 0 && i.Uses >= i.MaxUses || i.ExpiresAt != 0 && i.ExpiresAt <= q.Now() {
		return nil, errInvite()
	}
	return i, nil
}

// CreateInvite makes an invitation; maxUses 0 and lasts 0 mean without limit. A nil u is the server itself.
func (s *Social) CreateInvite(ctx context.Context, u *model.User, maxUses int64, lasts time.Duration, comment string) (i *model.Invite, err error) {
	if u != nil && (!u.MayAct() || !u.Role.Can(model.PermInviteUsers)) {
		return nil, model.ErrForbidden()
	}
	if maxUses < 0 || maxUses > maxInviteUses || lasts < 0 || utf8.RuneCountInString(comment) > maxInviteComment {
		return nil, model.Invalidf("Validation failed: Max uses must be at most %d, comment at most %d characters", maxInviteUses, maxInviteComment)
	}
	code := strings.ToLower(rand.Text()[:inviteCode])
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		i = &model.Invite{ID: tx.NewID(), Code: code, Comment: comment, MaxUses: maxUses, CreatedAt: tx.Now()}
		if u != nil {
			i.UserID = u.ID
		}
		if lasts > 0 {
			i.ExpiresAt = tx.Now().Add(lasts)
		}
		return tx.AddInvite(i)
	})
	return i, err
}

// ExpireInvite ends one of somebody's invitations.
func (s *Social) ExpireInvite(ctx context.Context, u *model.User, id model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.ExpireInvite(u.ID, id) })
}
