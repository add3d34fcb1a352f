package social_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// elsewhere is a place, and rex of another server.
type elsewhere struct {
	*place
	rex *model.Account
}

func newElsewhere(t testing.TB, db *store.DB) *elsewhere {
	t.Helper()
	return &elsewhere{newPlace(t, db), remotePerson(t, db, "rex", "far.example")}
}

// note is a public status of rex's.
func (p *elsewhere) note(name string) social.RemoteStatus {
	return social.RemoteStatus{
		URI: p.rex.URI + "/statuses/" + name, Content: "<p>" + name + "</p>", Visibility: model.Public,
		CreatedAt: model.At(time.Now().Add(-time.Minute).Truncate(time.Second)),
	}
}

func (p *elsewhere) known(r social.RemoteStatus) *model.Status {
	p.t.Helper()
	return p.knownOf(p.rex, r)
}

func (p *elsewhere) knownOf(author *model.Account, r social.RemoteStatus) *model.Status {
	p.t.Helper()
	st, _, err := p.KnowStatus(p.ctx, author, r)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.read(st.ID)
}

// jobs are those due of a kind, in order.
func (p *place) jobs(kind string) (out []string) {
	p.t.Helper()
	back := errors.New("nothing happened")
	err := p.DB.Write(p.ctx, func(tx *store.Tx) error {
		out = nil
		lanes, err := tx.ClaimLanes("test", tx.Now().Add(time.Minute), kind, 1000, 1000, 1000)
		if err != nil {
			return err
		}
		for _, l := range lanes {
			for _, j := range l.Jobs {
				out = append(out, j.Args)
			}
		}
		return back
	})
	if !errors.Is(err, back) {
		p.t.Fatal(err)
	}
	return out
}

// tells are the activities that other servers are told of, as due.
func (p *place) tells() (out []model.Distribute) {
	p.t.Helper()
	for _, args := range p.jobs("distribute") {
		var d model.Distribute
		if err := json.Unmarshal([]byte(args), &d); err != nil {
			p.t.Fatal(err)
		}
		out = append(out, d)
	}
	return out
}

// said is the newest of them of a kind.
func (p *place) said(activity string) model.Distribute {
	p.t.Helper()
	all := p.tells()
	for _, d := range slices.Backward(all) {
		if d.Activity == activity {
			return d
		}
	}
	p.t.Fatalf("nobody is told %s: %+v", activity, all)
	return model.Distribute{}
}

// sound checks what must hold at every commit.
func (p *place) sound() {
	p.t.Helper()
	found, err := unsound(p.DB)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, f := range found {
		p.t.Errorf("%s: %s: %v", f.Check, f.Says, f.Examples)
	}
}

// unsound is what does not hold in the data. The pages are SQLite's own affair: its search tables look at what another
// connection merged meanwhile with the map they read before.
func unsound(db *store.DB) ([]store.Finding, error) {
	found, err := db.Check(context.Background(), func(int, int, string) {})
	return slices.DeleteFunc(found, func(f store.Finding) bool { return f.Check == "pages" }), err
}

func kind(t testing.TB, err error, want model.Kind) {
	t.Helper()
	if err == nil || model.KindOf(err) != want {
		t.Errorf("got %v, want an error of kind %d", err, want)
	}
}

func TestAPostFromElsewhereIsReadByThoseWhoFollowItsAuthor(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		p.follow(p.bob, p.rex)
		p.home(p.bob) // it is in memory from now on
		r := p.note("hello")
		r.Content = `<p onclick="x">hello :tapir: <script>alert(1)</script><a href="https://x.example">x</a></p>`
		r.Mentions = []model.Mention{{AccountID: p.alice.ID}}
		r.Tags = []string{"#Proboscidea"}
		r.Emojis = []model.CustomEmoji{{Shortcode: "tapir", RemoteURL: "https://far.example/tapir.png"}}
		r.Media = []model.MediaAttachment{{
			RemoteURL: "https://far.example/a.png", ContentType: "image/png", Description: strings.Repeat("ö", 10_001), Blurhash: "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
			Meta: map[string]any{"original": map[string]any{"width": int64(4), "height": int64(2)}, "focus": map[string]any{"x": 0.5, "y": -2.0}},
		}, {RemoteURL: "javascript:x"}}
		st := p.known(r)
		if strings.Contains(st.Content, "script") || strings.Contains(st.Content, "onclick") || !strings.Contains(st.Content, "hello") {
			t.Errorf("content %q", st.Content)
		}
		if st.Local || st.IsReply || st.ConversationID == 0 || st.ID.Time() > st.CreatedAt+1000 || st.ID.Time() < st.CreatedAt {
			t.Errorf("status %+v", st)
		}
		if len(st.Tags) != 1 || st.Tags[0].Shown() != "Proboscidea" || len(st.Mentions) != 1 || st.Mentions[0].Username != "alice" {
			t.Errorf("tags %+v, mentions %+v", st.Tags, st.Mentions)
		}
		if len(st.Emojis) != 1 || st.Emojis[0].Domain != "far.example" {
			t.Errorf("emojis %+v", st.Emojis)
		}
		if len(st.Media) != 1 || st.Media[0].Type != "image" || len([]rune(st.Media[0].Description)) != 10_000 || st.Media[0].Blurhash == "" || st.Media[0].Meta["focus"] != nil {
			t.Errorf("media %+v", st.Media)
		}
		if got := p.home(p.bob); !slices.Contains(got, st.ID) {
			t.Errorf("bob's home is %v", got)
		}
		if got := p.told(p.alice); !slices.Equal(got, []string{"mention " + st.ID.String()}) {
			t.Errorf("alice was told %v", got)
		}
		local, err := p.Public(p.ctx, nil, store.PublicFilter{Local: true}, model.Page{Limit: 20})
		if err != nil || len(local) != 0 {
			t.Errorf("local timeline: %v, %v", idsOf(local), err)
		}
		remote, err := p.Public(p.ctx, nil, store.PublicFilter{Remote: true}, model.Page{Limit: 20})
		if err != nil || len(remote) != 1 {
			t.Errorf("remote timeline: %v, %v", idsOf(remote), err)
		}
		if tells := p.tells(); len(tells) != 0 {
			t.Errorf("we speak for others: %+v", tells)
		}
		p.sound()
	})
}

func TestAPostThatComesTwiceAtOnceIsOnePost(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		r := p.note("once")
		r.Poll = &social.RemotePoll{Options: []string{"a", "b"}, Tallies: []int64{1, 2}, Voters: 3}
		r.Media = []model.MediaAttachment{{RemoteURL: "https://far.example/a.png", ContentType: "image/png"}}
		var wait sync.WaitGroup
		ids := make([]model.ID, 12)
		news := make([]bool, len(ids))
		for i := range ids {
			wait.Go(func() {
				st, fresh, err := p.KnowStatus(p.ctx, p.rex, r)
				if err != nil {
					t.Error(err)
					return
				}
				ids[i], news[i] = st.ID, fresh
			})
		}
		wait.Wait()
		slices.Sort(ids)
		if len(slices.Compact(ids)) != 1 {
			t.Errorf("several posts: %v", ids)
		}
		fresh := 0
		for _, n := range news {
			if n {
				fresh++
			}
		}
		if fresh != 1 {
			t.Errorf("it was new %d times", fresh)
		}
		p.sound()
	})
}

func TestHundredsOfPostsOfOneSecondHaveIdsOfTheirOwn(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		at := model.At(time.Now().Add(-time.Hour).Truncate(time.Second))
		seen := map[model.ID]bool{}
		for i := range 300 {
			r := p.note(fmt.Sprint(i))
			r.CreatedAt, r.Fetched = at, true
			st, fresh, err := p.KnowStatus(p.ctx, p.rex, r)
			if err != nil || !fresh || seen[st.ID] {
				t.Fatalf("%v %v %v", st, fresh, err)
			}
			seen[st.ID] = true
			if d := st.ID.Time() - at; d < 0 || d > 999 {
				t.Fatalf("id is %d ms away from its date", d)
			}
		}
	})
}

func TestDatesOfLiarsAreBounded(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		r := p.note("future")
		r.CreatedAt = model.At(time.Now().AddDate(5, 0, 0))
		if st := p.known(r); st.CreatedAt > model.At(time.Now()) || st.ID.Time() > model.At(time.Now().Add(time.Second)) {
			t.Errorf("from the future: %v", st.CreatedAt)
		}
		r = p.note("old")
		r.CreatedAt = 1000
		if st := p.known(r); st.CreatedAt != 1000 || st.ID.Time().Std().Year() != 2000 {
			t.Errorf("old: %v sorts at %v", st.CreatedAt, st.ID.Time())
		}
	})
}

func TestWhatWasDeletedDoesNotComeBackWhateverTheOrder(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		late := p.note("late")
		if err := p.ForgetStatus(p.ctx, p.rex, late.URI); err != nil { // the Delete overtakes the Create
			t.Fatal(err)
		}
		_, _, err := p.KnowStatus(p.ctx, p.rex, late)
		kind(t, err, model.KindGone)

		st := p.known(p.note("here"))
		mallory := remotePerson(t, db, "mallory", "evil.example")
		for _, who := range []*model.Account{mallory, remotePerson(t, db, "other", "far.example")} {
			if err := p.ForgetStatus(p.ctx, who, st.URI); err != nil {
				t.Fatal(err)
			}
			p.read(st.ID) // it is not theirs
		}
		if err := p.ForgetStatus(p.ctx, mallory, p.rex.URI+"/statuses/unborn"); err != nil {
			t.Fatal(err)
		}
		p.known(p.note("unborn"))
		if err := p.ForgetStatus(p.ctx, p.rex, st.URI); err != nil {
			t.Fatal(err)
		}
		if _, err := p.DB.Read(p.ctx).StatusByID(st.ID); !model.IsNotFound(err) {
			t.Errorf("it is still there: %v", err)
		}
		_, _, err = p.KnowStatus(p.ctx, p.rex, p.note("here"))
		kind(t, err, model.KindGone)
		_, err = p.UpdateStatus(p.ctx, p.rex, p.note("here"))
		kind(t, err, model.KindNotFound)
		p.sound()
	})
}

func TestAStormOfDeletionsOfUnknownPostsWritesEachOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		for range 2 {
			if err := p.ForgetStatus(p.ctx, p.rex, p.rex.URI+"/statuses/x"); err != nil {
				t.Fatal(err)
			}
		}
		before := db.Statements()
		if err := p.ForgetStatus(p.ctx, p.rex, p.rex.URI+"/statuses/x"); err != nil {
			t.Fatal(err)
		}
		if n := db.Statements() - before; n != 1 {
			t.Errorf("a repeated deletion costs %d statements, want one look", n)
		}
	})
}

func TestAReplyThatComesBeforeWhatItAnswersIsTiedToItLater(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		p.follow(p.bob, p.rex)
		p.home(p.bob)
		reply := p.note("reply")
		reply.InReplyToURI = p.rex.URI + "/statuses/root"
		child := p.known(reply)
		if !child.IsReply || child.InReplyToID != 0 {
			t.Fatalf("reply: %+v", child)
		}
		if slices.Contains(p.home(p.bob), child.ID) {
			t.Error("half a talk is in bob's home")
		}
		if jobs := p.jobs("resolve_thread"); len(jobs) != 1 {
			t.Errorf("what it answers is asked for %d times", len(jobs))
		}
		second := p.note("second")
		second.InReplyToURI = reply.InReplyToURI
		other := p.known(second)
		if jobs := p.jobs("resolve_thread"); len(jobs) != 1 {
			t.Errorf("two replies to one unknown post ask %d times", len(jobs))
		}
		if other.ConversationID == child.ConversationID {
			t.Fatal("nothing says that they are one thread")
		}
		root := p.known(p.note("root"))
		for _, id := range []model.ID{child.ID, other.ID} {
			got := p.read(id)
			if got.InReplyToID != root.ID || got.InReplyToAccountID != p.rex.ID || got.ConversationID != root.ConversationID {
				t.Errorf("not tied: %+v to %+v", got, root)
			}
			if !slices.Contains(p.home(p.bob), id) {
				t.Errorf("bob's home lacks what rex answered to himself: %v", p.home(p.bob))
			}
		}
		if got := p.read(root.ID).RepliesCount; got != 2 {
			t.Errorf("replies_count %d, want 2", got)
		}
		c, err := p.Context(p.ctx, p.bob, root.ID)
		if err != nil || len(c.Descendants) != 2 {
			t.Errorf("thread %+v, %v", c, err)
		}
		p.sound()
	})
}

func TestAReplyToOursNotifiesAndJoinsTheThread(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		st := p.post(p.alice, social.Draft{Text: "what now?"})
		r := p.note("reply")
		r.InReplyToURI, r.Mentions = st.URI, []model.Mention{{AccountID: p.alice.ID}}
		got := p.known(r)
		if got.InReplyToID != st.ID || got.ConversationID != st.ConversationID || p.read(st.ID).RepliesCount != 1 {
			t.Errorf("reply %+v", got)
		}
		if told := p.told(p.alice); len(told) != 1 {
			t.Errorf("alice was told %v", told)
		}
		// Its server names our thread by its address: what answers something unknown belongs there too.
		far := p.note("far")
		far.InReplyToURI, far.ConversationURI = "https://third.example/1", p.Site.ContextURI(p.alice.ID, st.ConversationID)
		if got := p.known(far); got.ConversationID != st.ConversationID {
			t.Errorf("conversation %v, want %v", got.ConversationID, st.ConversationID)
		}
		p.sound()
	})
}

func TestWhatWasLookedForTellsNobody(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		r := p.note("found")
		r.Fetched, r.Mentions, r.InReplyToURI = true, []model.Mention{{AccountID: p.alice.ID}}, "https://far.example/unknown"
		p.known(r)
		old := p.note("old")
		old.CreatedAt, old.Mentions = model.At(time.Now().AddDate(0, 0, -30)), r.Mentions
		p.known(old)
		if told := p.told(p.alice); len(told) != 0 {
			t.Errorf("alice was told %v", told)
		}
		if jobs := p.jobs("resolve_thread"); len(jobs) != 0 {
			t.Error("a search begins another")
		}
	})
}

func TestOnlyWhomALimitedPostAddressesSeesIt(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		p.follow(p.bob, p.rex)
		r := p.note("circle")
		r.Visibility, r.Mentions = model.Direct, []model.Mention{{AccountID: p.alice.ID, Silent: true}}
		st := p.known(r)
		if st.Visibility != model.Limited {
			t.Fatalf("visibility %s", st.Visibility)
		}
		if _, err := p.StatusFor(p.ctx, p.alice, st.ID); err != nil {
			t.Errorf("alice: %v", err)
		}
		for _, who := range []*model.Account{p.bob, nil} {
			_, err := p.StatusFor(p.ctx, who, st.ID)
			kind(t, err, model.KindNotFound)
		}
		if slices.Contains(p.home(p.bob), st.ID) {
			t.Error("it is in a follower's home")
		}
		if told := p.told(p.alice); len(told) != 0 {
			t.Errorf("alice, who is not named, was told %v", told)
		}
		direct := p.note("direct")
		direct.Visibility, direct.Mentions = model.Direct, []model.Mention{{AccountID: p.alice.ID}}
		p.known(direct)
		if list, err := p.Conversations(p.ctx, p.bob, model.Page{Limit: 20}); err != nil || len(list) != 0 {
			t.Errorf("bob's conversations: %v, %v", list, err)
		}
		p.sound()
	})
}

func TestAnEditFromElsewhereKeepsWhatWasAndOldNewsChangesNothing(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		r := p.note("first")
		r.Media = []model.MediaAttachment{{RemoteURL: "https://far.example/a.png", ContentType: "image/png", Description: "a"}}
		st := p.known(r)
		p.status(p.Reblog(p.ctx, p.alice, st.ID, social.ReblogOptions{}))
		edit := r
		edit.Content, edit.EditedAt, edit.Tags = "<p>second #x</p>", r.CreatedAt.Add(20*time.Second), []string{"x"}
		edit.Media = []model.MediaAttachment{{RemoteURL: "https://far.example/a.png", ContentType: "image/png", Description: "b"}}
		got := p.status(p.UpdateStatus(p.ctx, p.rex, edit))
		if got.Content != edit.Content || got.EditedAt != edit.EditedAt || len(got.Tags) != 1 || got.Media[0].Description != "b" || got.Media[0].ID != st.Media[0].ID {
			t.Errorf("edited: %+v", got)
		}
		if told := p.told(p.alice); !slices.ContainsFunc(told, func(s string) bool { return strings.Contains(s, "update") }) {
			t.Errorf("who shared it was told %v", told)
		}
		late := r
		late.Content, late.EditedAt = "<p>between</p>", r.CreatedAt.Add(10*time.Second)
		if got := p.status(p.UpdateStatus(p.ctx, p.rex, late)); got.Content != edit.Content {
			t.Errorf("an older edit came late and won: %q", got.Content)
		}
		if got := p.status(p.UpdateStatus(p.ctx, p.rex, edit)); got.EditedAt != edit.EditedAt {
			t.Errorf("the same again: %v", got.EditedAt)
		}
		_, versions, err := p.History(p.ctx, p.alice, st.ID)
		if err != nil || len(versions) != 2 || versions[0].Content != "<p>first</p>" || versions[0].MediaDescriptions[0] != "a" {
			t.Errorf("versions %+v, %v", versions, err)
		}
		_, err = p.UpdateStatus(p.ctx, remotePerson(t, db, "other", "far.example"), edit)
		kind(t, err, model.KindForbidden)
		p.sound()
	})
}

func TestAPollFromElsewhereIsCountedThereAndVotesTravel(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		r := p.note("poll")
		r.Poll = &social.RemotePoll{Options: []string{"tea", "coffee"}, Tallies: []int64{3, 4}, Voters: 7, EndsAt: model.At(time.Now().Add(time.Hour))}
		st := p.known(r)
		if st.Poll == nil || st.Poll.VotesCount != 7 || st.Poll.VotersCount != 7 {
			t.Fatalf("poll %+v", st.Poll)
		}
		p.status(p.Vote(p.ctx, p.alice, st.PollID, []int{1}))
		d := p.said("Vote")
		if d.Actor != p.alice.ID || d.Status != st.ID || len(d.Rows) != 1 {
			t.Errorf("told %+v", d)
		}
		r.Poll.Tallies, r.Poll.Voters = []int64{10, 20}, 30
		got := p.status(p.UpdateStatus(p.ctx, p.rex, r))
		if diff := cmp.Diff([]int64{10, 20}, got.Poll.Tallies); diff != "" || got.EditedAt != 0 {
			t.Errorf("tallies: %s, edited %v", diff, got.EditedAt)
		}
		if n, err := db.Read(p.ctx).Versions(st.ID); err != nil || n != 0 {
			t.Errorf("%d versions, %v", n, err)
		}
		p.sound()
	})
}

func TestVotesFromElsewhereCountOnceEach(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		st := p.post(p.alice, social.Draft{Text: "?", Poll: &social.PollDraft{Options: []string{"a", "b"}, ExpiresIn: time.Hour}})
		for range 2 {
			if err := p.VoteNamed(p.ctx, p.rex, st.PollID, "b"); err != nil {
				t.Fatal(err)
			}
		}
		kind(t, p.VoteNamed(p.ctx, p.rex, st.PollID, "a"), model.KindInvalid) // one choice
		kind(t, p.VoteNamed(p.ctx, p.rex, st.PollID, "c"), model.KindInvalid)
		if got := p.read(st.ID).Poll; got.VotesCount != 1 || got.VotersCount != 1 || got.Tallies[1] != 1 {
			t.Errorf("poll %+v", got)
		}
		if counts, err := db.Read(p.ctx).JobCounts(); err != nil || !slices.ContainsFunc(counts, func(c store.KindCount) bool { return c.Kind == "distribute" }) {
			t.Errorf("nobody hears of the tallies: %+v, %v", counts, err)
		}
		for _, d := range p.tells() {
			if d.Activity == "Update" {
				t.Error("tallies are told at once, not after a pause")
			}
		}
		p.sound()
	})
}

func TestWhatOursDoIsToldElsewhere(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		far := p.known(p.note("far"))
		st := p.post(p.alice, social.Draft{Text: "hello @rex@far.example"})
		if d := p.said("Create"); d.Actor != p.alice.ID || d.Status != st.ID {
			t.Errorf("Create %+v", d)
		}
		p.status(p.Edit(p.ctx, p.alice, st.ID, social.Draft{Text: "hello again @rex@far.example"}))
		if d := p.said("Update"); d.Status != st.ID {
			t.Errorf("Update %+v", d)
		}
		p.status(p.Pin(p.ctx, p.alice, st.ID))
		p.status(p.Unpin(p.ctx, p.alice, st.ID))
		p.status(p.Unpin(p.ctx, p.alice, st.ID)) // again: nothing to tell
		p.said("Add")
		if n := len(slices.DeleteFunc(p.tells(), func(d model.Distribute) bool { return d.Activity != "Remove" })); n != 1 {
			t.Errorf("told %d times that a pin is gone", n)
		}
		p.status(p.Favourite(p.ctx, p.alice, far.ID, true))
		p.status(p.Favourite(p.ctx, p.alice, far.ID, true))
		p.status(p.Favourite(p.ctx, p.alice, far.ID, false))
		if like, undo := p.said("Like"), p.said("Undo Like"); like.Row == 0 || undo.Row != like.Row || undo.Object != far.URI || undo.Account != p.rex.ID {
			t.Errorf("Like %+v, Undo %+v", like, undo)
		}
		re := p.status(p.Reblog(p.ctx, p.alice, far.ID, social.ReblogOptions{}))
		p.status(p.Unreblog(p.ctx, p.alice, far.ID))
		if d, undo := p.said("Announce"), p.said("Undo Announce"); d.Status != re.ID || undo.URI != re.URI || undo.Object != far.URI || undo.Account != p.rex.ID || !undo.Followers {
			t.Errorf("Announce %+v, Undo %+v", d, undo)
		}
		if _, err := p.FeatureTag(p.ctx, p.alice, "tapir", true); err != nil {
			t.Fatal(err)
		}
		if _, err := p.FeatureTag(p.ctx, p.alice, "tapir", false); err != nil {
			t.Fatal(err)
		}
		if d, undo := p.said("Add Tag"), p.said("Remove Tag"); d.Object != "tapir" || undo.Object != "tapir" {
			t.Errorf("%+v %+v", d, undo)
		}
		p.status(p.Favourite(p.ctx, p.rex, st.ID, true))
		if _, err := p.RemoveStatus(p.ctx, p.alice, st.ID, false); err != nil {
			t.Fatal(err)
		}
		if d := p.said("Delete"); d.Object != st.URI || !d.Public || !d.Followers || !slices.Equal(d.To, []model.ID{p.rex.ID}) {
			t.Errorf("Delete %+v", d)
		}
		direct := p.post(p.alice, social.Draft{Text: "only @bob", Visibility: model.Direct})
		if d := p.said("Create"); d.Status == direct.ID {
			t.Error("a talk among ours is told elsewhere")
		}
		p.sound()
	})
}

func TestAServerThatKnowsNobodyTellsNobody(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newPlace(t, db)
		st := p.post(p.alice, social.Draft{Text: "hello"})
		p.status(p.Reblog(p.ctx, p.bob, st.ID, social.ReblogOptions{}))
		if _, err := p.RemoveStatus(p.ctx, p.alice, st.ID, false); err != nil {
			t.Fatal(err)
		}
		if tells := p.tells(); len(tells) != 0 {
			t.Errorf("told %+v", tells)
		}
	})
}

func TestABoostFromElsewhereIsOneHoweverOftenItComes(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		p.follow(p.bob, p.rex)
		st := p.post(p.alice, social.Draft{Text: "share me"})
		o := social.ReblogOptions{URI: p.rex.URI + "/boosts/1", CreatedAt: model.At(time.Now().Add(-time.Minute))}
		first := p.status(p.Reblog(p.ctx, p.rex, st.ID, o))
		again := o
		again.URI = p.rex.URI + "/boosts/2" // a loop announces what it announced
		for _, o := range []social.ReblogOptions{o, again} {
			if got := p.status(p.Reblog(p.ctx, p.rex, first.ID, o)); got.ID != first.ID {
				t.Errorf("another boost: %v", got.ID)
			}
		}
		if got := p.read(st.ID).ReblogsCount; got != 1 {
			t.Errorf("reblogs_count %d", got)
		}
		if !slices.Contains(p.home(p.bob), first.ID) && !slices.Contains(p.home(p.bob), st.ID) {
			t.Errorf("bob's home %v", p.home(p.bob))
		}
		if told := p.told(p.alice); len(told) != 1 {
			t.Errorf("alice was told %v", told)
		}
		if err := p.UndoReblog(p.ctx, p.rex, o.URI); err != nil {
			t.Fatal(err)
		}
		_, err := p.Reblog(p.ctx, p.rex, st.ID, o)
		kind(t, err, model.KindGone)
		// An Undo that overtakes its Announce wins.
		late := o
		late.URI = p.rex.URI + "/boosts/3"
		if err := p.UndoReblog(p.ctx, p.rex, late.URI); err != nil {
			t.Fatal(err)
		}
		_, err = p.Reblog(p.ctx, p.rex, st.ID, late)
		kind(t, err, model.KindGone)
		if got := p.read(st.ID).ReblogsCount; got != 0 {
			t.Errorf("reblogs_count %d", got)
		}
		private := p.note("private")
		private.Visibility = model.Private
		own := p.known(private)
		p.status(p.Reblog(p.ctx, p.rex, own.ID, social.ReblogOptions{URI: p.rex.URI + "/boosts/4"}))
		_, err = p.Reblog(p.ctx, p.bob, own.ID, social.ReblogOptions{})
		kind(t, err, model.KindForbidden)
		p.sound()
	})
}

func TestSomebodyElsewhereQuotesOursByItsPolicy(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		st := p.post(p.alice, social.Draft{Text: "quote me", QuotePolicy: "public"})
		r := p.note("quoting")
		r.Quote = &social.RemoteQuote{URI: st.URI}
		q := p.known(r)
		if q.Quote == nil || q.Quote.State != "pending" || p.read(st.ID).QuotesCount != 0 {
			t.Fatalf("quote %+v", q.Quote)
		}
		for range 2 {
			if err := p.QuoteAsked(p.ctx, p.rex, st, q.URI, p.rex.URI+"/requests/1"); err != nil {
				t.Fatal(err)
			}
		}
		got := p.read(q.ID).Quote
		if got.State != "accepted" || got.ApprovalURI != p.alice.URI+"/quote_authorizations/"+got.ID.String() || p.read(st.ID).QuotesCount != 1 {
			t.Errorf("quote %+v", got)
		}
		if d := p.said("Accept QuoteRequest"); d.Row != got.ID || d.Actor != p.alice.ID || d.Account != p.rex.ID {
			t.Errorf("told %+v", d)
		}
		if told := p.told(p.alice); len(told) != 1 {
			t.Errorf("alice was told %v", told)
		}
		// Its next edit shows our approval, or forgets to: our own row says what holds.
		if p.status(p.UpdateStatus(p.ctx, p.rex, r)); p.read(q.ID).Quote.State != "accepted" {
			t.Error("an update took our approval away")
		}
		p.status(p.RevokeQuote(p.ctx, p.alice, st.ID, q.ID))
		if d := p.said("Delete QuoteAuthorization"); d.Object != got.ApprovalURI || d.Account != p.rex.ID {
			t.Errorf("told %+v", d)
		}
		kind(t, p.QuoteAsked(p.ctx, p.rex, st, q.URI, p.rex.URI+"/requests/1"), model.KindForbidden)
		closed := p.post(p.alice, social.Draft{Text: "do not", QuotePolicy: "nobody"})
		if err := p.QuoteAsked(p.ctx, p.rex, closed, p.rex.URI+"/statuses/unknown", p.rex.URI+"/requests/2"); err != nil {
			t.Fatal(err)
		}
		if d := p.said("Reject QuoteRequest"); d.URI != p.rex.URI+"/requests/2" || d.Account != p.rex.ID {
			t.Errorf("told %+v", d)
		}
		p.sound()
	})
}

func TestOursQuoteThoseElsewhereWithTheirApproval(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		r := p.note("quotable")
		r.QuotePolicy = model.QuotePublic << 16
		far := p.known(r)
		st := p.post(p.alice, social.Draft{Text: "look", QuotedID: far.ID})
		if st.Quote.State != "pending" || st.Quote.ActivityURI == "" {
			t.Fatalf("quote %+v", st.Quote)
		}
		if d := p.said("QuoteRequest"); d.Row != st.Quote.ID {
			t.Errorf("told %+v", d)
		}
		approval := p.rex.URI + "/approvals/1"
		mallory := remotePerson(t, db, "mallory", "evil.example")
		kind(t, p.QuoteApproved(p.ctx, mallory, st.Quote.ActivityURI, approval), model.KindInvalid)
		if err := p.QuoteApproved(p.ctx, mallory, st.Quote.ActivityURI, mallory.URI+"/a"); err != nil {
			t.Fatal(err)
		}
		if got := p.read(st.ID).Quote.State; got != "pending" {
			t.Fatalf("somebody else approved: %s", got)
		}
		for range 2 {
			if err := p.QuoteApproved(p.ctx, p.rex, st.Quote.ActivityURI, approval); err != nil {
				t.Fatal(err)
			}
		}
		if got := p.read(st.ID).Quote; got.State != "accepted" || got.ApprovalURI != approval || p.read(far.ID).QuotesCount != 1 {
			t.Errorf("quote %+v", got)
		}
		if d := p.said("Update"); d.Status != st.ID {
			t.Errorf("told %+v", d)
		}
		if err := p.QuoteRevoked(p.ctx, p.rex, approval); err != nil {
			t.Fatal(err)
		}
		if got := p.read(st.ID).Quote; got.State != "revoked" || p.read(far.ID).QuotesCount != 0 {
			t.Errorf("quote %+v", got)
		}
		r = p.note("closed")
		closed := p.known(r)
		_, err := p.Post(p.ctx, p.alice, social.Draft{Text: "look", QuotedID: closed.ID})
		kind(t, err, model.KindNotFound)
		p.sound()
	})
}

func TestAQuoteWaitsForWhatItQuotes(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		sue := remotePerson(t, db, "sue", "third.example")
		target := social.RemoteStatus{URI: sue.URI + "/1", Content: "<p>target</p>", Visibility: model.Public}
		r := p.note("waiting")
		r.Quote = &social.RemoteQuote{URI: target.URI, ApprovalURI: sue.URI + "/approvals/1"}
		st := p.known(r)
		self := target
		self.URI, self.Quote = sue.URI+"/2", &social.RemoteQuote{URI: target.URI, Legacy: true}
		own := p.knownOf(sue, self)
		if st.Quote.State != "pending" || len(p.jobs("verify_quote")) != 1 {
			t.Fatalf("quote %+v, jobs %v", st.Quote, p.jobs("verify_quote"))
		}
		quoted := p.knownOf(sue, target)
		if got := p.read(st.ID).Quote; got.QuotedStatusID != quoted.ID || got.State != "pending" {
			t.Errorf("quote %+v", got)
		}
		if got := p.read(own.ID).Quote; got.State != "accepted" {
			t.Errorf("who quotes themselves waits: %+v", got)
		}
		if err := p.QuoteApproved(p.ctx, sue, st.URI, sue.URI+"/approvals/1"); err != nil { // verified
			t.Fatal(err)
		}
		if got := p.read(st.ID).Quote; got.State != "accepted" || p.read(quoted.ID).QuotesCount != 2 {
			t.Errorf("quote %+v", got)
		}
		p.sound()
	})
}

func TestWhatElsewhereFeaturesIsOnTheProfile(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		one, two := p.known(p.note("one")), p.known(p.note("two"))
		foreign := p.post(p.alice, social.Draft{Text: "mine"})
		if err := p.SetFeatured(p.ctx, p.rex, []model.ID{one.ID, foreign.ID}, []string{"#Tapir", "gomphothere"}); err != nil {
			t.Fatal(err)
		}
		if err := p.PinRemote(p.ctx, p.rex, two); err != nil {
			t.Fatal(err)
		}
		if err := p.SetFeatured(p.ctx, p.rex, []model.ID{two.ID}, nil); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Read(p.ctx).Pinned(p.rex.ID); err != nil || !slices.Equal(got, []model.ID{two.ID}) {
			t.Errorf("pinned %v, %v", got, err)
		}
		if tags, err := db.Read(p.ctx).FeaturedTags(p.rex.ID); err != nil || len(tags) != 2 {
			t.Errorf("tags %+v, %v", tags, err)
		}
		if err := p.UnpinRemote(p.ctx, p.rex, two); err != nil {
			t.Fatal(err)
		}
		kind(t, p.PinRemote(p.ctx, p.rex, foreign), model.KindForbidden)
		p.sound()
	})
}

func TestHostileNamesAndWordsAreRefusedOrCleaned(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newElsewhere(t, db)
		for _, uri := range []string{"", "https://evil.example/1", "tag:far.example", p.rex.URI + "/" + strings.Repeat("x", 3000), p.rex.URI + "/\x00"} {
			r := p.note("x")
			r.URI = uri
			_, _, err := p.KnowStatus(p.ctx, p.rex, r)
			kind(t, err, model.KindInvalid)
		}
		r := p.note("odd")
		r.Content, r.SpoilerText = "a\x00b\xff", "s\x00"
		r.Poll = &social.RemotePoll{Options: make([]string, 900), Tallies: []int64{-5, 1 << 62}, Voters: -1, ClosedAt: 1}
		for i := range r.Poll.Options {
			r.Poll.Options[i] = fmt.Sprint("o\x00", i)
		}
		r.InReplyToURI, r.ConversationURI = r.URI, strings.Repeat("c", 5000)
		r.Tags = []string{"#", "a b", strings.Repeat("t", 5000)}
		st := p.known(r)
		if st.IsReply || strings.Contains(st.Content+st.SpoilerText, "\x00") || len(st.Poll.Options) != 500 || st.Poll.Tallies[0] != 0 || !st.Poll.Expired(db.Now()) {
			t.Errorf("status %+v, poll %d", st, len(st.Poll.Options))
		}
		if err := p.Suspend(p.ctx, p.rex.ID, true); err != nil {
			t.Fatal(err)
		}
		rex, err := db.Read(p.ctx).Account(p.rex.ID)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = p.KnowStatus(p.ctx, rex, p.note("suspended"))
		kind(t, err, model.KindForbidden)
		_, _, err = p.KnowStatus(p.ctx, p.alice, p.note("mine"))
		kind(t, err, model.KindForbidden)
	})
}
