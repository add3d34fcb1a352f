package fetch

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"gomphothere/internal/httpsig"
)

var signerKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func signer(context.Context) (httpsig.Key, error) {
	return httpsig.Key{ID: "https://ours.example/actor#main-key", Private: signerKey()}, nil
}

// client is one over real sockets, as development has it.
func client(t testing.TB, change ...func(*Options)) *Client {
	t.Helper()
	o := Options{UserAgent: "Gomphothere/test (+https://ours.example/)", Development: true, Signer: signer}
	for _, c := range change {
		c(&o)
	}
	c := New(o)
	t.Cleanup(c.Close)
	return c
}

// internet is a client as it is in production, for which all names lead to one TLS server on loopback: everything but
// the address is as outside.
func internet(t testing.TB, handler http.Handler, change ...func(*Options)) *Client {
	t.Helper()
	s := httptest.NewTLSServer(handler)
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	addr := strings.TrimPrefix(s.URL, "https://")
	return client(t, append([]func(*Options){func(o *Options) {
		o.Development = false
		o.TLS = &tls.Config{RootCAs: roots, ServerName: "example.com"}
		o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		}
	}}, change...)...)
}

func activity(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/activity+json")
	_, _ = w.Write([]byte(body)) // whoever asked may be gone
}

func loopback() []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")} }
