// Package federation is the door to other servers: their activities come in here, and what ours did goes out.
package federation

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"gomphothere/internal/ap"
	"gomphothere/internal/fetch"
	"gomphothere/internal/httpsig"
	"gomphothere/internal/model"
	"gomphothere/internal/proof"
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

	instance   atomic.Pointer[httpsig.Key] // read once
	gate       gate                        // bounds what waits at the inbox
	ld         proof.LD                    // checks Linked Data signatures
	keys       keys                        // checks requests' signatures
	resolving  resolving                   // who is being asked for right now, and who did not answer of late
	activities map[string]handler          // by type
	out        *outbound                   // what deliveries share
	kept       *kept                       // documents that everybody may see, drawn
	Seen       Tally                       // what came in and what became of it
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
		UserAgent:   fetch.UserAgent(o.Site),
		Development: o.Site.Development,
		Dial:        o.Dial,
		Signer:      f.instanceKey,
		Peer:        f.scheme,
		Learned:     f.learned,
		May:         f.mayTalk,
		Now:         f.Now,
		Log:         o.Log,
	})
	f.ld.Fetch = f.ldContext
	f.activities = activities()
	f.keys = newKeys()
	f.out = newOutbound()
	o.DB.Cache.OnForget(f.out.forget)
	f.kept = newKept()
	o.DB.Cache.OnForget(f.kept.forget)
	f.resolving.slots = make(chan struct{}, maxResolving)
	return f
}

// instanceKey is the key of the account that speaks for the server itself. It is read once.
func (f *Federation) instanceKey(ctx context.Context) (httpsig.Key, error) {
	if k := f.instance.Load(); k != nil {
		return *k, nil
	}
	a, err := f.Social.InstanceActor(ctx)
	if err != nil {
		return httpsig.Key{}, err
	}
	keys, err := f.Social.KeysOf(ctx, a)
	if err != nil {
		return httpsig.Key{}, err
	}
	for _, k := range keys {
		if k.Algorithm != model.RSA {
			continue
		}
		private, err := httpsig.ParsePrivate(k)
		if err != nil {
			return httpsig.Key{}, err
		}
		f.instance.Store(&httpsig.Key{ID: k.KeyID, Private: private})
		return *f.instance.Load(), nil
	}
	return httpsig.Key{}, model.NotFound("The server has no key to sign with")
}

// scheme is how a host is known to take signatures; "" when that is not known.
func (f *Federation) scheme(ctx context.Context, host string) httpsig.Scheme {
	p, err := f.Social.Peer(ctx, host)
	if err != nil {
		f.Log.Error("read what is known of a server", "host", host, "error", err)
	}
	return httpsig.Scheme(p.Signature)
}

// learned keeps how a host takes signatures.
func (f *Federation) learned(host string, s httpsig.Scheme) {
	if err := f.Social.PeerLearned(context.Background(), host, social.PeerFacts{Signature: string(s)}); err != nil {
		f.Log.Error("note what a server takes", "host", host, "error", err)
	}
}
