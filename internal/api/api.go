// Package api is the REST door for Mastodon's apps: a table of routes, and handlers that read a request, call one
// verb or query, and draw.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"

	"gomphothere/internal/entity"
	"gomphothere/internal/federation"
	"gomphothere/internal/model"
	"gomphothere/internal/oauth"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
)

// API is what the handlers need.
type API struct {
	DB     *store.DB
	Social *social.Social
	Site   model.Site
	Draw   entity.Drawer
	Log    *slog.Logger
	// Federation asks other servers for what is not here.
	Federation *federation.Federation

	// Who finds whom a bearer token speaks for; address is where the request comes from.
	Who func(ctx context.Context, bearer, address string) (*oauth.Identity, error)
	// PushKey is the server's public key for push messages, as apps read it.
	PushKey string
	// Trusted are the proxies whose X-Forwarded-For is believed.
	Trusted []netip.Prefix
	// Requests is how many a token (or address) may make in five minutes; 0: as many as it likes.
	Requests int
	// Lost is the page for unknown paths that a browser asks for; nil: they get JSON, as apps do.
	Lost http.HandlerFunc

	limits  limits
	buffers buffers
	site    siteCache
}

// buffers lends the bytes that pages are drawn into: a page of statuses is 60 KB, and a new one for every request would
// keep the garbage collector busier than the drawing does.
type buffers struct{ pool sync.Pool }

// buffer is a JSON answer in lent bytes; send gives them back.
type buffer struct{ b []byte }

const (
	pageBytes = 64 << 10
	// Larger pages are rare; keeping one would keep its size for good.
	maxKeptBytes = 512 << 10
)

// page draws a long answer into lent bytes.
func (a *API) page(draw func(dst []byte) []byte) *buffer {
	b := a.buffers.get()
	b.b = draw(b.b)
	return b
}

func (p *buffers) get() *buffer {
	if b, ok := p.pool.Get().(*buffer); ok {
		return b
	}
	return &buffer{make([]byte, 0, pageBytes)}
}

func (p *buffers) put(b *buffer) {
	if cap(b.b) <= maxKeptBytes {
		b.b = b.b[:0]
		p.pool.Put(b)
	}
}
