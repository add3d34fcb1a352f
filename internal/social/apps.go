package social

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// OutOfBand is the redirect of apps that let people copy the code.
const OutOfBand = "urn:ietf:wg:oauth:2.0:oob"

// Mastodon: ApplicationExtension; and a bound on how many addresses an app may name.
const (
	maxAppName      = 60
	maxAppURL       = 2000
	maxRedirectURIs = 50
)

// NewApp is what an app says of itself.
type NewApp struct {
	Name         string
	RedirectURIs []string
	Scopes       string
	Website      string
	IP           string
}

// RegisterApp keeps an app and gives its secret, the only time. Mastodon API: POST /api/v1/apps
func (s *Social) RegisterApp(ctx context.Context, n NewApp) (app *model.App, secret string, err error) {
	if err := s.limitAddress(appsPerIP, n.IP); err != nil {
		return nil, "", err
	}
	scopes, ok := ParseScopes(n.Scopes)
	if len(scopes) == 0 {
		scopes = []string{DefaultScope}
	}
	if err := mayRegister(&n, ok); err != nil {
		return nil, "", err
	}
	secret = newSecret()
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		app = &model.App{
			ID: tx.NewID(), Name: n.Name, Website: n.Website, RedirectURIs: n.RedirectURIs, Scopes: strings.Join(scopes, " "),
			ClientID: newSecret(), SecretHash: Hash(secret), CreatedAt: tx.Now(),
		}
		return tx.AddApp(app)
	})
	return app, secret, err
}

// mayRegister answers in Mastodon's words (Doorkeeper's validations).
func mayRegister(n *NewApp, knownScopes bool) error {
	n.Name, n.Website = strings.TrimSpace(n.Name), strings.TrimSpace(n.Website)
	var fails []string
	switch {
	case n.Name == "":
		fails = append(fails, "Application name can't be blank")
	case utf8.RuneCountInString(n.Name) > maxAppName:
		fails = append(fails, "Application name is too long (maximum is 60 characters)")
	}
	fails = append(fails, redirectFails(n.RedirectURIs)...)
	if n.Website != "" {
		u, err := url.Parse(n.Website)
		switch {
		case len(n.Website) > maxAppURL:
			fails = append(fails, "Application website is too long (maximum is 2000 characters)")
		case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
			fails = append(fails, "Application website must be a valid URL")
		}
	}
	if !knownScopes {
		fails = append(fails, "Scopes doesn't match configured on the server.")
	}
	if len(fails) > 0 {
		return model.Invalidf("Validation failed: %s", strings.Join(fails, ", "))
	}
	return nil
}

func redirectFails(uris []string) []string {
	if len(uris) == 0 {
		return []string{"Redirect URI can't be blank"}
	}
	if len(uris) > maxRedirectURIs || len(strings.Join(uris, "\n")) > maxAppURL {
		return []string{"Redirect URI is too long (maximum is 2000 characters)"}
	}
	for _, raw := range uris {
		if raw == OutOfBand {
			continue
		}
		u, err := url.Parse(raw)
		switch {
		case err != nil || strings.ContainsAny(raw, " \t\r\n"):
			return []string{"Redirect URI must be a valid URI."}
		case slices.Contains([]string{"javascript", "data", "vbscript"}, strings.ToLower(u.Scheme)):
			return []string{"Redirect URI is forbidden by the server."}
		case u.Fragment != "" || strings.Contains(raw, "#"):
			return []string{"Redirect URI cannot contain a fragment."}
		case u.Scheme == "" || (u.Scheme == "http" || u.Scheme == "https") && u.Host == "":
			return []string{"Redirect URI must be an absolute URI."}
		}
	}
	return nil
}

// AppFor finds an app that shows its secret; nil when it is not who it says.
func (s *Social) AppFor(ctx context.Context, clientID, secret string) (*model.App, error) {
	app, err := s.DB.Read(ctx).AppByClientID(clientID)
	if model.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !SameSecret(app.SecretHash, secret) {
		return nil, nil
	}
	return app, nil
}

// RevokeApp takes away all of an app's access to somebody.
func (s *Social) RevokeApp(ctx context.Context, u *model.User, app model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.RemoveTokens(u, app) })
}
