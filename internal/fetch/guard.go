package fetch

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"golang.org/x/net/idna"

	"gomphothere/internal/model"
)

// guard decides which addresses may be asked. It is called with the address that is really dialled, so names that
// change their meaning between two looks gain nothing.
type guard struct {
	allowed     []netip.Prefix
	development bool
}

// private4 are the IPv4 addresses that lead nowhere public (IANA's special-purpose registry).
// constant: Go has no constant slices
var private4 = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"224.0.0.0/4", "240.0.0.0/4",
)

// public6 is where public IPv6 addresses are; private6 are those within that are not, or hide an IPv4 address: Teredo
// and its neighbours, examples, 6to4. NAT64 and mapped addresses are outside public6.
// constant: Go has no constant prefixes
var (
	public6  = netip.MustParsePrefix("2000::/3")
	private6 = prefixes("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)

func prefixes(texts ...string) (out []netip.Prefix) {
	for _, s := range texts {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func within(addr netip.Addr, list []netip.Prefix) bool {
	for _, p := range list {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

func (g guard) may(addr netip.Addr) bool {
	switch {
	case !addr.IsValid() || addr.Zone() != "":
		return false
	case within(addr, g.allowed):
		return true
	case g.development && addr.IsLoopback() && !addr.Is4In6():
		return true
	case addr.Is4():
		return !within(addr, private4)
	}
	return public6.Contains(addr) && !within(addr, private6)
}

// Public tells whether an address can be anybody's on the internet, for other rooms' dialers.
func Public(addr netip.Addr) bool { return guard{}.may(addr) }

func (g guard) mayPort(port uint16) bool { return g.development || port == 443 || port == 80 }

func (g guard) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return refused("%q is no address", address)
	}
	if !g.may(at.Addr()) {
		return refused("%s is not a public address", at.Addr())
	}
	if !g.mayPort(at.Port()) {
		return refused("port %d is not for the web", at.Port())
	}
	return nil
}

func refused(format string, args ...any) error { return model.Invalidf("Refused: "+format, args...) }

// parse reads a URL that may be asked; the fragment is left out, names of other scripts become punycode.
func (c *Client) parse(text string) (*url.URL, error) {
	if len(text) > maxURL {
		return nil, refused("the URL is too long")
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, refused("%q is no URL", text)
	}
	return u, c.check(u)
}

func (c *Client) check(u *url.URL) error {
	u.Fragment, u.RawFragment = "", ""
	switch {
	case u.Scheme == "https", u.Scheme == "http" && c.o.Development:
	default:
		return refused("%q is not https", clip(u.Redacted()))
	}
	if u.Hostname() == "" || u.User != nil || u.Opaque != "" || len(u.Host) > maxURL {
		return refused("%q has no plain host", clip(u.Redacted()))
	}
	if port := u.Port(); port != "" && port != "443" && !c.o.Development {
		return refused("%q has a port", clip(u.Redacted()))
	}
	host, err := idna.Lookup.ToASCII(strings.ToLower(u.Hostname()))
	if err != nil {
		if _, err := netip.ParseAddr(u.Hostname()); err != nil {
			return refused("%q has no good host", clip(u.Redacted()))
		}
		host = u.Hostname()
	}
	switch port := u.Port(); {
	case port != "" && !(port == "443" && u.Scheme == "https"):
		u.Host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		u.Host = "[" + host + "]"
	default:
		u.Host = host
	}
	return nil
}

// clip shortens what strangers wrote for error messages.
func clip(s string) string { return s[:min(len(s), 200)] }
