package social

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"time"
	"unicode/utf8"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

const (
	challengeFor    = 5 * time.Minute
	maxPasskeys     = 20 // of one person; some have many devices
	maxPasskeyName  = 60
	webauthnIDBytes = 64 // WebAuthn §5.4.3: random, and no longer than this
)

// KeepChallenge keeps a passkey's challenge until its answer comes; user is 0 when nobody is known yet.
func (s *Social) KeepChallenge(ctx context.Context, user model.ID, data, ip string) (secret string, err error) {
	if err := s.limitAddress(challengesPerIP, ip); err != nil {
		return "", err
	}
	secret = newSecret()
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		return tx.AddMailToken(&model.MailToken{
			Hash: Hash(secret), Kind: model.TokenPasskey, UserID: user, Data: data,
			ExpiresAt: tx.Now().Add(challengeFor), CreatedAt: tx.Now(),
		})
	})
	return secret, err
}

// TakeChallenge spends a kept challenge, which must have been made for the same person.
func (s *Social) TakeChallenge(ctx context.Context, user model.ID, secret string) (data string, err error) {
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		t, err := tx.TakeMailToken(model.TokenPasskey, Hash(secret))
		if err != nil {
			return err
		}
		if t.UserID != user {
			return model.ErrNotFound()
		}
		data = t.Data
		return nil
	})
	return data, err
}

// WebauthnID gives somebody the handle that their passkeys carry.
func (s *Social) WebauthnID(ctx context.Context, user model.ID) (u *model.User, err error) {
	b := make([]byte, webauthnIDBytes)
	rand.Read(b) // never fails, says crypto/rand
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if u, err = tx.LockUser(user); err != nil || u.WebauthnID != "" {
			return err
		}
		u.WebauthnID = base64.RawURLEncoding.EncodeToString(b)
		return tx.SetUser(u)
	})
	return u, err
}

// AddPasskey keeps a passkey that was checked. The recovery codes are new when there were none.
func (s *Social) AddPasskey(ctx context.Context, user model.ID, name, externalID, credential string) (codes []string, err error) {
	name = strings.TrimSpace(name)
	if name == "" {
		name = "Passkey"
	}
	if utf8.RuneCountInString(name) > maxPasskeyName {
		name = string([]rune(name)[:maxPasskeyName])
	}
	err = s.changeUser(ctx, user, "passkey_added", func(tx *store.Tx, u *model.User) error {
		keys, err := tx.Passkeys(u.ID)
		if err != nil {
			return err
		}
		if len(keys) >= maxPasskeys {
			return model.Invalidf("There are %d passkeys already; remove one first", maxPasskeys)
		}
		added, err := tx.AddPasskey(&model.Passkey{
			ID: tx.NewID(), UserID: u.ID, ExternalID: externalID, Nickname: name, Credential: credential, CreatedAt: tx.Now(),
		})
		if err == nil && !added {
			return model.Invalidf("This passkey is in use already")
		}
		codes = firstCodes(u)
		return err
	})
	return codes, err
}

// RemovePasskey deletes one of somebody's passkeys. Without any second factor the recovery codes go too.
func (s *Social) RemovePasskey(ctx context.Context, u *model.User, current string, id model.ID) error {
	if err := s.ConfirmPassword(ctx, u, current); err != nil {
		return err
	}
	return s.changeUser(ctx, u.ID, "passkey_removed", func(tx *store.Tx, u *model.User) error {
		removed, err := tx.RemovePasskey(u.ID, id)
		if err != nil {
			return err
		}
		if !removed {
			return model.ErrNotFound()
		}
		return dropCodes(tx, u)
	})
}

// UsePasskey notes a sign-in by passkey, and spends the sign-in that waited for it, if one did (secret "").
func (s *Social) UsePasskey(ctx context.Context, user model.ID, externalID, credential, secret string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if secret != "" {
			t, err := tx.TakeMailToken(model.TokenSecondFactor, Hash(secret))
			if err != nil {
				return err
			}
			if t.UserID != user {
				return model.ErrNotFound()
			}
		}
		return tx.SetPasskeyUsed(user, externalID, credential)
	})
}
