package httpsig

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"strings"
	"time"
)

// Verify checks time, body and signature, the cheap things first. Errors are *Error.
func (s *Signature) Verify(pub crypto.PublicKey, body []byte, now time.Time) error {
	if err := s.timely(now); err != nil {
		return err
	}
	if err := s.checkBody(body); err != nil {
		return err
	}
	return s.check(pub)
}

func (s *Signature) timely(now time.Time) error {
	if s.Created.After(now.Add(skew)) {
		return refuse(Expired, "Signed request date is in the future")
	}
	end := s.Created.Add(usualLife)
	if !s.Expires.IsZero() {
		end = s.Expires
	}
	if last := s.Created.Add(longest); end.After(last) {
		end = last
	}
	if now.After(end.Add(skew)) {
		return refuse(Expired, "Signed request date outside acceptable time window")
	}
	return nil
}

func (s *Signature) checkBody(body []byte) error {
	switch {
	case len(s.digests) == 0 && !s.body:
		return nil
	case len(s.digests) == 0:
		return refuse(Weak, "No digest is signed")
	case s.Scheme == RFC9421:
		return checkContentDigest(s.digests, body)
	}
	return checkDigest(s.digests, body)
}

// check tries the texts that may have been signed. The algorithm has to be one of the key's kind: nothing that the
// request says makes a key do what it is not for.
func (s *Signature) check(pub crypto.PublicKey) error {
	verify, err := s.algorithm(pub)
	if err != nil {
		return err
	}
	for _, base := range s.bases {
		if verify([]byte(base), s.value) {
			return nil
		}
	}
	return refuse(Forged, "Verification failed for %s", clip(s.KeyID))
}

func (s *Signature) algorithm(pub crypto.PublicKey) (func(text, sig []byte) bool, error) {
	name := s.Algorithm
	switch key := pub.(type) {
	case *rsa.PublicKey:
		if err := goodRSA(key); err != nil {
			return nil, err
		}
		switch {
		case name == "", name == "hs2019" && s.Scheme != RFC9421, name == "rsa-sha256" && s.Scheme != RFC9421,
			name == "rsa-v1_5-sha256" && s.Scheme == RFC9421:
			return func(text, sig []byte) bool {
				sum := sha256.Sum256(text)
				return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig) == nil
			}, nil
		case name == "rsa-sha512" && s.Scheme != RFC9421:
			return func(text, sig []byte) bool {
				sum := sha512.Sum512(text)
				return rsa.VerifyPKCS1v15(key, crypto.SHA512, sum[:], sig) == nil
			}, nil
		case name == "rsa-pss-sha512" && s.Scheme == RFC9421:
			return func(text, sig []byte) bool {
				sum := sha512.Sum512(text)
				return rsa.VerifyPSS(key, crypto.SHA512, sum[:], sig, &rsa.PSSOptions{SaltLength: 64}) == nil
			}, nil
		}
	case ed25519.PublicKey:
		if len(key) == ed25519.PublicKeySize && (name == "" || name == "ed25519" || name == "hs2019" && s.Scheme != RFC9421) {
			return func(text, sig []byte) bool { return ed25519.Verify(key, text, sig) }, nil
		}
	default:
		return nil, refuse(WrongKey, "Key of a kind that is not taken")
	}
	if strings.HasPrefix(name, "rsa") || name == "ed25519" {
		return nil, refuse(WrongKey, "Algorithm %s does not fit the key", name)
	}
	return nil, refuse(Unsupported, "Unsupported signature algorithm %q", clip(name))
}
