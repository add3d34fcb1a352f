package httpsig

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"
	"time"
)

// label names the signature within its headers.
const label = "sig1"

// alwaysCovered are headers that others rely on where they are sent.
// constant: Go has no constant slices
var alwaysCovered = []string{"content-type", "collection-synchronization"}

// Sign signs a request that is about to be sent and has a method, a URL and all headers that shall be covered. It sets
// Date, Digest or Content-Digest (where body is not nil), and Signature (and Signature-Input), replacing older ones, so
// that a request can be signed again in another scheme. Covered are the target, host, date and digest, Content-Type
// (draft-cavage) and Collection-Synchronization, and what covered names.
func Sign(r *http.Request, s Scheme, k Key, body []byte, now time.Time, covered ...string) error {
	for _, h := range []string{"Signature", "Signature-Input", "Digest", "Content-Digest"} {
		r.Header.Del(h)
	}
	r.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	if s == RFC9421 {
		return signMessage(r, k, body, now, covered)
	}
	return signCavage(r, s, k, body, covered)
}

func signCavage(r *http.Request, s Scheme, k Key, body []byte, covered []string) error {
	algorithm := "rsa-sha256"
	if _, isRSA := k.Private.Public().(*rsa.PublicKey); !isRSA || s == HS2019 {
		algorithm = "hs2019"
	}
	names := []string{"(request-target)", "host", "date"}
	if body != nil {
		r.Header.Set("Digest", digest(body))
		names = append(names, "digest")
	}
	names = also(r, names, alwaysCovered...)
	names = also(r, names, covered...)
	bases, err := cavageBases(r, names, nil)
	if err != nil {
		return err
	}
	sig, err := k.sign(bases[0])
	if err != nil {
		return err
	}
	r.Header.Set("Signature", `keyId="`+k.ID+`",algorithm="`+algorithm+`",headers="`+strings.Join(names, " ")+
		`",signature="`+encode64(sig)+`"`)
	return nil
}

func signMessage(r *http.Request, k Key, body []byte, now time.Time, covered []string) error {
	names := []string{"@method", "@target-uri"}
	if body != nil {
		r.Header.Set("Content-Digest", contentDigest(body))
		names = append(names, "content-digest")
	}
	names = also(r, names, "collection-synchronization")
	names = also(r, names, covered...)
	algorithm := "rsa-v1_5-sha256"
	if _, isRSA := k.Private.Public().(*rsa.PublicKey); !isRSA {
		algorithm = "ed25519"
	}
	input := item{isList: true, params: params{{"created", now.Unix()}, {"keyid", k.ID}, {"alg", algorithm}}}
	for _, n := range names {
		input.inner = append(input.inner, item{value: n})
	}
	base, err := messageBase(r, r.URL.Scheme, input)
	if err != nil {
		return err
	}
	sig, err := k.sign(base)
	if err != nil {
		return err
	}
	var b strings.Builder
	writeItem(&b, input)
	r.Header.Set("Signature-Input", label+"="+b.String())
	r.Header.Set("Signature", label+"=:"+encode64(sig)+":")
	return nil
}

// also adds the headers that are there to those covered.
func also(r *http.Request, names []string, more ...string) []string {
	for _, n := range more {
		n = strings.ToLower(n)
		if _, there := header(r, n); there && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

// sign makes the signature of the key's kind: RSASSA-PKCS1-v1_5 with SHA-256, or Ed25519. Neither needs randomness.
func (k Key) sign(text string) ([]byte, error) {
	switch pub := k.Private.Public().(type) {
	case *rsa.PublicKey:
		sum := sha256.Sum256([]byte(text))
		return k.Private.Sign(nil, sum[:], crypto.SHA256)
	case ed25519.PublicKey:
		return k.Private.Sign(nil, []byte(text), crypto.Hash(0))
	default:
		return nil, refuse(WrongKey, "Key of kind %T cannot sign", pub)
	}
}
