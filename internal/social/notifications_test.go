package social_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// scene is two people who have been here for long.
type scene struct {
	t          *testing.T
	db         *store.DB
	s          *social.Social
	alice, bob *model.Account
}

func scenes(t *testing.T, play func(*scene)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		s := testkit.World(t, db)
		play(&scene{t: t, db: db, s: s, alice: testkit.Person(t, db, "alice"), bob: testkit.Person(t, db, "bob")})
	})
}

func (c *scene) write(do func(tx *store.Tx) error) {
	c.t.Helper()
	if err := c.db.Write(context.Background(), do); err != nil {
		c.t.Fatal(err)
	}
}

func (c *scene) post(who *model.Account, d social.Draft) *model.Status {
	c.t.Helper()
	made, err := c.s.Post(context.Background(), who, d)
	if err != nil {
		c.t.Fatal(err)
	}
	return made.Status
}

func (c *scene) favourite(who *model.Account, st *model.Status) {
	c.t.Helper()
	if _, err := c.s.Favourite(context.Background(), who, st.ID, true); err != nil {
		c.t.Fatal(err)
	}
}

func (c *scene) told(who *model.Account, q social.NotificationQuery) []string {
	c.t.Helper()
	list, err := c.s.Notifications(context.Background(), who, q, model.Page{Limit: 40})
	if err != nil {
		c.t.Fatal(err)
	}
	var out []string
	for _, n := range list {
		out = append(out, n.Type+" by "+n.From.Username)
	}
	return out
}

func (c *scene) policy(who *model.Account, p social.PolicyChange) {
	c.t.Helper()
	if _, err := c.s.SetPolicy(context.Background(), who, p); err != nil {
		c.t.Fatal(err)
	}
}

func (c *scene) same(what string, got, want any) {
	c.t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		c.t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestFavouritingTwiceTellsOnceAndTakingItBackUntells(t *testing.T) {
	t.Parallel()
	scenes(t, func(c *scene) {
		st := c.post(c.alice, social.Draft{Text: "hello"})
		c.favourite(c.bob, st)
		c.favourite(c.bob, st)
		c.favourite(c.alice, st)
		c.same("alice is told", c.told(c.alice, social.NotificationQuery{}), []string{"favourite by bob"})
		if _, err := c.s.Favourite(context.Background(), c.bob, st.ID, false); err != nil {
			c.t.Fatal(err)
		}
		c.same("after it was taken back", c.told(c.alice, social.NotificationQuery{}), []string(nil))
	})
}

func (c *scene) mention(from *model.Account, text string, v model.Visibility) *model.Status {
	c.t.Helper()
	return c.post(from, social.Draft{Text: text, Visibility: v})
}

func (c *scene) follow(who, whom *model.Account) {
	c.t.Helper()
	c.write(func(tx *store.Tx) error {
		return tx.AddFollow(&model.Follow{ID: tx.NewID(), AccountID: who.ID, TargetID: whom.ID, ShowReblogs: true, CreatedAt: tx.Now()})
	})
}

func TestPeopleAreNotToldOfWhomTheyDoNotWantToHear(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, avoid := range map[string]func(c *scene, first *model.Status) error{
		"blocked": func(c *scene, _ *model.Status) error { _, err := c.s.Block(ctx, c.alice, c.bob.ID); return err },
		"muted with notifications": func(c *scene, _ *model.Status) error {
			_, err := c.s.Mute(ctx, c.alice, c.bob.ID, true, 0)
			return err
		},
		"the conversation is muted": func(c *scene, first *model.Status) error {
			_, err := c.s.MuteConversation(ctx, c.alice, first.ID, true)
			return err
		},
		"suspended": func(c *scene, _ *model.Status) error { return c.s.Suspend(ctx, c.bob.ID, true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scenes(t, func(c *scene) {
				first := c.post(c.alice, social.Draft{Text: "hello"})
				if err := avoid(c, first); err != nil {
					c.t.Fatal(err)
				}
				bob, err := c.db.Read(ctx).Account(c.bob.ID)
				if err != nil {
					c.t.Fatal(err)
				}
				if _, err := c.s.Post(ctx, bob, social.Draft{Text: "@alice hi", InReplyToID: first.ID}); err != nil && !model.IsNotFound(err) {
					c.t.Fatal(err)
				}
				c.same("alice is told", c.told(c.alice, social.NotificationQuery{Filtered: true}), []string(nil))
			})
		})
	}
}

func TestAMuteThatKeepsNotificationsStillTells(t *testing.T) {
	t.Parallel()
	scenes(t, func(c *scene) {
		if _, err := c.s.Mute(context.Background(), c.alice, c.bob.ID, false, 0); err != nil {
			c.t.Fatal(err)
		}
		c.mention(c.bob, "@alice hi", model.Public)
		c.same("alice is told", c.told(c.alice, social.NotificationQuery{}), []string{"mention by bob"})
	})
}

func TestAMentionBesideSomebodyBlockedIsNotTold(t *testing.T) {
	t.Parallel()
	scenes(t, func(c *scene) {
		carol := testkit.Person(c.t, c.db, "carol")
		if _, err := c.s.Block(context.Background(), c.alice, carol.ID); err != nil {
			c.t.Fatal(err)
		}
		c.mention(c.bob, "@alice meet @carol", model.Public)
		c.same("alice is told", c.told(c.alice, social.NotificationQuery{Filtered: true}), []string(nil))
		c.same("carol is told", c.told(carol, social.NotificationQuery{}), []string{"mention by bob"})
	})
}

func TestAStrangersDirectMentionWaitsUntilItIsLetThrough(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scenes(t, func(c *scene) {
		st := c.mention(c.bob, "@alice psst", model.Direct)
		c.same("alice is told", c.told(c.alice, social.NotificationQuery{}), []string(nil))
		c.same("with held-back ones", c.told(c.alice, social.NotificationQuery{Filtered: true}), []string{"mention by bob"})
		inbox := func() int {
			list, err := c.s.Conversations(ctx, c.alice, model.Page{Limit: 20})
			if err != nil {
				c.t.Fatal(err)
			}
			return len(list)
		}
		c.same("conversations", inbox(), 0)
		requests, err := c.db.Read(ctx).NotificationRequests(c.alice.ID, model.Page{Limit: 40})
		if err != nil || len(requests) != 1 || requests[0].LastStatus.ID != st.ID || requests[0].NotificationsCount != 1 {
			c.t.Fatalf("requests: %+v %v", requests, err)
		}
		p, err := c.s.Policy(ctx, c.alice)
		if err != nil {
			c.t.Fatal(err)
		}
		c.same("pending", []int64{p.PendingRequests, p.PendingNotifications}, []int64{1, 1})
		if err := c.s.AcceptRequest(ctx, c.bob, requests[0].ID); !model.IsNotFound(err) {
			c.t.Errorf("bob could accept alice's request: %v", err)
		}
		if err := c.s.AcceptRequests(ctx, c.alice, []model.ID{requests[0].ID}); err != nil {
			c.t.Fatal(err)
		}
		c.same("alice is told now", c.told(c.alice, social.NotificationQuery{}), []string{"mention by bob"})
		c.same("conversations now", inbox(), 1)
		c.mention(c.bob, "@alice again", model.Direct)
		c.same("the next comes at once", c.told(c.alice, social.NotificationQuery{}), []string{"mention by bob", "mention by bob"})
	})
}

func TestAnAnswerToADirectStatusIsToldAtOnce(t *testing.T) {
	t.Parallel()
	scenes(t, func(c *scene) {
		first := c.mention(c.alice, "@bob a question", model.Direct)
		c.post(c.bob, social.Draft{Text: "@alice an answer", Visibility: model.Direct, InReplyToID: first.ID})
		c.same("alice is told", c.told(c.alice, social.NotificationQuery{}), []string{"mention by bob"})
	})
}

func TestDismissingARequestForgetsWhatWasHeldBack(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scenes(t, func(c *scene) {
		c.mention(c.bob, "@alice psst", model.Direct)
		requests, err := c.db.Read(ctx).NotificationRequests(c.alice.ID, model.Page{Limit: 40})
		if err != nil || len(requests) != 1 {
			c.t.Fatalf("requests: %+v %v", requests, err)
		}
		if err := c.s.DismissRequest(ctx, c.alice, requests[0].ID); err != nil {
			c.t.Fatal(err)
		}
		c.same("left", c.told(c.alice, social.NotificationQuery{Filtered: true}), []string(nil))
		if err := c.s.DismissRequest(ctx, c.alice, requests[0].ID); !model.IsNotFound(err) {
			c.t.Errorf("dismissed twice: %v", err)
		}
	})
}

func TestAPolicyHoldsBackOrDropsWhomItNames(t *testing.T) {
	t.Parallel()
	filter, drop := "filter", "drop"
	for name, test := range map[string]struct {
		policy       social.PolicyChange
		told, waits  bool
		aliceFollows bool
	}{
		"strangers wait":                    {policy: social.PolicyChange{ForNotFollowing: &filter}, waits: true},
		"strangers are dropped":             {policy: social.PolicyChange{ForNotFollowing: &drop}},
		"whom I follow is no stranger":      {policy: social.PolicyChange{ForNotFollowing: &drop}, aliceFollows: true, told: true},
		"who does not follow me is dropped": {policy: social.PolicyChange{ForNotFollowers: &drop}, aliceFollows: true},
		"new accounts wait":                 {policy: social.PolicyChange{ForNewAccounts: &filter}, waits: true},
		"drop is stronger than filter":      {policy: social.PolicyChange{ForNewAccounts: &filter, ForNotFollowers: &drop}},
		"no bot":                            {policy: social.PolicyChange{ForBots: &drop}, told: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scenes(t, func(c *scene) {
				if test.aliceFollows {
					c.follow(c.alice, c.bob)
				}
				c.policy(c.alice, test.policy)
				c.mention(c.bob, "@alice hi", model.Public)
				c.same("told", len(c.told(c.alice, social.NotificationQuery{})) == 1, test.told)
				c.same("told or waiting", len(c.told(c.alice, social.NotificationQuery{Filtered: true})) == 1, test.told || test.waits)
			})
		})
	}
}

func TestAPolicyOfUnknownWordsIsRefused(t *testing.T) {
	t.Parallel()
	scenes(t, func(c *scene) {
		perhaps := "perhaps"
		if _, err := c.s.SetPolicy(context.Background(), c.alice, social.PolicyChange{ForBots: &perhaps}); model.KindOf(err) != model.KindInvalid {
			c.t.Errorf("got %v", err)
		}
	})
}

func TestFavouritesOfOneStatusAreOneGroupForTwelveHours(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	now := time.Date(2026, 5, 1, 12, 10, 0, 0, time.UTC)
	clock := &now
	testkit.EachAt(t, func() time.Time { return *clock }, func(t *testing.T, db *store.DB) {
		c := &scene{t: t, db: db, s: testkit.World(t, db), alice: testkit.Person(t, db, "alice"), bob: testkit.Person(t, db, "bob")}
		st := c.post(c.alice, social.Draft{Text: "hello"})
		for _, name := range []string{"carol", "dave"} {
			c.favourite(testkit.Person(t, db, name), st)
		}
		c.mention(c.bob, "@alice hi", model.Public)
		c.favourite(c.bob, st)
		groups, cursors, err := c.s.GroupedNotifications(ctx, c.alice, social.NotificationQuery{}, model.Page{Limit: 40})
		if err != nil || len(groups) != 2 || len(cursors) != 2 {
			t.Fatalf("groups %+v %v", groups, err)
		}
		g := groups[0]
		bucket := now.Unix() / 3600
		c.same("key", g.Key, "favourite-"+st.ID.String()+"-"+itoa(bucket))
		c.same("count", g.Count, int64(3))
		var who []string
		for _, a := range g.Sample {
			who = append(who, a.Username)
		}
		c.same("newest first", who, []string{"bob", "dave", "carol"})
		if g.PageMax != g.MostRecent || g.PageMin >= g.PageMax || g.Status.ID != st.ID {
			t.Errorf("group %+v", g)
		}
		if alone := groups[1]; !strings.HasPrefix(alone.Key, "ungrouped-") || alone.Count != 1 || alone.Type != "mention" {
			t.Errorf("mention %+v", alone)
		}
		n, err := c.s.UnreadNotificationGroups(ctx, c.alice, social.NotificationQuery{}, 100)
		c.same("unread groups", []any{n, err}, []any{int64(2), nil})
		one, err := c.s.NotificationGroup(ctx, c.alice, g.Key)
		if err != nil || one.Count != 3 || one.PageMax != 0 {
			t.Errorf("one group: %+v %v", one, err)
		}
		accounts, _, err := c.s.NotificationGroupAccounts(ctx, c.alice, g.Key, model.Page{Limit: 2})
		if err != nil || len(accounts) != 2 || accounts[0].Username != "bob" {
			t.Errorf("accounts: %+v %v", accounts, err)
		}
		single, _, err := c.s.GroupedNotifications(ctx, c.alice, social.NotificationQuery{Grouped: []string{"follow"}}, model.Page{Limit: 40})
		if err != nil || len(single) != 4 {
			t.Errorf("without favourites gathering there are %d, want 4: %v", len(single), err)
		}
		if err := c.s.DismissNotificationGroup(ctx, c.alice, g.Key); err != nil {
			t.Fatal(err)
		}
		c.same("left", c.told(c.alice, social.NotificationQuery{}), []string{"mention by bob"})
		if _, err := c.s.NotificationGroup(ctx, c.alice, g.Key); !model.IsNotFound(err) {
			t.Errorf("a dismissed group: %v", err)
		}
	})
}

func itoa(n int64) string { return model.ID(n).String() }

func TestPagesOfNotificationsAndOfGroupsMeetInBothDirections(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scenes(t, func(c *scene) {
		var statuses []*model.Status
		for range 6 {
			statuses = append(statuses, c.post(c.alice, social.Draft{Text: "hello"}))
		}
		carol := testkit.Person(c.t, c.db, "carol")
		for _, st := range statuses {
			c.favourite(c.bob, st)
		}
		for _, st := range statuses {
			c.favourite(carol, st)
		}
		var down []model.ID
		for max := model.ID(0); ; {
			list, err := c.s.Notifications(ctx, c.alice, social.NotificationQuery{}, model.Page{Limit: 5, MaxID: max})
			if err != nil {
				c.t.Fatal(err)
			}
			if len(list) == 0 {
				break
			}
			for _, n := range list {
				down = append(down, n.ID)
			}
			max = down[len(down)-1]
		}
		var up []model.ID
		for min := model.ID(1); ; {
			list, err := c.s.Notifications(ctx, c.alice, social.NotificationQuery{}, model.Page{Limit: 5, MinID: min})
			if err != nil {
				c.t.Fatal(err)
			}
			if len(list) == 0 {
				break
			}
			for _, n := range slices.Backward(list) {
				up = append(up, n.ID)
			}
			min = up[len(up)-1]
		}
		slices.Reverse(up)
		c.same("twelve", len(down), 12)
		c.same("up and down", up, down)

		// Each group shows once a page although its newest and oldest members are far apart.
		first, cursors, err := c.s.GroupedNotifications(ctx, c.alice, social.NotificationQuery{}, model.Page{Limit: 4})
		if err != nil || len(first) != 4 {
			c.t.Fatalf("%d groups, %v", len(first), err)
		}
		rest, _, err := c.s.GroupedNotifications(ctx, c.alice, social.NotificationQuery{}, model.Page{Limit: 40, MaxID: cursors[3]})
		if err != nil {
			c.t.Fatal(err)
		}
		seen := map[string]int64{}
		for _, g := range append(first, rest...) {
			seen[g.Key] = max(seen[g.Key], g.Count)
		}
		c.same("groups in all", len(seen), 6)
		for key, n := range seen {
			c.same(key, n, int64(2))
		}
	})
}

func TestNotificationsOfDeletedStatusesAndSuspendedPeopleAreGone(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scenes(t, func(c *scene) {
		carol := testkit.Person(c.t, c.db, "carol")
		st := c.mention(c.bob, "@alice one", model.Public)
		c.mention(carol, "@alice two", model.Public)
		c.same("both", c.told(c.alice, social.NotificationQuery{}), []string{"mention by carol", "mention by bob"})
		if _, err := c.s.RemoveStatus(ctx, c.bob, st.ID, false); err != nil {
			c.t.Fatal(err)
		}
		if err := c.s.Suspend(ctx, carol.ID, true); err != nil {
			c.t.Fatal(err)
		}
		c.same("left", c.told(c.alice, social.NotificationQuery{}), []string(nil))
	})
}

func TestUnreadNotificationsCountFromTheMarker(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scenes(t, func(c *scene) {
		c.mention(c.bob, "@alice one", model.Public)
		list, err := c.s.Notifications(ctx, c.alice, social.NotificationQuery{}, model.Page{Limit: 1})
		if err != nil {
			c.t.Fatal(err)
		}
		c.mention(c.bob, "@alice two", model.Public)
		c.mention(c.bob, "@alice three", model.Public)
		unread := func(limit int) int64 {
			n, err := c.s.UnreadNotifications(ctx, c.alice, social.NotificationQuery{Types: []string{"mention"}}, limit)
			if err != nil {
				c.t.Fatal(err)
			}
			return n
		}
		c.same("before", unread(100), int64(3))
		if _, err := c.s.SetMarkers(ctx, c.alice, map[string]model.ID{"notifications": list[0].ID}); err != nil {
			c.t.Fatal(err)
		}
		c.same("since the marker", unread(100), int64(2))
		c.same("no more than asked", unread(1), int64(1))
		c.same("of other types", func() int64 {
			n, err := c.s.UnreadNotifications(ctx, c.alice, social.NotificationQuery{Exclude: []string{"mention"}}, 100)
			if err != nil {
				c.t.Fatal(err)
			}
			return n
		}(), int64(0))
	})
}
