package federation

import (
	"context"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// onFollow lets somebody follow or ask to follow one of ours. Who may not is told at once.
func (f *Federation) onFollow(ctx context.Context, a *activity) error {
	uri := a.Object.Object.ID()
	if uri == "" {
		return model.Invalidf("a Follow of nobody")
	}
	target, err := f.ourAccount(ctx, uri)
	if err != nil {
		return err // Friendica follows statuses, to hear of a thread: nothing here answers to that
	}
	_, err = f.Social.Follow(ctx, a.Actor, target.ID, social.FollowOptions{URI: a.id()})
	return err
}

// ourAccount is the account of ours with an id; NotFound when there is none.
func (f *Federation) ourAccount(ctx context.Context, uri string) (*model.Account, error) {
	if !f.ours(uri) {
		return nil, model.NotFound("It concerns nobody here")
	}
	t, err := f.DB.Read(ctx).AccountByURI(bare(uri))
	if err == nil && !t.Local() {
		return nil, model.NotFound("It concerns nobody here")
	}
	return t, err
}

// onBlock ends what the blocked one of ours and the blocker have with each other.
func (f *Federation) onBlock(ctx context.Context, a *activity) error {
	target, err := f.ourAccount(ctx, a.Object.Object.ID())
	if err != nil {
		return err
	}
	_, err = f.Social.BlockNamed(ctx, a.Actor, target.ID, a.id())
	return err
}

// onAccept takes in the answer to a request of ours: to follow, or to quote. Software differs in whether it answers
// with the request or only with its id, so requests are also found by who asked whom.
func (f *Federation) onAccept(ctx context.Context, a *activity) error {
	return f.answered(ctx, a, true)
}

// onReject takes in a refusal. A follow that was accepted before ends.
func (f *Federation) onReject(ctx context.Context, a *activity) error {
	return f.answered(ctx, a, false)
}

func (f *Federation) answered(ctx context.Context, a *activity, yes bool) error {
	asked := first(a.Object.Object)
	doc := asked.Object
	if asked.ID == "" && doc == nil {
		return model.Invalidf("%s of nothing", a.Type)
	}
	if doc != nil && doc.Is("QuoteRequest") {
		return f.quoteAnswered(ctx, a, doc.ID, doc.Instrument.ID(), yes)
	}
	if doc == nil || doc.Is("Follow") {
		done, err := f.followAnswered(ctx, a, asked, yes)
		if done || err != nil {
			return err
		}
	}
	if doc == nil {
		return f.quoteAnswered(ctx, a, asked.ID, "", yes)
	}
	return nil // Join, LikeRequest and others that nobody here sends
}

// followAnswered finds the follow that is answered and tells it to the verb; done says that there was one.
func (f *Federation) followAnswered(ctx context.Context, a *activity, asked ap.Ref, yes bool) (done bool, err error) {
	relay, err := f.DB.Read(ctx).RelayByFollow(asked.ID)
	if err == nil && ap.SameHost(relay.InboxURL, a.Actor.URI) {
		return true, f.Social.RelayAnswered(ctx, asked.ID, yes)
	}
	if err != nil && !model.IsNotFound(err) {
		return false, err
	}
	follower, err := f.whoAsked(ctx, a, asked)
	if err != nil {
		return false, err
	}
	if follower == nil {
		if asked.Object != nil {
			return false, model.NotFound("It concerns nobody here")
		}
		return false, nil
	}
	if yes {
		return true, f.Social.FollowAccepted(ctx, follower, a.Actor, asked.ID)
	}
	return true, f.Social.FollowRejected(ctx, follower, a.Actor, asked.ID)
}

// whoAsked is whoever of ours made a Follow, nil when it cannot be told.
func (f *Federation) whoAsked(ctx context.Context, a *activity, asked ap.Ref) (*model.Account, error) {
	q := f.DB.Read(ctx)
	if asked.ID != "" {
		b, _, err := q.FollowByURI(asked.ID)
		if err == nil && b.TargetID == a.Actor.ID {
			return q.Account(b.AccountID)
		}
		if err != nil && !model.IsNotFound(err) {
			return nil, err
		}
	}
	if asked.Object == nil || asked.Object.Actor.ID() == "" {
		return nil, nil
	}
	if target := asked.Object.Object.ID(); target != "" && target != a.Actor.URI {
		return nil, model.Forbidden("an answer to what somebody else was asked")
	}
	follower, err := f.ourAccount(ctx, asked.Object.Actor.ID())
	if model.IsNotFound(err) {
		return nil, nil
	}
	return follower, err
}
