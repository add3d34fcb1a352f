package social_test

import (
	"context"
	"fmt"
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

// place is a little world with two people, bob following alice.
type place struct {
	*social.Social
	t          testing.TB
	alice, bob *model.Account
	ctx        context.Context
}

func newPlace(t testing.TB, db *store.DB) *place {
	t.Helper()
	p := &place{testkit.World(t, db), t, testkit.Person(t, db, "alice"), testkit.Person(t, db, "bob"), context.Background()}
	p.follow(p.bob, p.alice)
	return p
}

func (p *place) follow(a, b *model.Account) {
	p.t.Helper()
	p.write(func(tx *store.Tx) error {
		return tx.AddFollow(&model.Follow{ID: tx.NewID(), AccountID: a.ID, TargetID: b.ID, ShowReblogs: true, CreatedAt: tx.Now()})
	})
}

func (p *place) write(f func(*store.Tx) error) {
	p.t.Helper()
	if err := p.DB.Write(p.ctx, f); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) post(who *model.Account, d social.Draft) *model.Status {
	p.t.Helper()
	made, err := p.Post(p.ctx, who, d)
	if err != nil {
		p.t.Fatal(err)
	}
	return made.Status
}

func (p *place) status(st *model.Status, err error) *model.Status {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	return st
}

// read is a status as a second reader sees it, from the cache.
func (p *place) read(id model.ID) *model.Status {
	p.t.Helper()
	return p.status(p.DB.Read(p.ctx).StatusByID(id))
}

func (p *place) home(who *model.Account) []model.ID {
	p.t.Helper()
	list, err := p.Home(p.ctx, who, model.Page{Limit: 40})
	if err != nil {
		p.t.Fatal(err)
	}
	return idsOf(list)
}

func idsOf(list []*model.Status) []model.ID {
	out := []model.ID{}
	for _, st := range list {
		out = append(out, st.ID)
	}
	return out
}

// told is what somebody was told of, as "type status", newest first.
func (p *place) told(who *model.Account) []string {
	p.t.Helper()
	list, err := p.DB.Read(p.ctx).Notifications(who.ID, store.NotificationFilter{}, nil, model.Page{Limit: 100})
	if err != nil {
		p.t.Fatal(err)
	}
	out := []string{}
	for _, n := range list {
		out = append(out, fmt.Sprint(n.Type, " ", n.StatusID))
	}
	return out
}

func equal[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func refused(t testing.TB, err error, kind model.Kind, text string) {
	t.Helper()
	if err == nil || model.KindOf(err) != kind || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want kind %d with %q", err, kind, text)
	}
}

func TestADeletedPostIsGoneWithItsReblogsAndEverythingAboutIt(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newPlace(t, db)
		parent := p.post(p.bob, social.Draft{Text: "what do you think?"})
		st := p.post(p.alice, social.Draft{Text: "this, @bob #opinion", InReplyToID: parent.ID})
		reply := p.post(p.bob, social.Draft{Text: "no", InReplyToID: st.ID})
		reblog := p.status(p.Reblog(p.ctx, p.bob, st.ID, social.ReblogOptions{}))
		p.status(p.Favourite(p.ctx, p.bob, st.ID, true))
		if got := p.read(parent.ID).RepliesCount; got != 1 {
			t.Fatalf("replies_count %d, want 1", got)
		}
		equal(t, "home of alice before", p.home(p.alice), []model.ID{st.ID})
		if got := p.home(p.bob); len(got) != 3 { // the reblog is near the original, so it is not shown again
			t.Fatalf("home of bob before: %v", got)
		}
		was, err := p.RemoveStatus(p.ctx, p.alice, st.ID, false)
		if err != nil {
			t.Fatal(err)
		}
		if was.Text != "this, @bob #opinion" {
			t.Errorf("the answer has text %q for redrafting", was.Text)
		}
		q := db.Read(p.ctx)
		for _, id := range []model.ID{st.ID, reblog.ID} {
			if _, err := q.StatusByID(id); !model.IsNotFound(err) {
				t.Errorf("%v is still there: %v", id, err)
			}
		}
		equal(t, "home of alice", p.home(p.alice), []model.ID{})
		equal(t, "home of bob", p.home(p.bob), []model.ID{reply.ID, parent.ID})
		equal(t, "told alice", p.told(p.alice), []string{})
		equal(t, "told bob", p.told(p.bob), []string{})
		if got := p.read(parent.ID); got.RepliesCount != 0 {
			t.Errorf("replies_count %d, want 0", got.RepliesCount)
		}
		if got := p.read(reply.ID); got.InReplyToID != 0 || !got.IsReply {
			t.Errorf("the answer to it: in_reply_to_id %v, reply %v", got.InReplyToID, got.IsReply)
		}
		if got := p.read(reply.ID).Account.StatusesCount; got != 2 {
			t.Errorf("bob has %d statuses, want 2", got)
		}
		for _, uri := range []string{st.URI, reblog.URI} {
			if gone, err := q.Tombstone(uri); err != nil || !gone {
				t.Errorf("tombstone of %s: %v %v", uri, gone, err)
			}
		}
		_, err = p.RemoveStatus(p.ctx, p.alice, parent.ID, false)
		refused(t, err, model.KindNotFound, "Record not found")
	})
}

func TestADeletedDirectPostLeavesTheConversationToTheOneBefore(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newPlace(t, db)
		first := p.post(p.alice, social.Draft{Text: "@bob psst", Visibility: model.Direct})
		second := p.post(p.bob, social.Draft{Text: "@alice what?", Visibility: model.Direct, InReplyToID: first.ID})
		last := func() []model.ID {
			t.Helper()
			list, err := db.Read(p.ctx).Conversations(p.bob.ID, model.Page{Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			out := []model.ID{}
			for _, c := range list {
				out = append(out, c.LastStatusID)
			}
			return out
		}
		equal(t, "conversation", last(), []model.ID{second.ID})
		if _, err := p.RemoveStatus(p.ctx, p.bob, second.ID, false); err != nil {
			t.Fatal(err)
		}
		equal(t, "conversation after one deletion", last(), []model.ID{first.ID})
		if _, err := p.RemoveStatus(p.ctx, p.alice, first.ID, false); err != nil {
			t.Fatal(err)
		}
		equal(t, "conversation after both", last(), []model.ID{})
		if a := p.status(first, nil).Account; a.StatusesCount != 0 {
			t.Errorf("direct posts are counted: %d", a.StatusesCount)
		}
	})
}

func TestAnEditKeepsWhatThePostWasAndTellsWhomItConcerns(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newPlace(t, db)
		carol := testkit.Person(t, db, "carol")
		st := p.post(p.alice, social.Draft{Text: "teh @bob #first"})
		history := func() []string {
			t.Helper()
			_, edits, err := p.History(p.ctx, p.bob, st.ID)
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, e := range edits {
				out = append(out, e.Text)
			}
			return out
		}
		equal(t, "history before", history(), []string{"teh @bob #first"})
		p.status(p.Reblog(p.ctx, p.bob, st.ID, social.ReblogOptions{}))
		quoting := p.post(p.bob, social.Draft{Text: "look", QuotedID: st.ID})
		edited := p.status(p.Edit(p.ctx, p.alice, st.ID, social.Draft{Text: "the @carol #second", SpoilerText: "typo"}))
		if edited.EditedAt == 0 || edited.SpoilerText != "typo" || !edited.Sensitive || !strings.Contains(edited.Content, "second") {
			t.Errorf("edited: %+v", edited)
		}
		var tags []string
		for _, x := range p.read(st.ID).Tags {
			tags = append(tags, x.Name)
		}
		equal(t, "tags", tags, []string{"second"})
		silent := map[model.ID]bool{}
		for _, m := range p.read(st.ID).Mentions {
			silent[m.AccountID] = m.Silent
		}
		equal(t, "mentions", silent, map[model.ID]bool{p.bob.ID: true, carol.ID: false})
		equal(t, "told carol", p.told(carol), []string{fmt.Sprint("mention ", st.ID)})
		bobs := p.told(p.bob)
		for _, want := range []string{fmt.Sprint("update ", st.ID), fmt.Sprint("quoted_update ", quoting.ID)} {
			if !slices.Contains(bobs, want) {
				t.Errorf("bob was told %v, not %q", bobs, want)
			}
		}
		p.status(p.Edit(p.ctx, p.alice, st.ID, social.Draft{Text: "the @carol #second", SpoilerText: "typo"}))
		equal(t, "history after an edit that changed nothing", history(), []string{"teh @bob #first", "the @carol #second"})
		p.status(p.Edit(p.ctx, p.alice, st.ID, social.Draft{Text: "done"}))
		equal(t, "history", history(), []string{"teh @bob #first", "the @carol #second", "done"})
		if n := strings.Count(strings.Join(p.told(p.bob), ","), "update "+st.ID.String()); n != 1 {
			t.Errorf("bob has %d notices of edits, want the newest alone", n)
		}
		_, err := p.Edit(p.ctx, p.bob, st.ID, social.Draft{Text: "mine"})
		refused(t, err, model.KindNotFound, "Record not found")
		_, err = p.Edit(p.ctx, p.alice, st.ID, social.Draft{Text: " "})
		refused(t, err, model.KindInvalid, "Text can't be blank")
	})
}

func TestOtherChoicesInAnEditedPollForgetItsVotes(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newPlace(t, db)
		poll := func(options ...string) *social.PollDraft {
			return &social.PollDraft{Options: options, ExpiresIn: time.Hour}
		}
		st := p.post(p.alice, social.Draft{Text: "tea?", Poll: poll("yes", "no")})
		p.status(p.Vote(p.ctx, p.bob, st.PollID, []int{1}))
		p.status(p.Edit(p.ctx, p.alice, st.ID, social.Draft{Text: "tea, anyone?", Poll: poll("yes", "no")}))
		if got := p.read(st.ID).Poll; got.VotesCount != 1 || !slices.Equal(got.Tallies, []int64{0, 1}) {
			t.Errorf("the same choices forgot votes: %+v", got)
		}
		p.status(p.Edit(p.ctx, p.alice, st.ID, social.Draft{Text: "tea, anyone?", Poll: poll("yes", "no", "coffee")}))
		if got := p.read(st.ID).Poll; got.VotesCount != 0 || got.VotersCount != 0 || !slices.Equal(got.Tallies, []int64{0, 0, 0}) {
			t.Errorf("other choices kept votes: %+v", got)
		}
		p.status(p.Vote(p.ctx, p.bob, st.PollID, []int{2}))
		p.status(p.Edit(p.ctx, p.alice, st.ID, social.Draft{Text: "never mind"}))
		if got := p.read(st.ID); got.Poll != nil || got.PollID != 0 {
			t.Errorf("the poll is still there: %+v", got.Poll)
		}
		_, err := p.Poll(p.ctx, p.bob, st.PollID)
		refused(t, err, model.KindNotFound, "Record not found")
	})
}

func TestVotesAreCountedOnceAndWrongOnesRefused(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newPlace(t, db)
		carol := testkit.Person(t, db, "carol")
		one := p.post(p.alice, social.Draft{Text: "one", Poll: &social.PollDraft{Options: []string{"a", "b"}, ExpiresIn: time.Hour}})
		many := p.post(p.alice, social.Draft{Text: "many", Poll: &social.PollDraft{Options: []string{"a", "b", "c"}, ExpiresIn: time.Hour, Multiple: true}})
		for _, c := range []struct {
			who     *model.Account
			poll    model.ID
			choices []int
			text    string
		}{
			{p.alice, one.PollID, []int{0}, "You cannot vote in your own polls"},
			{p.bob, one.PollID, []int{2}, "The chosen vote option does not exist"},
			{p.bob, one.PollID, []int{-1}, "The chosen vote option does not exist"},
			{p.bob, one.PollID, []int{0, 1}, "You have already voted on this poll"},
			{p.bob, one.PollID, []int{1}, ""},
			{p.bob, one.PollID, []int{0}, "You have already voted on this poll"},
			{p.bob, many.PollID, []int{0, 2}, ""},
			{p.bob, many.PollID, []int{2}, "You have already voted on this poll"},
			{p.bob, many.PollID, []int{1}, ""},
			{carol, many.PollID, []int{1, 1}, "You have already voted on this poll"},
			{carol, many.PollID, []int{1}, ""},
		} {
			_, err := p.Vote(p.ctx, c.who, c.poll, c.choices)
			if c.text == "" && err != nil {
				t.Errorf("%s %v: %v", c.who.Username, c.choices, err)
			}
			if c.text != "" {
				refused(t, err, model.KindInvalid, c.text)
			}
		}
		if got := p.read(one.ID).Poll; got.VotesCount != 1 || got.VotersCount != 1 || !slices.Equal(got.Tallies, []int64{0, 1}) {
			t.Errorf("one: %+v", got)
		}
		if got := p.read(many.ID).Poll; got.VotesCount != 4 || got.VotersCount != 2 || !slices.Equal(got.Tallies, []int64{1, 2, 1}) {
			t.Errorf("many: %+v", got)
		}
		secret := p.post(p.alice, social.Draft{Text: "secret", Visibility: model.Private, Poll: &social.PollDraft{Options: []string{"a", "b"}, ExpiresIn: time.Hour}})
		_, err := p.Vote(p.ctx, carol, secret.PollID, []int{0})
		refused(t, err, model.KindNotFound, "Record not found")
	})
}
