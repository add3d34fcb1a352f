package social_test

import (
	"context"
	"testing"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

func TestABlockedDomainsPeopleNoLongerEndorseWhomTheyCannotFollow(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		ctx, s := context.Background(), testkit.World(t, db)
		ann, far := testkit.Person(t, db, "ann"), testkit.Stranger(t, db, "far", "far.example")
		if _, err := s.Follow(ctx, far, ann.ID, social.FollowOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Endorse(ctx, far, ann.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.BlockDomain(ctx, ann, "far.example"); err != nil {
			t.Fatal(err)
		}
		r, err := db.Read(ctx).Relationships(far.ID, []*model.Account{ann})
		if err != nil {
			t.Fatal(err)
		}
		if r[0].Endorsed || r[0].Following {
			t.Errorf("after the block they stand so: %+v", r[0])
		}
	})
}
