package oauth_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/oauth"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// each runs a test on SQLite, and on PostgreSQL where there is one.
func each(t *testing.T, f func(t *testing.T, w *world), change ...func(*model.Site)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, newWorld(t, "", change...))
	})
	if os.Getenv("TEST_POSTGRES") != "" {
		t.Run("postgres", func(t *testing.T) {
			t.Parallel()
			f(t, newWorld(t, testkit.Postgres(t), change...))
		})
	}
}

// world is a server with its door, and a clock that the test moves.
type world struct {
	t      testing.TB
	Social *social.Social
	OAuth  *oauth.OAuth
	URL    string

	mu  sync.Mutex
	now time.Time
	ip  string
}

func newWorld(t testing.TB, database string, change ...func(*model.Site)) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC), ip: "192.0.2.7"}
	db, err := store.Open(t.Context(), store.Options{URL: database, Dir: t.TempDir(), Clock: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { handler.ServeHTTP(rw, r) }))
	t.Cleanup(server.Close)
	w.URL = strings.Replace(server.URL, "127.0.0.1", "localhost", 1) // passkeys want a name
	site := model.Site{Domain: "example.org", Base: w.URL, Title: "Example", Registrations: "open"}
	for _, c := range change {
		c(&site)
	}
	w.Social = social.New(db, site)
	w.OAuth, err = oauth.New(oauth.Options{Social: w.Social, ClientIP: func(*http.Request) string { return w.address() }, VAPIDKey: "key"})
	if err != nil {
		t.Fatal(err)
	}
	handler = w.OAuth.Handler()
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) address() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ip
}

func (w *world) from(ip string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ip = ip
}

const password = "correct horse battery"

// person makes an account that can act.
func (w *world) person(name string) *model.User {
	w.t.Helper()
	u, err := w.Social.CreateAccount(w.t.Context(), social.NewAccount{
		Username: name, Email: name + "@example.com", Password: password, Confirmed: true,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// browser keeps cookies and follows redirects within the server.
type browser struct {
	w *world
	c *http.Client
	// where the last answer came from, and what it was
	at     *url.URL
	status int
	header http.Header
	body   string
}

func (w *world) browser() *browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &browser{w: w, c: &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), w.URL+"/") {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
}

func (b *browser) do(r *http.Request) *browser {
	b.w.t.Helper()
	resp, err := b.c.Do(r)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	b.at, b.status, b.header, b.body = resp.Request.URL, resp.StatusCode, resp.Header, string(text)
	return b
}

func (b *browser) get(path string) *browser {
	b.w.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = b.w.URL + path
	}
	r, err := http.NewRequestWithContext(b.w.t.Context(), "GET", path, nil)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return b.do(r)
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)
var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// send fills in the form of the page that is shown: its hidden fields, and these.
func (b *browser) send(path string, fields ...string) *browser {
	b.w.t.Helper()
	form := url.Values{}
	if _, rest, ok := strings.Cut(b.body, `action="`+strings.SplitN(path, "?", 2)[0]+`"`); ok {
		inside, _, _ := strings.Cut(rest, "</form>")
		for _, m := range hiddenField.FindAllStringSubmatch(inside, -1) {
			form.Set(m[1], unescape(m[2]))
		}
	}
	if m := csrfField.FindStringSubmatch(b.body); m != nil && form.Get("csrf") == "" {
		form.Set("csrf", m[1])
	}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.post(path, form)
}

func (b *browser) post(path string, form url.Values) *browser {
	b.w.t.Helper()
	r, err := http.NewRequestWithContext(b.w.t.Context(), "POST", b.w.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

func unescape(s string) string {
	return strings.NewReplacer("&amp;", "&", "&#43;", "+", "&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">").Replace(s)
}

// shows fails unless the page has a status and says something.
func (b *browser) shows(status int, text string) *browser {
	b.w.t.Helper()
	if b.status != status || !strings.Contains(b.body, text) {
		b.w.t.Fatalf("%s: got %d, want %d and %q in\n%s", b.at, b.status, status, text, b.body)
	}
	return b
}

func (b *browser) lacks(text string) *browser {
	b.w.t.Helper()
	if strings.Contains(b.body, text) {
		b.w.t.Fatalf("%s: %q should not be in\n%s", b.at, text, b.body)
	}
	return b
}

func (b *browser) signIn(name string) *browser {
	b.w.t.Helper()
	b.get("/auth/sign_in").shows(200, "Sign in")
	return b.send("/auth/sign_in", "login", name+"@example.com", "password", password)
}

// api sends what an app sends and reads the JSON that comes back.
func (w *world) api(want int, method, path, token string, body any) map[string]any {
	w.t.Helper()
	var text []byte
	kind := ""
	switch b := body.(type) {
	case url.Values:
		text, kind = []byte(b.Encode()), "application/x-www-form-urlencoded"
	case nil:
	default:
		var err error
		if text, err = json.Marshal(b); err != nil {
			w.t.Fatal(err)
		}
		kind = "application/json"
	}
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.URL+path, bytes.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return w.raw(want, r)
}

func (w *world) raw(want int, r *http.Request) map[string]any {
	w.t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if resp.StatusCode != want {
		w.t.Fatalf("%s %s: got %d, want %d: %s", r.Method, r.URL, resp.StatusCode, want, text)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		return map[string]any{"": string(text)}
	}
	return out
}

// app registers an app.
func (w *world) app(redirect, scopes string) (id, secret string) {
	w.t.Helper()
	a := w.api(200, "POST", "/api/v1/apps", "", url.Values{"client_name": {"Tusk"}, "redirect_uris": {redirect}, "scopes": {scopes}})
	return a["client_id"].(string), a["client_secret"].(string)
}

// lastMail is the newest mail to somebody.
func (w *world) lastMail(to string) *model.Mail {
	w.t.Helper()
	mails, err := w.Social.DB.Read(w.t.Context()).Outbox(model.Page{Limit: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range mails {
		if m.To == to {
			return m
		}
	}
	w.t.Fatalf("no mail to %s", to)
	return nil
}

var linkForm = regexp.MustCompile(`https?://\S+\?\S+`)

// link is the link in the newest mail to somebody.
func (w *world) link(to string) string {
	w.t.Helper()
	l := linkForm.FindString(w.lastMail(to).Text)
	if l == "" {
		w.t.Fatalf("no link in the mail to %s", to)
	}
	return l
}

// setUser changes a login's row as no verb would.
func (w *world) setUser(id model.ID, change func(*model.User)) error {
	return w.Social.DB.Write(w.t.Context(), func(tx *store.Tx) error {
		u, err := tx.LockUser(id)
		if err != nil {
			return err
		}
		change(u)
		return tx.SetUser(u)
	})
}
