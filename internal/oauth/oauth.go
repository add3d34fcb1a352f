// Package oauth is the door that people and their apps come in by: apps, codes and tokens, and the server's own pages
// for signing in, signing up and keeping an account safe.
package oauth

import (
	"context"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/webauthn"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// Options are what the door needs.
type Options struct {
	Social   *social.Social
	ClientIP func(*http.Request) string         // nil: the connection's
	Avatar   func(*model.Account) string        // URL of somebody's picture, for userinfo; nil: the default picture
	Instance func(context.Context) (site Front) // nil: from the configuration
	VAPIDKey string                             // of Web Push, which apps read from their registration
	MailSent bool                               // a mail server is set; otherwise pages say where mails wait
	Log      *slog.Logger                       // nil: slog's default
}

// Front is what the first page says of the server.
type Front struct {
	Title       string
	Description string
}

// OAuth is the door.
type OAuth struct {
	social   *social.Social
	site     model.Site
	clientIP func(*http.Request) string
	avatar   func(*model.Account) string
	front    func(context.Context) Front
	vapidKey string
	mailSent bool
	log      *slog.Logger

	secure    bool // cookies travel over TLS only
	tokens    *tokens
	templates map[string]*template.Template
	webauthn  *webauthn.WebAuthn
}

// New makes the door ready.
func New(opt Options) (*OAuth, error) {
	site := opt.Social.Site
	base, err := url.Parse(site.Base)
	if err != nil {
		return nil, fmt.Errorf("base address %q: %w", site.Base, err)
	}
	if opt.Log == nil {
		opt.Log = slog.Default()
	}
	if opt.ClientIP == nil {
		opt.ClientIP = connectionIP
	}
	if opt.Avatar == nil {
		opt.Avatar = func(*model.Account) string { return site.Base + "/avatars/original/missing.png" }
	}
	if opt.Instance == nil {
		opt.Instance = func(context.Context) Front { return Front{Title: site.Title, Description: site.Description} }
	}
	templates, err := parseTemplates()
	if err != nil {
		return nil, err
	}
	name := site.Title
	if name == "" {
		name = site.Domain
	}
	id := base.Hostname()
	if net.ParseIP(id) != nil {
		id = "localhost" // only in development: browsers make no passkeys for an address, and say so
	}
	keys, err := webauthn.New(&webauthn.Config{RPID: id, RPDisplayName: name, RPOrigins: []string{site.Base}})
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	o := &OAuth{
		social: opt.Social, site: site, clientIP: opt.ClientIP, avatar: opt.Avatar, front: opt.Instance, vapidKey: opt.VAPIDKey,
		mailSent: opt.MailSent, log: opt.Log,
		secure: strings.HasPrefix(site.Base, "https://"), tokens: newTokens(), templates: templates, webauthn: keys,
	}
	opt.Social.DB.Cache.OnForget(o.tokens.forget)
	return o, nil
}

// Route is one way in.
type Route struct {
	Method  string
	Pattern string // of http.ServeMux
	Handler http.Handler
}

// Routes is every way in.
func (o *OAuth) Routes() []Route {
	api, page := o.public, o.page
	routes := []Route{
		{"POST", "/api/v1/apps", api(o.createApp)},
		{"GET", "/api/v1/apps/verify_credentials", api(o.verifyApp)},
		{"POST", "/api/v1/accounts", api(o.signUpByApp)},
		{"POST", "/api/v1/emails/confirmations", api(o.resendByApp)},
		{"GET", "/api/v1/emails/check_confirmation", api(o.checkConfirmation)},
		{"POST", "/oauth/token", api(o.token)},
		{"GET", "/oauth/token/info", api(o.tokenInfo)},
		{"POST", "/oauth/revoke", api(o.revoke)},
		{"GET", "/oauth/userinfo", api(o.userinfo)},
		{"POST", "/oauth/userinfo", api(o.userinfo)},
		{"GET", "/.well-known/oauth-authorization-server", api(o.metadata)},
		{"GET", "/.well-known/change-password", http.RedirectHandler("/auth/edit", http.StatusFound)},

		{"GET", "/oauth/authorize", page(o.authorize)},
		{"POST", "/oauth/authorize", page(o.consent)},
		{"DELETE", "/oauth/authorize", page(o.deny)},
		{"GET", "/oauth/authorize/native", page(o.showCode)},
		{"GET", "/oauth/authorized_applications", page(o.listApps)},
		{"POST", "/oauth/authorized_applications/{id}", page(o.revokeApp)},
		{"DELETE", "/oauth/authorized_applications/{id}", page(o.revokeApp)},

		{"GET", "/{$}", page(o.landing)},
		{"GET", "/auth/sign_in", page(o.signInForm)},
		{"POST", "/auth/sign_in", page(o.signIn)},
		{"GET", "/auth/second_factor", page(o.secondFactorForm)},
		{"POST", "/auth/second_factor", page(o.secondFactor)},
		{"POST", "/auth/sign_out", page(o.signOut)},
		{"GET", "/auth/sign_up", page(o.signUpForm)},
		{"POST", "/auth/sign_up", page(o.signUp)},
		{"GET", "/invite/{code}", page(o.signUpForm)},
		{"GET", "/auth/setup", page(o.setup)},
		{"POST", "/auth/confirmation/resend", page(o.resend)},
		{"GET", "/auth/confirmation", page(o.confirmForm)},
		{"POST", "/auth/confirmation", page(o.confirm)},
		{"GET", "/auth/password/new", page(o.forgotForm)},
		{"POST", "/auth/password/new", page(o.forgot)},
		{"GET", "/auth/password/edit", page(o.resetForm)},
		{"POST", "/auth/password/edit", page(o.reset)},
		{"GET", "/welcome/{token}", page(o.welcomeForm)},
		{"POST", "/welcome/{token}", page(o.welcome)},
		{"GET", "/welcome", page(o.whatNext)},

		{"GET", "/auth/edit", page(o.security)},
		{"POST", "/auth/edit/password", page(o.changePassword)},
		{"POST", "/auth/edit/email", page(o.changeEmail)},
		{"GET", "/auth/edit/authenticator", page(o.authenticatorForm)},
		{"POST", "/auth/edit/authenticator", page(o.enableAuthenticator)},
		{"POST", "/auth/edit/authenticator/off", page(o.disableAuthenticator)},
		{"POST", "/auth/edit/recovery_codes", page(o.newRecoveryCodes)},
		{"POST", "/auth/edit/sessions", page(o.endSession)},
		{"POST", "/auth/edit/passkeys/remove", page(o.removePasskey)},
		{"POST", "/auth/edit/passkeys/begin", page(o.beginPasskey)},
		{"POST", "/auth/edit/passkeys/finish", page(o.finishPasskey)},
		{"POST", "/auth/passkey/begin", page(o.beginPasskeySignIn)},
		{"POST", "/auth/passkey/finish", page(o.finishPasskeySignIn)},
		{"GET", "/invites", page(o.listInvites)},
		{"POST", "/invites", page(o.createInvite)},
		{"POST", "/invites/{id}/expire", page(o.expireInvite)},
		{"GET", "/settings/outbox", page(o.outbox)},
		{"GET", "/settings/preferences/notifications", page(o.mailsForm)},
		{"POST", "/settings/preferences/notifications", page(o.setMails)},
		{"GET", "/unsubscribe", page(o.unsubscribeForm)},
		{"POST", "/unsubscribe", o.byLink(o.unsubscribe)},

		{"GET", "/oauth/assets/{file}", http.HandlerFunc(o.asset)},
	}
	for _, r := range routes {
		if strings.HasPrefix(r.Pattern, "/api/") || strings.HasPrefix(r.Pattern, "/.well-known/oauth") ||
			r.Pattern == "/oauth/token" || r.Pattern == "/oauth/revoke" || r.Pattern == "/oauth/userinfo" && r.Method == "GET" {
			routes = append(routes, Route{"OPTIONS", r.Pattern, http.HandlerFunc(preflight)})
		}
	}
	return routes
}

// Handler is the routes as one; for tests and for who needs nothing else.
func (o *OAuth) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range o.Routes() {
		mux.Handle(r.Method+" "+r.Pattern, r.Handler)
	}
	return mux
}

func connectionIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}
