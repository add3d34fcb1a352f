package fetch

import (
	"context"
	"encoding/binary"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"gomphothere/internal/model"
)

func TestOnlyPublicAddressesAreAsked(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "100.63.255.255": true, "100.128.0.1": true, "172.15.0.1": true, "172.32.0.1": true,
		"192.0.1.1": true, "198.17.0.1": true, "198.20.0.1": true, "223.255.255.255": true,
		"0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "100.64.0.1": false, "100.127.255.255": false, "127.0.0.1": false,
		"127.255.255.254": false, "169.254.169.254": false, "172.16.0.1": false, "172.31.255.255": false, "192.0.0.1": false,
		"192.0.2.1": false, "192.88.99.1": false, "192.168.1.1": false, "198.18.0.1": false, "198.19.255.255": false,
		"198.51.100.1": false, "203.0.113.1": false, "224.0.0.1": false, "239.255.255.255": false, "240.0.0.1": false, "255.255.255.255": false,
		"2606:4700:4700::1111": true, "2a00:1450::1": true, "2400::1": true,
		"::": false, "::1": false, "::ffff:8.8.8.8": false, "::ffff:127.0.0.1": false, "::7f00:1": false, "64:ff9b::8.8.8.8": false,
		"64:ff9b::7f00:1": false, "64:ff9b:1::1": false, "100::1": false, "2001::1": false, "2001:0:7f00:1::": false, "2001:db8::1": false,
		"2002:7f00:1::": false, "2002:808:808::1": false, "3fff::1": false, "fc00::1": false, "fd12:3456::1": false, "fe80::1": false,
		"fe80::1%eth0": false, "2a00::1%eth0": false, "fec0::1": false, "ff02::1": false, "5f00::1": false,
	} {
		if got := (guard{}).may(netip.MustParseAddr(addr)); got != want {
			t.Errorf("may %s be asked? %v, want %v", addr, got, want)
		}
	}
	dev := guard{development: true}
	for addr, want := range map[string]bool{"127.0.0.1": true, "::1": true, "::ffff:127.0.0.1": false, "10.0.0.1": false, "169.254.169.254": false} {
		if got := dev.may(netip.MustParseAddr(addr)); got != want {
			t.Errorf("in development, may %s be asked? %v, want %v", addr, got, want)
		}
	}
	own := guard{allowed: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("64:ff9b::/96")}}
	for addr, want := range map[string]bool{"10.1.2.3": true, "10.2.0.1": false, "64:ff9b::8.8.8.8": true} {
		if got := own.may(netip.MustParseAddr(addr)); got != want {
			t.Errorf("with networks allowed, may %s be asked? %v, want %v", addr, got, want)
		}
	}
	for port, want := range map[uint16]bool{443: true, 80: true, 22: false, 8080: false, 5432: false, 0: false} {
		if got := (guard{}).mayPort(port); got != want {
			t.Errorf("may port %d be asked? %v, want %v", port, got, want)
		}
	}
}

func TestAddressesThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	c := client(t, func(o *Options) { o.Development = false })
	for _, uri := range []string{
		"", "x", "//one.example/", "http://one.example/", "ftp://one.example/", "file:///etc/passwd", "gopher://one.example/",
		"https://", "https:///x", "https://user:secret@one.example/", "https://one.example:22/", "https://one.example:8443/",
		"https:one.example", "https://one.example:99999/", "https://exa mple/", "https://one..example/", "https://\u202eone.example/",
		"https://" + strings.Repeat("a", 3000) + ".example/", "javascript:alert(1)", "https://[::1", "https://one.example\r\nX: y/",
		"https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data/",
		"https://[64:ff9b::7f00:1]/", "https://0/", "https://2130706433/", "https://0x7f.1/", "https://127.1/",
	} {
		if _, err := c.Get(t.Context(), uri, "*/*", 10); model.KindOf(err) != model.KindInvalid && model.KindOf(err) != model.KindUnavailable || err == nil {
			t.Errorf("%q: got %v, want it refused", uri, err)
		}
	}
	for in, want := range map[string]string{
		"https://Bücher.Example/a//b?x=%2F#part": "https://xn--bcher-kva.example/a//b?x=%2F", "https://ONE.example:443/": "https://one.example/",
		"https://[2606:4700::1]/x": "https://[2606:4700::1]/x",
	} {
		u, err := c.parse(in)
		if err != nil || u.String() != want {
			t.Errorf("%s is asked as %v (%v), want %s", in, u, err, want)
		}
	}
}

// TestANameThatChangesItsMindGainsNothing answers the first question for a name with an address that is allowed, and
// later ones with loopback.
func TestANameThatChangesItsMindGainsNothing(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		w.Header().Set("Connection", "close")
		activity(w, "{}")
	})
	allowed := serve(t, "127.0.0.2:0", handler)
	_, port, err := net.SplitHostPort(allowed)
	if err != nil {
		t.Fatal(err)
	}
	serve(t, "127.0.0.1:"+port, handler)
	var asked atomic.Int64
	resolver := rebinding(t, func() [4]byte {
		if asked.Add(1) == 1 {
			return [4]byte{127, 0, 0, 2}
		}
		return [4]byte{127, 0, 0, 1}
	})
	g := guard{allowed: loopback()}
	c := client(t, func(o *Options) {
		o.Dial = (&net.Dialer{Resolver: resolver, ControlContext: func(ctx context.Context, network, address string, raw syscall.RawConn) error {
			host, _, err := net.SplitHostPort(address)
			if err != nil {
				return err
			}
			return g.control(ctx, network, net.JoinHostPort(host, "443"), raw) // the port is the test's
		}}).DialContext
	})
	uri := "http://rebinding.example:" + port + "/"
	if _, err := c.Get(t.Context(), uri, "*/*", 10); err != nil {
		t.Fatalf("the allowed address: %v", err)
	}
	if _, err := c.Get(t.Context(), uri, "*/*", 10); model.KindOf(err) != model.KindInvalid {
		t.Errorf("the name leads to loopback now: got %v, want it refused", err)
	}
	if reached.Load() != 1 {
		t.Errorf("the server was reached %d times, want once", reached.Load())
	}
}

func serve(t *testing.T, addr string, handler http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Skipf("no loopback address to serve at: %v", err)
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: handler}}
	s.Start()
	t.Cleanup(s.Close)
	return l.Addr().String()
}

// rebinding is a name server that answers every question for an IPv4 address as it likes.
func rebinding(t *testing.T, answer func() [4]byte) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return // closed
			}
			q := b[:n]
			end := 12
			for q[end] != 0 {
				end += int(q[end]) + 1
			}
			kind := binary.BigEndian.Uint16(q[end+1:])
			out := append([]byte{}, q[:end+5]...)
			binary.BigEndian.PutUint16(out[2:], 0x8180)
			binary.BigEndian.PutUint16(out[6:], 0)
			binary.BigEndian.PutUint16(out[8:], 0)
			binary.BigEndian.PutUint16(out[10:], 0)
			if kind == 1 {
				binary.BigEndian.PutUint16(out[6:], 1)
				ip := answer()
				out = append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
				out = append(out, ip[:]...)
			}
			if _, err := conn.WriteTo(out, from); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { conn.Close(); <-done })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}
