package proof

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/piprate/json-gold/ld"

	"gomphothere/internal/httpsig"
)

// What a Linked Data signature says of itself, as Mastodon makes it.
const (
	ldType          = "RsaSignature2017"
	identityContext = "https://w3id.org/identity/v1"
	securityContext = "https://w3id.org/security/v1"
)

// LD makes and checks Linked Data signatures. The zero value knows the usual contexts.
type LD struct {
	// Fetch gets a context of others, of at most 64 KB; nil: documents that need one are refused.
	Fetch func(ctx context.Context, url string) ([]byte, error)

	contexts contexts
}

// Linked is a Linked Data signature as a document carries it. Nothing of it is true before LD.Verify.
type Linked struct {
	KeyID            string // creator
	Created, Expires time.Time

	value   []byte
	options object
	doc     object
}

func reader(b []byte) io.Reader { return bytes.NewReader(b) }

// SignLD adds a signature to a document, and its context.
func (l *LD) SignLD(ctx context.Context, doc []byte, k httpsig.Key, now time.Time) ([]byte, error) {
	if _, is := k.Private.Public().(*rsa.PublicKey); !is {
		return nil, refuse(httpsig.WrongKey, "Linked Data signatures are made with RSA keys")
	}
	o, err := parseLinked(doc)
	if err != nil {
		return nil, err
	}
	o = o.without("signature")
	options := map[string]string{"type": ldType, "creator": k.ID, "created": now.UTC().Format(time.RFC3339)}
	creator, err := encode(options["creator"])
	if err != nil {
		return nil, err
	}
	input, err := l.input(ctx, object{"creator": creator, "created": json.RawMessage(`"` + options["created"] + `"`)}, o)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256([]byte(input))
	sig, err := k.Private.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	options["signatureValue"] = base64.StdEncoding.EncodeToString(sig)
	if o["signature"], err = encode(options); err != nil {
		return nil, err
	}
	if o["@context"], err = withContext(o["@context"], securityContext); err != nil {
		return nil, err
	}
	return encode(o)
}

// ReadLD reads the signature of a document. Errors are *httpsig.Error: Missing when there is none. Documents with graphs
// in them say one thing to readers of JSON and another to readers of Linked Data: their signature is worth nothing.
func ReadLD(doc []byte) (*Linked, error) {
	o, err := parseLinked(doc)
	if err != nil {
		return nil, err
	}
	raw, there := o["signature"]
	if !there {
		return nil, refuse(httpsig.Missing, "The document has no signature")
	}
	if tricky(doc) {
		return nil, refuse(httpsig.Weak, "The document has @graph, @included or @reverse")
	}
	var s object
	if err := json.Unmarshal(raw, &s); err != nil || s == nil {
		return nil, refuse(httpsig.Malformed, "The signature is no object")
	}
	if s.text("type") != ldType {
		return nil, refuse(httpsig.Unsupported, "The signature is of a kind that is not known here")
	}
	out := &Linked{KeyID: s.text("creator"), options: s.without("type", "id", "signatureValue"), doc: o.without("signature")}
	if out.value, err = base64.StdEncoding.DecodeString(s.text("signatureValue")); err != nil || len(out.value) == 0 || out.KeyID == "" {
		return nil, refuse(httpsig.Malformed, "The signature lacks key or value")
	}
	if out.Created, err = s.time("created"); err != nil {
		return nil, err
	}
	out.Expires, err = s.time("expires")
	return out, err
}

// tricky looks for keywords that hide or turn statements, as names of members or as their values in contexts, which
// may give them another name.
func tricky(doc []byte) bool {
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		return true
	}
	return hasKeyword(v)
}

func hasKeyword(v any) bool {
	bad := func(s string) bool {
		switch s {
		case "@graph", "@included", "@reverse", "@nest":
			return true
		}
		return false
	}
	switch v := v.(type) {
	case string:
		return bad(v)
	case []any:
		for _, x := range v {
			if hasKeyword(x) {
				return true
			}
		}
	case map[string]any:
		for name, x := range v {
			if bad(name) || hasKeyword(x) {
				return true
			}
		}
	}
	return false
}

// Verify checks time and signature, and gives the document as what was signed says it, in the terms this server reads:
// what a context of the document's own renamed has its right name, and what no context knows, and so nobody signed, is
// left out. Whether the key is the actor's is the caller's to check.
func (l *LD) Verify(ctx context.Context, s *Linked, pub crypto.PublicKey, now time.Time) (clean []byte, err error) {
	key, is := pub.(*rsa.PublicKey)
	if !is {
		return nil, refuse(httpsig.WrongKey, "The signature was not made with such a key")
	}
	if err := timely(s.Created, s.Expires, now); err != nil {
		return nil, err
	}
	input, err := l.input(ctx, s.options, s.doc)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256([]byte(input))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], s.value) != nil {
		return nil, refuse(httpsig.Forged, "The signature does not fit the document")
	}
	return l.read(ctx, s.doc)
}

// input is what is signed: the sums, in hexadecimal, of the canonical options and document.
func (l *LD) input(ctx context.Context, options, doc object) (string, error) {
	with := options.without()
	with["@context"] = json.RawMessage(`"` + identityContext + `"`)
	a, err := l.sum(ctx, with)
	if err != nil {
		return "", err
	}
	b, err := l.sum(ctx, doc)
	return a + b, err
}

func (l *LD) sum(ctx context.Context, o object) (_ string, err error) {
	text, err := l.normal(ctx, o)
	if err != nil {
		return "", err
	}
	return sum(text), nil
}

// normal writes a document's statements canonically.
func (l *LD) normal(ctx context.Context, o object) (_ string, err error) {
	defer caught(&err)
	v, err := o.value()
	if err != nil {
		return "", err
	}
	set, err := ld.NewJsonLdProcessor().ToRDF(v, l.options(ctx))
	if err != nil {
		return "", unreadable(err)
	}
	graph, is := set.(*ld.RDFDataset)
	if !is {
		return "", unreadable(fmt.Errorf("%T is no dataset", set))
	}
	text, err := canonical(graph)
	if err != nil {
		return "", unreadable(err)
	}
	return text, nil
}

// read writes what was signed, and nothing else, in this server's terms. It goes by way of the statements: names that no
// context knows, relative addresses, odd languages and more are no statements, so nobody signed them, and compacting the
// document itself would let them pass.
func (l *LD) read(ctx context.Context, o object) (_ []byte, err error) {
	defer caught(&err)
	v, err := o.value()
	if err != nil {
		return nil, err
	}
	processor, options := ld.NewJsonLdProcessor(), l.options(ctx)
	expanded, err := processor.Expand(v, options)
	if err != nil {
		return nil, unreadable(err)
	}
	if len(expanded) != 1 {
		return nil, unreadable(errGraph)
	}
	set, err := processor.ToRDF(expanded, options)
	if err != nil {
		return nil, unreadable(err)
	}
	graph, is := set.(*ld.RDFDataset)
	if !is {
		return nil, unreadable(fmt.Errorf("%T is no dataset", set))
	}
	options.UseNativeTypes = true
	flat, err := ld.NewJsonLdApi().FromRDF(graph, options)
	if err != nil {
		return nil, unreadable(err)
	}
	root, err := tree(flat, expanded[0])
	if err != nil {
		return nil, unreadable(err)
	}
	out, err := processor.Compact(root, terms(), options)
	if err != nil {
		return nil, unreadable(err)
	}
	return encode(out)
}

func (l *LD) options(ctx context.Context) *ld.JsonLdOptions {
	o := ld.NewJsonLdOptions("")
	o.DocumentLoader = &loader{ctx: ctx, ld: l}
	return o
}

// value is the object as the JSON-LD library wants it.
func (o object) value() (any, error) {
	raw, err := encode(o)
	if err != nil {
		return nil, err
	}
	return ld.DocumentFromReader(reader(raw))
}

func unreadable(cause error) error {
	return refuse(httpsig.Malformed, "The document cannot be read as Linked Data: %v", cause)
}

// caught makes an error of the library's panics over documents that nobody thought of.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = unreadable(fmt.Errorf("%v", p))
	}
}
