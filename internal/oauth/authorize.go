package oauth

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// wish is what an app asks somebody for.
type wish struct {
	App           *model.App
	Scopes        []string
	RedirectURI   string
	State         string
	Challenge     string
	Method        string
	ResponseType  string
	MustAskAnew   bool // force_login
	MustConfirm   bool // never without the consent page
	hasState      bool
	RequestedText string // the scope parameter as it came
}

// readWish checks an authorization request. Errors are shown here and never sent on: the address may be a lie.
func (o *OAuth) readWish(r *http.Request, p url.Values) (*wish, error) {
	w := &wish{
		RedirectURI: p.Get("redirect_uri"), State: p.Get("state"), hasState: p.Has("state"), ResponseType: p.Get("response_type"),
		Challenge: p.Get("code_challenge"), Method: p.Get("code_challenge_method"), RequestedText: p.Get("scope"),
		MustAskAnew: truthy(p.Get("force_login")), MustConfirm: truthy(p.Get("confirm")),
	}
	if p.Get("client_id") == "" {
		return nil, errMissing("client_id")
	}
	var err error
	w.App, err = o.social.DB.Read(r.Context()).AppByClientID(p.Get("client_id"))
	if model.IsNotFound(err) {
		return nil, &oauthError{http.StatusBadRequest, "invalid_client", errClient().(*oauthError).text}
	}
	if err != nil {
		return nil, err
	}
	if !mayRedirect(w.App.RedirectURIs, w.RedirectURI) {
		return nil, errRedirect()
	}
	switch {
	case w.ResponseType == "":
		return nil, errMissing("response_type")
	case w.ResponseType != "code":
		return nil, &oauthError{http.StatusBadRequest, "unsupported_response_type", "The authorization server does not support this response type."}
	}
	if w.Scopes, err = requested(w.App, w.RequestedText); err != nil {
		return nil, err
	}
	if w.Challenge != "" && w.Method != "S256" {
		return nil, &oauthError{http.StatusBadRequest, "invalid_code_challenge_method", "The code challenge method must be S256, plain is unsupported."}
	}
	const longestChallenge, longestState = 128, 4096 // RFC 7636 §4.2; and what address lines carry
	if len(w.Challenge) > longestChallenge || len(w.State) > longestState {
		return nil, &oauthError{http.StatusBadRequest, "invalid_request", "The request is missing a required parameter, includes an unsupported parameter value, or is otherwise malformed."}
	}
	return w, nil
}

// mayRedirect wants exactly what was registered, but for the port of a loopback address (RFC 8252 §7.3).
func mayRedirect(registered []string, asked string) bool {
	if slices.Contains(registered, asked) {
		return asked != ""
	}
	u, err := url.Parse(asked)
	if err != nil || u.Scheme != "http" || u.User != nil || !loopback(u) {
		return false
	}
	return slices.ContainsFunc(registered, func(known string) bool {
		k, err := url.Parse(known)
		return err == nil && k.Scheme == u.Scheme && loopback(k) && k.Hostname() == u.Hostname() && k.EscapedPath() == u.EscapedPath() &&
			k.RawQuery == u.RawQuery && u.Fragment == ""
	})
}

func loopback(u *url.URL) bool {
	a, err := netip.ParseAddr(u.Hostname())
	return err == nil && a.IsLoopback()
}

// consentView is the consent page.
type consentView struct {
	*wish
	ClientID string
	// OutOfBand: the app has no address, so people carry the code to it.
	OutOfBand bool
	Grants    []grantLine
}

type grantLine struct{ Title, Text string }

// authorize asks somebody whether an app may act for them. Mastodon API: GET /oauth/authorize
func (o *OAuth) authorize(v *visit) error {
	v.flow = true
	w, err := o.readWish(v.r, v.r.URL.Query())
	if err != nil {
		return err
	}
	if v.user == nil || w.MustAskAnew {
		// After signing in, the way back does not ask for it again, but for consent in any case.
		q := v.r.URL.Query()
		if w.MustAskAnew {
			q.Del("force_login")
			q.Set("confirm", "true")
			if v.user != nil {
				if err := o.leave(v); err != nil {
					return err
				}
			}
		}
		return v.to("/auth/sign_in?next=" + url.QueryEscape("/oauth/authorize?"+q.Encode()))
	}
	if !v.user.MayAct() {
		return v.to("/auth/setup")
	}
	if !w.MustConfirm {
		known, err := o.social.DB.Read(v.r.Context()).HasToken(w.App.ID, v.user.ID, strings.Join(w.Scopes, " "))
		if err != nil {
			return err
		}
		if known { // they said yes before
			return o.allow(v, w)
		}
	}
	return v.show(http.StatusOK, "consent", consentView{wish: w, ClientID: w.App.ClientID, OutOfBand: w.RedirectURI == social.OutOfBand, Grants: inWords(w.Scopes)})
}

// consent takes the answer. Mastodon API: POST /oauth/authorize
func (o *OAuth) consent(v *visit) error {
	v.flow = true
	if v.form("_method") == "delete" { // a form of its own, as Mastodon has it: scripts send all that is in the first
		return o.deny(v)
	}
	w, err := o.readWish(v.r, v.r.PostForm)
	if err != nil {
		return err
	}
	if v.user == nil {
		return v.to("/auth/sign_in")
	}
	if !v.user.MayAct() {
		return v.to("/auth/setup")
	}
	return o.allow(v, w)
}

func (o *OAuth) allow(v *visit, w *wish) error {
	code, err := o.social.Authorize(v.r.Context(), v.user, w.App, social.Authorization{
		RedirectURI: w.RedirectURI, Scopes: w.Scopes, Challenge: w.Challenge, ChallengeMethod: w.Method,
	})
	if err != nil {
		return err
	}
	if w.RedirectURI == social.OutOfBand {
		return v.to("/oauth/authorize/native?code=" + url.QueryEscape(code))
	}
	return v.toApp(w, url.Values{"code": {code}})
}

// deny tells the app that somebody said no. Mastodon API: DELETE /oauth/authorize
func (o *OAuth) deny(v *visit) error {
	v.flow = true
	if err := v.r.ParseForm(); err != nil {
		return model.BadRequestf("The request could not be read")
	}
	w, err := o.readWish(v.r, v.r.Form)
	if err != nil {
		return err
	}
	const text = "The resource owner or authorization server denied the request."
	if w.RedirectURI == social.OutOfBand {
		return v.show(http.StatusForbidden, "error", errorView{"You said no", "The app got no access to your account. You can close this page."})
	}
	return v.toApp(w, url.Values{"error": {"access_denied"}, "error_description": {text}})
}

// toApp sends the browser to the app, with its state and our answer in the query.
func (v *visit) toApp(w *wish, answer url.Values) error {
	u, err := url.Parse(w.RedirectURI)
	if err != nil {
		return errRedirect()
	}
	if w.hasState && w.State != "" {
		answer.Set("state", w.State)
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += answer.Encode()
	return v.to(u.String())
}

// showCode shows a code to copy, for apps without an address. Mastodon API: GET /oauth/authorize/native
func (o *OAuth) showCode(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	code := v.r.URL.Query().Get("code")
	if code == "" {
		return errMissing("code")
	}
	return v.show(http.StatusOK, "code", code)
}

// inWords says what scopes allow, as people speak.
func inWords(scopes []string) []grantLine {
	var out []grantLine
	for _, s := range scopes {
		if t, ok := scopeWords[s]; ok {
			out = append(out, grantLine{t[0], t[1]})
			continue
		}
		area := s[strings.LastIndex(s, ":")+1:]
		name, ok := areaWords[area]
		if !ok {
			name = strings.ReplaceAll(area, "_", " ")
		}
		title := "See your " + name
		switch {
		case strings.HasPrefix(s, "admin:read:"):
			title = "Administration: see " + name
		case strings.HasPrefix(s, "admin:write:"):
			title = "Administration: change " + name
		case strings.HasPrefix(s, "write:"):
			title = "Change your " + name
		case s == "read:search":
			title = "Search on your behalf"
		}
		out = append(out, grantLine{Title: title})
	}
	return out
}

// constant: Go has no constant maps
var scopeWords = map[string][2]string{
	"profile":             {"See who you are", "Your name, picture and profile, nothing else."},
	"read":                {"Read everything you can see", "Your timelines, notifications, messages, lists and settings."},
	"write":               {"Act for you", "Publish and delete posts, upload media, change your profile and settings."},
	"follow":              {"Manage relationships", "Follow, mute and block for you."},
	"push":                {"Notify you", "Receive your push notifications."},
	"admin:read":          {"Administration: see everything", "All people, reports and blocks of this server."},
	"admin:write":         {"Administration: change everything", "Moderate people and reports, change blocks."},
	"write:statuses":      {"Publish and delete your posts", ""},
	"write:media":         {"Upload media", ""},
	"write:reports":       {"Report posts and people for you", ""},
	"write:notifications": {"Dismiss your notifications", ""},
}

// constant: Go has no constant maps
var areaWords = map[string]string{
	"accounts": "account and profile", "blocks": "blocks", "bookmarks": "bookmarks", "collections": "collections",
	"conversations": "private conversations", "favourites": "favourites", "filters": "filters", "follows": "follows",
	"lists": "lists", "mutes": "mutes", "notifications": "notifications", "statuses": "posts",
}
