// Package app puts the rooms together: New builds all of a server from its configuration, Run starts and stops it.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"gomphothere/internal/ap"
	"gomphothere/internal/api"
	"gomphothere/internal/bus"
	"gomphothere/internal/config"
	"gomphothere/internal/entity"
	"gomphothere/internal/federation"
	"gomphothere/internal/model"
	"gomphothere/internal/notify"
	"gomphothere/internal/oauth"
	"gomphothere/internal/preview"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/stream"
	"gomphothere/internal/web"
)

// App is a whole server. Nothing of it is global: two fit in one process.
type App struct {
	Config config.Config
	Log    *slog.Logger
	DB     *store.DB
	Social *social.Social
	API    *api.API
	OAuth  *oauth.OAuth
	Mailer *notify.Mailer
	// Federation is the door to other servers.
	Federation *federation.Federation
	// Pages are what browsers see at the addresses that people share.
	Pages     *web.Pages
	Previewer *preview.Previewer
	Pusher    *notify.Pusher
	Bus       bus.Bus // nil in commands
	Stream    *stream.Hub

	dial   func(ctx context.Context, network, addr string) (net.Conn, error)
	clock  func() time.Time
	seldom time.Duration
	ready  readiness
}

// Options are what a test replaces.
type Options struct {
	Log   *slog.Logger
	Clock func() time.Time // nil: time.Now
	// Command is set by everything but serve: another process may be serving the same database.
	Command bool
	// Dial reaches other servers; nil: the internet, and of it only what is public.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Seldom lets no schedule run more often than this: tests in which weeks pass would mostly tend empty tables.
	Seldom time.Duration
}

// New opens the database and builds every room. It listens to nothing yet.
func New(ctx context.Context, cfg config.Config, o Options) (*App, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = Logger(cfg.Log, os.Stderr)
	}
	a := &App{Config: cfg, Log: o.Log, clock: o.Clock, seldom: o.Seldom, dial: o.Dial}
	node, beside := 0, false
	if o.Command {
		if unlock, err := lock(cfg.Server.Data); err == nil {
			unlock()
		} else {
			beside = errors.Is(err, errLocked)
		}
		node = 32 + rand.IntN(32) // ids of commands never meet the server's
	}
	var err error
	a.DB, err = store.Open(ctx, store.Options{URL: cfg.Server.Database, Dir: cfg.Server.Data, Node: node, Clock: o.Clock, Beside: beside})
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if o.Command {
		a.DB.Committed = func(events []model.Event) {
			if err := bus.Tell(cfg.Server.Data, events); err != nil {
				o.Log.Error("the change is made, but the running server shows the old state until it is restarted", "error", err)
			}
		}
	}
	if err := a.build(ctx); err != nil {
		return nil, errors.Join(err, a.DB.Close())
	}
	if !o.Command {
		if err := a.connect(ctx); err != nil {
			return nil, errors.Join(err, a.DB.Close())
		}
	}
	return a, nil
}

// connect joins the other nodes of the same database. What they commit the caches forget and the streams tell.
func (a *App) connect(ctx context.Context) error {
	if _, err := a.DB.ClaimNode(ctx); err != nil {
		return fmt.Errorf("a number among the servers of the database: %w", err)
	}
	switch c := a.Config.Server; {
	case c.Database == "":
		a.Bus = &bus.Local{}
	case c.Bus != "":
		joined, err := bus.OpenNATS(c.Bus, c.Domain, a.Log)
		if err != nil {
			return err
		}
		a.Bus = joined
	default:
		a.Bus = bus.OpenPostgres(c.Database, a.Log)
	}
	a.Bus.Subscribe(func(events []model.Event, here bool) {
		if !here {
			a.DB.Forget(events)
		}
		a.Stream.Hear(events)
	})
	a.DB.Committed = a.Bus.Publish
	return nil
}

// told takes in what a command says it changed: it is news for this node's caches, and for all others.
func (a *App) told(events []model.Event) {
	a.DB.Forget(events)
	a.Bus.Publish(events)
}

// build makes the rooms above the store, lowest first.
func (a *App) build(ctx context.Context) (err error) {
	c, site := a.Config, Site(a.Config)
	a.Social = social.New(a.DB, site)
	a.Social.Unlimited = !c.Limits.Enabled
	draw := entity.Drawer{Base: site.Base, Domain: site.Domain, MediaBase: site.Base + "/files/"}
	a.API = &api.API{DB: a.DB, Social: a.Social, Site: site, Log: a.Log, Draw: draw, Trusted: c.Server.TrustedProxies}
	if c.Limits.Enabled {
		a.API.Requests = c.Limits.Requests
	}
	a.Mailer = &notify.Mailer{Social: a.Social, Log: a.Log, SMTP: notify.SMTP{
		Host: c.Mail.Host, Port: c.Mail.Port, Security: string(c.Mail.Security),
		Username: c.Mail.Username, Password: c.Mail.Password, From: c.Mail.From,
	}}
	a.Pusher = &notify.Pusher{
		Social: a.Social, Log: a.Log, HTTP: notify.Outside(c.Server.Development),
		Avatar: func(acc *model.Account) string { return draw.Account(acc).AvatarStatic },
	}
	push, err := a.Social.PushKeys(ctx)
	if err != nil {
		return fmt.Errorf("push keys: %w", err)
	}
	a.API.PushKey = push.Public
	a.OAuth, err = oauth.New(oauth.Options{
		Social: a.Social, ClientIP: a.API.Address, MailSent: c.Mail.Host != "", Log: a.Log, VAPIDKey: push.Public,
		Avatar: func(acc *model.Account) string { return draw.Account(acc).Avatar },
	})
	if err != nil {
		return fmt.Errorf("sign-in: %w", err)
	}
	a.API.Who, a.API.Lost = a.OAuth.WhoFrom, a.OAuth.Lost
	a.Stream = stream.New(stream.Options{
		Social: a.Social, Draw: draw, Log: a.Log, Who: a.OAuth.WhoFrom, Still: a.OAuth.Still, Address: a.API.Address,
	})
	a.Federation = federation.New(federation.Options{
		DB: a.DB, Social: a.Social, Site: site, Log: a.Log, Dial: a.dial,
		Draw: ap.Drawer{Base: site.Base, Domain: site.Domain, MediaBase: draw.MediaBase},
	})
	a.API.Federation = a.Federation
	a.Previewer = &preview.Previewer{Social: a.Social, Fetch: a.Federation.Fetch, Resolve: a.Federation.ResolveAcct}
	a.Pages = &web.Pages{DB: a.DB, Site: site, Draw: draw, Documents: a.Federation, Log: a.Log}
	if err := a.Pages.Ready(); err != nil {
		return fmt.Errorf("pages: %w", err)
	}
	return nil
}

// OwnerLink is the link that makes the first owner, or "" when there is one.
func (a *App) OwnerLink(ctx context.Context) (string, error) { return a.Social.OwnerLink(ctx) }

// Site is the configuration as the rooms know it.
func Site(c config.Config) model.Site {
	scheme := "https://"
	if c.Server.Development {
		scheme = "http://"
	}
	return model.Site{
		Domain: c.Server.Domain, Base: scheme + c.Server.WebDomain, Title: c.Site.Title, Description: c.Site.Description,
		ContactEmail: c.Site.ContactEmail, Languages: c.Site.Languages, Development: c.Server.Development, Version: Version(),
		MailsNotifications: c.Mail.Host != "" && c.Mail.NotificationsPerHour > 0, MailsPerHour: c.Mail.NotificationsPerHour,
		Registrations: string(c.Accounts.Registrations), ReasonRequired: c.Accounts.ReasonRequired,
		Allowlist:       c.Federation.Mode == config.FederationAllowlist,
		AuthorizedFetch: c.Federation.AuthorizedFetch || c.Federation.Mode == config.FederationAllowlist,
		ShowBlocks:      string(c.Federation.ShowBlocks), ShowReasons: string(c.Federation.ShowReasons),
		MaxCharacters: c.Posts.MaxCharacters, MaxPollOptions: c.Posts.MaxPollOptions,
		MaxPollOptionCharacters: c.Posts.MaxPollOptionCharacters, MaxPinned: c.Posts.MaxPinned,
	}
}

// Version is what the binary was built from.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "devel"
	}
	return info.Main.Version
}

// Close closes what New opened.
func (a *App) Close() error {
	a.Stream.Close()
	var err error
	if a.Bus != nil {
		err = a.Bus.Close()
	}
	return errors.Join(err, a.DB.Close())
}

// Timeouts of connections. A phone on a bad network needs seconds for a request; nobody needs minutes.
const (
	headerTimeout = 10 * time.Second
	bodyTimeout   = time.Minute
	idleTimeout   = 2 * time.Minute
	maxHeader     = 32 << 10 // browsers and proxies send a few KB
)

// Run serves until ctx ends, then lets requests under way finish. started is called with the address once it listens.
func (a *App) Run(ctx context.Context, started func(net.Addr)) error {
	unlock, err := lock(a.Config.Server.Data)
	if err != nil {
		return err
	}
	defer unlock()
	sock, err := bus.Listen(a.Config.Server.Data, a.told)
	if err != nil {
		return err
	}
	defer sock.Close() // only ends listening; a failure leaves a file that the next start removes
	l, err := net.Listen("tcp", a.Config.Server.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", a.Config.Server.Listen, err)
	}
	if m := int64(a.Config.Memory.SoftLimit); m > 0 {
		debug.SetMemoryLimit(m)
	}
	srv := &http.Server{
		Handler: a.Handler(), ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 2)
	go func() { failed <- fmt.Errorf("serve: %w", srv.Serve(l)) }()
	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	worked := make(chan struct{})
	go func() {
		defer close(worked)
		if err := a.Work(working); err != nil {
			failed <- fmt.Errorf("queue: %w", err)
		}
	}()
	noted := make(chan struct{})
	go func() {
		defer close(noted)
		a.OAuth.Run(working)
	}()
	defer func() { stopWork(); <-worked; <-noted }()
	if started != nil {
		started(l.Addr())
	}
	select {
	case err := <-failed:
		return errors.Join(err, srv.Close())
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.Config.Server.ShutdownGrace)
	defer cancel()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		a.Stream.Drain(grace)
	}()
	defer func() { <-drained }()
	if err := srv.Shutdown(grace); err != nil {
		a.Log.Warn("requests were cut off after the time to finish", "grace", a.Config.Server.ShutdownGrace, "error", err)
		return srv.Close()
	}
	return nil
}

var errLocked = errors.New("another server is running on the data directory")

// lock keeps a second server off the data directory.
func lock(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, "serve.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%w %s", errLocked, dir), f.Close())
	}
	return func() { f.Close() }, nil // the lock ends with the file
}
