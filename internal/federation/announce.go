package federation

import (
	"context"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// onAnnounce takes in that somebody shared a status; communities announce activities of their people (FEP-1b12).
// Mastodon: ActivityPub::Activity::Announce
func (f *Federation) onAnnounce(ctx context.Context, a *activity) error {
	uri := a.Object.Object.ID()
	doc := a.Object.Object.Object()
	if uri == "" && doc == nil {
		return model.Invalidf("an Announce of nothing")
	}
	may, err := f.announces(ctx, a, uri)
	if err != nil || !may {
		return orForget(err)
	}
	if doc != nil && f.activities[doc.Type] != nil && len(doc.Actor) > 0 && len(doc.Object) > 0 {
		return f.unwrap(ctx, a, doc)
	}
	st, err := f.announced(ctx, a, uri, doc)
	if err != nil {
		return err
	}
	if relayed, err := f.DB.Read(ctx).RelayedBy(a.Actor.URI, a.Actor.InboxURL); relayed || err != nil {
		return err // a relay shares nothing, it passes on
	}
	_, err = f.Social.Reblog(ctx, a.Actor, st.ID, social.ReblogOptions{
		URI: a.announceURI(st), CreatedAt: a.Published, Visibility: announceVisibility(a),
	})
	return err
}

// announceURI is the id of an Announce; one without gets one that is the same the next time it comes.
func (a *activity) announceURI(st *model.Status) string {
	if id := a.id(); id != "" {
		return id
	}
	return a.Actor.URI + "#announces/" + st.ID.String()
}

// announceVisibility is whom a reblog is shown to.
func announceVisibility(a *activity) model.Visibility {
	n := &ap.Note{}
	n.To, n.Cc = a.AudienceIDs()
	if v := n.Visibility(a.Actor.FollowersURL); v != model.Direct {
		return v
	}
	return model.Private
}

// announces tells whether an Announce concerns anybody here: somebody follows who shares, a relay of ours passes it on,
// or what is shared is ours.
func (f *Federation) announces(ctx context.Context, a *activity, uri string) (bool, error) {
	q := f.DB.Read(ctx)
	if yes, err := f.followed(q, a); yes || err != nil {
		return yes, err
	}
	if yes, err := q.RelayedBy(a.Actor.URI, a.Actor.InboxURL); yes || err != nil {
		return yes, err
	}
	if !f.ours(uri) {
		return false, nil
	}
	st, err := q.StatusByURI(uri)
	if model.IsNotFound(err) {
		return false, nil
	}
	return err == nil && st.Local, err
}

// announced is the status that is shared. One's own followers-only status may come along whole.
func (f *Federation) announced(ctx context.Context, a *activity, uri string, doc *ap.Object) (*model.Status, error) {
	if doc != nil && doc.IsNote() && f.authoredBy(a, doc) && names(doc.AttributedTo, a.Actor.URI) {
		if st, err := f.DB.Read(ctx).StatusByURI(doc.ID); err == nil || !model.IsNotFound(err) {
			return st, err
		}
		return f.believe(ctx, doc, true, 1)
	}
	if uri == "" {
		return nil, model.Invalidf("an Announce of something without id")
	}
	return f.resolveStatus(ctx, uri, 1)
}

// unwrap acts on an activity that a community passes on (FEP-1b12). What it carries is not the community's to say, so it
// is asked for where it is from; of people of the community's own server it is believed, which could say so itself.
func (f *Federation) unwrap(ctx context.Context, a *activity, inner *ap.Object) error {
	if a.Depth >= maxDepth {
		return model.Invalidf("Activities within activities within activities")
	}
	actor := inner.Actor.ID()
	switch {
	case f.ours(actor):
		return nil // what our own people did comes back to us
	case inner.Is("Create", "Update"):
		return f.passedOn(ctx, inner)
	case inner.Is("Delete"):
		st, err := f.DB.Read(ctx).StatusByURI(inner.Object.ID())
		if err != nil {
			return err
		}
		return f.confirmGone(ctx, st)
	case inner.Is("Announce") || f.about(ctx, inner) == "":
		return nil // marks on what is not ours are counted where it is
	case !ap.SameHost(actor, a.Actor.URI) || !ap.SameHost(inner.ID, a.Actor.URI):
		doc, err := f.document(ctx, inner.ID)
		if err != nil {
			return err
		}
		if doc.Actor.ID() != actor || !ap.SameHost(doc.ID, actor) {
			return model.Forbidden("a community passes on what its author did not do")
		}
		inner = doc
	}
	who, err := f.ResolveActor(ctx, actor)
	if err != nil {
		return err
	}
	return f.perform(ctx, &activity{Object: inner, Actor: who, Via: a.Actor, Depth: a.Depth + 1})
}

// passedOn takes in the status that was written or changed, as its own server has it.
func (f *Federation) passedOn(ctx context.Context, inner *ap.Object) error {
	uri := inner.Object.ID()
	if uri == "" || f.ours(uri) {
		return nil
	}
	_, err := f.DB.Read(ctx).StatusByURI(uri)
	switch {
	case model.IsNotFound(err):
		_, err = f.resolveStatus(ctx, uri, 1)
		return err
	case err != nil || inner.Is("Create"):
		return err
	}
	return f.refreshStatus(ctx, uri)
}

// refreshStatus asks for a status that is known and writes down what changed.
func (f *Federation) refreshStatus(ctx context.Context, uri string) error {
	doc, err := f.document(ctx, uri)
	if err != nil {
		return err
	}
	n, err := doc.Note()
	if err != nil {
		return unreadable(err)
	}
	author, err := f.ResolveActor(ctx, n.Author)
	if err != nil {
		return err
	}
	if !ap.SameHost(author.URI, n.ID) {
		return model.Forbidden("The status is not of its author's server")
	}
	r, err := f.remoteStatus(ctx, author, n, circumstances{Fetched: true})
	if err != nil {
		return err
	}
	_, err = f.Social.UpdateStatus(ctx, author, *r)
	return err
}

// about is the address of ours that an activity is about, however deep; "" when it is about none.
func (f *Federation) about(ctx context.Context, doc *ap.Object) string {
	for range maxDepth + 1 {
		if uri := doc.Object.ID(); uri != "" && f.ours(uri) {
			return uri
		}
		if doc = doc.Object.Object(); doc == nil {
			return ""
		}
	}
	return ""
}
