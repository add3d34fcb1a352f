package federation

import (
	"context"
	"net/http"
	"time"

	"gomphothere/internal/ap"
	"gomphothere/internal/httpsig"
	"gomphothere/internal/model"
)

// A key that does not fit is asked for anew, unless that was done so lately: it may have been changed.
const keyAge = time.Minute

// Verified is the account whose key signed a request. Kinds: Unauthorized for a signature that is missing or false,
// BadRequest for one that cannot be read, Forbidden for servers kept away, Unavailable when the key cannot be asked for
// now.
func (f *Federation) Verified(r *http.Request, body []byte) (*model.Account, error) {
	sig, err := httpsig.Read(r)
	if err != nil {
		return nil, err
	}
	ctx := from(r.Context(), ap.Host(sig.KeyID))
	if f.ours(sig.KeyID) {
		return nil, model.Unauthorized("The signature is one of this server's own")
	}
	key, who, err := f.keyByID(ctx, sig.KeyID)
	if err != nil {
		return nil, err
	}
	if err := f.mayTalk(ctx, who.Domain); err != nil {
		return nil, err
	}
	if err = f.check(sig, key, body); err == nil {
		return who, nil
	}
	if model.At(f.Now()).Sub(who.FetchedAt) < keyAge {
		return nil, err
	}
	if _, fetching := f.meet(ctx, who.URI); fetching != nil {
		return nil, keyless(fetching)
	}
	if key, who, err = f.keyByID(ctx, sig.KeyID); err != nil {
		return nil, err
	}
	return who, f.check(sig, key, body)
}

// check compares a signature with a key.
func (f *Federation) check(sig *httpsig.Signature, key *model.Key, body []byte) error {
	if key.ExpiresAt != 0 && key.ExpiresAt < model.At(f.Now()) {
		return model.Unauthorized("The key has expired")
	}
	pub, err := httpsig.ParseKey(*key)
	if err != nil {
		return model.Unauthorized("The key cannot be read")
	}
	return sig.Verify(pub, body, f.Now())
}

// keyByID finds a key and whose it is, here or where it is from.
func (f *Federation) keyByID(ctx context.Context, id string) (*model.Key, *model.Account, error) {
	key, who, err := f.Social.KeyByID(ctx, id)
	if !model.IsNotFound(err) {
		return key, who, err
	}
	if err := f.mayAsk(ctx, id); err != nil {
		return nil, nil, keyless(err)
	}
	if err := f.meetKeyholder(ctx, id); err != nil {
		return nil, nil, keyless(err)
	}
	key, who, err = f.Social.KeyByID(ctx, id)
	if model.IsNotFound(err) { // PeerTube signs as the bare actor, whose key has a name of its own
		key, who, err = f.keyOfActor(ctx, id)
	}
	if model.IsNotFound(err) {
		return nil, nil, model.Unauthorized("The key is not its owner's")
	}
	return key, who, err
}

// meetKeyholder asks for whose key it is: the document at its id is the actor's, a stub of it, or the key's own, which
// names its owner. The owner has to list the key.
func (f *Federation) meetKeyholder(ctx context.Context, id string) error {
	_, err := once(ctx, f, "key "+bare(id), func(ctx context.Context) (*model.Account, error) {
		doc, _, err := f.read(ctx, bare(id))
		if err != nil {
			return nil, err
		}
		owner := doc.Owner
		if doc.IsActor() {
			owner = doc.ID
		}
		if !ap.SameHost(owner, id) {
			return nil, model.Unauthorized("The key has no owner on its server")
		}
		if doc.IsActor() && doc.ID == bare(id) {
			return f.know(ctx, doc, nil)
		}
		return f.meet(ctx, owner)
	})
	return err
}

// keyOfActor is the key of an account that is named instead of its key.
func (f *Federation) keyOfActor(ctx context.Context, uri string) (*model.Key, *model.Account, error) {
	who, err := f.DB.Read(ctx).AccountByURI(uri)
	if err != nil {
		return nil, nil, err
	}
	keys, err := f.Social.KeysOf(ctx, who)
	if err != nil {
		return nil, nil, err
	}
	for i := range keys {
		if keys[i].Algorithm == model.RSA {
			return &keys[i], who, nil
		}
	}
	return nil, nil, model.ErrNotFound()
}

// keyless makes of what kept us from a key what it means to whoever signed: come back later, or do not.
func keyless(err error) error {
	switch kind := model.KindOf(err); kind {
	case model.KindInternal, model.KindUnavailable, model.KindTooMany, model.KindForbidden:
		return err
	}
	return &model.Error{Kind: model.KindUnauthorized, Text: "The key of the signature cannot be found", Cause: err}
}
