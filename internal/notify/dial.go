package notify

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"gomphothere/internal/fetch"
)

// Outside is a client for addresses that strangers chose: it refuses private addresses when it dials, whatever a name
// says, and follows no redirect. loopback lets in this machine, for development. fetch's own client is for peers: it signs,
// speaks HTTP/1.1 alone, and its ports are the web's; push services are reached by HTTP/2 and on ports of their own.
func Outside(loopback bool) *http.Client {
	d := &net.Dialer{Timeout: pushPatience, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if ip := a.Addr().Unmap(); !fetch.Public(ip) && !(loopback && ip.IsLoopback()) {
			return fmt.Errorf("%s is not a public address", ip)
		}
		return nil
	}}
	const idle = 90 * time.Second // services keep connections for minutes
	return &http.Client{
		Transport: &http.Transport{
			DialContext: d.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: pushPatience, ResponseHeaderTimeout: pushPatience,
			IdleConnTimeout: idle, MaxIdleConnsPerHost: 2, MaxIdleConns: 100, MaxResponseHeaderBytes: 16 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
