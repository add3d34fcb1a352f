package entity

import (
	"strings"

	"gomphothere/internal/model"
)

// Application is an app (Mastodon API: entities/Application).
type Application struct {
	ID           model.ID `json:"id"`
	Name         string   `json:"name"`
	Website      *string  `json:"website"`
	Scopes       []string `json:"scopes"`
	RedirectURIs []string `json:"redirect_uris"`
	RedirectURI  string   `json:"redirect_uri"` // the same, a line each, for older clients
	VapidKey     string   `json:"vapid_key"`
}

// CredentialApplication is an app as it learns of itself, once (Mastodon API: entities/CredentialApplication).
type CredentialApplication struct {
	Application
	ClientID              string `json:"client_id"`
	ClientSecret          string `json:"client_secret"`
	ClientSecretExpiresAt int64  `json:"client_secret_expires_at"` // always 0: never
}

// Token is an access token (Mastodon API: entities/Token).
type Token struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	Scope       string `json:"scope"`
	CreatedAt   int64  `json:"created_at"` // unix seconds
}

// OAuthMetadata tells apps where to go (RFC 8414).
type OAuthMetadata struct {
	Issuer                            string   `json:"issuer"`
	AuthorizationEndpoint             string   `json:"authorization_endpoint"`
	TokenEndpoint                     string   `json:"token_endpoint"`
	RevocationEndpoint                string   `json:"revocation_endpoint"`
	UserinfoEndpoint                  string   `json:"userinfo_endpoint"`
	ScopesSupported                   []string `json:"scopes_supported"`
	ResponseTypesSupported            []string `json:"response_types_supported"`
	ResponseModesSupported            []string `json:"response_modes_supported"`
	GrantTypesSupported               []string `json:"grant_types_supported"`
	TokenEndpointAuthMethodsSupported []string `json:"token_endpoint_auth_methods_supported"`
	CodeChallengeMethodsSupported     []string `json:"code_challenge_methods_supported"`
	ServiceDocumentation              string   `json:"service_documentation"`
	AppRegistrationEndpoint           string   `json:"app_registration_endpoint"`
}

// OAuthUserinfo is who signed in (OpenID Connect Core §5.3).
type OAuthUserinfo struct {
	Iss               string `json:"iss"`
	Sub               string `json:"sub"` // ActivityPub id
	Name              string `json:"name"`
	PreferredUsername string `json:"preferred_username"`
	Profile           string `json:"profile"`
	Picture           string `json:"picture"`
}

// Application draws an app; vapid is the server's public key for push, "" without push.
func (d *Drawer) Application(a *model.App, vapid string) Application {
	return Application{
		ID: a.ID, Name: a.Name, Website: orNull(a.Website), Scopes: list(strings.Fields(a.Scopes)),
		RedirectURIs: list(a.RedirectURIs), RedirectURI: strings.Join(a.RedirectURIs, "\n"), VapidKey: vapid,
	}
}

// CredentialApplication draws an app just registered, with the secret that is never shown again.
func (d *Drawer) CredentialApplication(a *model.App, secret, vapid string) CredentialApplication {
	return CredentialApplication{Application: d.Application(a, vapid), ClientID: a.ClientID, ClientSecret: secret}
}

// Token draws an access token just granted, with its text that is never shown again.
func (d *Drawer) Token(t *model.Token, text string) Token {
	return Token{text, "Bearer", t.Scopes, t.CreatedAt.Std().Unix()}
}

// OAuthMetadata draws where apps find what; scopes are all there are.
func (d *Drawer) OAuthMetadata(scopes []string) OAuthMetadata {
	return OAuthMetadata{
		Issuer:                            d.Base + "/",
		AuthorizationEndpoint:             d.Base + "/oauth/authorize",
		TokenEndpoint:                     d.Base + "/oauth/token",
		RevocationEndpoint:                d.Base + "/oauth/revoke",
		UserinfoEndpoint:                  d.Base + "/oauth/userinfo",
		ScopesSupported:                   list(scopes),
		ResponseTypesSupported:            []string{"code"},
		ResponseModesSupported:            []string{"query", "fragment", "form_post"},
		GrantTypesSupported:               []string{"authorization_code", "client_credentials"},
		TokenEndpointAuthMethodsSupported: []string{"client_secret_basic", "client_secret_post"},
		CodeChallengeMethodsSupported:     []string{"S256"},
		ServiceDocumentation:              "https://docs.joinmastodon.org/",
		AppRegistrationEndpoint:           d.Base + "/api/v1/apps",
	}
}

// OAuthUserinfo draws who signed in.
func (d *Drawer) OAuthUserinfo(a *model.Account) OAuthUserinfo {
	picture, _ := d.avatar(a)
	return OAuthUserinfo{d.Base + "/", a.URI, a.DisplayName, a.Username, a.URL, picture}
}
