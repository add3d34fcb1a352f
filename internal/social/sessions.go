package social

import (
	"context"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

const (
	// A browser not seen for so long is signed out.
	sessionIdle = 90 * 24 * time.Hour
	// Browsers signed in at once; the oldest goes first.
	maxSessions = 50
	// Times of use are told to the hour: a write per request would cost more than it tells.
	usedEvery = time.Hour
	// A sign-in whose password was right waits so long for its second factor.
	secondFactorFor = 10 * time.Minute
)

// SignIn checks a password. login is an address or a username; nothing tells whether it exists, not even time.
// What comes next is NeedsSecondFactor.
func (s *Social) SignIn(ctx context.Context, login, password, ip string) (*model.User, error) {
	login = cleanEmail(login)
	if err := s.limitAddress(signInPerIP, ip); err != nil {
		return nil, err
	}
	if err := s.limit(signInPerLogin, login); err != nil {
		return nil, err
	}
	hash := ""
	u, err := s.DB.Read(ctx).UserByLogin(login)
	if err != nil && !model.IsNotFound(err) {
		return nil, err
	}
	if err == nil {
		hash = u.PasswordHash
	}
	ok, old, err := s.checkPassword(ctx, hash, password)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, model.Unauthorized("Invalid e-mail address or password.")
	}
	if u.Disabled {
		return nil, model.Forbidden("Your login is currently disabled")
	}
	if old {
		return s.rehash(ctx, u, password)
	}
	return u, nil
}

// rehash keeps a right password in today's form.
func (s *Social) rehash(ctx context.Context, was *model.User, password string) (u *model.User, err error) {
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if u, err = tx.LockUser(was.ID); err != nil {
			return err
		}
		if u.PasswordHash != was.PasswordHash {
			return nil // changed meanwhile
		}
		u.PasswordHash = hash
		return tx.SetUser(u)
	})
	return u, err
}

// NeedsSecondFactor tells whether a password alone does not let somebody in.
func (s *Social) NeedsSecondFactor(ctx context.Context, u *model.User) (bool, error) {
	if u.TOTPSecret != "" {
		return true, nil
	}
	keys, err := s.DB.Read(ctx).Passkeys(u.ID)
	return len(keys) > 0, err
}

// BeginSecondFactor makes the secret that a browser holds between its password and its second factor.
func (s *Social) BeginSecondFactor(ctx context.Context, u *model.User) (secret string, err error) {
	secret = newSecret()
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		return tx.AddMailToken(&model.MailToken{
			Hash: Hash(secret), Kind: model.TokenSecondFactor, UserID: u.ID,
			ExpiresAt: tx.Now().Add(secondFactorFor), CreatedAt: tx.Now(),
		})
	})
	return secret, err
}

// AwaitingSecondFactor finds who holds the secret of BeginSecondFactor.
func (s *Social) AwaitingSecondFactor(ctx context.Context, secret string) (*model.User, error) {
	q := s.DB.Read(ctx)
	t, err := q.MailToken(model.TokenSecondFactor, Hash(secret))
	if err != nil {
		return nil, err
	}
	return q.User(t.UserID)
}

// SecondFactor takes a code of the authenticator app or a recovery code. Each works once.
func (s *Social) SecondFactor(ctx context.Context, secret, code string) (u *model.User, err error) {
	waiting, err := s.AwaitingSecondFactor(ctx, secret)
	if err != nil {
		return nil, err
	}
	if err := s.limit(secondFactorPerUser, waiting.ID.String()); err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		t, err := tx.TakeMailToken(model.TokenSecondFactor, Hash(secret))
		if err != nil {
			return err
		}
		if u, err = tx.LockUser(t.UserID); err != nil {
			return err
		}
		return spendCode(tx, u, code)
	})
	return u, err
}

// spendCode accepts a code and makes it worthless. A refusal undoes the transaction, so the sign-in may try again.
func spendCode(tx *store.Tx, u *model.User, typed string) error {
	code := plainCode(typed)
	if step, ok := totpMatch(u.TOTPSecret, code, tx.Now(), u.TOTPLastStep); ok && u.TOTPSecret != "" {
		u.TOTPLastStep = step
		return tx.SetUser(u)
	}
	for i, hash := range u.RecoveryCodes {
		if SameSecret(hash, code) {
			u.RecoveryCodes = append(u.RecoveryCodes[:i:i], u.RecoveryCodes[i+1:]...)
			return tx.SetUser(u)
		}
	}
	return model.Unauthorized("That code is not right, or it was used already.")
}

// StartSession signs a browser in and gives what its cookie carries.
func (s *Social) StartSession(ctx context.Context, user model.ID, ip, agent string) (secret string, err error) {
	secret = newSecret()
	const maxAgent = 300 // enough to tell browsers apart
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.LockUser(user)
		if err != nil {
			return err
		}
		if u.Disabled {
			return model.Forbidden("Your login is currently disabled")
		}
		u.LastSignInAt = tx.Now()
		if err := tx.SetUser(u); err != nil {
			return err
		}
		if err := tx.SetActive(user); err != nil {
			return err
		}
		return tx.AddSession(&model.Session{
			ID: tx.NewID(), Hash: Hash(secret), UserID: user, IP: ip, UserAgent: agent[:min(len(agent), maxAgent)],
			CreatedAt: tx.Now(), LastUsedAt: tx.Now(),
		}, maxSessions)
	})
	return secret, err
}

// Session finds who a cookie belongs to. Both are nil when it belongs to nobody any more.
func (s *Social) Session(ctx context.Context, secret, ip string) (*model.Session, *model.User, error) {
	q := s.DB.Read(ctx)
	session, err := q.SessionByHash(Hash(secret))
	if model.IsNotFound(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if q.Now().Sub(session.LastUsedAt) > sessionIdle {
		return nil, nil, nil
	}
	u, err := q.User(session.UserID)
	if model.IsNotFound(err) || err == nil && u.Disabled {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if q.Now().Sub(session.LastUsedAt) < usedEvery {
		return session, u, nil
	}
	return session, u, s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.SetActive(u.ID); err != nil {
			return err
		}
		return tx.SetSessionUsed(session.ID, ip)
	})
}

// EndSession signs one of somebody's browsers out.
func (s *Social) EndSession(ctx context.Context, user, session model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.RemoveSession(user, session) })
}

// EndSessions signs all of somebody's browsers out but one (0: none).
func (s *Social) EndSessions(ctx context.Context, user, but model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.RemoveSessions(user, but) })
}

// PruneSecrets is the schedule that forgets what has expired.
func (s *Social) PruneSecrets(ctx context.Context, _ model.PruneSecrets) error {
	const (
		idleApps    = 7 * 24 * time.Hour  // registered, never signed in with
		oldMails    = 30 * 24 * time.Hour // for the owner to look into
		unconfirmed = 7 * 24 * time.Hour  // Mastodon: UserCleanupScheduler, UNCONFIRMED_ACCOUNTS_MAX_AGE_DAYS
		batch       = 100                 // of people in one transaction
	)
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.RemoveExpired(); err != nil {
			return err
		}
		if err := tx.RemoveIdleSessions(tx.Now().Add(-sessionIdle)); err != nil {
			return err
		}
		if err := tx.RemoveIdleApps(tx.Now().Add(-idleApps)); err != nil {
			return err
		}
		if err := tx.RemoveOldMails(tx.Now().Add(-oldMails)); err != nil {
			return err
		}
		gone, err := tx.UnconfirmedUsers(tx.Now().Add(-unconfirmed), batch)
		if err != nil {
			return err
		}
		for _, u := range gone {
			if err := tx.RemoveNewcomer(u); err != nil {
				return err
			}
		}
		return nil
	})
}
