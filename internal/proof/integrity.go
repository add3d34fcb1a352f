package proof

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"time"

	"github.com/gowebpki/jcs"

	"gomphothere/internal/httpsig"
)

// What an object integrity proof says of itself (FEP-8b32, W3C Data Integrity EdDSA Cryptosuites).
const (
	integrityType    = "DataIntegrityProof"
	integritySuite   = "eddsa-jcs-2022"
	integrityPurpose = "assertionMethod"
	integrityContext = "https://w3id.org/security/data-integrity/v1"
)

// Integrity is a proof as a document carries it. Nothing of it is true before Verify.
type Integrity struct {
	KeyID            string // verificationMethod: one of the actor's assertionMethod
	Created, Expires time.Time

	value []byte
	input []byte // what was signed
}

// Prove adds a proof to a document, in place of one it has, and its context. The bytes are those of FEP-8b32's vector:
// others look for no context within the proof.
func Prove(doc []byte, k httpsig.Key, now time.Time) ([]byte, error) {
	if _, is := k.Private.Public().(ed25519.PublicKey); !is {
		return nil, refuse(httpsig.WrongKey, "Integrity proofs are made with Ed25519 keys")
	}
	o, err := parse(doc)
	if err != nil {
		return nil, err
	}
	o = o.without("proof")
	if o["@context"], err = withContext(o["@context"], integrityContext); err != nil {
		return nil, err
	}
	config := map[string]any{
		"type": integrityType, "cryptosuite": integritySuite, "verificationMethod": k.ID,
		"proofPurpose": integrityPurpose, "created": now.UTC().Format(time.RFC3339),
	}
	input, err := integrityInput(config, o)
	if err != nil {
		return nil, err
	}
	sig, err := k.Private.Sign(nil, input, crypto.Hash(0))
	if err != nil {
		return nil, err
	}
	config["proofValue"] = "z" + httpsig.Base58(sig)
	if o["proof"], err = encode(config); err != nil {
		return nil, err
	}
	return encode(o)
}

// ReadIntegrity reads the proof of a document. Errors are *httpsig.Error: Missing when there is none.
func ReadIntegrity(doc []byte) (*Integrity, error) {
	o, err := parse(doc)
	if err != nil {
		return nil, err
	}
	raw, there := o["proof"]
	if !there {
		return nil, refuse(httpsig.Missing, "The document has no proof")
	}
	if _, err := jcs.Transform(doc); err != nil { // a name that comes twice would be another thing to others
		return nil, refuse(httpsig.Malformed, "The document is ambiguous")
	}
	var p object
	if err := json.Unmarshal(raw, &p); err != nil || p == nil {
		return nil, refuse(httpsig.Malformed, "The proof is no object")
	}
	if p.text("type") != integrityType || p.text("cryptosuite") != integritySuite {
		return nil, refuse(httpsig.Unsupported, "The proof is of a kind that is not known here")
	}
	if p.text("proofPurpose") != integrityPurpose {
		return nil, refuse(httpsig.Weak, "The proof is for something else")
	}
	out := &Integrity{KeyID: p.text("verificationMethod")}
	value := p.text("proofValue")
	if out.KeyID == "" || len(value) < 2 || value[0] != 'z' {
		return nil, refuse(httpsig.Malformed, "The proof lacks key or value")
	}
	var ok bool
	if out.value, ok = httpsig.ParseBase58(value[1:]); !ok || len(out.value) != ed25519.SignatureSize {
		return nil, refuse(httpsig.Malformed, "The proof's value cannot be read")
	}
	if out.Created, err = p.time("created"); err != nil {
		return nil, err
	}
	if out.Expires, err = p.time("expires"); err != nil {
		return nil, err
	}
	return out, out.read(o.without("proof"), p.without("proofValue"))
}

// read makes what was signed. FEP-8b32 leaves the context out of the proof; W3C copies it there, and then it has to be
// the document's own.
func (p *Integrity) read(doc, config object) (err error) {
	if own, said := config["@context"]; said && !begins(doc["@context"], own) {
		return refuse(httpsig.WrongDigest, "The proof is for another context")
	}
	if p.input, err = integrityInput(config, doc); err != nil {
		return refuse(httpsig.Malformed, "The document cannot be written canonically")
	}
	return nil
}

// begins tells whether a document's context begins with the proof's.
func begins(doc, own json.RawMessage) bool {
	list := func(raw json.RawMessage) (out []json.RawMessage) {
		canonical, err := jcs.Transform(raw)
		if err != nil {
			return nil
		}
		if json.Unmarshal(canonical, &out) != nil {
			return []json.RawMessage{canonical}
		}
		return out
	}
	a, b := list(doc), list(own)
	if len(b) == 0 || len(b) > len(a) {
		return false
	}
	for i := range b {
		if string(a[i]) != string(b[i]) {
			return false
		}
	}
	return true
}

// integrityInput is what is signed: the sum of the proof's options and that of the document.
func integrityInput(config, doc any) ([]byte, error) {
	var out []byte
	for _, v := range []any{config, doc} {
		raw, err := encode(v)
		if err != nil {
			return nil, err
		}
		canonical, err := jcs.Transform(raw)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(canonical)
		out = append(out, sum[:]...)
	}
	return out, nil
}

// Verify checks time and proof. Whether the key is the author's is the caller's to check, and how old a proof may be.
func (p *Integrity) Verify(pub crypto.PublicKey, now time.Time) error {
	key, is := pub.(ed25519.PublicKey)
	if !is || len(key) != ed25519.PublicKeySize {
		return refuse(httpsig.WrongKey, "The proof was not made with such a key")
	}
	if err := timely(p.Created, p.Expires, now); err != nil {
		return err
	}
	if !ed25519.Verify(key, p.input, p.value) {
		return refuse(httpsig.Forged, "The proof does not fit the document")
	}
	return nil
}

func timely(created, expires, now time.Time) error {
	if created.After(now.Add(skew)) || !expires.IsZero() && now.After(expires.Add(skew)) {
		return refuse(httpsig.Expired, "The proof is not good at this time")
	}
	return nil
}
