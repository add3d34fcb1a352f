package federation

import (
	"context"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// actor draws an account. A suspended one is shown, saying so.
func (a *asked) actor() (*answer, error) {
	self, err := a.f.self(a.r.Context(), a.q, a.account)
	if err != nil {
		return nil, err
	}
	return found(a.f.Draw.Actor(a.account, self), documentAge), nil
}

// self reads what an actor's document tells beyond its row.
func (f *Federation) self(ctx context.Context, q *store.Q, a *model.Account) (x ap.Self, err error) {
	if x.Keys, err = f.Social.KeysOf(ctx, a); err != nil {
		return x, err
	}
	tags, err := q.FeaturedTags(a.ID)
	for _, t := range tags {
		x.Tags = append(x.Tags, t.Name)
	}
	return x, err
}

// instanceActor draws the account that speaks for the server. It is open even where requests must be signed, as its
// key is needed to check ours.
func (a *asked) instanceActor() (*answer, error) {
	me, err := a.f.Social.InstanceActor(a.r.Context())
	if err != nil {
		return nil, err
	}
	keys, err := a.f.Social.KeysOf(a.r.Context(), me)
	if err != nil {
		return nil, err
	}
	return found(a.f.Draw.Actor(me, ap.Self{Keys: keys}), documentAge), nil
}

// instanceOutbox is empty: the server publishes nothing of its own.
func (a *asked) instanceOutbox() (*answer, error) {
	me, err := a.f.Social.InstanceActor(a.r.Context())
	if err != nil {
		return nil, err
	}
	doc := a.f.Draw.Collection(ap.Collected{ID: me.URI + "/outbox", Ordered: true, Items: []string{}})
	return found(doc, documentAge), nil
}

// emoji draws a custom emoji of ours.
func (a *asked) emoji() (*answer, error) {
	id, err := model.ParseID(a.r.PathValue("emoji"))
	if err != nil {
		return nil, err
	}
	e, err := a.q.OwnEmoji(id)
	if err != nil {
		return nil, err
	}
	return found(a.f.Draw.Emoji(*e), documentAge), nil
}
