package httpsig

import (
	"bufio"
	"bytes"
	"crypto"
	"net/http"
	"strings"
	"testing"
	"time"
)

// received gives a request as a server reads it off the wire.
func received(t testing.TB, r *http.Request) *http.Request {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	got, err := http.ReadRequest(bufio.NewReader(&b))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func request(t testing.TB, method, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/activity+json")
	}
	return r
}

func TestWhatOneSignsTheOtherBelieves(t *testing.T) {
	t.Parallel()
	for _, scheme := range []Scheme{Cavage, HS2019, RFC9421} {
		for name, private := range map[string]crypto.Signer{"rsa": rsaKeys()[0], "ed25519": edKey(t)} {
			for _, body := range []string{"", `{"type":"Follow"}`} {
				method, payload := "GET", []byte(nil)
				if body != "" {
					method, payload = "POST", []byte(body)
				}
				r := request(t, method, "https://peer.example//a/b%2Fc?x=1&y=%20", body)
				r.Header.Set("Collection-Synchronization", `collectionId="x"`)
				if err := Sign(r, scheme, key(private), payload, at); err != nil {
					t.Fatal(err)
				}
				got := received(t, r)
				s, err := Read(got)
				if err != nil {
					t.Fatalf("%s %s %s: %v", scheme, name, method, err)
				}
				if err := s.Verify(private.Public(), payload, at.Add(time.Minute)); err != nil {
					t.Errorf("%s %s %s: %v", scheme, name, method, err)
				}
				got.Header.Set("Collection-Synchronization", `collectionId="y"`)
				if s, err = Read(got); err != nil {
					t.Fatal(err)
				}
				if err := s.Verify(private.Public(), payload, at); err == nil {
					t.Errorf("%s %s %s: Collection-Synchronization is not covered", scheme, name, method)
				}
			}
		}
	}
}
