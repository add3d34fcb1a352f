package httpsig

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	mathbig "math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"gomphothere/internal/model"
)

const follow = `{"type":"Follow"}`

// TestHostileSignaturesAreRefused signs a good delivery and then does to it what somebody between, or before us, might.
func TestHostileSignaturesAreRefused(t *testing.T) {
	t.Parallel()
	ed := edKey(t)
	for _, c := range []struct {
		name   string
		scheme Scheme
		change func(r *http.Request)
		body   string           // "": as signed
		at     time.Duration    // after it was signed
		key    crypto.PublicKey // nil: the one that signed
		want   Reason
	}{
		{name: "nothing is changed", scheme: Cavage},
		{name: "nothing is changed", scheme: RFC9421},
		{name: "it comes an hour late", scheme: Cavage, at: time.Hour},
		{name: "our clock is an hour behind", scheme: Cavage, at: -time.Hour},
		{name: "it is replayed the next day", scheme: Cavage, at: 24 * time.Hour, want: Expired},
		{name: "it is replayed the next day", scheme: RFC9421, at: 24 * time.Hour, want: Expired},
		{name: "it is replayed after the window", scheme: Cavage, at: time.Hour + 6*time.Minute, want: Expired},
		{name: "it is from the future", scheme: RFC9421, at: -2 * time.Hour, want: Expired},
		{name: "an end that is not covered is added", scheme: Cavage, at: 3 * time.Hour, want: Expired, change: replace("Signature", `algorithm=`, `expires=9999999999,algorithm=`)},
		{name: "another body", scheme: Cavage, body: `{"type":"Delete"}`, want: WrongDigest},
		{name: "another body", scheme: RFC9421, body: `{"type":"Delete"}`, want: WrongDigest},
		{name: "another body and digest", scheme: Cavage, body: `{}`, want: Forged, change: set("Digest", digest([]byte(`{}`)))},
		{name: "another body and digest", scheme: RFC9421, body: `{}`, want: Forged, change: set("Content-Digest", contentDigest([]byte(`{}`)))},
		{name: "a second digest that fits", scheme: Cavage, body: `{}`, want: WrongDigest, change: add("Digest", digest([]byte(`{}`)))},
		{name: "a digest of a kind nobody knows", scheme: Cavage, want: WrongDigest, change: set("Digest", "MD5=abc")},
		{name: "no digest at all", scheme: Cavage, want: Weak, change: del("Digest")},
		{name: "an empty digest", scheme: RFC9421, want: WrongDigest, change: set("Content-Digest", "")},
		{name: "a digest that is no structure", scheme: RFC9421, want: Malformed, change: set("Content-Digest", "sha-256=:::")},
		{name: "a digest that is no bytes", scheme: RFC9421, want: Malformed, change: set("Content-Digest", `sha-256="x"`)},
		{name: "another target", scheme: Cavage, want: Forged, change: target2("/users/mallory/inbox")},
		{name: "another target", scheme: RFC9421, want: Forged, change: target2("/users/mallory/inbox")},
		{name: "another query", scheme: RFC9421, want: Forged, change: target2("/users/bob/inbox?x=2")},
		{name: "another method", scheme: Cavage, want: Forged, change: func(r *http.Request) { r.Method = "PUT" }},
		{name: "another method", scheme: RFC9421, want: Forged, change: func(r *http.Request) { r.Method = "PUT" }},
		{name: "another host", scheme: Cavage, want: Forged, change: func(r *http.Request) { r.Host = "other.example" }},
		{name: "another host", scheme: RFC9421, want: Forged, change: func(r *http.Request) { r.Host = "other.example" }},
		{name: "another date", scheme: Cavage, want: Forged, change: set("Date", at.Add(time.Minute).Format(http.TimeFormat))},
		{name: "a second date", scheme: Cavage, want: Malformed, change: add("Date", at.Format(http.TimeFormat))},
		{name: "another content type", scheme: Cavage, want: Forged, change: set("Content-Type", "text/html")},
		{name: "a second content type", scheme: Cavage, want: Forged, change: add("Content-Type", "text/html")},
		{name: "a line smuggled into a header", scheme: Cavage, want: Forged, change: set("Content-Type", "application/activity+json\ndigest: x")},
		{name: "no signature", scheme: Cavage, want: Missing, change: del("Signature")},
		{name: "no signature beside its input", scheme: RFC9421, want: Malformed, change: del("Signature")},
		{name: "no input", scheme: RFC9421, want: Malformed, change: del("Signature-Input")},
		{name: "the other scheme's header as well", scheme: Cavage, want: Malformed, change: set("Signature-Input", `sig1=("@method" "@target-uri");created=1;keyid="x"`)},
		{name: "two signatures", scheme: Cavage, want: Malformed, change: add("Signature", `keyId="x",signature="eA=="`)},
		{name: "two signatures", scheme: RFC9421, want: Malformed, change: func(r *http.Request) {
			add("Signature-Input", strings.Replace(r.Header.Get("Signature-Input"), "sig1", "sig2", 1))(r)
			add("Signature", strings.Replace(r.Header.Get("Signature"), "sig1", "sig2", 1))(r)
		}},
		{name: "another label", scheme: RFC9421, want: Malformed, change: replace("Signature", "sig1", "sig2")},
		{name: "a key twice", scheme: Cavage, want: Malformed, change: replace("Signature", `algorithm=`, `keyId="https://evil.example/#k",algorithm=`)},
		{name: "a key twice", scheme: RFC9421, want: Malformed, change: replace("Signature-Input", `;keyid=`, `;keyid="https://evil.example/#k";keyid=`)},
		{name: "a header covered twice", scheme: Cavage, want: Malformed, change: replace("Signature", `host date`, `host date date`)},
		{name: "a component covered twice", scheme: RFC9421, want: Malformed, change: replace("Signature-Input", `"@method"`, `"@method" "@method"`)},
		{name: "a component in capitals", scheme: RFC9421, want: Malformed, change: replace("Signature-Input", `"@method"`, `"@method" "Date"`)},
		{name: "a component nobody knows", scheme: RFC9421, want: Unsupported, change: replace("Signature-Input", `"@method"`, `"@method" "@moon"`)},
		{name: "a response's component", scheme: RFC9421, want: Unsupported, change: replace("Signature-Input", `"@method"`, `"@method" "@status"`)},
		{name: "a part of a request before", scheme: RFC9421, want: Unsupported, change: replace("Signature-Input", `"@method"`, `"@method" "date";req`)},
		{name: "the digest only in part", scheme: RFC9421, want: Weak, change: replace("Signature-Input", `"content-digest"`, `"content-digest";key="sha-256"`)},
		{name: "a header that is not there", scheme: Cavage, want: Weak, change: replace("Signature", `host date`, `host date x-a`)},
		{name: "no date covered", scheme: Cavage, want: Weak, change: replace("Signature", ` date `, ` `)},
		{name: "no digest covered", scheme: Cavage, want: Weak, change: replace("Signature", ` digest`, ``)},
		{name: "no digest covered", scheme: RFC9421, want: Weak, change: replace("Signature-Input", ` "content-digest"`, ``)},
		{name: "no target covered", scheme: RFC9421, want: Weak, change: replace("Signature-Input", ` "@target-uri"`, ``)},
		{name: "no method covered", scheme: RFC9421, want: Weak, change: replace("Signature-Input", `"@method" `, ``)},
		{name: "no time", scheme: RFC9421, want: Weak, change: replace("Signature-Input", `;created=`, `;tag="x";made=`)},
		{name: "nothing covered", scheme: Cavage, want: Malformed, change: replace("Signature", `headers="`, `headers="",x="`)},
		{name: "created with an algorithm of old", scheme: Cavage, want: Malformed, change: replace("Signature", `headers="`, `created=1,headers="(created) `)},
		{name: "created covered but not said", scheme: HS2019, want: Malformed, change: replace("Signature", `headers="`, `headers="(created) `)},
		{name: "a huge time", scheme: HS2019, want: Malformed, change: replace("Signature", `headers="`, `created=99999999999999999999,headers="(created) `)},
		{name: "a time before time", scheme: HS2019, want: Malformed, change: replace("Signature", `headers="`, `created=-1,headers="(created) `)},
		{name: "a time beyond all calendars", scheme: RFC9421, want: Malformed, change: replace("Signature-Input", `;created=`, `;created=999999999999999;x=`)},
		{name: "a time with sixteen digits", scheme: RFC9421, want: Malformed, change: replace("Signature-Input", `;created=`, `;created=9999999999999999;x=`)},
		{name: "a time that is a text", scheme: RFC9421, want: Malformed, change: replace("Signature-Input", `;created=`, `;created="now";x=`)},
		{name: "a date that is none", scheme: Cavage, want: Malformed, change: set("Date", "yesterday")},
		{name: "a quotation that does not end", scheme: Cavage, want: Malformed, change: func(r *http.Request) {
			r.Header.Set("Signature", strings.TrimSuffix(r.Header.Get("Signature"), `"`))
		}},
		{name: "no base64", scheme: Cavage, want: Malformed, change: replace("Signature", `signature="`, `signature="!`)},
		{name: "too many parameters", scheme: Cavage, want: Malformed, change: func(r *http.Request) {
			r.Header.Set("Signature", r.Header.Get("Signature")+",a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1,j=1,k=1,l=1,m=1,n=1")
		}},
		{name: "too long", scheme: Cavage, want: Malformed, change: replace("Signature", `keyId="`, `keyId="`+strings.Repeat("x", 9000))},
		{name: "too long", scheme: RFC9421, want: Malformed, change: replace("Signature-Input", `keyid="`, `keyid="`+strings.Repeat("x", 9000))},
		{name: "too long a key id", scheme: RFC9421, want: Malformed, change: replace("Signature-Input", `keyid="`, `keyid="`+strings.Repeat("x", 2100))},
		{name: "a key id with spaces", scheme: Cavage, want: Malformed, change: replace("Signature", `keyId="`, `keyId="a b`)},
		{name: "no key id", scheme: Cavage, want: Malformed, change: replace("Signature", `keyId=`, `keyid=`)},
		{name: "no key id", scheme: RFC9421, want: Malformed, change: replace("Signature-Input", `;keyid=`, `;k=`)},
		{name: "too many components", scheme: RFC9421, want: Malformed, change: replace("Signature-Input", `"@method"`, strings.TrimSpace(strings.Repeat(`"a" `, 40)))},
		{name: "too many headers", scheme: Cavage, want: Malformed, change: replace("Signature", `host date`, `host date `+letters(40))},

		{name: "another key", scheme: Cavage, want: Forged, key: rsaKeys()[1].Public()},
		{name: "another key", scheme: RFC9421, want: Forged, key: rsaKeys()[1].Public()},
		{name: "a key of another kind", scheme: Cavage, want: WrongKey, key: ed.Public()},
		{name: "a key of another kind", scheme: RFC9421, want: WrongKey, key: ed.Public()},
		{name: "a key of another kind that hs2019 could mean", scheme: HS2019, want: Forged, key: ed.Public()},
		{name: "no key", scheme: Cavage, want: WrongKey, key: "secret"},
		{name: "an hmac of the public key", scheme: Cavage, want: Unsupported, change: replace("Signature", "rsa-sha256", "hmac-sha256")},
		{name: "an hmac of the public key", scheme: RFC9421, want: Unsupported, change: replace("Signature-Input", "rsa-v1_5-sha256", "hmac-sha256")},
		{name: "no algorithm", scheme: RFC9421, want: Unsupported, change: replace("Signature-Input", "rsa-v1_5-sha256", "none")},
		{name: "SHA-1", scheme: Cavage, want: WrongKey, change: replace("Signature", "rsa-sha256", "rsa-sha1")},
		{name: "another hash", scheme: Cavage, want: Forged, change: replace("Signature", "rsa-sha256", "rsa-sha512")},
		{name: "another padding", scheme: RFC9421, want: Forged, change: replace("Signature-Input", "rsa-v1_5-sha256", "rsa-pss-sha512")},
		{name: "the other scheme's algorithm", scheme: RFC9421, want: WrongKey, change: replace("Signature-Input", "rsa-v1_5-sha256", "rsa-sha256")},
		{name: "the key's algorithm unsaid", scheme: Cavage, change: replace("Signature", `algorithm="rsa-sha256",`, ``)},
	} {
		private := rsaKeys()[0]
		r := request(t, "POST", "https://ours.example/users/bob/inbox?x=1", follow)
		if err := Sign(r, c.scheme, key(private), []byte(follow), at); err != nil {
			t.Fatal(err)
		}
		r = received(t, r)
		if c.change != nil {
			c.change(r)
		}
		body := follow
		if c.body != "" {
			body = c.body
		}
		pub := c.key
		if pub == nil {
			pub = private.Public()
		}
		s, err := Read(r)
		if err == nil {
			err = s.Verify(pub, []byte(body), at.Add(c.at))
		}
		var refused *Error
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s, %s: %v", c.scheme, c.name, err)
		case c.want != "" && (!errors.As(err, &refused) || refused.Reason != c.want):
			t.Errorf("%s, %s: got %#v, want it refused as %s", c.scheme, c.name, err, c.want)
		}
		if c.want != "" {
			kind := model.KindUnauthorized
			if c.want == Malformed {
				kind = model.KindBadRequest
			}
			if got := model.KindOf(err); got != kind {
				t.Errorf("%s, %s: doors see kind %d, want %d", c.scheme, c.name, got, kind)
			}
		}
	}
}

func set(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func add(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Add(name, value) }
}

func del(name string) func(*http.Request) { return func(r *http.Request) { r.Header.Del(name) } }

func replace(name, old, with string) func(*http.Request) {
	return func(r *http.Request) {
		was := r.Header.Get(name)
		if !strings.Contains(was, old) {
			panic(name + " has no " + old + ": " + was)
		}
		r.Header.Set(name, strings.Replace(was, old, with, 1))
	}
}

func target2(uri string) func(*http.Request) { return func(r *http.Request) { r.RequestURI = uri } }

func letters(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(" x" + string(rune('a'+i%26)) + string(rune('a'+i/26)))
	}
	return strings.TrimSpace(b.String())
}

// TestAGetIsBoundToItsHost: without it a request could be passed on to others.
func TestAGetIsBoundToItsHost(t *testing.T) {
	t.Parallel()
	r := request(t, "GET", "https://ours.example/users/bob", "")
	if err := Sign(r, Cavage, key(rsaKeys()[0]), nil, at); err != nil {
		t.Fatal(err)
	}
	replace("Signature", " host", "")(r)
	_, err := Read(received(t, r))
	var refused *Error
	if !errors.As(err, &refused) || refused.Reason != Weak {
		t.Errorf("got %v, want it refused as weak", err)
	}
}

// TestOldServersThatSignWithoutTheQueryAreBelieved: Mastodon before 4.3.
func TestOldServersThatSignWithoutTheQueryAreBelieved(t *testing.T) {
	t.Parallel()
	r := request(t, "GET", "https://ours.example/users/bob/outbox", "")
	if err := Sign(r, Cavage, key(rsaKeys()[0]), nil, at); err != nil {
		t.Fatal(err)
	}
	r = received(t, r)
	r.RequestURI += "?page=true"
	s, err := Read(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(rsaKeys()[0].Public(), nil, at); err != nil {
		t.Error(err)
	}
}

// TestASignatureForEitherSchemeIsBelieved: a proxy may have taken https away.
func TestASignatureForEitherSchemeIsBelieved(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http", "https"} {
		r := request(t, "GET", scheme+"://ours.example/users/bob", "")
		if err := Sign(r, RFC9421, key(rsaKeys()[0]), nil, at); err != nil {
			t.Fatal(err)
		}
		s, err := Read(received(t, r))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(rsaKeys()[0].Public(), nil, at); err != nil {
			t.Errorf("%s: %v", scheme, err)
		}
	}
}

func TestKeysAreTakenByKindAndSize(t *testing.T) {
	t.Parallel()
	public := func(k any) string {
		der, err := x509.MarshalPKIXPublicKey(k)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	pkcs1 := func(name string) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: name, Bytes: x509.MarshalPKCS1PublicKey(&rsaKeys()[0].PublicKey)}))
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	big := func(bits int) *rsa.PublicKey {
		k := rsaKeys()[0].PublicKey
		n := new(mathbig.Int).Lsh(k.N, uint(bits-2048))
		return &rsa.PublicKey{N: n.SetBit(n, 0, 1), E: k.E}
	}
	short := new(mathbig.Int).Rsh(rsaKeys()[0].N, 1536)
	for name, c := range map[string]struct {
		pem  string
		good bool
	}{
		"RSA of 2048 bits":         {public(rsaKeys()[0].Public()), true},
		"RSA of 4096 bits":         {public(big(4096)), true},
		"RSA of 1024 bits":         {testKeyCavage, true},
		"RSA of 512 bits":          {public(&rsa.PublicKey{N: short, E: 65537}), false},
		"RSA of 8192 bits":         {public(big(8192)), false},
		"RSA as PKCS #1":           {pkcs1("RSA PUBLIC KEY"), true},
		"PKCS #1 by another name":  {pkcs1("PUBLIC KEY"), true},
		"Ed25519":                  {public(edKey(t).Public()), true},
		"an elliptic curve":        {public(curve.Public()), false},
		"nothing":                  {"", false},
		"no PEM":                   {"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A", false},
		"a PEM of nothing":         {"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", false},
		"a certificate":            {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", false},
		"a megabyte":               {public(rsaKeys()[0].Public()) + strings.Repeat("\n", 1<<20), false},
		"two keys, the first only": {public(rsaKeys()[0].Public()) + public(curve.Public()), true},
	} {
		_, err := ParseKey(model.Key{Public: c.pem})
		if (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
		var refused *Error
		if err != nil && (!errors.As(err, &refused) || refused.Reason != WrongKey) {
			t.Errorf("%s: refused as %v, want %s", name, err, WrongKey)
		}
	}
}

func TestMultikeysAreReadAndWritten(t *testing.T) {
	t.Parallel()
	ed := edKey(t)
	text := Multikey(ed.Public().(ed25519.PublicKey))
	got, err := ParseMultikey(text)
	if err != nil {
		t.Fatal(err)
	}
	if !ed.Public().(ed25519.PublicKey).Equal(got) {
		t.Errorf("%s is another key", text)
	}
	rsaText := "z" + Base58(append([]byte(codecRSA), x509.MarshalPKCS1PublicKey(&rsaKeys()[0].PublicKey)...))
	if got, err := ParseMultikey(rsaText); err != nil || !rsaKeys()[0].PublicKey.Equal(got) {
		t.Errorf("RSA multikey: %v", err)
	}
	for _, bad := range []string{"", "z", "z0", "m" + text[1:], text + "1", text[:20], "z" + strings.Repeat("2", 801), "zQ3sh"} {
		if _, err := ParseMultikey(bad); err == nil {
			t.Errorf("%q is taken for a key", bad)
		}
	}
	for _, raw := range [][]byte{{}, {0}, {0, 0, 1}, {255, 254}, bytes.Repeat([]byte{7}, 64)} {
		got, ok := ParseBase58(Base58(raw))
		if !ok || !bytes.Equal(got, raw) {
			t.Errorf("%x came back as %x", raw, got)
		}
	}
}
