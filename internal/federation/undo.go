package federation

import (
	"context"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
)

// onUndo takes something back. What is undone may be there whole or only by its id, and ids may never have been kept:
// then it is found by what it was done to.
func (f *Federation) onUndo(ctx context.Context, a *activity) error {
	undone := first(a.Object.Object)
	doc := undone.Object
	switch {
	case undone.ID == "" && doc == nil:
		return model.Invalidf("an Undo of nothing")
	case doc == nil:
		return f.undoByID(ctx, a, undone.ID)
	case doc.Actor.ID() != "" && doc.Actor.ID() != a.Actor.URI:
		return model.Forbidden("an Undo of what somebody else did")
	}
	switch {
	case doc.Is("Announce"):
		return f.undoAnnounce(ctx, a, doc)
	case doc.Is("Follow"):
		return f.undoFollow(ctx, a, doc)
	case doc.Is("Like", "EmojiReact"):
		return f.undoLike(ctx, a, doc)
	case doc.Is("Block"):
		target, err := f.ourAccount(ctx, doc.Object.ID())
		if err != nil {
			return err
		}
		_, err = f.Social.Unblock(ctx, a.Actor, target.ID)
		return err
	case doc.Is("Accept"):
		return f.undoAccept(ctx, a, doc)
	}
	return nil // Dislike, Delete, Lock … : done, they meant nothing here
}

func (f *Federation) undoAnnounce(ctx context.Context, a *activity, doc *ap.Object) error {
	if doc.ID != "" {
		err := f.Social.UndoReblog(ctx, a.Actor, doc.ID)
		if err == nil || !model.IsNotFound(err) {
			return err
		}
	}
	uri := doc.Object.ID()
	if uri == "" {
		return nil
	}
	st, err := f.DB.Read(ctx).StatusByURI(uri)
	if err != nil {
		return err
	}
	_, err = f.Social.Unreblog(ctx, a.Actor, st.ID)
	return err
}

func (f *Federation) undoFollow(ctx context.Context, a *activity, doc *ap.Object) error {
	target, err := f.ourAccount(ctx, doc.Object.ID())
	if err != nil {
		return err
	}
	return f.Social.UndoFollow(ctx, a.Actor, target, doc.ID)
}

// undoLike takes a favourite back. Of several reactions of one person the last one counts, which they change by an Undo
// and a new one, so the order does it.
func (f *Federation) undoLike(ctx context.Context, a *activity, doc *ap.Object) error {
	st, err := f.ourStatus(ctx, &activity{Object: doc, Actor: a.Actor})
	if err != nil {
		return err
	}
	_, err = f.Social.Favourite(ctx, a.Actor, st.ID, false)
	return err
}

// undoAccept is for those who no longer let one of ours follow them.
func (f *Federation) undoAccept(ctx context.Context, a *activity, doc *ap.Object) error {
	_, err := f.followAnswered(ctx, a, first(doc.Object), false)
	return err
}

// undoByID takes back what has this id: a reblog, a follow, a block. Mastodon: ActivityPub::Activity::Undo#handle_reference
func (f *Federation) undoByID(ctx context.Context, a *activity, uri string) error {
	if !ap.SameHost(uri, a.Actor.URI) {
		return model.Forbidden("an Undo of what somebody else did")
	}
	q := f.DB.Read(ctx)
	follow, _, err := q.FollowByURI(uri)
	switch {
	case err == nil && follow.AccountID == a.Actor.ID:
		target, err := q.Account(follow.TargetID)
		if err != nil {
			return err
		}
		return f.Social.UndoFollow(ctx, a.Actor, target, uri)
	case err != nil && !model.IsNotFound(err):
		return err
	}
	block, err := q.BlockByURI(uri)
	switch {
	case err == nil && block.AccountID == a.Actor.ID:
		_, err := f.Social.Unblock(ctx, a.Actor, block.TargetID)
		return err
	case err != nil && !model.IsNotFound(err):
		return err
	}
	return f.Social.UndoReblog(ctx, a.Actor, uri) // remembered, should it come late
}
