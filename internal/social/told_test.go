package social_test

import (
	"context"
	"slices"
	"testing"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

func TestEverybodyWhoLosesFollowsToABlockOfTheServersIsTold(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		s := testkit.World(t, db)
		ctx := context.Background()
		alice, bob, carol := testkit.Person(t, db, "alice"), testkit.Person(t, db, "bob"), testkit.Person(t, db, "carol")
		far := testkit.Stranger(t, db, "far", "far.example")
		if err := db.Write(ctx, func(tx *store.Tx) error {
			for _, f := range [][2]model.ID{{alice.ID, far.ID}, {far.ID, bob.ID}, {carol.ID, bob.ID}} {
				if err := tx.AddFollow(&model.Follow{ID: tx.NewID(), AccountID: f[0], TargetID: f[1], ShowReblogs: true, CreatedAt: tx.Now()}); err != nil {
					return err
				}
			}
			return s.SeveredFromDomain(tx, model.SeveredByServer, "far.example")
		}); err != nil {
			t.Fatal(err)
		}
		if err := db.Write(ctx, func(tx *store.Tx) error { return s.SeveredFromAccount(tx, far) }); err != nil {
			t.Fatal(err)
		}
		told := func(who *model.Account) (out []string) {
			list, err := s.Notifications(ctx, who, social.NotificationQuery{}, model.Page{Limit: 40})
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range list {
				out = append(out, n.Type+" "+n.Severance.Type+" "+n.Severance.TargetName)
			}
			return out
		}
		want := []string{"severed_relationships account_suspension far@far.example", "severed_relationships domain_block far.example"}
		for _, who := range []*model.Account{alice, bob} {
			if got := told(who); !slices.Equal(got, want) {
				t.Errorf("%s was told %q, want %q", who.Username, got, want)
			}
		}
		if got := told(carol); got != nil {
			t.Errorf("carol lost nobody and was told %q", got)
		}
	})
}
