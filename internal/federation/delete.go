package federation

import (
	"context"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
)

// onDelete takes in that something is gone: the account itself, one of its statuses, an approval it gave. The object is
// an address, a Tombstone, or the thing as it was.
func (f *Federation) onDelete(ctx context.Context, a *activity) error {
	uri := a.Object.Object.ID()
	switch {
	case uri == "":
		return model.Invalidf("a Delete of nothing")
	case uri == a.Actor.URI:
		return f.Social.ForgetAccount(ctx, a.Actor)
	case !ap.SameHost(uri, a.Actor.URI):
		return f.moderated(ctx, a, uri)
	}
	if doc := a.Object.Object.Object(); doc != nil && doc.Is("QuoteAuthorization") {
		return f.Social.QuoteRevoked(ctx, a.Actor, uri)
	}
	q := f.DB.Read(ctx)
	st, err := q.StatusByURI(uri)
	if model.IsNotFound(err) {
		if known, err := q.AccountByURI(uri); err == nil && known.ID != a.Actor.ID {
			return model.Forbidden("a Delete of somebody else")
		}
		// An approval of a quote, or a status that never came, or comes later.
		if err := f.Social.QuoteRevoked(ctx, a.Actor, uri); !model.IsNotFound(err) {
			return err
		}
		return f.Social.ForgetStatus(ctx, a.Actor, uri)
	}
	if err != nil {
		return err
	}
	if st.AccountID != a.Actor.ID {
		return f.confirmGone(ctx, st)
	}
	return f.Social.ForgetStatus(ctx, a.Actor, uri)
}

// moderated is for a community's moderators, who delete what others wrote (Lemmy): the author's server is asked.
func (f *Federation) moderated(ctx context.Context, a *activity, uri string) error {
	st, err := f.DB.Read(ctx).StatusByURI(uri)
	if err != nil {
		return err
	}
	if st.Local {
		return model.Forbidden("a Delete of a status of ours")
	}
	return f.confirmGone(ctx, st)
}

// confirmGone forgets a status when its own server says that it is gone, and only then.
func (f *Federation) confirmGone(ctx context.Context, st *model.Status) error {
	if st.Local {
		return model.Forbidden("a Delete of a status of ours")
	}
	author, err := f.DB.Read(ctx).Account(st.AccountID)
	if err != nil {
		return err
	}
	doc, err := f.document(ctx, st.URI)
	switch {
	case err == nil && !doc.Is("Tombstone"):
		return model.Forbidden("a Delete of somebody else's status, which is still there")
	case err != nil && model.KindOf(err) != model.KindGone:
		return err
	}
	return f.Social.ForgetStatus(ctx, author, st.URI)
}
