package social

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

const (
	// Mastodon: Doorkeeper's authorization_code_expires_in.
	codeFor = 10 * time.Minute
	// Tokens of one app and person. Mastodon hands the same token out again; ours are kept as hashes, so each
	// sign-in gets its own, and a forgotten one goes when so many newer ones exist.
	maxTokens = 50
)

// Authorization is what somebody allows an app.
type Authorization struct {
	RedirectURI     string
	Scopes          []string
	Challenge       string // PKCE
	ChallengeMethod string
}

// Authorize gives the code that an app exchanges for a token.
func (s *Social) Authorize(ctx context.Context, u *model.User, app *model.App, a Authorization) (code string, err error) {
	code = newSecret()
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		return tx.AddGrant(&model.Grant{
			Hash: Hash(code), AppID: app.ID, UserID: u.ID, RedirectURI: a.RedirectURI, Scopes: strings.Join(a.Scopes, " "),
			Challenge: a.Challenge, ChallengeMethod: a.ChallengeMethod,
			ExpiresAt: tx.Now().Add(codeFor), CreatedAt: tx.Now(),
		})
	})
	return code, err
}

// ErrGrant is why a code is not exchanged: whoever asks must not learn more (RFC 6749 §5.2, invalid_grant).
func ErrGrant() error {
	return &model.Error{Kind: model.KindBadRequest, Text: "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client."}
}

// Exchange turns a code into a token. A code that comes a second time was stolen or its app is confused: what it
// gave the first time is taken back (RFC 6749 §4.1.2).
func (s *Social) Exchange(ctx context.Context, app *model.App, code, redirectURI, verifier string) (secret string, t *model.Token, err error) {
	secret = newSecret()
	refused := false
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		refused = false
		g, err := tx.GrantByHash(Hash(code))
		if model.IsNotFound(err) || err == nil && g.AppID != app.ID {
			return ErrGrant()
		}
		if err != nil {
			return err
		}
		if g.UsedAt != 0 {
			refused = true
			return tx.RemoveTokenByID(g.TokenID)
		}
		if g.ExpiresAt <= tx.Now() || g.RedirectURI != redirectURI || !verifies(g, verifier) {
			return ErrGrant()
		}
		u, err := tx.User(g.UserID)
		if err != nil {
			return err
		}
		t = &model.Token{
			ID: tx.NewID(), Hash: Hash(secret), AppID: app.ID, UserID: u.ID, AccountID: u.AccountID, Scopes: g.Scopes,
			CreatedAt: tx.Now(),
		}
		if first, err := tx.UseGrant(g.Hash, t.ID); err != nil {
			return err
		} else if !first {
			return ErrGrant() // the other of two exchanges at once
		}
		return tx.AddToken(t, maxTokens)
	})
	if err == nil && refused {
		err = ErrGrant()
	}
	return secret, t, err
}

// verifies is RFC 7636 §4.6; a code without challenge takes no verifier.
func verifies(g *model.Grant, verifier string) bool {
	if g.Challenge == "" {
		return verifier == ""
	}
	sum := sha256.Sum256([]byte(verifier))
	got := base64.RawURLEncoding.EncodeToString(sum[:])
	return verifier != "" && subtle.ConstantTimeCompare([]byte(got), []byte(g.Challenge)) == 1
}

// GrantToken makes a token without asking: for an app itself (u nil), for somebody who signed up through it, and for
// whoever runs the server.
func (s *Social) GrantToken(ctx context.Context, app *model.App, u *model.User, scopes []string) (secret string, t *model.Token, err error) {
	secret = newSecret()
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		t = &model.Token{ID: tx.NewID(), Hash: Hash(secret), AppID: app.ID, Scopes: strings.Join(scopes, " "), CreatedAt: tx.Now()}
		if u != nil {
			t.UserID, t.AccountID = u.ID, u.AccountID
		}
		return tx.AddToken(t, maxTokens)
	})
	return secret, t, err
}

// CommandToken makes a token for a local account by its name, on behalf of whoever runs the server. It belongs to an
// app of its own, so that its holder sees and can revoke it.
func (s *Social) CommandToken(ctx context.Context, username, scopes string) (secret string, t *model.Token, err error) {
	list, ok := ParseScopes(scopes)
	if !ok || len(list) == 0 {
		return "", nil, model.Invalidf("The scopes %q are not known", scopes)
	}
	q := s.DB.Read(ctx)
	a, err := q.AccountByHandle(strings.TrimPrefix(username, "@"), "")
	if err != nil {
		return "", nil, err
	}
	u, err := q.UserOf(a.ID)
	if err != nil {
		return "", nil, err
	}
	app, _, err := s.RegisterApp(ctx, NewApp{Name: "Command line", RedirectURIs: []string{OutOfBand}, Scopes: strings.Join(list, " ")})
	if err != nil {
		return "", nil, err
	}
	return s.GrantToken(ctx, app, u, list)
}

// RevokeToken takes back a token that belongs to an app; false says that it is another app's. A token that nobody
// knows is revoked already (RFC 7009 §2.2).
func (s *Social) RevokeToken(ctx context.Context, app *model.App, secret string) (ours bool, err error) {
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		ours = true
		t, err := tx.TokenByHash(Hash(secret))
		if model.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if t.AppID != app.ID {
			ours = false
			return nil
		}
		return tx.RemoveToken(t)
	})
	return ours, err
}

// TokenUse is that somebody used a token.
type TokenUse struct {
	Token, User model.ID // User 0: the app itself
	IP          string
}

// TokensUsed notes that tokens were used, and that their people were here.
func (s *Social) TokensUsed(ctx context.Context, uses []TokenUse) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		for _, u := range uses {
			if u.User != 0 {
				if err := tx.SetActive(u.User); err != nil {
					return err
				}
			}
			if err := tx.SetTokenUsed(u.Token, u.IP); err != nil {
				return err
			}
		}
		return nil
	})
}
