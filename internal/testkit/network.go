package testkit

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gomphothere/internal/app"
	"gomphothere/internal/config"
)

// Network is an internet in memory: names lead to servers through pipes. Inside testing/synctest a week on it passes
// in a moment. Every host has weather.
type Network struct {
	t      testing.TB
	client *http.Client

	mu    sync.Mutex
	hosts map[string]*netHost // by name
	seen  []Request
}

// Weather is what meets those who want to reach a host.
type Weather int

// The weathers.
const (
	Fair    Weather = iota
	Down            // connections are refused
	Lost            // connections are never answered
	Hanging         // connections are taken, requests never answered
)

// Request is one that reached a host, and what it answered.
type Request struct {
	At     time.Time
	Host   string
	Method string
	Path   string
	Header http.Header
	Body   string
	Status int
}

// netHost is one name: it is its own listener.
type netHost struct {
	name    string
	waiting chan net.Conn
	closed  chan struct{}
	handler http.Handler

	mu      sync.Mutex
	weather Weather
	instead http.Handler // answers for it; nil: itself
}

// NewNetwork makes an empty one. In a bubble, call it inside.
func NewNetwork(t testing.TB) *Network {
	n := &Network{t: t, hosts: map[string]*netHost{}}
	n.client = n.newClient()
	return n
}

func (n *Network) newClient() *http.Client {
	tr := &http.Transport{DialContext: n.Dial}
	n.t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Dial connects to a host of the network; nothing else can be reached.
func (n *Network) Dial(ctx context.Context, _, addr string) (net.Conn, error) {
	name, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if port != "80" {
		name = addr
	}
	n.mu.Lock()
	h := n.hosts[name]
	n.mu.Unlock()
	if h == nil {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	h.mu.Lock()
	weather := h.weather
	h.mu.Unlock()
	switch weather {
	case Down:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case Lost:
		<-ctx.Done()
		return nil, ctx.Err()
	}
	near, far := net.Pipe()
	if weather == Hanging {
		go func() { io.Copy(io.Discard, far); far.Close() }() // ends with the caller's patience
		return near, nil
	}
	select {
	case h.waiting <- far:
		return near, nil
	case <-h.closed:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Serve puts a handler behind a name ("peer.example", plain http).
func (n *Network) Serve(name string, handler http.Handler) {
	n.t.Helper()
	h := &netHost{name: name, waiting: make(chan net.Conn), closed: make(chan struct{}), handler: handler}
	n.mu.Lock()
	n.hosts[name] = h
	n.mu.Unlock()
	srv := &http.Server{Handler: n.witness(h)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := srv.Serve(h); !errors.Is(err, http.ErrServerClosed) {
			n.t.Errorf("%s: %v", name, err)
		}
	}()
	n.t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			n.t.Errorf("%s: %v", name, err)
		}
		<-done
	})
}

// Accept, Close and Addr make a host a net.Listener.
func (h *netHost) Accept() (net.Conn, error) {
	select {
	case c := <-h.waiting:
		return c, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

// Close ends listening.
func (h *netHost) Close() error { close(h.closed); return nil }

// Addr is the name.
func (h *netHost) Addr() net.Addr { return hostAddr(h.name) }

type hostAddr string

func (hostAddr) Network() string  { return "pipe" }
func (a hostAddr) String() string { return string(a) }

// witness writes down what reaches a host and lets its stand-in answer where there is one.
func (n *Network) witness(h *netHost) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body []byte
		if r.Method == http.MethodPost {
			var err error
			if body, err = io.ReadAll(io.LimitReader(r.Body, 4<<20)); err != nil {
				return // whoever sent it went away
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		req := Request{At: time.Now(), Host: h.name, Method: r.Method, Path: r.URL.RequestURI(), Header: r.Header.Clone(), Body: string(body)}
		h.mu.Lock()
		answer := h.handler
		if h.instead != nil {
			answer = h.instead
		}
		h.mu.Unlock()
		r.RemoteAddr = "192.0.2.1:1024" // a pipe has no address
		s := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		answer.ServeHTTP(s, r)
		req.Status = s.status
		n.mu.Lock()
		n.seen = append(n.seen, req)
		n.mu.Unlock()
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (s *statusWriter) WriteHeader(code int) {
	s.status = code
	s.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController through.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// SetWeather changes a host's weather for new connections.
func (n *Network) SetWeather(name string, w Weather) {
	h := n.host(name)
	h.mu.Lock()
	h.weather = w
	h.mu.Unlock()
	// What is open and idle would outlive the change.
	n.client.CloseIdleConnections()
}

// Instead lets another handler answer for a host: 500s, garbage, slowness; nil gives it back.
func (n *Network) Instead(name string, handler http.Handler) {
	h := n.host(name)
	h.mu.Lock()
	h.instead = handler
	h.mu.Unlock()
}

func (n *Network) host(name string) *netHost {
	n.t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	h := n.hosts[name]
	if h == nil {
		n.t.Fatalf("no host %s on this network", name)
	}
	return h
}

// Requests are those a host has answered, oldest first, whose method and path begin so ("POST /inbox").
func (n *Network) Requests(name, prefix string) []Request {
	n.mu.Lock()
	defer n.mu.Unlock()
	var found []Request
	for _, r := range n.seen {
		if r.Host == name && strings.HasPrefix(r.Method+" "+r.Path, prefix) {
			found = append(found, r)
		}
	}
	return slices.Clip(found)
}

// Client speaks to the network's hosts as a browser or an app would.
func (n *Network) Client() *http.Client { return n.client }

// NewServer starts a whole server under a name ("one.example") on SQLite; change may alter its settings.
func (n *Network) NewServer(name string, change func(*config.Config)) *Server {
	n.t.Helper()
	s := newServer(n.t, name, "", change, app.Options{Dial: n.Dial, Seldom: time.Hour})
	s.client = n.client
	n.Serve(name, s.Handler())
	return s
}
