package oauth

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// application is Mastodon API: entities/Application.
type application struct {
	ID           model.ID `json:"id"`
	Name         string   `json:"name"`
	Website      *string  `json:"website"`
	Scopes       []string `json:"scopes"`
	RedirectURIs []string `json:"redirect_uris"`
	RedirectURI  string   `json:"redirect_uri"`
	VAPIDKey     string   `json:"vapid_key"`
}

// credentialApplication is Mastodon API: entities/CredentialApplication.
type credentialApplication struct {
	application
	ClientID              string `json:"client_id"`
	ClientSecret          string `json:"client_secret"`
	ClientSecretExpiresAt int64  `json:"client_secret_expires_at"` // never: 0
}

func (o *OAuth) newApplication(a *model.App) application {
	out := application{
		ID: a.ID, Name: a.Name, Scopes: strings.Fields(a.Scopes), RedirectURIs: a.RedirectURIs,
		RedirectURI: strings.Join(a.RedirectURIs, "\n"), VAPIDKey: o.vapidKey,
	}
	if a.Website != "" {
		out.Website = &a.Website
	}
	if out.RedirectURIs == nil {
		out.RedirectURIs = []string{}
	}
	return out
}

// tokenAnswer is Mastodon API: entities/Token.
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	Scope       string `json:"scope"`
	CreatedAt   int64  `json:"created_at"` // unix seconds
}

func newTokenAnswer(secret string, t *model.Token) tokenAnswer {
	return tokenAnswer{AccessToken: secret, TokenType: "Bearer", Scope: t.Scopes, CreatedAt: t.CreatedAt.Std().Unix()}
}

// createApp is Mastodon API: POST /api/v1/apps
func (o *OAuth) createApp(_ http.ResponseWriter, r *http.Request) (any, error) {
	p, err := params(r)
	if err != nil {
		return nil, err
	}
	var uris []string
	for _, v := range p["redirect_uris"] {
		uris = append(uris, strings.Fields(v)...) // one string with lines, or a list
	}
	app, secret, err := o.social.RegisterApp(r.Context(), social.NewApp{
		Name: p.Get("client_name"), RedirectURIs: uris, Scopes: strings.Join(p["scopes"], " "), Website: p.Get("website"),
		IP: o.clientIP(r),
	})
	if err != nil {
		return nil, err
	}
	return credentialApplication{application: o.newApplication(app), ClientID: app.ClientID, ClientSecret: secret}, nil
}

// verifyApp is Mastodon API: GET /api/v1/apps/verify_credentials
func (o *OAuth) verifyApp(_ http.ResponseWriter, r *http.Request) (any, error) {
	i, err := o.as(r, r.URL.Query())
	if err != nil {
		return nil, err
	}
	return o.newApplication(i.App), nil
}

// client finds the app that asks, by HTTP basic authentication or by parameters (RFC 6749 §2.3.1).
func (o *OAuth) client(r *http.Request, p url.Values) (*model.App, error) {
	id, secret := p.Get("client_id"), p.Get("client_secret")
	if user, pass, ok := r.BasicAuth(); ok {
		var errID, errSecret error
		id, errID = url.QueryUnescape(user)
		secret, errSecret = url.QueryUnescape(pass)
		if errID != nil || errSecret != nil {
			return nil, errClient()
		}
	}
	app, err := o.social.AppFor(r.Context(), id, secret)
	if err == nil && app == nil {
		return nil, errClient()
	}
	return app, err
}

// token is Mastodon API: POST /oauth/token
func (o *OAuth) token(_ http.ResponseWriter, r *http.Request) (any, error) {
	p, err := params(r)
	if err != nil {
		return nil, err
	}
	switch p.Get("grant_type") {
	case "":
		return nil, errMissing("grant_type")
	case "authorization_code":
		return o.exchange(r, p)
	case "client_credentials":
		return o.clientCredentials(r, p)
	}
	return nil, errGrantType()
}

func (o *OAuth) exchange(r *http.Request, p url.Values) (any, error) {
	app, err := o.client(r, p)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"code", "redirect_uri"} {
		if p.Get(name) == "" {
			return nil, errMissing(name)
		}
	}
	secret, t, err := o.social.Exchange(r.Context(), app, p.Get("code"), p.Get("redirect_uri"), p.Get("code_verifier"))
	if model.KindOf(err) == model.KindBadRequest {
		return nil, &oauthError{http.StatusBadRequest, "invalid_grant", social.ErrGrant().Error()}
	}
	if err != nil {
		return nil, err
	}
	return newTokenAnswer(secret, t), nil
}

func (o *OAuth) clientCredentials(r *http.Request, p url.Values) (any, error) {
	app, err := o.client(r, p)
	if err != nil {
		return nil, err
	}
	scopes, err := requested(app, p.Get("scope"))
	if err != nil {
		return nil, err
	}
	secret, t, err := o.social.GrantToken(r.Context(), app, nil, scopes)
	if err != nil {
		return nil, err
	}
	return newTokenAnswer(secret, t), nil
}

// requested reads the scopes an app asks for: known ones that its registration covers. Without any it gets "read", or
// if it never asked for that, what it registered.
func requested(app *model.App, asked string) ([]string, error) {
	registered := strings.Fields(app.Scopes)
	scopes, ok := social.ParseScopes(asked)
	if !ok {
		return nil, errScope()
	}
	if len(scopes) == 0 {
		if !slices.Contains(registered, social.DefaultScope) {
			return registered, nil
		}
		scopes = []string{social.DefaultScope}
	}
	if !social.GrantsAll(registered, scopes) {
		return nil, errScope()
	}
	return scopes, nil
}

// revoke is Mastodon API: POST /oauth/revoke
func (o *OAuth) revoke(_ http.ResponseWriter, r *http.Request) (any, error) {
	p, err := params(r)
	if err != nil {
		return nil, err
	}
	refused := &oauthError{http.StatusForbidden, "unauthorized_client", "You are not authorized to revoke this token"}
	app, err := o.client(r, p)
	if _, unknown := err.(*oauthError); unknown {
		return nil, refused
	}
	if err != nil {
		return nil, err
	}
	ours, err := o.social.RevokeToken(r.Context(), app, p.Get("token"))
	if err == nil && !ours {
		return nil, refused
	}
	return struct{}{}, err
}

// tokenInfo is Doorkeeper's GET /oauth/token/info.
func (o *OAuth) tokenInfo(_ http.ResponseWriter, r *http.Request) (any, error) {
	i, err := o.as(r, r.URL.Query())
	if err != nil {
		return nil, err
	}
	type uid struct {
		UID string `json:"uid"`
	}
	return struct {
		ResourceOwnerID *int64   `json:"resource_owner_id"`
		Scope           []string `json:"scope"`
		ExpiresIn       *int64   `json:"expires_in"`
		Application     uid      `json:"application"`
		CreatedAt       int64    `json:"created_at"`
	}{
		ResourceOwnerID: (*int64)(i.Token.UserID.OrNull()), Scope: strings.Fields(i.Token.Scopes),
		Application: uid{i.App.ClientID}, CreatedAt: i.Token.CreatedAt.Std().Unix(),
	}, nil
}

// userinfo is Mastodon API: GET /oauth/userinfo
func (o *OAuth) userinfo(_ http.ResponseWriter, r *http.Request) (any, error) {
	p, err := params(r)
	if err != nil {
		return nil, err
	}
	i, err := o.asUser(r, p, "profile")
	if err != nil {
		return nil, err
	}
	name := i.Account.DisplayName
	if name == "" {
		name = i.Account.Username
	}
	return map[string]string{
		"iss": o.site.Base + "/", "sub": i.Account.URI, "name": name, "preferred_username": i.Account.Username,
		"profile": i.Account.URL, "picture": o.avatar(i.Account),
	}, nil
}

// asUser is as, for what only people who may act can do.
func (o *OAuth) asUser(r *http.Request, p url.Values, scopes ...string) (*Identity, error) {
	i, err := o.as(r, p, scopes...)
	if err != nil {
		return nil, err
	}
	if i.User == nil {
		return nil, &model.Error{Kind: model.KindInvalid, Text: "This method requires an authenticated user"}
	}
	return i, i.MayAct()
}

// metadata is RFC 8414, as Mastodon has it since 4.3.
func (o *OAuth) metadata(w http.ResponseWriter, _ *http.Request) (any, error) {
	w.Header().Set("Cache-Control", "max-age=900, public")
	base := o.site.Base
	return map[string]any{
		"issuer":                                base + "/",
		"service_documentation":                 "https://docs.joinmastodon.org/",
		"authorization_endpoint":                base + "/oauth/authorize",
		"token_endpoint":                        base + "/oauth/token",
		"revocation_endpoint":                   base + "/oauth/revoke",
		"userinfo_endpoint":                     base + "/oauth/userinfo",
		"app_registration_endpoint":             base + "/api/v1/apps",
		"scopes_supported":                      social.Scopes,
		"response_types_supported":              []string{"code"},
		"response_modes_supported":              []string{"query"},
		"grant_types_supported":                 []string{"authorization_code", "client_credentials"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
		"code_challenge_methods_supported":      []string{"S256"},
	}, nil
}

// signUpByApp is Mastodon API: POST /api/v1/accounts
func (o *OAuth) signUpByApp(_ http.ResponseWriter, r *http.Request) (any, error) {
	p, err := params(r)
	if err != nil {
		return nil, err
	}
	i, err := o.as(r, p, "write", "write:accounts")
	if err != nil {
		return nil, err
	}
	if i.User != nil {
		return nil, model.Forbidden("This method requires an client credentials authentication")
	}
	u, err := o.social.SignUp(r.Context(), social.NewUser{
		Username: p.Get("username"), Email: p.Get("email"), Password: p.Get("password"), Agreement: truthy(p.Get("agreement")),
		Locale: locale(p.Get("locale")), Reason: p.Get("reason"), Invite: p.Get("invite_code"), AppID: i.App.ID, IP: o.clientIP(r),
	})
	if err != nil {
		return nil, err
	}
	secret, t, err := o.social.GrantToken(r.Context(), i.App, u, strings.Fields(i.App.Scopes))
	if err != nil {
		return nil, err
	}
	return newTokenAnswer(secret, t), nil
}

// locale keeps what can be a language tag.
func locale(s string) string {
	const longest = 35 // RFC 5646 §4.4.1
	if len(s) > longest || strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return ""
	}
	return s
}

// resendByApp is Mastodon API: POST /api/v1/emails/confirmations
func (o *OAuth) resendByApp(_ http.ResponseWriter, r *http.Request) (any, error) {
	p, err := params(r)
	if err != nil {
		return nil, err
	}
	i, err := o.as(r, p, "write", "write:accounts")
	if err != nil {
		return nil, err
	}
	if i.User == nil {
		return nil, &model.Error{Kind: model.KindInvalid, Text: "This method requires an authenticated user"}
	}
	if i.User.AppID != i.App.ID {
		return nil, model.Forbidden("This method is only available to the application the user originally signed-up with")
	}
	return struct{}{}, o.social.ResendConfirmation(r.Context(), i.User.ID, p.Get("email"), o.clientIP(r))
}

// checkConfirmation is Mastodon API: GET /api/v1/emails/check_confirmation
func (o *OAuth) checkConfirmation(_ http.ResponseWriter, r *http.Request) (any, error) {
	i, err := o.as(r, r.URL.Query(), "read", "read:accounts")
	if err != nil {
		return nil, err
	}
	if i.User == nil {
		return nil, &model.Error{Kind: model.KindInvalid, Text: "This method requires an authenticated user"}
	}
	return i.User.ConfirmedAt != 0, nil
}

// id reads the row that a page's address or form names.
func idOf(s string) (model.ID, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return 0, model.ErrNotFound()
	}
	return model.ID(n), nil
}
