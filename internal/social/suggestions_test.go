package social_test

import (
	"context"
	"testing"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

func TestSuggestionsAreFriendsOfFriendsAndTheMostFollowed(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		v := newVillage(t, db)
		ctx := context.Background()
		me, friend, theirs := v.person("me"), v.person("friend"), v.person("theirs")
		star, blocked, muted, dismissed := v.person("star"), v.person("blocked"), v.person("muted"), v.person("dismissed")
		v.follow(me, friend)
		for _, a := range []*model.Account{theirs, blocked, muted, dismissed, me} {
			v.follow(friend, a)
		}
		for _, a := range []*model.Account{theirs, blocked, muted} {
			v.follow(a, star)
		}
		if _, err := v.s.Block(ctx, me, blocked.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := v.s.Mute(ctx, me, muted.ID, true, 0); err != nil {
			t.Fatal(err)
		}
		if err := v.s.DismissSuggestion(ctx, me, dismissed.ID); err != nil {
			t.Fatal(err)
		}
		if err := v.s.DismissSuggestion(ctx, me, 12345); err != nil {
			t.Errorf("dismissing nobody: %v", err)
		}
		list, err := v.s.Suggestions(ctx, me, model.Page{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range list {
			for _, why := range s.Sources {
				got = append(got, s.Account.Username+" "+why)
			}
		}
		sameTexts(t, "suggestions", got, "theirs friends_of_friends", "theirs most_followed", "star most_followed")
		list, err = v.s.Suggestions(ctx, me, model.Page{Limit: 1, Offset: 1})
		if err != nil || len(list) != 1 || list[0].Account.ID != star.ID {
			t.Errorf("the second: %+v, %v", list, err)
		}
	})
}

func TestTheDirectoryListsWhoWantsToBeFound(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		v := newVillage(t, db)
		ctx := context.Background()
		ann, ben, shy := v.person("ann"), v.person("ben"), v.person("shy")
		far := testkit.Stranger(t, db, "far", "far.example")
		v.write(func(tx *store.Tx) error {
			a, b := *shy, *far
			a.Discoverable, b.Discoverable = false, true
			if err := tx.SetProfile(&a); err != nil {
				return err
			}
			return tx.SetProfile(&b)
		})
		v.say(shy, "not me")
		v.say(ann, "me")
		see := func(who *model.Account, newest, local bool, p model.Page) (out []string) {
			t.Helper()
			list, err := v.s.Directory(ctx, who, newest, local, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range list {
				out = append(out, a.Username)
			}
			return out
		}
		sameTexts(t, "active", see(nil, false, false, model.Page{Limit: 10}), "ann", "far", "ben")
		sameTexts(t, "new", see(nil, true, false, model.Page{Limit: 10}), "far", "ben", "ann")
		sameTexts(t, "new here", see(nil, true, true, model.Page{Limit: 10}), "ben", "ann")
		sameTexts(t, "the second active here", see(nil, false, true, model.Page{Limit: 1, Offset: 1}), "ben")
		if _, err := v.s.Block(ctx, ann, ben.ID); err != nil {
			t.Fatal(err)
		}
		sameTexts(t, "without whom one blocks", see(ann, false, true, model.Page{Limit: 10}), "ann")
	})
}
