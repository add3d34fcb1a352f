// Package httpsig signs requests and checks their signatures, as draft-cavage-http-signatures-12 and RFC 9421 have it.
package httpsig

import (
	"crypto"
	"fmt"
	"time"

	"gomphothere/internal/model"
)

// Key is a key of ours to sign with.
type Key struct {
	ID      string        // the URI that others find its public half by
	Private crypto.Signer // RSA or Ed25519
}

// Scheme is a way to sign.
type Scheme string

// The schemes.
const (
	Cavage  Scheme = "cavage"  // draft-cavage, rsa-sha256: what everybody reads
	HS2019  Scheme = "hs2019"  // draft-cavage, hs2019: the algorithm is the key's (GoToSocial)
	RFC9421 Scheme = "rfc9421" // HTTP Message Signatures: Mastodon from 4.5, Fedify, Mitra
)

// The window in which a signature is good, as Mastodon has it.
const (
	skew      = time.Hour       // clocks of peers are this wrong
	usualLife = 5 * time.Minute // of signatures that name no end
	longest   = 12 * time.Hour  // however late an end they name
)

// Bounds of what strangers write. Real signatures have five components and less than a kilobyte.
const (
	maxHeader     = 8 << 10
	maxComponents = 32
	maxParams     = 16
	maxKeyID      = 2048
)

// Reason is why a signature is refused.
type Reason string

// The reasons.
const (
	Missing     Reason = "missing"     // there is none
	Malformed   Reason = "malformed"   // it cannot be read
	Weak        Reason = "weak"        // it does not cover what it must
	Expired     Reason = "expired"     // or not good yet
	WrongDigest Reason = "digest"      // the body is another
	WrongKey    Reason = "key"         // the key cannot have made it, or is none we take
	Unsupported Reason = "unsupported" // an algorithm or component that is not known here
	Forged      Reason = "forged"      // it does not fit
)

// Error is a refused signature. model.KindOf gives BadRequest for what cannot be read and Unauthorized for the rest.
type Error struct {
	Reason Reason
	Text   string
}

func (e *Error) Error() string { return e.Text }

// Unwrap gives the kind that doors know.
func (e *Error) Unwrap() error {
	kind := model.KindUnauthorized
	if e.Reason == Malformed {
		kind = model.KindBadRequest
	}
	return &model.Error{Kind: kind, Text: e.Text}
}

func refuse(r Reason, format string, args ...any) error {
	return &Error{Reason: r, Text: fmt.Sprintf(format, args...)}
}

// Signature is what a request says of who sent it. Nothing of it is true before Verify.
type Signature struct {
	KeyID     string
	Algorithm string // as written; "": the key's
	Scheme    Scheme
	Created   time.Time // zero: not said
	Expires   time.Time // zero: not said, or not covered

	value   []byte
	bases   []string // texts that may have been signed: with and without query, https and http
	digests []string // values of Digest or Content-Digest where they are covered
	body    bool     // a digest must be there
}
