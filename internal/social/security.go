package social

import (
	"context"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// A reset link's life, as Mastodon's (Devise reset_password_within).
const resetFor = 6 * time.Hour

// errPassword refuses a current password.
func errPassword() error {
	return &model.Error{
		Kind: model.KindInvalid, Text: "The current password is not right.",
		Fields: map[string][]model.FieldFail{"current_password": {{Error: "ERR_INVALID", Description: "is not right"}}},
	}
}

// ConfirmPassword checks the password of somebody who is signed in and about to change what guards their account.
func (s *Social) ConfirmPassword(ctx context.Context, u *model.User, password string) error {
	if err := s.limit(passwordPerUser, u.ID.String()); err != nil {
		return err
	}
	ok, _, err := s.checkPassword(ctx, u.PasswordHash, password)
	if err != nil || ok {
		return err
	}
	return errPassword()
}

// RequestReset mails a link that sets a new password, if the address is somebody's. Nobody learns whether it is.
func (s *Social) RequestReset(ctx context.Context, email, ip string) error {
	email = cleanEmail(email)
	if err := s.limitAddress(resetPerIP, ip); err != nil {
		return err
	}
	if err := s.limit(resetPerEmail, email); err != nil {
		return err
	}
	secret := newSecret()
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.UserByEmail(email)
		if model.IsNotFound(err) {
			// As much work as for somebody, so that time tells nothing: a secret that nobody has, of nobody.
			return tx.AddMailToken(&model.MailToken{Hash: Hash(secret), Kind: model.TokenReset, ExpiresAt: tx.Now(), CreatedAt: tx.Now()})
		}
		if err != nil {
			return err
		}
		if err := tx.RemoveMailTokens(model.TokenReset, u.ID); err != nil {
			return err
		}
		if err := tx.AddMailToken(&model.MailToken{
			Hash: Hash(secret), Kind: model.TokenReset, UserID: u.ID, Email: u.Email,
			ExpiresAt: tx.Now().Add(resetFor), CreatedAt: tx.Now(),
		}); err != nil {
			return err
		}
		return s.mail(tx, u.Email, u.Locale, "reset", s.Site.Base+"/auth/password/edit?reset_password_token="+secret)
	})
}

// ResetPassword spends the link of RequestReset. All browsers are signed out and all apps lose access, because
// somebody who had the old password may be behind them.
func (s *Social) ResetPassword(ctx context.Context, secret, password, ip string) (u *model.User, err error) {
	if err := s.limitAddress(resetPerIP, ip); err != nil {
		return nil, err
	}
	if _, err := s.DB.Read(ctx).MailToken(model.TokenReset, Hash(secret)); err != nil {
		return nil, err
	}
	if f := passwordFails(password); f != nil {
		return nil, signUpError(map[string][]model.FieldFail{"password": f})
	}
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		t, err := tx.TakeMailToken(model.TokenReset, Hash(secret))
		if err != nil {
			return err
		}
		if u, err = tx.LockUser(t.UserID); err != nil {
			return err
		}
		if t.Email != u.Email {
			return model.ErrNotFound() // the address is not theirs any more
		}
		u.PasswordHash = hash
		if err := tx.RemoveMailTokens(model.TokenSecondFactor, u.ID); err != nil {
			return err
		}
		if err := tx.RemoveSessions(u.ID, 0); err != nil {
			return err
		}
		if err := tx.RemoveTokens(u, 0); err != nil {
			return err
		}
		if err := tx.SetUser(u); err != nil {
			return err
		}
		return s.mail(tx, u.Email, u.Locale, "password_changed", "")
	})
	return u, err
}

// ChangePassword sets a new password for somebody who knows the old one; other browsers are signed out.
func (s *Social) ChangePassword(ctx context.Context, u *model.User, session model.ID, current, password string) error {
	if err := s.ConfirmPassword(ctx, u, current); err != nil {
		return err
	}
	if f := passwordFails(password); f != nil {
		return signUpError(map[string][]model.FieldFail{"password": f})
	}
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return s.changeUser(ctx, u.ID, "password_changed", func(tx *store.Tx, u *model.User) error {
		u.PasswordHash = hash
		if err := tx.RemoveMailTokens(model.TokenReset, u.ID); err != nil {
			return err
		}
		return tx.RemoveSessions(u.ID, session)
	})
}

// changeUser is one change of a login that its owner hears of by mail.
func (s *Social) changeUser(ctx context.Context, id model.ID, mail string, change func(*store.Tx, *model.User) error) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.LockUser(id)
		if err != nil {
			return err
		}
		if err := change(tx, u); err != nil {
			return err
		}
		if err := tx.SetUser(u); err != nil {
			return err
		}
		return s.mail(tx, u.Email, u.Locale, mail, "")
	})
}

// ChangeEmail asks a new address to confirm itself, and tells the old one.
func (s *Social) ChangeEmail(ctx context.Context, u *model.User, current, email string) error {
	if err := s.ConfirmPassword(ctx, u, current); err != nil {
		return err
	}
	email = cleanEmail(email)
	if f := emailFails(email); f != nil {
		return signUpError(map[string][]model.FieldFail{"email": f})
	}
	if err := s.limit(confirmPerUser, u.ID.String()); err != nil {
		return err
	}
	return s.changeUser(ctx, u.ID, "email_changing", func(tx *store.Tx, u *model.User) error {
		taken, err := tx.EmailTaken(email)
		if err != nil {
			return err
		}
		if taken {
			return signUpError(map[string][]model.FieldFail{"email": takenFail()})
		}
		u.UnconfirmedEmail = email
		return s.mailConfirmation(tx, u, email)
	})
}

// EnableTOTP turns the authenticator app on, once a code shows that the app has the secret. The recovery codes are
// new when there were none.
func (s *Social) EnableTOTP(ctx context.Context, u *model.User, current, secret, code string) (codes []string, err error) {
	if err := s.ConfirmPassword(ctx, u, current); err != nil {
		return nil, err
	}
	err = s.changeUser(ctx, u.ID, "second_factor_on", func(tx *store.Tx, u *model.User) error {
		step, ok := totpMatch(secret, plainCode(code), tx.Now(), 0)
		if !ok {
			return &model.Error{
				Kind: model.KindInvalid, Text: "The code is not right. Is the clock of your phone?",
				Fields: map[string][]model.FieldFail{"code": {{Error: "ERR_INVALID", Description: "is not right"}}},
			}
		}
		u.TOTPSecret, u.TOTPLastStep = secret, step
		codes = firstCodes(u)
		return nil
	})
	return codes, err
}

// firstCodes gives recovery codes to somebody who has none left.
func firstCodes(u *model.User) (codes []string) {
	if len(u.RecoveryCodes) == 0 {
		codes, u.RecoveryCodes = newRecoveryCodes()
	}
	return codes
}

// DisableTOTP turns the authenticator app off. Without any second factor the recovery codes go too.
func (s *Social) DisableTOTP(ctx context.Context, u *model.User, current string) error {
	if err := s.ConfirmPassword(ctx, u, current); err != nil {
		return err
	}
	return s.changeUser(ctx, u.ID, "second_factor_off", func(tx *store.Tx, u *model.User) error {
		u.TOTPSecret = ""
		return dropCodes(tx, u)
	})
}

func dropCodes(tx *store.Tx, u *model.User) error {
	keys, err := tx.Passkeys(u.ID)
	if err == nil && len(keys) == 0 && u.TOTPSecret == "" {
		u.RecoveryCodes = nil
	}
	return err
}

// NewRecoveryCodes makes the old ones worthless.
func (s *Social) NewRecoveryCodes(ctx context.Context, u *model.User, current string) (codes []string, err error) {
	if err := s.ConfirmPassword(ctx, u, current); err != nil {
		return nil, err
	}
	err = s.changeUser(ctx, u.ID, "recovery_codes", func(_ *store.Tx, u *model.User) error {
		codes, u.RecoveryCodes = newRecoveryCodes()
		return nil
	})
	return codes, err
}
