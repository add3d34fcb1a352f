package oauth

import (
	"bytes"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets/*
var assetFiles embed.FS

// visit is one request for a page.
type visit struct {
	w       http.ResponseWriter
	r       *http.Request
	o       *OAuth
	csrf    string         // what forms carry
	session *model.Session // nil: not signed in
	user    *model.User    // nil: not signed in
	link    bool           // a signed link allows it, no form of ours
	flow    bool           // within signing in to an app, which ends at the app's address
}

// view is what every template gets.
type view struct {
	Server  string // its name
	Domain  string
	CSRF    string
	User    *model.User
	Account *model.Account
	Done    string            // what was just done
	Error   string            // why not
	Fields  map[string]string // why not, by field
	MayJoin bool              // without an invitation
	V       any
}

// page wraps a handler of people's browsers: who is there, forms that are ours, headers that keep the page to itself.
func (o *OAuth) page(h func(*visit) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{w: w, r: r, o: o}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if err := v.run(h); err != nil {
			v.fail(err)
		}
	})
}

// byLink is page for what a signed link alone allows, from wherever it is sent.
func (o *OAuth) byLink(h func(*visit) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{w: w, r: r, o: o, link: true}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if err := v.run(h); err != nil {
			v.fail(err)
		}
	})
}

func (v *visit) run(h func(*visit) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if err := v.recognise(); err != nil {
		return err
	}
	if err := v.ours(); err != nil {
		return err
	}
	return h(v)
}

// recognise finds out who is there.
func (v *visit) recognise() error {
	secret := v.cookie("csrf")
	if len(secret) < 26 {
		secret = rand.Text()
		v.setCookie("csrf", secret, 0)
	}
	v.csrf = social.Hash("csrf" + secret)
	if c := v.cookie("session"); c != "" {
		var err error
		if v.session, v.user, err = v.o.social.Session(v.r.Context(), c, v.ip()); err != nil {
			return err
		}
		if v.session == nil {
			v.dropCookie("session")
		}
	}
	return nil
}

// ours refuses what comes from no form of ours. HEAD and GET change nothing.
func (v *visit) ours() error {
	if v.link || v.r.Method == http.MethodGet || v.r.Method == http.MethodHead {
		return nil
	}
	token := v.r.Header.Get("X-CSRF-Token")
	if token == "" {
		token = v.r.PostFormValue("csrf")
	}
	if !social.SameSecret(social.Hash(v.csrf), token) || v.r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return model.Forbidden("This form has expired. Please go back, reload the page and try again.")
	}
	return nil
}

func (v *visit) ip() string { return v.o.clientIP(v.r) }

func (v *visit) form(name string) string { return v.r.PostFormValue(name) }

// cookieName: the prefix makes browsers refuse what another host of the domain, or plain HTTP, tries to set.
func (o *OAuth) cookieName(name string) string {
	if o.secure {
		return "__Host-" + name
	}
	return name
}

func (v *visit) cookie(name string) string {
	c, err := v.r.Cookie(v.o.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

func (v *visit) setCookie(name, value string, lasts time.Duration) {
	http.SetCookie(v.w, &http.Cookie{
		Name: v.o.cookieName(name), Value: value, Path: "/", MaxAge: int(lasts.Seconds()),
		HttpOnly: true, Secure: v.o.secure, SameSite: http.SameSiteLaxMode,
	})
}

func (v *visit) dropCookie(name string) {
	http.SetCookie(v.w, &http.Cookie{
		Name: v.o.cookieName(name), Path: "/", MaxAge: -1, HttpOnly: true, Secure: v.o.secure, SameSite: http.SameSiteLaxMode,
	})
}

// secureHeaders: nothing but our own style and script, in nobody's frame. The step to an app leaves our origin, and
// browsers count the redirect after a form as part of it, so pages of that flow do not limit where forms lead
// (as Mastodon's do not).
func secureHeaders(h http.Header, flow bool) {
	policy := "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
	if !flow {
		policy += "; form-action 'self'"
	}
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
}

// show draws a page.
func (v *visit) show(status int, name string, data any) error {
	return v.draw(status, name, view{V: data})
}

// again draws a form anew with what was wrong with it; errors that are not about the form go up.
func (v *visit) again(name string, data any, err error) error {
	var e *model.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Kind {
	case model.KindInvalid, model.KindUnauthorized, model.KindForbidden, model.KindTooMany, model.KindUnavailable:
	default:
		return err
	}
	w := view{V: data, Error: e.Text, Fields: map[string]string{}}
	for field, fails := range e.Fields {
		var parts []string
		for _, f := range fails {
			parts = append(parts, f.Description)
		}
		w.Fields[field] = strings.Join(parts, ", ")
		if strings.HasPrefix(e.Text, "Validation failed: ") {
			w.Error = "Please look at the fields that are marked."
		}
	}
	if e.Kind == model.KindTooMany {
		w.Error = "Too many attempts. Please wait a few minutes and try again."
	}
	return v.draw(StatusOf(err), name, w)
}

func (v *visit) draw(status int, name string, w view) error {
	w.Server, w.Domain, w.CSRF, w.User = v.o.name(v.r), v.o.site.Domain, v.csrf, v.user
	w.MayJoin = v.o.mayJoin()
	if v.user != nil {
		a, err := v.o.social.DB.Read(v.r.Context()).Account(v.user.AccountID)
		if err != nil {
			return err
		}
		w.Account = a
	}
	if w.Done == "" && v.r.Method == http.MethodGet {
		w.Done = doneTexts[v.r.URL.Query().Get("done")]
	}
	t := v.o.templates[name]
	if t == nil {
		return fmt.Errorf("no page %q", name)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout", w); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	h := v.w.Header()
	secureHeaders(h, v.flow)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(b.Bytes()) // the browser went away; nothing to tell whom
	return nil
}

// doneTexts says what a page was sent back to after.
// constant: Go has no constant maps
var doneTexts = map[string]string{
	"password":  "Your password was changed. Other browsers were signed out.",
	"email":     "We sent a mail to the new address. It counts once you open the link in it.",
	"totp-off":  "Signing in takes no more code from your authenticator app.",
	"session":   "Signed out there.",
	"app":       "The app has lost its access.",
	"passkey":   "The passkey was removed.",
	"confirmed": "Your address is confirmed.",
	"resent":    "We sent another mail.",
	"reset":     "Your new password is set. Please sign in with it.",
	"invite":    "The invitation works no more.",
	"mails":     "Saved.",
	"signedout": "You are signed out.",
}

func (o *OAuth) name(r *http.Request) string {
	if f := o.front(r.Context()); f.Title != "" {
		return f.Title
	}
	return o.site.Domain
}

// errorView is a page about what did not work.
type errorView struct{ Title, Text string }

// fail draws an error, or answers a script with one.
func (v *visit) fail(err error) {
	status, page := StatusOf(err), errorView{"Something went wrong", "The fault is on our side. Please try again in a moment."}
	var oe *oauthError
	var e *model.Error
	switch {
	case errors.As(err, &oe):
		status, page = oe.status, errorView{"The app made a mistake", oe.text}
	case !errors.As(err, &e) || status >= http.StatusInternalServerError:
	case e.Kind == model.KindNotFound:
		page = errorView{"Page not found", "There is nothing here, or not any more."}
	case e.Kind == model.KindGone:
		page = errorView{"This link is over", e.Text}
	case e.Kind == model.KindForbidden:
		page = errorView{"That is not allowed", e.Text}
	case e.Kind == model.KindTooMany:
		page = errorView{"Too many attempts", "Please wait a few minutes and try again."}
	default:
		page = errorView{"That did not work", e.Text}
	}
	if status >= http.StatusInternalServerError {
		v.o.log.ErrorContext(v.r.Context(), "page failed", "method", v.r.Method, "path", v.r.URL.Path, "error", err)
	}
	if strings.Contains(v.r.Header.Get("Accept"), "application/json") {
		answer(v.w, status, map[string]string{"error": page.Text})
		return
	}
	drawn := v.show(status, "error", page)
	if drawn != nil && v.user != nil { // what broke may be what knows them
		v.session, v.user = nil, nil
		drawn = v.show(status, "error", page)
	}
	if drawn != nil {
		v.o.log.ErrorContext(v.r.Context(), "error page failed", "error", drawn)
		http.Error(v.w, page.Text, status)
	}
}

// Lost is the page for a path that nobody knows.
func (o *OAuth) Lost(w http.ResponseWriter, r *http.Request) {
	v := &visit{w: w, r: r, o: o}
	if err := v.recognise(); err != nil {
		v.fail(err)
		return
	}
	v.fail(model.ErrNotFound())
}

// to sends the browser to another page of ours.
func (v *visit) to(where string) error {
	secureHeaders(v.w.Header(), v.flow)
	v.w.Header().Set("Cache-Control", "no-store")
	v.w.Header().Set("Location", where)
	v.w.WriteHeader(http.StatusFound)
	return nil
}

// next is where to go after signing in: a path of ours, or the fallback.
func next(asked, fallback string) string {
	u, err := url.Parse(asked)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(asked, "/") ||
		strings.HasPrefix(asked, "//") || strings.ContainsAny(asked, "\\\r\n\t") {
		return fallback
	}
	return asked
}

// isFlow tells whether signing in leads on to an app.
func isFlow(next string) bool { return strings.HasPrefix(next, "/oauth/authorize?") }

// signedIn sends visitors to the sign-in page first.
func (v *visit) signedIn() (ok bool, err error) {
	if v.user != nil {
		return true, nil
	}
	if v.r.Method != http.MethodGet {
		return false, v.to("/auth/sign_in")
	}
	return false, v.to("/auth/sign_in?next=" + url.QueryEscape(v.r.URL.RequestURI()))
}

// asset serves the style and the script.
func (o *OAuth) asset(w http.ResponseWriter, r *http.Request) {
	b, err := fs.ReadFile(assetFiles, "assets/"+path.Base(r.PathValue("file")))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	kinds := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	secureHeaders(w.Header(), false)
	w.Header().Set("Content-Type", kinds[path.Ext(r.PathValue("file"))])
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = w.Write(b) // the browser went away; nothing to tell whom
}

func parseTemplates() (map[string]*template.Template, error) {
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	functions := template.FuncMap{
		"field": func(w view, name, label, kind, value, complete, hint string) fieldView {
			return newField(w, name, label, kind, value, complete, hint)
		},
		"fieldIn": func(w view, form, name, label, kind, value, complete, hint string) fieldView { // of one form of many
			if s, ok := w.V.(securityView); !ok || s.Form != form {
				w.Fields = nil
			}
			f := newField(w, name, label, kind, value, complete, hint)
			f.ID = form + "-" + name
			return f
		},
		"date": func(t model.Time) string {
			if t == 0 {
				return "never"
			}
			return t.Std().Format("2 January 2006, 15:04") + " UTC"
		},
		"join":    strings.Join,
		"link":    mailLink,
		"browser": browserName,
	}
	layout, err := template.New("layout.html").Funcs(functions).ParseFS(templateFiles, "templates/layout.html")
	if err != nil {
		return nil, err
	}
	out := map[string]*template.Template{}
	for _, n := range names {
		if path.Base(n) == "layout.html" {
			continue
		}
		t, err := layout.Clone()
		if err != nil {
			return nil, err
		}
		if t, err = t.ParseFS(templateFiles, n); err != nil {
			return nil, err
		}
		out[strings.TrimSuffix(path.Base(n), ".html")] = t
	}
	return out, nil
}

// mailLink is the link that a mail is about: the one with a secret; "" when there is none.
func mailLink(text string) string {
	for _, word := range strings.Fields(text) {
		if strings.HasPrefix(word, "http") && strings.Contains(word, "token=") {
			return word
		}
	}
	return ""
}

// fieldView is one input with its label.
type fieldView struct{ ID, Name, Label, Kind, Value, Complete, Hint, Fail string }

func newField(w view, name, label, kind, value, complete, hint string) fieldView {
	f := fieldView{ID: name, Name: name, Label: label, Kind: kind, Value: value, Complete: complete, Hint: hint}
	if fail := w.Fields[name]; fail != "" {
		f.Fail = label + " " + fail + "." // the API says "is too short"
	}
	return f
}
