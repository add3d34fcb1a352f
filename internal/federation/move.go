package federation

import (
	"context"
	"slices"

	"gomphothere/internal/model"
)

// onMove lets those of ours who follow an account follow the one it moved to. Only the account itself says that it
// moved, and only one that lists it as an alias takes its followers; both are asked anew (Mastodon:
// ActivityPub::Activity::Move). Mitra also says it from the new account, which then must be what the old one names.
func (f *Federation) onMove(ctx context.Context, a *activity) error {
	from, to := a.Object.Object.ID(), a.Target.ID()
	switch {
	case from == "" || to == "" || from == to:
		return model.Invalidf("a Move from nowhere or to nowhere")
	case a.Actor.URI == to:
		return f.pulled(ctx, a, from)
	case a.Actor.URI != from:
		return model.Forbidden("a Move of somebody else")
	}
	target, err := f.anew(ctx, to)
	if err != nil {
		return err
	}
	return f.moved(ctx, a.Actor, target)
}

// pulled is a Move that the new account tells of: the old one is asked whether it names it.
func (f *Federation) pulled(ctx context.Context, a *activity, from string) error {
	if _, err := f.DB.Read(ctx).AccountByURI(from); err != nil {
		return err // nobody here has to do with it
	}
	old, err := f.anew(ctx, from)
	if err != nil {
		return err
	}
	if old.MovedTo == nil || old.MovedTo.ID != a.Actor.ID {
		return model.Forbidden("the old account names no move there")
	}
	target, err := f.anew(ctx, a.Actor.URI)
	if err != nil {
		return err
	}
	return f.moved(ctx, old, target)
}

func (f *Federation) moved(ctx context.Context, from, to *model.Account) error {
	switch {
	case from.ID == to.ID || to.Suspended():
		return model.Forbidden("nobody can move there")
	case to.MovedToID != 0:
		return model.Forbidden("the new account has moved itself")
	case !slices.Contains(to.AlsoKnownAs, from.URI):
		return model.Forbidden("the new account does not name the old one")
	}
	return f.Social.MoveAccount(ctx, from, to)
}

// anew asks for an account whether it is known or not; ours need not be asked.
func (f *Federation) anew(ctx context.Context, uri string) (*model.Account, error) {
	if f.ours(uri) {
		return f.ourAccount(ctx, uri)
	}
	if err := f.mayAsk(ctx, uri); err != nil {
		return nil, err
	}
	return f.meet(ctx, uri)
}
