// Package api is the REST door for Mastodon's apps: a table of routes, and handlers that read a request, call one
// verb or query, and draw.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"

	"gomphothere/internal/entity"
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

	// Who finds whom a bearer token speaks for; address is where the request comes from.
	Who func(ctx context.Context, bearer, address string) (*oauth.Identity, error)
	// Trusted are the proxies whose X-Forwarded-For is believed.
	Trusted []netip.Prefix
	// Requests is how many a token (or address) may make in five minutes; 0: as many as it likes.
	Requests int
	// Lost is the page for unknown paths that a browser asks for; nil: they get JSON, as apps do.
	Lost http.HandlerFunc

	limits limits
	site   siteCache
}
