// Package federation is the door to other servers: their activities come in here, and what ours did goes out.
package federation

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"gomphothere/internal/ap"
	"gomphothere/internal/fetch"
	"gomphothere/internal/httpsig"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
)

// Federation is what the doors and the jobs of federation need.
type Federation struct {
	DB     *store.DB
	Social *social.Social
	Site   model.Site
	Fetch  *fetch.Client
	Draw   ap.Drawer
	Log    *slog.Logger
	Now    func() time.Time

	gate       gate               // bounds what waits at the inbox
	resolving  resolving          // who is being asked for right now, and who did not answer of late
	activities map[string]handler // by type
	Seen       Tally              // what came in and what became of it
}

// Options are what New needs.
type Options struct {
	DB     *store.DB
	Social *social.Social
	Site   model.Site
	Draw   ap.Drawer
	Log    *slog.Logger
	// Dial reaches other servers; nil: the internet, and of it only what is public.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Route is a row of the table of routes.
type Route struct {
	Method, Pattern string
	Handler         http.Handler
}

// New makes federation ready. It asks nobody anything yet.
func New(o Options) *Federation {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	f := &Federation{
		DB: o.DB, Social: o.Social, Site: o.Site, Draw: o.Draw, Log: o.Log,
		Now: func() time.Time { return o.DB.Now().Std() },
	}
	f.Fetch = fetch.New(fetch.Options{
		UserAgent:   "Gomphothere/" + o.Site.Version + " (+" + o.Site.Base + "/)",
		Development: o.Site.Development,
		Dial:        o.Dial,
		Signer:      f.instanceKey,
		Peer:        f.scheme,
		Learned:     f.learned,
		Now:         f.Now,
		Log:         o.Log,
	})
	f.activities = activities()
	return f
}

// instanceKey is the key of the account that speaks for the server itself.
func (f *Federation) instanceKey(ctx context.Context) (httpsig.Key, error) {
	a, err := f.Social.InstanceActor(ctx)
	if err != nil {
		return httpsig.Key{}, err
	}
	return f.keyOf(ctx, a)
}
