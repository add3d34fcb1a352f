package federation

import (
	"context"
	"time"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
)

// An edit of a status that nobody here knew is news only while the status is (Mastodon: ActivityPub::Activity::Update).
const newsFor = 24 * time.Hour

// onUpdate takes in what changed of an account or a status.
func (f *Federation) onUpdate(ctx context.Context, a *activity) error {
	doc := a.Object.Object.Object()
	uri := a.Object.Object.ID()
	switch {
	case uri == "":
		return model.Invalidf("an Update of nothing")
	case uri == a.Actor.URI:
		return f.updateActor(ctx, a, doc)
	case doc != nil && doc.IsActor():
		return model.Forbidden("an Update of somebody else")
	case doc == nil || !f.authoredBy(a, doc):
		if !ap.SameHost(uri, a.Actor.URI) {
			return model.Forbidden("an Update of another server's object")
		}
		var err error
		if doc, err = f.document(ctx, uri); err != nil {
			return err
		}
		if !f.authoredBy(a, doc) {
			return model.Forbidden("an Update of somebody else's object")
		}
	}
	if doc.Is("Collection", "OrderedCollection", "FeaturedCollection") {
		return nil
	}
	inherit(doc, a.Object)
	n, err := doc.Note()
	if err != nil {
		return model.Invalidf("an Update of what is no status: %v", err)
	}
	return f.updateStatus(ctx, a, n)
}

// updateActor writes down what an account says of itself now. What came along is not believed of the handle or the keys
// alone: the verb knows what a document that came in may change.
func (f *Federation) updateActor(ctx context.Context, a *activity, doc *ap.Object) error {
	if doc == nil || !doc.IsActor() || doc.ID != a.Actor.URI {
		return f.RefreshAccount(ctx, model.RefreshAccount{Account: a.Actor.ID})
	}
	_, err := f.know(ctx, doc, nil)
	return err
}

func (f *Federation) updateStatus(ctx context.Context, a *activity, n *ap.Note) error {
	r, err := f.remoteStatus(ctx, a.Actor, n, circumstances{})
	if err != nil {
		return err
	}
	_, err = f.Social.UpdateStatus(ctx, a.Actor, *r)
	if !model.IsNotFound(err) || model.At(f.Now()).Sub(r.CreatedAt) > newsFor {
		return err
	}
	may, err := f.concerns(ctx, a, audienceOf(a.Object, n))
	if err != nil || !may {
		return orForget(err)
	}
	_, _, err = f.learn(ctx, a.Actor, n, circumstances{Inbox: a.Inbox})
	return err
}
