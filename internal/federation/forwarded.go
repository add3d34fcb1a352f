package federation

import (
	"context"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
)

// forwarded acts on an activity that somebody else passed on and that proves nothing by itself: what it is about is
// asked for where it is from.
func (f *Federation) forwarded(ctx context.Context, a *activity) error {
	uri := a.Object.Object.ID()
	actor := a.Object.Actor.ID()
	if uri == "" || !ap.SameHost(uri, actor) {
		return model.Forbidden("somebody else's activity without proof")
	}
	if err := f.mayTalk(ctx, ap.Host(uri)); err != nil {
		return err
	}
	q := f.DB.Read(ctx)
	st, err := q.StatusByURI(uri)
	if err != nil && !model.IsNotFound(err) {
		return err
	}
	known := err == nil
	switch {
	case a.Is("Delete") && known:
		return f.confirmGone(ctx, st)
	case a.Is("Update") && known:
		return f.refreshStatus(ctx, uri)
	case a.Is("Create") && known:
		return nil
	case a.Is("Create"):
		return f.forwardedCreate(ctx, a, uri)
	}
	return model.Forbidden("somebody else's activity without proof")
}

// forwardedCreate takes in a reply to one of ours, or what a relay of ours passes on.
func (f *Federation) forwardedCreate(ctx context.Context, a *activity, uri string) error {
	r := audienceOf(a.Object, nil)
	if doc := a.Object.Object.Object(); doc != nil {
		r.replies = doc.InReplyTo.ID()
	}
	a.Inbox = 0 // it was addressed to nobody by whoever passed it on
	may, err := f.concerns(ctx, a, r)
	if err != nil || !may {
		return orForget(err)
	}
	_, err = f.resolveStatus(ctx, uri, 1)
	return err
}
