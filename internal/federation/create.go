package federation

import (
	"context"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// onCreate takes in a new status, or a vote, which has the same form. Statuses that concern nobody here are let go.
// Mastodon: ActivityPub::Activity::Create
func (f *Federation) onCreate(ctx context.Context, a *activity) error {
	uri := a.Object.Object.ID()
	if uri == "" {
		return model.Invalidf("a Create of nothing")
	}
	doc := a.Object.Object.Object()
	if doc == nil || !f.authoredBy(a, doc) {
		// Only named, or somebody else's: its own server is asked, if it is for us at all.
		may, err := f.concerns(ctx, a, audienceOf(a.Object, nil))
		if err != nil || !may {
			return orForget(err)
		}
		if doc == nil && !ap.SameHost(uri, a.Actor.URI) {
			return model.Forbidden("a Create of another server's object")
		}
		_, err = f.ResolveStatus(ctx, uri)
		return err
	}
	inherit(doc, a.Object)
	n, err := doc.Note()
	if err != nil {
		return model.Invalidf("a Create of what is no status: %v", err)
	}
	if n.Vote != "" {
		if voted, err := f.vote(ctx, a, n); voted || err != nil {
			return err
		}
	}
	may, err := f.concerns(ctx, a, audienceOf(a.Object, n))
	if err != nil || !may {
		return orForget(err)
	}
	st, made, err := f.learn(ctx, a.Actor, n, circumstances{Inbox: a.Inbox})
	if err != nil {
		return err
	}
	if made {
		f.noticeReplies(ctx, st, n)
	}
	return nil
}

// authoredBy tells whether a document that an activity brings may be believed: it is of the actor's own server and by
// the actor.
func (f *Federation) authoredBy(a *activity, doc *ap.Object) bool {
	if !ap.SameHost(doc.ID, a.Actor.URI) {
		return false
	}
	return len(doc.AttributedTo) == 0 || names(doc.AttributedTo, a.Actor.URI)
}

// inherit gives an object what only its activity says: to whom it is addressed, who wrote it.
func inherit(doc, activity *ap.Object) {
	if len(doc.To) == 0 && len(doc.Cc) == 0 {
		doc.To, doc.Cc = activity.To, activity.Cc
	}
	if len(doc.AttributedTo) == 0 || names(doc.AttributedTo, activity.Actor.ID()) {
		doc.AttributedTo = ap.Refs{{ID: activity.Actor.ID()}}
	}
	if doc.Published == 0 {
		doc.Published = activity.Published
	}
}

// reach is what of a status decides whether it concerns anybody here.
type reach struct {
	to      []string
	replies string
	quotes  string
}

func audienceOf(a *ap.Object, n *ap.Note) (r reach) {
	to, cc := a.AudienceIDs()
	r.to = append(to, cc...)
	if n != nil {
		r.to = append(append(r.to, n.To...), n.Cc...)
		for _, m := range n.Mentions {
			r.to = append(r.to, m.Href)
		}
		r.replies, r.quotes = n.InReplyTo, n.Quote
	}
	return r
}

// concerns tells whether anybody here has to do with a status: it came to their inbox or is addressed to them, somebody
// here follows its author or whom it replies to, it replies to or quotes one of ours, or a relay brought it that we
// asked to (Mastodon: ActivityPub::Activity#related_to_local_activity?).
func (f *Federation) concerns(ctx context.Context, a *activity, r reach) (bool, error) {
	if a.Inbox != 0 {
		return true, nil
	}
	for _, uri := range r.to {
		if f.ours(uri) {
			return true, nil
		}
	}
	q := f.DB.Read(ctx)
	if yes, err := f.followed(q, a); yes || err != nil {
		return yes, err
	}
	for _, uri := range []string{r.replies, r.quotes} {
		if uri == "" {
			continue
		}
		st, err := q.StatusByURI(uri)
		switch {
		case model.IsNotFound(err):
		case err != nil:
			return false, err
		case st.Local:
			return true, nil
		case uri == r.replies:
			if yes, err := q.FollowedHere(st.AccountID); yes || err != nil {
				return yes, err
			}
		}
	}
	return false, nil
}

// followed tells whether somebody here follows the actor, or a relay that we asked brought the activity.
func (f *Federation) followed(q *store.Q, a *activity) (bool, error) {
	yes, err := q.FollowedHere(a.Actor.ID)
	if yes || err != nil || a.Via == nil {
		return yes, err
	}
	return q.RelayedBy(a.Via.URI, a.Via.InboxURL)
}

// orForget ends an activity that concerns nobody here: without an error it is forgotten.
func orForget(err error) error {
	if err != nil {
		return err
	}
	return model.NotFound("It concerns nobody here")
}

// vote takes a choice in a poll of ours. It is none when what it replies to is not such a poll.
func (f *Federation) vote(ctx context.Context, a *activity, n *ap.Note) (bool, error) {
	st, err := f.DB.Read(ctx).StatusByURI(n.InReplyTo)
	if model.IsNotFound(err) || err == nil && st.PollID == 0 {
		return false, nil
	}
	if err != nil || !st.Local {
		return true, err
	}
	return true, f.Social.VoteNamed(ctx, a.Actor, st.PollID, n.Vote)
}
