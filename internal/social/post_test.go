package social_test

import (
	"context"
	"testing"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

func TestAPostAppearsInItsAuthorsHomeAndInTheirFollowersAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		s := testkit.World(t, db)
		alice, bob := testkit.Person(t, db, "alice"), testkit.Person(t, db, "bob")
		ctx := context.Background()
		if err := db.Write(ctx, func(tx *store.Tx) error {
			return tx.AddFollow(&model.Follow{ID: tx.NewID(), AccountID: bob.ID, TargetID: alice.ID, ShowReblogs: true, CreatedAt: tx.Now()})
		}); err != nil {
			t.Fatal(err)
		}
		home := func(who *model.Account) []model.ID {
			list, err := s.Home(ctx, who, model.Page{Limit: 20})
			if err != nil {
				t.Fatal(err)
			}
			var ids []model.ID
			for _, st := range list {
				ids = append(ids, st.ID)
			}
			return ids
		}
		if got := home(bob); len(got) != 0 {
			t.Fatalf("a new home is not empty: %v", got)
		}
		made, err := s.Post(ctx, alice, social.Draft{Text: "hello @bob, #Proboscidea live"})
		if err != nil {
			t.Fatal(err)
		}
		for _, who := range []*model.Account{alice, bob} {
			if got := home(who); len(got) != 1 || got[0] != made.Status.ID {
				t.Errorf("home of %s is %v, want [%v]", who.Username, got, made.Status.ID)
			}
		}
		st := made.Status
		if len(st.Mentions) != 1 || st.Mentions[0].AccountID != bob.ID {
			t.Errorf("mentions: %+v", st.Mentions)
		}
		if len(st.Tags) != 1 || st.Tags[0].Shown() != "Proboscidea" {
			t.Errorf("tags: %+v", st.Tags)
		}
		if st.Account.StatusesCount != 1 {
			t.Errorf("statuses_count %d, want 1", st.Account.StatusesCount)
		}
	})
}

func TestARetriedRequestMakesOnePost(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		s := testkit.World(t, db)
		alice := testkit.Person(t, db, "alice")
		var first model.ID
		for range 3 {
			made, err := s.Post(context.Background(), alice, social.Draft{Text: "once", Idempotency: "k"})
			if err != nil {
				t.Fatal(err)
			}
			if first == 0 {
				first = made.Status.ID
			}
			if made.Status.ID != first {
				t.Errorf("retry made %v, want %v", made.Status.ID, first)
			}
		}
	})
}
