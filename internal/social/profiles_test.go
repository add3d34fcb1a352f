package social_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

func sorted(s []string) []string { slices.Sort(s); return s }

// told is what an account's notifications are, newest first.
func told(t *testing.T, db *store.DB, who *model.Account) (types []string) {
	t.Helper()
	list, err := db.Read(context.Background()).Notifications(who.ID, store.NotificationFilter{Filtered: true}, nil, model.Page{Limit: 40})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range list {
		types = append(types, n.Type)
	}
	return types
}

func TestAProfileIsDrawnAndKeptAsTyped(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		ctx, s := context.Background(), testkit.World(t, db)
		alice := testkit.Person(t, db, "alice")
		testkit.Person(t, db, "bob")
		name, note, bot := " Alice ", "friend of @bob, fond of #mastodons", true
		domains := []string{"https://Blog.Example", "blog.example", ""}
		privacy, language := model.Unlisted, "de-AT"
		a := must(t)(s.EditProfile(ctx, alice, social.ProfileChange{
			DisplayName: &name, Note: &note, Bot: &bot, AttributionDomains: &domains, Privacy: &privacy, Language: &language,
			Fields: &[]social.FieldDraft{{"Site", "https://alice.example.com"}, {"", ""}, {"Cat", strings.Repeat("x", 300)}},
		})).(*model.Account)
		if a.DisplayName != "Alice" || a.NoteText != note || !a.Bot() || !cmp.Equal(a.AttributionDomains, []string{"blog.example"}) {
			t.Errorf("got %+v", a)
		}
		if !strings.Contains(a.Note, `<a href="https://example.org/@bob"`) || !strings.Contains(a.Note, "/tags/mastodons") {
			t.Errorf("note drawn as %s", a.Note)
		}
		if len(a.Fields) != 2 || !strings.Contains(a.Fields[0].Value, `rel="nofollow noopener me"`) || len(a.Fields[1].Text) != 255 {
			t.Errorf("fields are %+v", a.Fields)
		}
		u := must(t)(db.Read(ctx).UserOf(alice.ID)).(*model.User)
		if u.Settings.DefaultPrivacy != model.Unlisted || u.Settings.DefaultLanguage != "de" {
			t.Errorf("settings are %+v", u.Settings)
		}
		if st := must(t)(s.Post(ctx, alice, social.Draft{Text: "quiet"})).(*social.Posted).Status; st.Visibility != model.Unlisted || st.Language != "de" {
			t.Errorf("the next post is %s in %s", st.Visibility, st.Language)
		}
	})
}

func TestAProfileThatIsRefusedChangesNothing(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		ctx, s := context.Background(), testkit.World(t, db)
		alice := testkit.Person(t, db, "alice")
		long, longNote, privacy := strings.Repeat("é", 31), strings.Repeat("n", 501), model.Visibility("everyone")
		five := make([]social.FieldDraft, 5)
		for i := range five {
			five[i] = social.FieldDraft{Name: "n", Value: "v"}
		}
		fine := "fine"
		for _, c := range []struct {
			change social.ProfileChange
			text   string
			field  string
		}{
			{social.ProfileChange{DisplayName: &long}, "Validation failed: Display name is too long (maximum is 30 characters)", "display_name"},
			{social.ProfileChange{DisplayName: &fine, Note: &longNote}, "Validation failed: Note character limit of 500 exceeded", "note"},
			{social.ProfileChange{Fields: &five}, "Validation failed: Fields is too long (maximum is 4 characters)", "fields"},
			{social.ProfileChange{Fields: &[]social.FieldDraft{{"", "v"}}}, "Validation failed: Fields contains values with missing labels", "fields"},
			{social.ProfileChange{AttributionDomains: &[]string{"a b"}}, "Validation failed: Attribution domains a b is not a valid domain name", "attribution_domains"},
			{social.ProfileChange{DisplayName: &fine, Privacy: &privacy}, "Validation failed: Default privacy is not included in the list", "default_privacy"},
		} {
			_, err := s.EditProfile(ctx, alice, c.change)
			e, ok := err.(*model.Error)
			if !ok || e.Kind != model.KindInvalid || e.Text != c.text || len(e.Fields[c.field]) != 1 {
				t.Errorf("got %+v, want %q", err, c.text)
			}
		}
		if a := must(t)(s.Account(ctx, alice.ID)).(*model.Account); a.DisplayName != "alice" || a.Note != "" {
			t.Errorf("the profile changed: %+v", a)
		}
	})
}

func TestWhoIsSuspendedIsGoneAtOnceAndBackAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		ctx, s := context.Background(), testkit.World(t, db)
		alice, bob := testkit.Person(t, db, "alice"), testkit.Person(t, db, "bob")
		must(t)(s.Follow(ctx, alice, bob.ID, social.FollowOptions{}))
		st := must(t)(s.Post(ctx, bob, social.Draft{Text: "hello"})).(*social.Posted).Status
		sees := func() bool {
			_, err := s.StatusFor(ctx, alice, st.ID)
			if err != nil && !model.IsNotFound(err) {
				t.Fatal(err)
			}
			if (err == nil) != (len(home(t, s, alice)) == 1) {
				t.Error("home and the status's own page disagree")
			}
			return err == nil
		}
		if !sees() {
			t.Error("alice does not see bob's post")
		}
		for _, on := range []bool{true, false} {
			if err := s.Suspend(ctx, bob.ID, on); err != nil {
				t.Fatal(err)
			}
			if sees() == on {
				t.Errorf("suspended %t, and alice sees bob's post %t", on, !on)
			}
		}
	})
}

func TestADeletedAccountLeavesItsNameAndNothingElse(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		ctx, s := context.Background(), testkit.World(t, db)
		alice, bob := testkit.Person(t, db, "alice"), testkit.Person(t, db, "bob")
		must(t)(s.Follow(ctx, alice, bob.ID, social.FollowOptions{}))
		must(t)(s.Follow(ctx, bob, alice.ID, social.FollowOptions{}))
		st := must(t)(s.Post(ctx, bob, social.Draft{Text: "hello"})).(*social.Posted).Status
		must(t)(s.Favourite(ctx, alice, st.ID, true))
		reply := must(t)(s.Post(ctx, alice, social.Draft{Text: "@bob hi", InReplyToID: st.ID})).(*social.Posted).Status
		answer := must(t)(s.Post(ctx, bob, social.Draft{Text: "@alice hi hi", InReplyToID: reply.ID})).(*social.Posted).Status
		must(t)(s.Block(ctx, alice, testkit.Person(t, db, "carol").ID))
		if got := must(t)(s.StatusFor(ctx, bob, st.ID)).(*model.Status); got.FavouritesCount != 1 || got.RepliesCount != 1 {
			t.Fatalf("before: %d favourites, %d replies", got.FavouritesCount, got.RepliesCount)
		}
		if err := s.DeleteAccount(ctx, alice.ID); err != nil {
			t.Fatal(err)
		}
		for range 2 { // a job may run twice
			if err := s.FinishDelete(ctx, model.DeleteAccount{Account: alice.ID}); err != nil {
				t.Fatal(err)
			}
		}
		if got := must(t)(s.StatusFor(ctx, bob, st.ID)).(*model.Status); got.FavouritesCount != 0 || got.RepliesCount != 0 {
			t.Errorf("bob's post counts %d favourites, %d replies", got.FavouritesCount, got.RepliesCount)
		}
		if got := must(t)(s.StatusFor(ctx, bob, answer.ID)).(*model.Status); got.InReplyToID != 0 || !got.IsReply {
			t.Errorf("bob's answer answers %v", got.InReplyToID)
		}
		if _, err := db.Read(ctx).StatusByID(reply.ID); !model.IsNotFound(err) {
			t.Errorf("alice's reply is there: %v", err)
		}
		a := must(t)(s.Lookup(ctx, "alice")).(*model.Account)
		if !a.Suspended() || a.DisplayName != "" || a.FollowersCount != 0 || a.FollowingCount != 0 || a.StatusesCount != 0 {
			t.Errorf("alice's row: %+v", a)
		}
		if b := must(t)(s.Account(ctx, bob.ID)).(*model.Account); b.FollowersCount != 0 || b.FollowingCount != 0 {
			t.Errorf("bob counts %d followers, %d followed", b.FollowersCount, b.FollowingCount)
		}
		if got := told(t, db, bob); len(got) != 0 {
			t.Errorf("bob is still told %v", got)
		}
		if _, err := db.Read(ctx).UserOf(alice.ID); !model.IsNotFound(err) {
			t.Errorf("alice can still sign in: %v", err)
		}
		sound(t, db)
		if err := s.Suspend(ctx, alice.ID, false); model.KindOf(err) != model.KindInvalid {
			t.Errorf("a deleted account came back: %v", err)
		}
	})
}
