package federation

import (
	"context"
	"fmt"

	"gomphothere/internal/model"
	"gomphothere/internal/proof"
)

// sealed adds to a document the signature that lets others believe it whoever hands it to them. It is made once.
func (f *Federation) sealed(ctx context.Context, actor model.ID, o *outgo) (string, error) {
	var err error
	body := o.body
	switch {
	case o.seal == proven:
		k, missing := f.ownKey(ctx, actor, model.Ed25519)
		if model.IsNotFound(missing) {
			break // an account from before such keys
		}
		if err = missing; err == nil {
			body, err = proof.Prove(body, k, f.Now())
		}
	case o.seal == passedOn, o.seal == passed && !f.Site.AuthorizedFetch:
		k, missing := f.signer(ctx, actor)
		if err = missing; err == nil {
			body, err = f.ld.SignLD(ctx, body, k, f.Now())
		}
	}
	if err != nil {
		return "", fmt.Errorf("sign a document: %w", err)
	}
	return string(body), nil
}
