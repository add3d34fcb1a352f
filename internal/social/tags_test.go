package social_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

func TestATagTellsItsWeekAndWhoFollowsIt(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 10, 12, 0, 0, 0, time.UTC)
	testkit.EachAt(t, func() time.Time { return now }, func(t *testing.T, db *store.DB) {
		v := newVillage(t, db)
		ctx := context.Background()
		ann, ben := v.person("ann"), v.person("ben")
		v.say(ann, "#Tusk")
		v.say(ann, "more #tusk")
		v.say(ben, "#TUSK")
		v.post(ben, social.Draft{Text: "#tusk quietly", Visibility: model.Unlisted})
		tag, err := v.s.Tag(ctx, ben, "tusk")
		if err != nil {
			t.Fatal(err)
		}
		if tag.Shown() != "Tusk" || len(tag.History) != 7 || tag.History[0].Uses != 3 || tag.History[0].Accounts != 2 || tag.History[1].Uses != 0 {
			t.Errorf("%+v", tag)
		}
		if tag, err = v.s.FollowTag(ctx, ben, "tusk", true); err != nil || !tag.Following {
			t.Errorf("followed: %+v, %v", tag, err)
		}
		home, err := v.s.Home(ctx, ben, model.Page{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		sameTexts(t, "home with a followed tag", texts(home), "#tusk quietly", "#TUSK", "more #tusk", "#Tusk")
		if _, err := v.s.FollowTag(ctx, ben, "ivory", true); err != nil {
			t.Fatal(err)
		}
		list, cursors, err := v.s.FollowedTags(ctx, ben, model.Page{Limit: 1})
		if err != nil || len(list) != 1 || list[0].Name != "ivory" {
			t.Fatalf("the newest: %+v, %v", list, err)
		}
		list, _, err = v.s.FollowedTags(ctx, ben, model.Page{Limit: 1, MaxID: cursors[0]})
		if err != nil || len(list) != 1 || list[0].Name != "tusk" || !list[0].Following {
			t.Fatalf("the next: %+v, %v", list, err)
		}
		if tag, err = v.s.FollowTag(ctx, ben, "Tusk", false); err != nil || tag.Following {
			t.Errorf("unfollowed: %+v, %v", tag, err)
		}
		if home, err = v.s.Home(ctx, ben, model.Page{Limit: 10}); err != nil {
			t.Fatal(err)
		}
		sameTexts(t, "home without it", texts(home), "#tusk quietly", "#TUSK")
		if tag, err = v.s.Tag(ctx, nil, "unheard"); err != nil || tag.ID != 0 || len(tag.History) != 7 {
			t.Errorf("a tag nobody used: %+v, %v", tag, err)
		}
		if _, err = v.s.Tag(ctx, nil, "not a tag"); !model.IsNotFound(err) {
			t.Errorf("no tag: %v", err)
		}
	})
}

func TestFeaturedTagsCountTheirOwnersPosts(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 10, 12, 0, 0, 0, time.UTC)
	testkit.EachAt(t, func() time.Time { return now }, func(t *testing.T, db *store.DB) {
		v := newVillage(t, db)
		ctx := context.Background()
		ann, ben := v.person("ann"), v.person("ben")
		old := v.say(ann, "#art one")
		v.say(ben, "#art of another")
		v.post(ann, social.Draft{Text: "#art for me", Visibility: model.Private})
		if _, err := v.s.AddFeaturedTag(ctx, ann, "#Art"); err != nil {
			t.Fatal(err)
		}
		expect := func(n int64, last model.Time) {
			t.Helper()
			_, list, err := v.s.FeaturedTags(ctx, ann.ID)
			if err != nil || len(list) != 1 || list[0].Name != "Art" || list[0].StatusesCount != n || list[0].LastStatusAt != last {
				t.Errorf("got %+v, %v; want %d until %v", list, err, n, last)
			}
		}
		expect(1, old.CreatedAt)
		now = now.Add(time.Hour)
		second := v.say(ann, "#art two")
		expect(2, second.CreatedAt)
		if _, err := v.s.RemoveStatus(ctx, ann, second.ID, true); err != nil {
			t.Fatal(err)
		}
		expect(1, old.CreatedAt)
		v.expect(ann, "two")
		if _, err := v.s.RemoveStatus(ctx, ann, old.ID, true); err != nil {
			t.Fatal(err)
		}
		expect(0, 0)
		if _, err := v.s.AddFeaturedTag(ctx, ann, "ART"); err == nil || err.Error() != "Validation failed: Tag has already been taken" {
			t.Errorf("featured twice: %v", err)
		}
		tag, err := v.s.FeatureTag(ctx, ann, "art", true)
		if err != nil || !tag.Featuring {
			t.Errorf("featured again by its tag: %+v, %v", tag, err)
		}
		if tag, err = v.s.FeatureTag(ctx, ann, "art", false); err != nil || tag.Featuring {
			t.Errorf("no longer featured: %+v, %v", tag, err)
		}
		for i := range 12 {
			v.say(ann, fmt.Sprintf("#many%d", i))
		}
		v.say(ann, "#many7")
		suggested, err := v.s.SuggestedTags(ctx, ann)
		if err != nil || len(suggested) != 10 || suggested[0].Name != "many7" {
			t.Errorf("suggested: %+v, %v", suggested, err)
		}
		for i := range 10 {
			if _, err := v.s.AddFeaturedTag(ctx, ann, fmt.Sprintf("many%d", i)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := v.s.AddFeaturedTag(ctx, ann, "many11"); err == nil || err.Error() != "Validation failed: You have already featured the maximum number of hashtags" {
			t.Errorf("the eleventh: %v", err)
		}
		if _, err := v.s.AddFeaturedTag(ctx, ann, "no tag"); err == nil {
			t.Error("a name that is none is featured")
		}
		if err := v.s.RemoveFeaturedTag(ctx, ben, 99); !model.IsNotFound(err) {
			t.Errorf("removing what is not there: %v", err)
		}
	})
}
