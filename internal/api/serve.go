package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/oauth"
)

// route is a row of the table of routes.
type route struct {
	method  string
	pattern string
	auth    auth
	scope   string // any one of these, "|" between them; "" with a token required: any token
	family  string // a limit of its own, see limits.go
	handle  func(*request) (any, error)
}

// auth says who may come in.
type auth int

const (
	anyone  auth = iota // a token is not even read
	visitor             // signed in or not
	user                // a user's token
	token               // a user's or an app's token
)

// raw is a JSON answer drawn already.
type raw []byte

// answer is a JSON answer with another status than 200.
type answer struct {
	status int
	body   any
}

// none is an answer without a body.
type none struct{}

// Handler serves the table of routes and answers everything else under its prefixes as an unknown path.
func (a *API) Handler() http.Handler {
	a.DB.Cache.OnForget(a.site.forget)
	unknown := func(w http.ResponseWriter, r *http.Request) {
		switch {
		case a.Lost != nil && wantsPage(r):
			a.Lost(w, r)
		case !cors(w, r):
			a.fail(w, r, model.ErrNotFound())
		}
	}
	mux, parts := http.NewServeMux(), http.NewServeMux()
	for _, rt := range a.routes() {
		m := mux
		if strings.HasPrefix(rt.pattern, partsOfFilters) {
			m = parts
		}
		m.Handle(rt.method+" "+rt.pattern, a.serve(rt))
	}
	mux.HandleFunc("/", unknown)
	parts.HandleFunc("/", unknown)
	mux.Handle("/api/v2/filters/", parts)
	return mux
}

// wantsPage tells whether somebody looks with a browser at what is not the API's.
func wantsPage(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "text/html") && !strings.Contains(accept, "json") &&
		!strings.HasPrefix(r.URL.Path, "/api/") && !strings.HasPrefix(r.URL.Path, "/.well-known/")
}

// partsOfFilters begins the patterns that a ServeMux refuses beside filters/keywords/{id}, because
// filters/keywords/keywords is both. They are asked second.
const partsOfFilters = "/api/v2/filters/{filter_id}/"

func (a *API) serve(rt route) http.Handler {
	scopes := strings.Split(strings.ReplaceAll(rt.scope, " ", ""), "|")
	if rt.scope == "" {
		scopes = nil
	}
	fam, limited := families()[rt.family]
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		cors(w, hr)
		r := &request{Request: hr, header: w.Header()}
		out, err := func() (out any, err error) {
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("panic in %s %s: %v\n%s", rt.method, rt.pattern, p, debug.Stack())
				}
			}()
			if !validText(hr.URL.Path) {
				return nil, model.ErrNotFound()
			}
			if err := a.identify(r, rt.auth, scopes); err != nil {
				return nil, err
			}
			if err := a.throttle(r, fam, limited); err != nil {
				return nil, err
			}
			if r.params, err = readParams(w, hr); err != nil {
				return nil, err
			}
			return rt.handle(r)
		}()
		if err != nil {
			a.fail(w, hr, err)
			return
		}
		a.send(w, hr, out)
	})
}

// identify reads the bearer token and checks its scopes (Mastodon API: OAuth scopes).
func (a *API) identify(r *request, need auth, scopes []string) error {
	if need == anyone {
		return nil
	}
	bearer := r.bearer()
	if bearer == "" {
		if need == visitor {
			return nil
		}
		return model.Unauthorized("The access token is invalid")
	}
	who, err := a.Who(r.Context(), bearer, a.Address(r.Request))
	if err != nil {
		return err
	}
	r.who, r.me = who, who.Account
	if need == user && who.Account == nil {
		return &model.Error{Kind: model.KindInvalid, Text: "This method requires an authenticated user"}
	}
	if len(scopes) > 0 && !oauth.Allows(who.Token.Scopes, scopes) {
		return model.Forbidden("This action is outside the authorized scopes")
	}
	return nil
}

// throttle counts the request against its limits and tells the client how it stands.
func (a *API) throttle(r *request, fam family, limited bool) error {
	if a.Requests == 0 {
		return nil
	}
	key := a.Address(r.Request)
	if r.who != nil {
		key = "t" + r.who.Token.ID.String()
	}
	now := a.DB.Now().Std()
	general := family{"general", a.Requests, 5 * time.Minute}
	left, reset, ok := a.limits.take(general, key, now)
	limit := general.limit
	if ok && limited && r.me != nil {
		left, reset, ok = a.limits.take(fam, r.me.ID.String(), now)
		limit = fam.limit
	}
	r.header.Set("X-RateLimit-Limit", strconv.Itoa(limit))
	r.header.Set("X-RateLimit-Remaining", strconv.Itoa(left))
	r.header.Set("X-RateLimit-Reset", reset.Format("2006-01-02T15:04:05.000000Z"))
	if !ok {
		return tooMany()
	}
	return nil
}

// Address is who asks, as an IP address: the connection's, or what a trusted proxy says it forwards.
func (a *API) Address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	// From the nearest proxy outwards: the first address that is not a trusted proxy is the client's.
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		addr, err := netip.ParseAddr(host)
		if err != nil || !slices.ContainsFunc(a.Trusted, func(p netip.Prefix) bool { return p.Contains(addr.Unmap()) }) {
			break
		}
		hop = strings.TrimSpace(hop)
		if _, err := netip.ParseAddr(hop); err != nil {
			break
		}
		host = hop
	}
	return host
}

// cors lets apps in browsers speak to the API, as Mastodon does. It answers preflights itself.
func cors(w http.ResponseWriter, r *http.Request) (answered bool) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "Link, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id, Idempotency-Key, Mastodon-Async-Refresh")
	if r.Method != http.MethodOptions {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "POST, PUT, DELETE, GET, PATCH, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "*, Authorization, Content-Type, Idempotency-Key")
	h.Set("Access-Control-Max-Age", "7200") // browsers cap it at two hours
	w.WriteHeader(http.StatusNoContent)
	return true
}

// send writes a handler's answer.
func (a *API) send(w http.ResponseWriter, r *http.Request, out any) {
	status := http.StatusOK
	if s, ok := out.(answer); ok {
		status, out = s.status, s.body
	}
	var body []byte
	switch v := out.(type) {
	case raw:
		body = v
	case *buffer:
		body = v.b
		defer a.buffers.put(v)
	case none:
	case nil:
		body = []byte("{}")
	default:
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			a.fail(w, r, fmt.Errorf("draw %T: %w", v, err))
			return
		}
		body = bytes.TrimRight(b.Bytes(), "\n")
	}
	h := w.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-store")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		a.Log.Debug("client went away", "path", r.URL.Path, "error", err)
	}
}

// fail answers with an error in Mastodon's shape (Mastodon API: entities/Error).
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	kind := model.KindOf(err)
	doc := map[string]any{"error": "An unexpected error occurred"}
	var e *model.Error
	if errors.As(err, &e) {
		doc["error"] = e.Text
		for k, v := range e.Extra {
			doc[k] = v
		}
		if e.Fields != nil {
			doc["details"] = e.Fields
		}
	}
	if kind == model.KindInternal || kind == model.KindUnavailable {
		a.Log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	if kind == model.KindUnavailable {
		w.Header().Set("Retry-After", "30")
	}
	a.send(w, r, answer{oauth.StatusOf(err), doc})
}
