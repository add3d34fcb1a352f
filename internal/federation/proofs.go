package federation

import (
	"context"
	"crypto"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
	"gomphothere/internal/proof"
)

// maxContext bounds a JSON-LD context of others; the longest in use has 20 KB.
const maxContext = 64 << 10

// ldContext asks for a JSON-LD context that somebody's signed document names.
func (f *Federation) ldContext(ctx context.Context, url string) ([]byte, error) {
	if err := f.mayAsk(ctx, url); err != nil {
		return nil, err
	}
	a, err := f.Fetch.Get(ctx, url, "application/ld+json, application/json", maxContext)
	if err != nil {
		return nil, err
	}
	return a.Body, nil
}

// proven is an activity as its actor signed it, whoever passed it on; nil when nothing in it proves it. Errors are those
// that pass.
func (f *Federation) proven(ctx context.Context, body []byte, actor string) (*ap.Object, *model.Account, error) {
	for _, check := range []func(context.Context, []byte, string) (*ap.Object, *model.Account, error){f.integral, f.linked} {
		doc, who, err := check(ctx, body, actor)
		switch {
		case err == nil && doc.Actor.ID() == who.URI:
			return doc, who, nil
		case settled(err) != nil:
			return nil, nil, err
		}
	}
	return nil, nil, nil
}

// integral checks an object integrity proof (FEP-8b32).
func (f *Federation) integral(ctx context.Context, body []byte, actor string) (*ap.Object, *model.Account, error) {
	p, err := proof.ReadIntegrity(body)
	if err != nil {
		return nil, nil, err
	}
	pub, who, err := f.signatory(ctx, p.KeyID, actor)
	if err != nil {
		return nil, nil, err
	}
	if err := p.Verify(pub, f.Now()); err != nil {
		return nil, nil, err
	}
	doc, err := ap.Parse(body)
	return doc, who, err
}

// linked checks a Linked Data signature.
func (f *Federation) linked(ctx context.Context, body []byte, actor string) (*ap.Object, *model.Account, error) {
	s, err := proof.ReadLD(body)
	if err != nil {
		return nil, nil, err
	}
	pub, who, err := f.signatory(ctx, s.KeyID, actor)
	if err != nil {
		return nil, nil, err
	}
	clean, err := f.ld.Verify(ctx, s, pub, f.Now())
	if err != nil {
		return nil, nil, err
	}
	doc, err := ap.Parse(clean)
	return doc, who, err
}

// signatory is the actor whose key signed a document.
func (f *Federation) signatory(ctx context.Context, keyID, actor string) (crypto.PublicKey, *model.Account, error) {
	if !ap.SameHost(keyID, actor) || f.ours(keyID) {
		return nil, nil, model.Unauthorized("The key is of another server than the actor")
	}
	key, who, err := f.keyByID(ctx, keyID)
	if err != nil {
		return nil, nil, err
	}
	if who.URI != actor {
		return nil, nil, model.Unauthorized("The key is not the actor's")
	}
	pub, err := f.keys.parse(key)
	return pub, who, err
}
