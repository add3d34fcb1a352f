package notify

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// Outside is a client for addresses that strangers chose: it refuses private addresses when it dials, whatever a name
// says, and follows no redirect. loopback lets in this machine, for development.
func Outside(loopback bool) *http.Client {
	d := &net.Dialer{Timeout: pushPatience, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if ip := a.Addr().Unmap(); !public(ip) && !(loopback && ip.IsLoopback()) {
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

// public tells whether an address can be anybody's on the internet.
func public(ip netip.Addr) bool {
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", // IANA special-purpose registry
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", // v4 in disguise, and unrouted
	} {
		if netip.MustParsePrefix(text).Contains(ip) {
			return false
		}
	}
	return true
}
