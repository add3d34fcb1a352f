package social_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

func sameTexts(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), append([]string{}, got...)); diff != "" {
		t.Errorf("%s:\n%s", what, diff)
	}
}

func (v village) tagged(me *model.Account, q social.TagQuery) []string {
	v.t.Helper()
	list, err := v.s.Tagged(context.Background(), me, q, model.Page{Limit: 20})
	if err != nil {
		v.t.Fatal(err)
	}
	return texts(list)
}

func TestAHashtagsTimelineHasWhatWasTagged(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		v := newVillage(t, db)
		ann, ben := v.person("ann"), v.person("ben")
		v.say(ann, "#Cats")
		v.say(ann, "#cats #dogs")
		reply := v.post(ben, social.Draft{Text: "#CATS reply", InReplyToID: v.say(ann, "nothing").ID})
		v.say(ben, "#birds #dogs #cats")
		v.say(ben, "#birds")
		v.reblog(ann, reply)
		v.post(ann, social.Draft{Text: "#cats quietly", Visibility: model.Unlisted})
		sameTexts(t, "#cats", v.tagged(nil, social.TagQuery{Name: "cats"}), "#birds #dogs #cats", "#CATS reply", "#cats #dogs", "#Cats")
		sameTexts(t, "#cats or birds", v.tagged(ann, social.TagQuery{Name: "cats", Any: []string{"BIRDS", "unheard"}}),
			"#birds", "#birds #dogs #cats", "#CATS reply", "#cats #dogs", "#Cats")
		sameTexts(t, "#cats and dogs", v.tagged(ann, social.TagQuery{Name: "cats", All: []string{"dogs"}}), "#birds #dogs #cats", "#cats #dogs")
		sameTexts(t, "#cats and unheard", v.tagged(ann, social.TagQuery{Name: "cats", All: []string{"dogs", "unheard"}}))
		sameTexts(t, "#cats, no birds", v.tagged(ann, social.TagQuery{Name: "cats", None: []string{"birds"}}), "#CATS reply", "#cats #dogs", "#Cats")
		sameTexts(t, "remote #cats", v.tagged(ann, social.TagQuery{Name: "cats", PublicFilter: store.PublicFilter{Remote: true}}))
		sameTexts(t, "#unheard", v.tagged(ann, social.TagQuery{Name: "unheard"}))
		var paged []string
		p := model.Page{Limit: 2}
		for {
			list, err := v.s.Tagged(context.Background(), ann, social.TagQuery{Name: "cats", Any: []string{"birds"}}, p)
			if err != nil {
				t.Fatal(err)
			}
			if len(list) == 0 {
				break
			}
			paged = append(paged, texts(list)...)
			p.MaxID = list[len(list)-1].ID
		}
		sameTexts(t, "page by page", paged, "#birds", "#birds #dogs #cats", "#CATS reply", "#cats #dogs", "#Cats")
	})
}

func TestAProfileShowsEachVisitorWhatTheyMaySee(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		v := newVillage(t, db)
		ann, fan, guest, foe := v.person("ann"), v.person("fan"), v.person("guest"), v.person("foe")
		v.follow(fan, ann)
		v.write(func(tx *store.Tx) error { return tx.AddBlock(ann.ID, foe.ID) })
		other := v.say(guest, "of the guest")
		first := v.say(ann, "open #one")
		v.post(ann, social.Draft{Text: "unlisted", Visibility: model.Unlisted})
		v.post(ann, social.Draft{Text: "private", Visibility: model.Private})
		v.post(ann, social.Draft{Text: "for @guest", Visibility: model.Direct})
		v.post(ann, social.Draft{Text: "to the guest", InReplyToID: other.ID})
		v.post(ann, social.Draft{Text: "to myself", InReplyToID: first.ID})
		v.reblog(ann, other)
		see := func(who *model.Account, f store.AccountFilter, tag string) []string {
			t.Helper()
			f.Account = ann.ID
			list, err := v.s.AccountStatuses(context.Background(), who, f, tag, model.Page{Limit: 20})
			if err != nil {
				t.Fatal(err)
			}
			return texts(list)
		}
		none := store.AccountFilter{}
		sameTexts(t, "ann herself", see(ann, none, ""), "of the guest", "to myself", "to the guest", "for @guest", "private", "unlisted", "open #one")
		sameTexts(t, "a follower", see(fan, none, ""), "of the guest", "to myself", "to the guest", "private", "unlisted", "open #one")
		sameTexts(t, "somebody addressed", see(guest, none, ""), "of the guest", "to myself", "to the guest", "for @guest", "unlisted", "open #one")
		sameTexts(t, "a visitor", see(nil, none, ""), "of the guest", "to myself", "to the guest", "unlisted", "open #one")
		sameTexts(t, "somebody blocked", see(foe, none, ""))
		sameTexts(t, "without replies", see(nil, store.AccountFilter{ExcludeReplies: true}, ""), "of the guest", "to myself", "unlisted", "open #one")
		sameTexts(t, "without reblogs", see(nil, store.AccountFilter{ExcludeReblogs: true}, ""), "to myself", "to the guest", "unlisted", "open #one")
		sameTexts(t, "without direct", see(guest, store.AccountFilter{ExcludeDirect: true, ExcludeReplies: true}, ""), "of the guest", "to myself", "unlisted", "open #one")
		sameTexts(t, "with media", see(ann, store.AccountFilter{OnlyMedia: true}, ""))
		sameTexts(t, "tagged", see(nil, none, "One"), "open #one")
		sameTexts(t, "tagged with nothing known", see(nil, none, "unheard"))
		sameTexts(t, "pinned", see(nil, store.AccountFilter{Pinned: true}, ""))
		v.write(func(tx *store.Tx) error { return tx.AddBlock(fan.ID, guest.ID) })
		sameTexts(t, "a follower who blocks the guest", see(fan, none, ""), "to myself", "to the guest", "private", "unlisted", "open #one")
		if _, err := v.s.AccountStatuses(context.Background(), nil, store.AccountFilter{Account: 12345}, "", model.Page{Limit: 1}); !model.IsNotFound(err) {
			t.Errorf("nobody's statuses: %v", err)
		}
	})
}

func TestAListShowsItsMembersAndKeepsToItsReplyPolicy(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		v := newVillage(t, db)
		ctx := context.Background()
		me, ann, ben, cat, dan := v.person("me"), v.person("ann"), v.person("ben"), v.person("cat"), v.person("dan")
		for _, a := range []*model.Account{ann, ben, cat} {
			v.follow(me, a)
		}
		title := "friends"
		l, err := v.s.AddList(ctx, me, social.ListChange{Title: &title})
		if err != nil {
			t.Fatal(err)
		}
		if err := v.s.AddToList(ctx, me, l.ID, []model.ID{ann.ID, ben.ID}); err != nil {
			t.Fatal(err)
		}
		mine, his := v.say(me, "mine"), v.say(ben, "of ben")
		hers, theirs := v.say(cat, "of cat"), v.say(dan, "of dan")
		v.post(ann, social.Draft{Text: "to me", InReplyToID: mine.ID})
		v.post(ann, social.Draft{Text: "to ben", InReplyToID: his.ID})
		v.post(ann, social.Draft{Text: "to cat", InReplyToID: hers.ID})
		v.post(ann, social.Draft{Text: "to dan", InReplyToID: theirs.ID})
		v.reblog(ben, theirs)
		see := func(p model.Page) []string {
			t.Helper()
			list, err := v.s.Listed(ctx, me, l.ID, p)
			if err != nil {
				t.Fatal(err)
			}
			return texts(list)
		}
		policy := func(word string) {
			t.Helper()
			if _, err := v.s.SetList(ctx, me, l.ID, social.ListChange{RepliesPolicy: &word}); err != nil {
				t.Fatal(err)
			}
		}
		sameTexts(t, "list", see(model.Page{Limit: 20}), "of dan", "to ben", "to me", "of ben")
		policy("followed")
		sameTexts(t, "followed", see(model.Page{Limit: 20}), "of dan", "to cat", "to ben", "to me", "of ben")
		policy("none")
		sameTexts(t, "none", see(model.Page{Limit: 20}), "of dan", "to me", "of ben")
		sameTexts(t, "above one, next to it", see(model.Page{Limit: 1, MinID: his.ID}), "to me")
		sameTexts(t, "below", see(model.Page{Limit: 20, MaxID: hers.ID}), "of ben")
		if _, err := v.s.Listed(ctx, ann, l.ID, model.Page{Limit: 1}); !model.IsNotFound(err) {
			t.Errorf("somebody else's list: %v", err)
		}
		for i := range 30 { // more than is read of a member at once
			v.say(ann, fmt.Sprint("ann ", i))
		}
		var down []model.ID
		for p := (model.Page{Limit: 4}); ; p.MaxID = down[len(down)-1] {
			list, err := v.s.Listed(ctx, me, l.ID, p)
			if err != nil {
				t.Fatal(err)
			}
			if len(list) == 0 {
				break
			}
			for _, st := range list {
				down = append(down, st.ID)
			}
		}
		var upwards []model.ID
		for p := (model.Page{Limit: 4, MinID: 1}); ; p.MinID = upwards[len(upwards)-1] {
			list, err := v.s.Listed(ctx, me, l.ID, p)
			if err != nil {
				t.Fatal(err)
			}
			if len(list) == 0 {
				break
			}
			for _, st := range slices.Backward(list) {
				upwards = append(upwards, st.ID)
			}
		}
		slices.Reverse(upwards)
		if diff := cmp.Diff(upwards, down); diff != "" || len(down) != 33 {
			t.Errorf("%d going down, %d going up:\n%s", len(down), len(upwards), diff)
		}
	})
}

func TestAnExclusiveListTakesItsMembersOutOfHomeAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		v := newVillage(t, db)
		ctx := context.Background()
		me, ann := v.person("me"), v.person("ann")
		v.follow(me, ann)
		v.say(ann, "hello")
		home := func() []string {
			t.Helper()
			list, err := v.s.Home(ctx, me, model.Page{Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			return texts(list)
		}
		sameTexts(t, "home", home(), "hello")
		title, yes, no := "x", true, false
		l, err := v.s.AddList(ctx, me, social.ListChange{Title: &title, Exclusive: &yes})
		if err != nil {
			t.Fatal(err)
		}
		if err := v.s.AddToList(ctx, me, l.ID, []model.ID{ann.ID}); err != nil {
			t.Fatal(err)
		}
		sameTexts(t, "home beside an exclusive list", home())
		if _, err := v.s.SetList(ctx, me, l.ID, social.ListChange{Exclusive: &no}); err != nil {
			t.Fatal(err)
		}
		sameTexts(t, "home beside a plain list", home(), "hello")
		if _, err := v.s.SetList(ctx, me, l.ID, social.ListChange{Exclusive: &yes}); err != nil {
			t.Fatal(err)
		}
		sameTexts(t, "home again", home())
		if err := v.s.RemoveFromList(ctx, me, l.ID, []model.ID{ann.ID}); err != nil {
			t.Fatal(err)
		}
		sameTexts(t, "home when ann is off the list", home(), "hello")
	})
}

func TestListsRefuseWhatMastodonRefuses(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		v := newVillage(t, db)
		ctx := context.Background()
		me, ann, stranger := v.person("me"), v.person("ann"), v.person("stranger")
		v.follow(me, ann)
		title, blank, odd := "a", " ", "odd"
		l, err := v.s.AddList(ctx, me, social.ListChange{Title: &title})
		if err != nil {
			t.Fatal(err)
		}
		refuse := func(err error, want string) {
			t.Helper()
			if err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
		_, err = v.s.AddList(ctx, me, social.ListChange{Title: &blank})
		refuse(err, "Validation failed: Title can't be blank")
		_, err = v.s.AddList(ctx, me, social.ListChange{Title: &title, RepliesPolicy: &odd})
		refuse(err, "'odd' is not a valid replies_policy")
		refuse(v.s.AddToList(ctx, me, l.ID, []model.ID{ann.ID, stranger.ID}), "Validation failed: Account follow relationship missing")
		refuse(v.s.AddToList(ctx, me, l.ID, []model.ID{0}), "Record not found")
		refuse(v.s.AddToList(ctx, ann, l.ID, nil), "Record not found")
		if members, err := db.Read(ctx).ListMembers(l.ID, model.Page{Limit: 10}); err != nil || len(members) != 0 {
			t.Errorf("a refused addition left %v, %v", members, err)
		}
		if err := v.s.AddToList(ctx, me, l.ID, []model.ID{ann.ID, me.ID}); err != nil {
			t.Fatal(err)
		}
		refuse(v.s.AddToList(ctx, me, l.ID, []model.ID{ann.ID}), "Validation failed: Account has already been taken")
		for range 49 {
			if _, err := v.s.AddList(ctx, me, social.ListChange{Title: &title}); err != nil {
				t.Fatal(err)
			}
		}
		_, err = v.s.AddList(ctx, me, social.ListChange{Title: &title})
		refuse(err, "Validation failed: You have reached the maximum number of lists")
	})
}
