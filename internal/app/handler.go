package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"gomphothere/internal/web"
)

// Handler is all doors in one.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range a.OAuth.Routes() {
		mux.Handle(r.Method+" "+r.Pattern, r.Handler)
	}
	for _, r := range a.Federation.Routes() {
		mux.Handle(r.Method+" "+r.Pattern, r.Handler)
	}
	web.Pictures(mux)
	mux.Handle("/", a.API.Handler())
	mux.Handle("/api/v1/streaming", a.Stream.Handler())
	mux.Handle("/api/v1/streaming/", a.Stream.Handler())
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("OK")) })
	mux.HandleFunc("GET /readyz", a.readyz)
	return secure(spelled(untailed(a.Pages.Handler(mux))))
}

// untailed takes /oauth/authorize/ for /oauth/authorize, as Mastodon does with all addresses: apps rely on it.
func untailed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path, found := strings.CutSuffix(r.URL.Path, "/"); found && path != "" {
			u, same := *r.URL, *r
			u.Path, u.RawPath = path, strings.TrimSuffix(u.RawPath, "/")
			same.URL, r = &u, &same
		}
		next.ServeHTTP(w, r)
	})
}

// spelled refuses addresses that are no text: databases do not take them, and nothing of ours has one. The API and
// sign-in have refusals of their own.
func spelled(next http.Handler) http.Handler {
	good := func(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/oauth/") || strings.HasPrefix(r.URL.Path, "/auth/") {
			next.ServeHTTP(w, r)
			return
		}
		query, err := url.QueryUnescape(r.URL.RawQuery)
		if !good(r.URL.Path) || err != nil && strings.Contains(r.URL.RawQuery, "%") || !good(query) {
			http.Error(w, "The address is not spelled right", http.StatusBadRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// secure sets what every answer carries, whatever it is.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// readiness remembers the last probe for a moment, so that nobody can make the server write by asking, and lets nobody
// wait for a disk that does not answer.
type readiness struct {
	mu    sync.Mutex
	last  *probe
	since time.Time
}

// probe is one attempt; err may be read once done is closed.
type probe struct {
	done chan struct{}
	err  error
}

const (
	readyFor      = time.Second
	readyPatience = 5 * time.Second // a post that takes longer is no post for whoever waits
)

// ask gives the newest probe, beginning one when the last is over and old.
func (r *readiness) ask(now time.Time, try func() error) *probe {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.last; p != nil {
		select {
		case <-p.done:
			if age := now.Sub(r.since); age >= 0 && age < readyFor {
				return p
			}
		default:
			return p
		}
	}
	p := &probe{done: make(chan struct{})}
	r.last, r.since = p, now
	go func() {
		defer close(p.done)
		p.err = try()
	}()
	return p
}

// readyz answers 200 only when posting would work: a row is written, committed and read back.
func (a *App) readyz(w http.ResponseWriter, r *http.Request) {
	p := a.ready.ask(a.clock(), func() error { return a.Social.Probe(context.WithoutCancel(r.Context())) })
	patience := time.NewTimer(readyPatience)
	defer patience.Stop()
	err := errors.New("the database does not answer")
	select {
	case <-p.done:
		err = p.err
	case <-patience.C:
	case <-r.Context().Done():
		return // nobody listens any more
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	doc := map[string]string{"status": "ready"}
	if err != nil {
		a.Log.Error("not ready", "error", err)
		doc = map[string]string{"status": "not ready"}
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if err := json.NewEncoder(w).Encode(doc); err != nil {
		a.Log.Debug("client went away", "error", err)
	}
}
