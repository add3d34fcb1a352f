package httpsig

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"strings"
	"testing"
)

// benchBody is of the size of an activity with a status.
var benchBody = []byte(strings.Repeat("x", 4096))

// BenchmarkSign is a delivery signed; bare is the RSA in it, and the difference what we add.
func BenchmarkSign(b *testing.B) {
	private := rsaKeys()[0]
	ed := edKey(b)
	for name, c := range map[string]struct {
		scheme Scheme
		key    crypto.Signer
	}{"cavage-rsa": {Cavage, private}, "rfc9421-rsa": {RFC9421, private}, "rfc9421-ed25519": {RFC9421, ed}} {
		b.Run(name, func(b *testing.B) {
			r := request(b, "POST", "https://peer.example/inbox", "{}")
			b.ReportAllocs()
			for b.Loop() {
				if err := Sign(r, c.scheme, key(c.key), benchBody, at); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("bare-rsa", func(b *testing.B) {
		sum := sha256.Sum256(benchBody)
		for b.Loop() {
			if _, err := private.Sign(nil, sum[:], crypto.SHA256); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("bare-ed25519", func(b *testing.B) {
		for b.Loop() {
			ed25519.Sign(ed, benchBody[:300])
		}
	})
}

// BenchmarkVerify is a delivery checked: headers read, body summed, signature checked; bare is the RSA in it.
func BenchmarkVerify(b *testing.B) {
	private := rsaKeys()[0]
	pub := private.Public()
	ed := edKey(b)
	for name, c := range map[string]struct {
		scheme Scheme
		key    crypto.Signer
	}{"cavage-rsa": {Cavage, private}, "rfc9421-rsa": {RFC9421, private}, "rfc9421-ed25519": {RFC9421, ed}} {
		b.Run(name, func(b *testing.B) {
			r := request(b, "POST", "https://peer.example/inbox", "{}")
			if err := Sign(r, c.scheme, key(c.key), benchBody, at); err != nil {
				b.Fatal(err)
			}
			r = received(b, r)
			public := c.key.Public()
			b.ReportAllocs()
			for b.Loop() {
				s, err := Read(r)
				if err != nil {
					b.Fatal(err)
				}
				if err := s.Verify(public, benchBody, at); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("bare-rsa", func(b *testing.B) {
		sum := sha256.Sum256(benchBody)
		sig, err := private.Sign(nil, sum[:], crypto.SHA256)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := rsa.VerifyPKCS1v15(pub.(*rsa.PublicKey), crypto.SHA256, sum[:], sig); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read-alone", func(b *testing.B) {
		r := request(b, "POST", "https://peer.example/inbox", "{}")
		if err := Sign(r, Cavage, key(private), benchBody, at); err != nil {
			b.Fatal(err)
		}
		r = received(b, r)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Read(r); err != nil {
				b.Fatal(err)
			}
		}
	})
}
