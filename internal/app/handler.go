package app

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"gomphothere/internal/web"
)

// Handler is all doors in one.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range a.OAuth.Routes() {
		mux.Handle(r.Method+" "+r.Pattern, r.Handler)
	}
	web.Pictures(mux)
	mux.Handle("/", a.API.Handler())
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("OK")) })
	mux.HandleFunc("GET /readyz", a.readyz)
	return secure(untailed(mux))
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

// secure sets what every answer carries, whatever it is.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// readiness remembers the last probe for a moment, so that nobody can make the server write by asking.
type readiness struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

const readyFor = time.Second

// readyz answers 200 only when posting would work: a row is written, committed and read back.
func (a *App) readyz(w http.ResponseWriter, r *http.Request) {
	a.ready.mu.Lock()
	defer a.ready.mu.Unlock()
	if now := a.clock(); now.Sub(a.ready.at) > readyFor || now.Before(a.ready.at) {
		a.ready.err = a.Social.Probe(r.Context())
		a.ready.at = now
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	doc := map[string]string{"status": "ready"}
	if a.ready.err != nil {
		a.Log.Error("not ready", "error", a.ready.err)
		doc = map[string]string{"status": "not ready", "error": a.ready.err.Error()}
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if err := json.NewEncoder(w).Encode(doc); err != nil {
		a.Log.Debug("client went away", "error", err)
	}
}
