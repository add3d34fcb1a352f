package social_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// inbox lists somebody's conversations: with whom, the newest text, and whether it is unread.
func (c *scene) inbox(who *model.Account) []string {
	c.t.Helper()
	list, err := c.s.Conversations(context.Background(), who, model.Page{Limit: 20})
	if err != nil {
		c.t.Fatal(err)
	}
	var out []string
	for _, v := range list {
		s := ""
		for _, p := range v.Participants {
			s += p.Username + " "
		}
		s += v.LastStatus.Text
		if v.Unread {
			s += " (unread)"
		}
		out = append(out, s)
	}
	return out
}

func TestDirectStatusesAreConversationsOfTheirPeople(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scenes(t, func(c *scene) {
		c.follow(c.bob, c.alice)
		first := c.post(c.alice, social.Draft{Text: "@bob one", Visibility: model.Direct})
		c.same("alice's", c.inbox(c.alice), []string{"bob @bob one"})
		c.same("bob's", c.inbox(c.bob), []string{"alice @bob one (unread)"})
		c.post(c.bob, social.Draft{Text: "@alice two", Visibility: model.Direct, InReplyToID: first.ID})
		c.same("alice's after the answer", c.inbox(c.alice), []string{"bob @alice two (unread)"})
		c.same("bob's after the answer", c.inbox(c.bob), []string{"alice @alice two"})

		list, err := c.s.Conversations(ctx, c.alice, model.Page{Limit: 20})
		if err != nil {
			c.t.Fatal(err)
		}
		id := list[0].ID
		if _, err := c.s.MarkConversation(ctx, c.bob, id, false); !model.IsNotFound(err) {
			c.t.Errorf("bob marked alice's conversation: %v", err)
		}
		v, err := c.s.MarkConversation(ctx, c.alice, id, false)
		if err != nil || v.Unread || v.LastStatus == nil {
			c.t.Fatalf("read: %+v %v", v, err)
		}
		if v, err = c.s.MarkConversation(ctx, c.alice, id, true); err != nil || !v.Unread {
			c.t.Fatalf("unread: %+v %v", v, err)
		}
		if err := c.s.RemoveConversation(ctx, c.alice, id); err != nil {
			c.t.Fatal(err)
		}
		if err := c.s.RemoveConversation(ctx, c.alice, id); !model.IsNotFound(err) {
			c.t.Errorf("removed twice: %v", err)
		}
		c.same("alice's after removal", c.inbox(c.alice), []string(nil))
		c.same("bob's after alice's removal", len(c.inbox(c.bob)), 1)
	})
}

func TestADeletedDirectStatusUncoversTheOneBefore(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scenes(t, func(c *scene) {
		first := c.post(c.alice, social.Draft{Text: "@bob one", Visibility: model.Direct})
		second := c.post(c.alice, social.Draft{Text: "@bob two", Visibility: model.Direct, InReplyToID: first.ID})
		if _, err := c.s.RemoveStatus(ctx, c.alice, second.ID, false); err != nil {
			c.t.Fatal(err)
		}
		c.same("the first again", c.inbox(c.alice), []string{"bob @bob one"})
		if _, err := c.s.RemoveStatus(ctx, c.alice, first.ID, false); err != nil {
			c.t.Fatal(err)
		}
		c.same("none", c.inbox(c.alice), []string(nil))
	})
}

func TestMarkersRememberAndCountTheirVersions(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scenes(t, func(c *scene) {
		set := func(at map[string]model.ID) []model.Marker {
			list, err := c.s.SetMarkers(ctx, c.alice, at)
			if err != nil {
				c.t.Fatal(err)
			}
			return list
		}
		if got := set(map[string]model.ID{"home": 5, "kitchen": 7}); len(got) != 1 || got[0].LastReadID != 5 || got[0].Version != 1 {
			c.t.Errorf("first: %+v", got)
		}
		if got := set(map[string]model.ID{"home": 5}); got[0].Version != 1 {
			c.t.Errorf("the same place again is version %d, want 1", got[0].Version)
		}
		if got := set(map[string]model.ID{"home": 4, "notifications": 9}); len(got) != 2 || got[0].Version != 2 || got[0].LastReadID != 4 {
			c.t.Errorf("third: %+v", got)
		}
		list, err := c.db.Read(ctx).Markers(c.alice.ID, []string{"notifications"})
		if err != nil || len(list) != 1 || list[0].LastReadID != 9 {
			c.t.Errorf("read: %+v %v", list, err)
		}
		list, err = c.db.Read(ctx).Markers(c.bob.ID, []string{"home", "notifications"})
		c.same("bob's", []any{len(list), err}, []any{0, nil})
	})
}

func TestOfMarkersSetAtTheSameTimeEveryOneIsKeptOrToldOfTheConflict(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scenes(t, func(c *scene) {
		var wg sync.WaitGroup
		results := make([]error, 8)
		for i := range results {
			wg.Go(func() {
				_, results[i] = c.s.SetMarkers(ctx, c.alice, map[string]model.ID{"home": model.ID(i + 1)})
			})
		}
		wg.Wait()
		kept := int64(0)
		for _, err := range results {
			switch {
			case err == nil:
				kept++
			case model.KindOf(err) != model.KindConflict:
				c.t.Error(err)
			}
		}
		list, err := c.db.Read(ctx).Markers(c.alice.ID, []string{"home"})
		if err != nil || len(list) != 1 || list[0].Version != kept {
			c.t.Errorf("%d were kept, the marker is %+v %v", kept, list, err)
		}
	})
}

func TestAnnouncementsAreReadReactedToAndTakenBack(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	later := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	db := testkit.Open(t, store.Options{Dir: t.TempDir(), Clock: clock})
	c := &scene{t: t, db: db, s: testkit.World(t, db), alice: testkit.Person(t, db, "alice"), bob: testkit.Person(t, db, "bob")}
	list := func(who *model.Account) []*model.Announcement {
		t.Helper()
		l, err := db.Read(ctx).Announcements(who.ID)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	a, err := c.s.Announce(ctx, social.AnnouncementDraft{Text: "Cake at https://example.com"})
	if err != nil {
		t.Fatal(err)
	}
	soon, err := c.s.Announce(ctx, social.AnnouncementDraft{
		Text: "Tea", ScheduledAt: db.Now().Add(time.Hour), EndsAt: db.Now().Add(2 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	if l := list(c.alice); len(l) != 1 || l[0].ID != a.ID || l[0].Read {
		t.Fatalf("at first: %+v", l)
	}
	if err := c.s.DismissAnnouncement(ctx, c.alice, a.ID); err != nil {
		t.Fatal(err)
	}
	if !list(c.alice)[0].Read || list(c.bob)[0].Read {
		t.Error("it is read by alice alone")
	}
	if err := c.s.DismissAnnouncement(ctx, c.alice, soon.ID); !model.IsNotFound(err) {
		t.Errorf("a notice not out yet: %v", err)
	}
	for _, name := range []string{"🎂", "🎂", "👩‍🚀", "🇩🇪", "☕️"} {
		if err := c.s.React(ctx, c.alice, a.ID, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.s.React(ctx, c.bob, a.ID, "🎂"); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"cake", "1", "🎂🎂", "x🎂", ""} {
		if err := c.s.React(ctx, c.bob, a.ID, name); model.KindOf(err) != model.KindInvalid {
			t.Errorf("%q: %v", name, err)
		}
	}
	if r := list(c.bob)[0].Reactions; len(r) != 4 || r[0].Name != "🎂" || r[0].Count != 2 || !r[0].Me || r[1].Me {
		t.Errorf("reactions: %+v", r)
	}
	if err := c.s.Unreact(ctx, c.bob, a.ID, "🎂"); err != nil {
		t.Error(err)
	}
	if err := c.s.Unreact(ctx, c.bob, a.ID, "🎂"); !model.IsNotFound(err) {
		t.Errorf("taken back twice: %v", err)
	}
	later(time.Hour)
	if err := c.s.TendAnnouncements(ctx); err != nil || len(list(c.alice)) != 2 {
		t.Errorf("the second is out: %v", err)
	}
	later(time.Hour)
	if err := c.s.TendAnnouncements(ctx); err != nil || len(list(c.alice)) != 1 {
		t.Errorf("the second has ended: %v", err)
	}
	if err := c.s.RemoveAnnouncement(ctx, a.ID); err != nil || len(list(c.alice)) != 0 {
		t.Errorf("removed: %v", err)
	}
}

func TestActivityCountsEveryStatusOnceHoweverOftenItRuns(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	now := time.Date(2026, 5, 3, 23, 0, 0, 0, time.UTC) // a Sunday
	var mu sync.Mutex
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	later := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	db := testkit.Open(t, store.Options{Dir: t.TempDir(), Clock: clock})
	c := &scene{t: t, db: db, s: testkit.World(t, db), alice: testkit.Person(t, db, "alice")}
	var failed error
	count := func() { failed = errors.Join(failed, c.s.CountActivity(ctx)) }
	c.post(c.alice, social.Draft{Text: "one"})
	later(time.Minute)
	count()
	count()
	c.post(c.alice, social.Draft{Text: "two"})
	later(2 * time.Hour) // Monday
	c.post(c.alice, social.Draft{Text: "three"})
	later(time.Minute)
	count()
	count()
	weeks, err := c.s.Activity(ctx)
	if err = errors.Join(failed, err); err != nil {
		t.Fatal(err)
	}
	c.same("weeks", len(weeks), 12)
	c.same("posted", []int64{weeks[0].Statuses, weeks[1].Statuses, weeks[2].Statuses}, []int64{1, 2, 0})
	c.same("signed up", []int64{weeks[0].Registrations, weeks[1].Registrations}, []int64{0, 1})
	c.same("Monday", model.Time(weeks[0].Week*86_400_000).Date(), "2026-05-04")
}

func TestTheServersTextsAndRules(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scenes(t, func(c *scene) {
		p, err := c.s.Privacy(ctx)
		if err != nil || p.Content == "" {
			c.t.Fatalf("a policy nobody wrote: %+v %v", p, err)
		}
		if err := c.s.SetSiteText(ctx, social.TextPrivacy, "We keep <b>nothing</b>."); err != nil {
			c.t.Fatal(err)
		}
		if p, err = c.s.Privacy(ctx); err != nil || p.Content != "<p>We keep &lt;b&gt;nothing&lt;/b&gt;.</p>" {
			c.t.Errorf("written: %+v %v", p, err)
		}
		if err := c.s.SetSiteText(ctx, social.TextPrivacy, " "); err != nil {
			c.t.Fatal(err)
		}
		if _, found, err := c.s.SiteText(ctx, social.TextPrivacy); found || err != nil {
			c.t.Errorf("taken back: %v %v", found, err)
		}
		if err := c.s.SetSiteText(ctx, "countedTo", "x"); !model.IsNotFound(err) {
			c.t.Errorf("a text there is not: %v", err)
		}
		one, err := c.s.SetRule(ctx, model.Rule{Text: "Be kind"})
		if err != nil {
			c.t.Fatal(err)
		}
		if _, err := c.s.SetRule(ctx, model.Rule{Text: "No spam", Hint: "Really"}); err != nil {
			c.t.Fatal(err)
		}
		one.Priority = 9
		if _, err := c.s.SetRule(ctx, *one); err != nil {
			c.t.Fatal(err)
		}
		list, err := c.s.Rules(ctx)
		if err != nil || len(list) != 2 || list[0].Text != "No spam" || list[1].Text != "Be kind" {
			c.t.Errorf("rules: %+v %v", list, err)
		}
		if err := c.s.RemoveRule(ctx, one.ID); err != nil {
			c.t.Error(err)
		}
		if err := c.s.RemoveRule(ctx, one.ID); !model.IsNotFound(err) {
			c.t.Errorf("removed twice: %v", err)
		}
	})
}

func TestUsageCountsPeopleStatusesAndServers(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scenes(t, func(c *scene) {
		testkit.Stranger(c.t, c.db, "x", "one.example")
		testkit.Stranger(c.t, c.db, "y", "one.example")
		testkit.Stranger(c.t, c.db, "x", "two.example")
		c.post(c.alice, social.Draft{Text: "hello"})
		u, err := c.s.Usage(ctx)
		if err != nil {
			c.t.Fatal(err)
		}
		c.same("usage", []int64{u.Users, u.Statuses, u.Domains}, []int64{2, 1, 2})
		peers, err := c.db.Read(ctx).Peers(10)
		c.same("peers", []any{peers, err}, []any{[]string{"one.example", "two.example"}, nil})
	})
}
