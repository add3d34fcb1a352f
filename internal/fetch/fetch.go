// Package fetch asks other servers: never a private address, never without end, never more of a host than it bears.
package fetch

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"gomphothere/internal/httpsig"
	"gomphothere/internal/model"
)

// Time for each step (Mastodon's, but for the header, which busy small servers take long for), and for all of them
// with redirects and second knocks, however slowly the body trickles in.
const (
	dialTime   = 10 * time.Second // name and connection
	tlsTime    = 5 * time.Second
	headerTime = 10 * time.Second
	totalTime  = 30 * time.Second
)

// Sizes.
const (
	maxDocument  = 1 << 20  // as Mastodon takes
	maxHeader    = 64 << 10 // real ones have 4 KB
	maxErrorBody = 8 << 10  // read of refusals and of answers to deliveries: enough to say why, and to use the connection again
	maxURL       = 2048
	maxRedirects = 3
)

// Connections. A host has at most slots for reading and for posting each; idle ones are kept for the next delivery.
const (
	slots       = 4
	maxWaiting  = 64  // for one host's slots: beyond, whoever asks shall come back later
	maxGets     = 256 // of all hosts
	maxPosts    = 2048
	maxIdle     = 1024
	idleTime    = 90 * time.Second
	maxIdleHost = slots
)

// Options is what a client stands on.
type Options struct {
	UserAgent   string
	Development bool // plain http, ports and loopback addresses are allowed
	// Dial connects instead of the guarded dialer: tests' networks. nil: the guarded one.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Allowed are addresses that may be asked although they are private.
	Allowed []netip.Prefix
	// Signer gives the key that signs what nobody of ours asks for; nil: nothing is signed.
	Signer func(ctx context.Context) (httpsig.Key, error)
	// Peer gives the scheme that a host is known to take, "" when unknown; Learned is told a new one. Either may be nil.
	Peer    func(ctx context.Context, host string) httpsig.Scheme
	Learned func(host string, s httpsig.Scheme)
	// May refuses hosts before they are asked, redirects too; nil: all may be asked.
	May func(ctx context.Context, host string) error
	// TLS is for tests' certificates; nil: the system's.
	TLS *tls.Config
	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: nothing is told
}

// Client asks other servers. All methods may be called from many goroutines; Close it when done.
type Client struct {
	o         Options
	transport *http.Transport
	hosts     hosts
	flights   flights
	gets      chan struct{}
	posts     chan struct{}
}

// Answer is a document as it came. It may be shared: do not change it.
type Answer struct {
	URL         string // after redirects
	Status      int
	ContentType string
	Header      http.Header
	Body        []byte
}

// UserAgent says who asks, and where to complain.
func UserAgent(site model.Site) string {
	return "Gomphothere/" + site.Version + " (+https://" + site.Domain + "/)"
}

// New makes a client.
func New(o Options) *Client {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	dial := o.Dial
	if dial == nil {
		g := guard{allowed: o.Allowed, development: o.Development}
		dial = (&net.Dialer{Timeout: dialTime, KeepAlive: idleTime, ControlContext: g.control}).DialContext
	}
	c := &Client{
		o: o,
		transport: &http.Transport{
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				ctx, cancel := context.WithTimeout(ctx, dialTime)
				defer cancel()
				if name, port, err := net.SplitHostPort(addr); o.Development && o.Dial == nil && err == nil && strings.HasSuffix(name, ".localhost") {
					addr = net.JoinHostPort("127.0.0.1", port) // RFC 6761 §6.3, which not every resolver knows
				}
				return dial(ctx, network, addr)
			},
			TLSClientConfig:        o.TLS,
			TLSHandshakeTimeout:    tlsTime,
			ResponseHeaderTimeout:  headerTime,
			MaxResponseHeaderBytes: maxHeader,
			MaxConnsPerHost:        2 * slots,
			MaxIdleConnsPerHost:    maxIdleHost,
			MaxIdleConns:           maxIdle,
			IdleConnTimeout:        idleTime,
			WriteBufferSize:        4 << 10,
			ReadBufferSize:         4 << 10,
			// HTTP/1.1 alone: one request a connection is what the slots count, and a peer's frames cannot flood us.
			TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
		},
		gets:  make(chan struct{}, maxGets),
		posts: make(chan struct{}, maxPosts),
	}
	c.hosts.log = o.Log
	return c
}

// Close lets go of idle connections and waits for what is under way.
func (c *Client) Close() {
	c.flights.close()
	c.transport.CloseIdleConnections()
}
