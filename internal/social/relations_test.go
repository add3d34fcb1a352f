package social_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// way is one person's direction towards another, by their place in a circle.
type way struct{ from, to int }

// circle is a handful of people and what should be so between them, kept in the plainest way there is.
type circle struct {
	s      *social.Social
	people []*model.Account // 0–2: ours; 3: ours and limited; 4: far away
	locked map[int]bool

	follows, requests, blocks, endorsed map[way]bool
	mutes                               map[way]bool // value: hides notifications
	notes                               map[way]string
	domains                             map[int]bool // who blocks the far server
}

const (
	limited  = 3
	far      = 4
	farNames = "far.example"
)

func (c *circle) local(i int) bool { return i != far }

func (c *circle) barred(w way) bool {
	return c.blocks[w] || c.blocks[way{w.to, w.from}] || c.domains[w.from] && w.to == far || c.domains[w.to] && w.from == far
}

func (c *circle) part(w way) {
	delete(c.follows, w)
	delete(c.requests, w)
	delete(c.endorsed, w)
}

// steps are what people do to each other: the verb, and what it should mean.
func (c *circle) steps() map[string]func(w way) (want model.Kind, err error) {
	ctx := context.Background()
	me := func(w way) *model.Account { return c.people[w.from] }
	other := func(w way) model.ID { return c.people[w.to].ID }
	const fine = model.Kind(-1)
	return map[string]func(way) (model.Kind, error){
		"follow": func(w way) (model.Kind, error) {
			_, err := c.s.Follow(ctx, me(w), other(w), social.FollowOptions{})
			switch {
			case w.from == far && w.to != far && c.barred(w):
				return fine, err // their server is told so
			case w.from == w.to || c.barred(w):
				return model.KindForbidden, err
			case c.follows[w] || c.requests[w]:
			case c.locked[w.to] || w.from == limited || w.to == far:
				c.requests[w] = true
			default:
				c.follows[w] = true
			}
			return fine, err
		},
		"unfollow": func(w way) (model.Kind, error) {
			_, err := c.s.Unfollow(ctx, me(w), other(w))
			c.part(w)
			return fine, err
		},
		"remove from followers": func(w way) (model.Kind, error) {
			_, err := c.s.RemoveFromFollowers(ctx, me(w), other(w))
			back := way{w.to, w.from}
			delete(c.follows, back)
			delete(c.endorsed, back)
			return fine, err
		},
		"authorize": func(w way) (model.Kind, error) {
			_, err := c.s.AuthorizeFollow(ctx, me(w), other(w))
			back := way{w.to, w.from}
			if w.from != w.to && !c.requests[back] {
				return model.KindNotFound, err
			}
			if c.requests[back] {
				delete(c.requests, back)
				c.follows[back] = true
			}
			return fine, err
		},
		"reject": func(w way) (model.Kind, error) {
			_, err := c.s.RejectFollow(ctx, me(w), other(w))
			back := way{w.to, w.from}
			if w.from != w.to && !c.requests[back] {
				return model.KindNotFound, err
			}
			delete(c.requests, back)
			return fine, err
		},
		"block": func(w way) (model.Kind, error) {
			_, err := c.s.Block(ctx, me(w), other(w))
			if w.from != w.to {
				c.part(w)
				c.part(way{w.to, w.from})
				c.blocks[w] = true
			}
			return fine, err
		},
		"unblock": func(w way) (model.Kind, error) {
			_, err := c.s.Unblock(ctx, me(w), other(w))
			delete(c.blocks, w)
			return fine, err
		},
		"mute": func(w way) (model.Kind, error) {
			hide := w.to%2 == 0
			_, err := c.s.Mute(ctx, me(w), other(w), hide, 0)
			if w.from != w.to {
				c.mutes[w] = hide
			}
			return fine, err
		},
		"unmute": func(w way) (model.Kind, error) {
			_, err := c.s.Unmute(ctx, me(w), other(w))
			delete(c.mutes, w)
			return fine, err
		},
		"endorse": func(w way) (model.Kind, error) {
			_, err := c.s.Endorse(ctx, me(w), other(w))
			if !c.follows[w] {
				return model.KindInvalid, err
			}
			c.endorsed[w] = true
			return fine, err
		},
		"note": func(w way) (model.Kind, error) {
			_, err := c.s.SetNote(ctx, me(w), other(w), "met in Pikermi")
			if w.from != w.to {
				c.notes[w] = "met in Pikermi"
			}
			return fine, err
		},
		"forget note": func(w way) (model.Kind, error) {
			_, err := c.s.SetNote(ctx, me(w), other(w), " ")
			delete(c.notes, w)
			return fine, err
		},
		"block domain": func(w way) (model.Kind, error) {
			if !c.local(w.from) {
				return fine, nil
			}
			err := c.s.BlockDomain(ctx, me(w), "FAR.example")
			c.domains[w.from] = true
			c.part(way{w.from, far})
			c.part(way{far, w.from})
			return fine, err
		},
		"unblock domain": func(w way) (model.Kind, error) {
			if !c.local(w.from) {
				return fine, nil
			}
			err := c.s.UnblockDomain(ctx, me(w), farNames)
			delete(c.domains, w.from)
			return fine, err
		},
		"lock": func(w way) (model.Kind, error) {
			if !c.local(w.from) {
				return fine, nil
			}
			yes := true
			_, err := c.s.EditProfile(ctx, me(w), social.ProfileChange{Locked: &yes})
			c.locked[w.from] = true
			return fine, err
		},
		"unlock": func(w way) (model.Kind, error) {
			if !c.local(w.from) {
				return fine, nil
			}
			no := false
			_, err := c.s.EditProfile(ctx, me(w), social.ProfileChange{Locked: &no})
			for asks := range c.requests {
				if c.locked[w.from] && asks.to == w.from && asks.from != limited {
					delete(c.requests, asks)
					c.follows[asks] = true
				}
			}
			delete(c.locked, w.from)
			return fine, err
		},
	}
}

// relationship is how one stands to another by the plain book-keeping.
func (c *circle) relationship(w way) model.Relationship {
	back := way{w.to, w.from}
	hides, mutes := c.mutes[w]
	return model.Relationship{
		ID: c.people[w.to].ID, Following: c.follows[w], ShowingReblogs: c.follows[w] || c.requests[w], FollowedBy: c.follows[back],
		Blocking: c.blocks[w], BlockedBy: c.blocks[back], Muting: mutes, MutingNotifications: hides,
		Requested: c.requests[w], RequestedBy: c.requests[back], DomainBlocking: c.domains[w.from] && w.to == far,
		Endorsed: c.endorsed[w], Note: c.notes[w],
	}
}

// verify compares what the server says with the plain book-keeping, through its caches and without them.
func (c *circle) verify(t *rapid.T, db *store.DB) {
	ctx := context.Background()
	var ids []model.ID
	for _, a := range c.people {
		ids = append(ids, a.ID)
	}
	for i, me := range c.people {
		got, err := c.s.Relationships(ctx, me, ids, false)
		if err != nil {
			t.Fatal(err)
		}
		var following, followers int64
		var want []model.Relationship
		for j := range c.people {
			want = append(want, c.relationship(way{i, j}))
			if c.follows[way{i, j}] {
				following++
			}
			if c.follows[way{j, i}] {
				followers++
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("how %s stands to others (-want +got):\n%s", me.Acct(), d)
		}
		a, err := db.Read(ctx).Account(me.ID)
		if err != nil {
			t.Fatal(err)
		}
		if a.FollowersCount != followers || a.FollowingCount != following {
			t.Fatalf("%s counts %d followers and %d followed, has %d and %d", me.Acct(), a.FollowersCount, a.FollowingCount, followers, following)
		}
		cached, err := db.Read(ctx).Relations(me.ID)
		if err != nil {
			t.Fatal(err)
		}
		var fresh *model.Relations
		var row *model.Account
		if err := db.Write(ctx, func(tx *store.Tx) (err error) {
			if row, err = tx.Account(me.ID); err != nil {
				return err
			}
			fresh, err = tx.Relations(me.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(fresh, cached); d != "" {
			t.Fatalf("the cached circle of %s is stale (-fresh +cached):\n%s", me.Acct(), d)
		}
		if row.FollowersCount != a.FollowersCount || row.FollowingCount != a.FollowingCount || row.Locked != a.Locked {
			t.Fatalf("the cached account of %s is stale", me.Acct())
		}
	}
}

func TestWhateverPeopleDoToEachOtherCountsCachesAndAnswersAgree(t *testing.T) {
	t.Parallel()
	var worlds atomic.Int64
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		s := testkit.World(t, db)
		rapid.Check(t, func(rt *rapid.T) {
			n := worlds.Add(1)
			c := &circle{
				s: s, locked: map[int]bool{}, follows: map[way]bool{}, requests: map[way]bool{}, blocks: map[way]bool{},
				endorsed: map[way]bool{}, mutes: map[way]bool{}, notes: map[way]string{}, domains: map[int]bool{},
			}
			for i := range far {
				c.people = append(c.people, testkit.Person(t, db, fmt.Sprintf("p%d_%d", n, i)))
			}
			c.people = append(c.people, testkit.Stranger(t, db, fmt.Sprintf("p%d", n), farNames))
			if err := s.Silence(context.Background(), c.people[limited].ID, true); err != nil {
				rt.Fatal(err)
			}
			steps := c.steps()
			names := make([]string, 0, len(steps)+4)
			for name := range steps {
				names = append(names, name)
			}
			names = append(names, "follow", "follow", "authorize", "endorse") // else little happens
			pick := rapid.SampledFrom(sorted(names))
			person := rapid.IntRange(0, far)
			for range rapid.IntRange(5, 25).Draw(rt, "steps") {
				name, w := pick.Draw(rt, "step"), way{person.Draw(rt, "who"), person.Draw(rt, "whom")}
				want, err := steps[name](w)
				if err == nil && want != -1 || err != nil && model.KindOf(err) != want {
					rt.Fatalf("%s %v: got %v, want kind %v", name, w, err, want)
				}
				c.verify(rt, db)
			}
		})
		sound(t, db)
	})
}

// sound insists that the server finds nothing wrong with its data.
func sound(t *testing.T, db *store.DB) {
	t.Helper()
	found, err := db.Check(context.Background(), func(int, int, string) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Errorf("not %s: %v", f.Says, f.Examples)
	}
}

func TestPeopleWhoFollowAndBlockEachOtherAtOnceEndInOrder(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		ctx, s := context.Background(), testkit.World(t, db)
		var people []*model.Account
		for i := range 2 {
			people = append(people, testkit.Person(t, db, fmt.Sprintf("p%d", i)))
		}
		var wg sync.WaitGroup
		for worker := range 8 {
			wg.Go(func() {
				me, other := people[worker%2], people[1-worker%2]
				for range 25 {
					var err error
					switch worker / 2 {
					case 0:
						_, err = s.Block(ctx, me, other.ID)
						sound(t, db)
					case 1:
						_, err = s.Unblock(ctx, me, other.ID)
					default:
						_, err = s.Follow(ctx, me, other.ID, social.FollowOptions{})
					}
					if err != nil && model.KindOf(err) != model.KindForbidden {
						t.Errorf("worker %d: %v", worker, err)
					}
				}
			})
		}
		wg.Wait()
		sound(t, db)
	})
}

// world opens a world with a clock that a test can set.
func world(t *testing.T, test func(t *testing.T, db *store.DB, s *social.Social, clock *atomic.Int64)) {
	t.Helper()
	clock := map[bool]*atomic.Int64{false: {}, true: {}} // each database its own
	start := time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC).UnixMilli()
	for _, c := range clock {
		c.Store(start)
	}
	for _, on := range []bool{false, true} {
		c := clock[on]
		testkit.EachAt(t, func() time.Time { return time.UnixMilli(c.Load()) }, func(t *testing.T, db *store.DB) {
			if db.Postgres() != on {
				t.SkipNow() // the other round has its clock
			}
			test(t, db, testkit.World(t, db), c)
		})
	}
}

func TestAMuteEndsAtItsHour(t *testing.T) {
	t.Parallel()
	world(t, func(t *testing.T, db *store.DB, s *social.Social, clock *atomic.Int64) {
		ctx := context.Background()
		alice, bob := testkit.Person(t, db, "alice"), testkit.Person(t, db, "bob")
		must(t)(s.Follow(ctx, alice, bob.ID, social.FollowOptions{}))
		must(t)(s.Post(ctx, bob, social.Draft{Text: "good morning"}))
		r := must(t)(s.Mute(ctx, alice, bob.ID, true, time.Hour))
		if r := r.(*model.Relationship); !r.Muting || !r.MutingNotifications || r.MutingExpiresAt == nil {
			t.Errorf("after muting for an hour: %+v", r)
		}
		if n := len(home(t, s, alice)); n != 0 {
			t.Errorf("home shows %d statuses of whom alice mutes", n)
		}
		clock.Add(time.Hour.Milliseconds())
		list := must(t)(s.Relationships(ctx, alice, []model.ID{bob.ID}, false)).([]model.Relationship)
		if list[0].Muting || list[0].MutingExpiresAt != nil {
			t.Errorf("after an hour still muting: %+v", list[0])
		}
		if rows := must(t)(db.Read(ctx).Mutes(alice.ID, model.Page{Limit: 10})).([]store.Muted); len(rows) != 0 {
			t.Errorf("after an hour the list of mutes has %d entries", len(rows))
		}
		if err := s.ForgetExpired(ctx); err != nil {
			t.Fatal(err)
		}
		if rel := must(t)(db.Read(ctx).Relations(alice.ID)).(*model.Relations); len(rel.Muting) != 0 {
			t.Errorf("the schedule left the mute: %v", rel.Muting)
		}
		if n := len(home(t, s, alice)); n != 1 {
			t.Errorf("home shows %d statuses after the mute, want 1", n)
		}
	})
}

func TestAFollowRequestIsToldAndBecomesAFollowThatIsTold(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		ctx, s := context.Background(), testkit.World(t, db)
		alice, bob := testkit.Person(t, db, "alice"), testkit.Person(t, db, "bob")
		yes := true
		must(t)(s.EditProfile(ctx, bob, social.ProfileChange{Locked: &yes}))
		langs := []string{"de", "en-GB"}
		r := must(t)(s.Follow(ctx, alice, bob.ID, social.FollowOptions{Notify: &yes, Languages: &langs})).(*model.Relationship)
		if !r.Requested || r.Following || !r.Notifying || !cmp.Equal(r.Languages, []string{"de", "en"}) {
			t.Errorf("after asking: %+v", r)
		}
		waiting := must(t)(db.Read(ctx).FollowRequests(bob.ID, model.Page{Limit: 10})).([]store.Entry)
		if len(waiting) != 1 || waiting[0].ID != alice.ID {
			t.Errorf("waiting: %+v", waiting)
		}
		if got := told(t, db, bob); !cmp.Equal(got, []string{"follow_request"}) {
			t.Errorf("bob was told %v", got)
		}
		must(t)(s.AuthorizeFollow(ctx, bob, alice.ID))
		if got := told(t, db, bob); !cmp.Equal(got, []string{"follow"}) {
			t.Errorf("after authorizing bob was told %v", got)
		}
		list := must(t)(s.Relationships(ctx, alice, []model.ID{bob.ID}, false)).([]model.Relationship)
		if r := list[0]; !r.Following || r.Requested || !r.Notifying || !cmp.Equal(r.Languages, []string{"de", "en"}) {
			t.Errorf("after being let in: %+v", r)
		}
		none := []string{}
		no := false
		r = must(t)(s.Follow(ctx, alice, bob.ID, social.FollowOptions{Reblogs: &no, Languages: &none})).(*model.Relationship)
		if !r.Following || r.ShowingReblogs || !r.Notifying || r.Languages != nil {
			t.Errorf("after changing options: %+v", r)
		}
		must(t)(s.Unfollow(ctx, alice, bob.ID))
		if got := told(t, db, bob); len(got) != 0 {
			t.Errorf("after unfollowing bob is still told %v", got)
		}
	})
}

func TestABlockTakesAwayWhatWasBetweenTwoButBookmarks(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		ctx, s := context.Background(), testkit.World(t, db)
		alice, bob := testkit.Person(t, db, "alice"), testkit.Person(t, db, "bob")
		must(t)(s.Follow(ctx, alice, bob.ID, social.FollowOptions{}))
		must(t)(s.Follow(ctx, bob, alice.ID, social.FollowOptions{}))
		must(t)(s.Endorse(ctx, alice, bob.ID))
		must(t)(s.Post(ctx, bob, social.Draft{Text: "psst @alice", Visibility: model.Direct}))
		if got := told(t, db, alice); len(got) != 2 {
			t.Fatalf("alice was told %v", got)
		}
		r := must(t)(s.Block(ctx, alice, bob.ID)).(*model.Relationship)
		if want := (model.Relationship{ID: bob.ID, Blocking: true}); !cmp.Equal(*r, want) {
			t.Errorf("after the block: %s", cmp.Diff(want, *r))
		}
		if got := told(t, db, alice); len(got) != 0 {
			t.Errorf("alice is still told %v", got)
		}
		if _, err := s.Follow(ctx, bob, alice.ID, social.FollowOptions{}); model.KindOf(err) != model.KindForbidden {
			t.Errorf("bob follows who blocks him: %v", err)
		}
		if list := must(t)(s.Followers(ctx, bob, alice.ID, model.Page{Limit: 10})).([]store.Entry); len(list) != 0 {
			t.Errorf("bob reads the followers of who blocks him: %v", list)
		}
	})
}

func TestListsOfFollowsKeepTheirOwnersWish(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		ctx, s := context.Background(), testkit.World(t, db)
		alice, bob, carol := testkit.Person(t, db, "alice"), testkit.Person(t, db, "bob"), testkit.Person(t, db, "carol")
		must(t)(s.Follow(ctx, bob, alice.ID, social.FollowOptions{}))
		must(t)(s.Follow(ctx, carol, alice.ID, social.FollowOptions{}))
		see := func(viewer *model.Account) (who []string) {
			for _, m := range must(t)(s.Followers(ctx, viewer, alice.ID, model.Page{Limit: 10})).([]store.Entry) {
				who = append(who, must(t)(s.Account(ctx, m.ID)).(*model.Account).Username)
			}
			return who
		}
		if got := see(nil); !cmp.Equal(got, []string{"carol", "bob"}) {
			t.Errorf("a visitor sees %v", got)
		}
		must(t)(s.Mute(ctx, carol, bob.ID, true, 0))
		if got := see(carol); !cmp.Equal(got, []string{"carol"}) {
			t.Errorf("carol, who mutes bob, sees %v", got)
		}
		if err := s.Suspend(ctx, bob.ID, true); err != nil {
			t.Fatal(err)
		}
		if got := see(alice); !cmp.Equal(got, []string{"carol"}) {
			t.Errorf("alice sees %v though bob is suspended", got)
		}
		yes := true
		must(t)(s.EditProfile(ctx, alice, social.ProfileChange{HideCollections: &yes}))
		if got := see(carol); got != nil {
			t.Errorf("carol sees %v though alice hides it", got)
		}
		if got := see(alice); !cmp.Equal(got, []string{"carol"}) {
			t.Errorf("alice sees of her own %v", got)
		}
	})
}

func TestFamiliarFollowersAreThoseIFollowWhoFollowThem(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		ctx, s := context.Background(), testkit.World(t, db)
		var p []*model.Account
		for _, name := range []string{"me", "friend", "shy", "star", "nobody"} {
			p = append(p, testkit.Person(t, db, name))
		}
		me, friend, shy, star, nobody := p[0], p[1], p[2], p[3], p[4]
		yes := true
		must(t)(s.EditProfile(ctx, shy, social.ProfileChange{HideCollections: &yes}))
		for _, w := range [][2]*model.Account{{me, friend}, {me, shy}, {friend, star}, {shy, star}, {nobody, star}} {
			must(t)(s.Follow(ctx, w[0], w[1].ID, social.FollowOptions{}))
		}
		got := must(t)(s.FamiliarFollowers(ctx, me, []model.ID{star.ID, nobody.ID})).([]social.FamiliarFollowers)
		if len(got) != 2 || got[0].ID != star.ID || len(got[0].Accounts) != 1 || got[0].Accounts[0].ID != friend.ID || len(got[1].Accounts) != 0 {
			t.Errorf("got %+v", got)
		}
	})
}

// must gives a verb's answer or ends the test.
func must(t *testing.T) func(v any, err error) any {
	return func(v any, err error) any {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func home(t *testing.T, s *social.Social, who *model.Account) []*model.Status {
	t.Helper()
	list, err := s.Home(context.Background(), who, model.Page{Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
