package httpsig

import (
	"net/http"
	"strings"
	"testing"
)

// FuzzStructuredFields holds the parser to what it says: whatever it reads, it writes so that it reads the same again.
func FuzzStructuredFields(f *testing.F) {
	for _, s := range []string{
		`a=1, b=2;x=1;y=2, c=(a b c), d`, `sig1=("@method" "@target-uri");created=1;keyid="x"`, `a=:aGVsbG8=:`, `a=?0, b=?1`,
		`a=1.5, b=-12.345`, `a="quo\"ted\\"`, `a=*tok/en:x`, `a=@1659578233`, `a=%"f%c3%bc"`, `a=();b`, "a=1,\tb=2", `a=1,`, `=`, `a=(`,
		`a=(1 2`, `a=1;`, `"a"`, `a=999999999999999`, `a=9999999999999999`, `a=1.`, `a=.5`, `a=--1`, `a=:a:`, "a=\"\x80\"",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if members, err := parseDictionary(s); err == nil {
			var b strings.Builder
			writeDictionary(&b, members)
			again, err := parseDictionary(b.String())
			if err != nil {
				t.Fatalf("%q was read, and its own writing %q is not", s, b.String())
			}
			var c strings.Builder
			writeDictionary(&c, again)
			if b.String() != c.String() {
				t.Fatalf("%q is written as %q and then %q", s, b.String(), c.String())
			}
		}
		if items, err := parseList(s); err == nil {
			var b strings.Builder
			writeList(&b, items)
			if _, err := parseList(b.String()); err != nil {
				t.Fatalf("%q was read, and its own writing %q is not", s, b.String())
			}
		}
		if it, err := parseItem(s); err == nil {
			var b strings.Builder
			writeItem(&b, it)
			if _, err := parseItem(b.String()); err != nil {
				t.Fatalf("%q was read, and its own writing %q is not", s, b.String())
			}
		}
	})
}

// FuzzSignatures lets a stranger write all headers that signatures are read from. Nothing may fall over, and nothing is
// believed.
func FuzzSignatures(f *testing.F) {
	f.Add("POST", "/inbox?x", `keyId="https://a.example/#k",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="eA=="`, "", digest(nil), "Tue, 20 Apr 2021 02:07:55 GMT")
	f.Add("GET", "/x", `keyId="k",algorithm="hs2019",created=1,expires=2,headers="(created) (expires) host (request-target)",signature="eA=="`, "", "", "")
	f.Add("POST", "/", `sig1=:eA==:`, `sig1=("@method" "@target-uri" "content-digest" "@query-param";name="x" "@authority" "@query" "@path" "@scheme" "date";bs "content-digest";sf);created=1;keyid="k";alg="ed25519"`, contentDigest(nil), "x")
	f.Add("POST", "/", ``, `sig1=("content-digest";key="sha-256")`, "sha-256=:eA==:", "")
	pub := rsaKeys()[0].Public()
	f.Fuzz(func(t *testing.T, method, uri, signature, input, digest, date string) {
		r := &http.Request{Method: method, RequestURI: "/" + uri, Host: "ours.example", Header: http.Header{}}
		for name, v := range map[string]string{"Signature": signature, "Signature-Input": input, "Digest": digest, "Content-Digest": digest, "Date": date} {
			if v != "" {
				r.Header.Set(name, v)
			}
		}
		s, err := Read(r)
		if err != nil {
			if s != nil && len(s.bases) > 2 {
				t.Fatal("more than two texts may have been signed")
			}
			return
		}
		if s.KeyID == "" {
			t.Fatal("a signature without a key was read")
		}
		if s.Verify(pub, []byte("x"), at) == nil {
			t.Fatal("a signature was believed that nobody made")
		}
	})
}

// FuzzKeys reads strangers' keys.
func FuzzKeys(f *testing.F) {
	f.Add(testKeyCavage)
	f.Add(testKeyRSAPSS)
	f.Add("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2")
	f.Fuzz(func(t *testing.T, s string) {
		for _, read := range []func(string) (any, error){
			func(s string) (any, error) { return ParseKey(keyOf(s)) },
			func(s string) (any, error) { return ParseMultikey(s) },
		} {
			if k, err := read(s); (k == nil) == (err == nil) && err == nil {
				t.Fatalf("%q gives neither a key nor an error", s)
			}
		}
	})
}
