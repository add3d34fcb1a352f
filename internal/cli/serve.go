package cli

import (
	"fmt"
	"net"
	"os/signal"
	"syscall"

	"gomphothere/internal/app"
)

func serve(c *call) error {
	ctx, stop := signal.NotifyContext(c.ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	log := app.Logger(c.config.Config.Log, c.errs)
	a, err := app.New(ctx, c.config.Config, app.Options{Log: log})
	if err != nil {
		return err
	}
	defer a.Close() // Run has ended; what was acknowledged is on disk
	if a.Config.Server.Development {
		fmt.Fprint(c.errs, "\n*** DEVELOPMENT MODE: plain http, peers on loopback addresses are allowed. Never on the internet. ***\n\n")
	}
	owner, err := a.OwnerLink(ctx)
	if err != nil {
		return fmt.Errorf("look for the owner's account: %w", err)
	}
	return a.Run(ctx, func(addr net.Addr) {
		log.Info("serving", "address", addr.String(), "url", a.Social.Site.Base, "data", a.Config.Server.Data, "version", app.Version())
		if owner != "" {
			fmt.Fprintf(c.errs, "\nThis server has no owner yet. Make the owner's account here (works once, for a day):\n\n    %s\n\n", owner)
		}
	})
}
