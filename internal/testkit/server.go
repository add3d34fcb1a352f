package testkit

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gomphothere/internal/app"
	"gomphothere/internal/config"
	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Server is a whole server behind real HTTP on loopback.
type Server struct {
	*app.App
	URL    string
	t      testing.TB
	client *http.Client
}

// EachServer runs a test against a server on every database there is.
func EachServer(t *testing.T, test func(t *testing.T, s *Server)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, NewServer(t, "", nil))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, NewServer(t, Postgres(t), nil))
	})
}

// NewServer starts a server on a database ("" is SQLite in a directory of its own); change may alter its settings.
func NewServer(t testing.TB, database string, change func(*config.Config)) *Server {
	t.Helper()
	front := httptest.NewUnstartedServer(nil)
	_, port, err := net.SplitHostPort(front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	host := "localhost:" + port // passkeys want a name
	s := newServer(t, host, database, change, app.Options{})
	front.Config.Handler = s.Handler()
	front.Start()
	t.Cleanup(front.Close)
	return s
}

// newServer builds a server that is known as host and works on its jobs; whoever calls lets requests in.
func newServer(t testing.TB, host, database string, change func(*config.Config), o app.Options) *Server {
	t.Helper()
	loaded, err := config.Load(config.Sources{Env: []string{
		"GOMPHOTHERE_DATA=" + t.TempDir(), "GOMPHOTHERE_DOMAIN=" + host, "GOMPHOTHERE_DEVELOPMENT=true",
		"GOMPHOTHERE_DATABASE=" + database, "GOMPHOTHERE_LIMITS_ENABLED=false", "GOMPHOTHERE_ACCOUNTS_REGISTRATIONS=open",
	}})
	if err != nil {
		t.Fatal(err)
	}
	cfg := loaded.Config
	if change != nil {
		change(&cfg)
	}
	ctx, cancel := context.WithCancel(context.Background())
	o.Log = slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	a, err := app.New(ctx, cfg, o)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	working := make(chan error, 1)
	go func() { working <- a.Work(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-working; err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	plain := &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &Server{App: a, URL: "http://" + host, t: t, client: plain}
}

// testLog shows a server's log with its test.
type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// User speaks to a server's API as somebody. Every answer is compared with the reference.
type User struct {
	Account *model.Account
	Token   string
	server  *Server
	t       testing.TB
}

// Visitor speaks without a token.
func (s *Server) Visitor() *User { return &User{server: s, t: s.t} }

// Person makes a confirmed account and signs it in with every scope.
func (s *Server) Person(name string) *User {
	s.t.Helper()
	a := person(s.t, s.DB, s.Social.Site.Base, name)
	return &User{Account: a, Token: s.token(a, "read write follow push profile"), server: s, t: s.t}
}

// With is the same person with a token of other scopes.
func (u *User) With(scopes string) *User {
	return &User{Account: u.Account, Token: u.server.token(u.Account, scopes), server: u.server, t: u.t}
}

func (s *Server) token(a *model.Account, scopes string) string {
	s.t.Helper()
	token := rand.Text()
	sum := sha256.Sum256([]byte(token))
	err := s.DB.Write(context.Background(), func(tx *store.Tx) error {
		user, err := tx.UserOf(a.ID)
		if err != nil {
			return err
		}
		application := &model.App{ID: tx.NewID(), Name: "Test", Website: "https://app.example", RedirectURIs: []string{"urn:ietf:wg:oauth:2.0:oob"},
			Scopes: scopes, ClientID: rand.Text(), SecretHash: "-", CreatedAt: tx.Now()}
		if err := tx.AddApp(application); err != nil {
			return err
		}
		return tx.AddToken(&model.Token{ID: tx.NewID(), Hash: hex.EncodeToString(sum[:]), AppID: application.ID, UserID: user.ID, AccountID: a.ID, Scopes: scopes, CreatedAt: tx.Now()}, 100)
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

// P are parameters, sent as JSON.
type P map[string]any

// JSON is an object in an answer.
type JSON map[string]any

// Do sends a request and insists on a status; the answer is an object (nil when it is none). Params are P (JSON) or
// url.Values (a form); for GET they go into the query.
func (u *User) Do(status int, method, path string, params any) JSON {
	u.t.Helper()
	_, body := u.Send(status, method, path, params, nil)
	var doc JSON
	if len(body) > 0 && body[0] == '{' {
		if err := json.Unmarshal(body, &doc); err != nil {
			u.t.Fatalf("%s %s: %v in %s", method, path, err, body)
		}
	}
	return doc
}

// List is Do for answers that are arrays of objects.
func (u *User) List(status int, method, path string, params any) []JSON {
	u.t.Helper()
	_, body := u.Send(status, method, path, params, nil)
	var list []JSON
	if err := json.Unmarshal(body, &list); err != nil {
		u.t.Fatalf("%s %s: %v in %s", method, path, err, body)
	}
	return list
}

// Send is Do with headers of one's own, giving the answer as it came.
func (u *User) Send(status int, method, path string, params any, header http.Header) (*http.Response, []byte) {
	u.t.Helper()
	req := u.request(method, path, params)
	for k, v := range header {
		req.Header[k] = v
	}
	res, err := u.server.client.Do(req)
	if err != nil {
		u.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		u.t.Fatalf("%s %s: %v", method, path, err)
	}
	if res.StatusCode != status {
		u.t.Fatalf("%s %s as %s: got %s, want %d: %s", method, path, u.name(), res.Status, status, body)
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		CheckResponse(u.t, method, req.URL.Path, res.StatusCode, body)
	}
	return res, body
}

// Raw sends a request and gives whatever comes.
func (u *User) Raw(method, path string) (*http.Response, []byte) {
	u.t.Helper()
	res, err := u.server.client.Do(u.request(method, path, nil))
	if err != nil {
		u.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		u.t.Fatalf("%s %s: %v", method, path, err)
	}
	return res, body
}

func (u *User) name() string {
	if u.Account == nil {
		return "a visitor"
	}
	return u.Account.Username
}

func (u *User) request(method, path string, params any) *http.Request {
	u.t.Helper()
	var body io.Reader
	kind := ""
	switch p := params.(type) {
	case nil:
	case P:
		b, err := json.Marshal(p)
		if err != nil {
			u.t.Fatal(err)
		}
		body, kind = bytes.NewReader(b), "application/json"
	case url.Values:
		if method == http.MethodGet {
			path += "?" + p.Encode()
		} else {
			body, kind = strings.NewReader(p.Encode()), "application/x-www-form-urlencoded"
		}
	default:
		u.t.Fatalf("params are %T", params)
	}
	req, err := http.NewRequest(method, u.server.URL+path, body)
	if err != nil {
		u.t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if u.Token != "" {
		req.Header.Set("Authorization", "Bearer "+u.Token)
	}
	return req
}

// At is the same person speaking to another node of the same server.
func (u *User) At(node *Server) *User { return &User{u.Account, u.Token, node, u.t} }
