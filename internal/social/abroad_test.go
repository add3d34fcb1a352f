package social_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// abroad is a server with somebody here and what is known of elsewhere.
type abroad struct {
	*social.Social
	t     *testing.T
	ctx   context.Context
	clock *clock
	ann   *model.Account
}

func eachAbroad(t *testing.T, test func(w *abroad)) {
	t.Helper()
	eachWithClock(t, func(t *testing.T, p *place, c *clock) {
		ann := testkit.Person(t, p.DB, "ann")
		test(&abroad{p.Social, t, context.Background(), c, ann})
	})
}

func (w *abroad) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// kind insists on an error of a kind.
func (w *abroad) kind(want model.Kind, err error) {
	w.t.Helper()
	if err == nil || model.KindOf(err) != want {
		w.t.Fatalf("got %v, want an error of kind %d", err, want)
	}
}

// says is what far.example tells of somebody.
func says(name, domain string) social.RemoteAccount {
	uri := "https://" + domain + "/users/" + name
	return social.RemoteAccount{
		Account: model.Account{
			Username: name, Domain: domain, URI: uri, URL: "https://" + domain + "/@" + name, ActorType: "Person", InboxURL: uri + "/inbox",
			SharedInboxURL: "https://" + domain + "/inbox", FollowersURL: uri + "/followers", DisplayName: name,
			ShowMedia: true, ShowMediaReplies: true, ShowFeatured: true,
		},
		Keys: []model.Key{{KeyID: uri + "#main-key", Algorithm: model.RSA, Public: "PEM of " + uri}},
	}
}

func (w *abroad) know(r social.RemoteAccount) *model.Account {
	w.t.Helper()
	a, err := w.KnowAccount(w.ctx, r)
	w.ok(err)
	return a
}

func (w *abroad) again(a *model.Account) *model.Account {
	w.t.Helper()
	b, err := w.DB.Read(w.ctx).Account(a.ID)
	w.ok(err)
	return b
}

func (w *abroad) relationship(me, other *model.Account) model.Relationship {
	w.t.Helper()
	list, err := w.DB.Read(w.ctx).Relationships(me.ID, []*model.Account{other})
	w.ok(err)
	return list[0]
}

// take gives the jobs of a kind that are due, and forgets them.
func take[J model.Job](w *abroad) []J {
	w.t.Helper()
	var zero J
	var out []J
	const all = 10_000
	w.ok(w.DB.Write(w.ctx, func(tx *store.Tx) error {
		out = nil
		lanes, err := tx.ClaimLanes("test", tx.Now().Add(time.Minute), zero.Kind(), all, all, all)
		if err != nil {
			return err
		}
		ack := store.Ack{}
		for _, l := range lanes {
			ack.Lanes = append(ack.Lanes, store.FreeLane{Name: l.Name})
			for _, j := range l.Jobs {
				var job J
				if err := json.Unmarshal([]byte(j.Args), &job); err != nil {
					return err
				}
				out, ack.Done = append(out, job), append(ack.Done, j.ID)
			}
		}
		return tx.AckJobs("test", ack)
	}))
	return out
}

// told is what other servers will hear, as "Activity of whom to whom".
func (w *abroad) told() []string {
	w.t.Helper()
	w.clock.pass(time.Minute)
	out := []string{}
	name := func(id model.ID) string {
		a, err := w.DB.Read(w.ctx).Account(id)
		if err != nil {
			return id.String()
		}
		return a.Username
	}
	for _, d := range take[model.Distribute](w) {
		s := d.Activity + " of " + name(d.Actor)
		if d.Account != 0 {
			s += " to " + name(d.Account)
		}
		out = append(out, s)
	}
	return out
}

func (w *abroad) heard(want ...string) {
	w.t.Helper()
	if want == nil {
		want = []string{}
	}
	if d := cmp.Diff(want, w.told()); d != "" {
		w.t.Errorf("what others are told (-want +got):\n%s", d)
	}
}

func (w *abroad) sound() {
	w.t.Helper()
	found, err := w.DB.Check(w.ctx, func(int, int, string) {})
	w.ok(err)
	for _, f := range found {
		w.t.Errorf("%s: %s: %v", f.Check, f.Says, f.Examples)
	}
}

func TestAFollowAbroadWaitsForItsAnswer(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		far := w.know(says("far", "far.example"))
		r, err := w.Follow(w.ctx, w.ann, far.ID, social.FollowOptions{})
		w.ok(err)
		if r.Following || !r.Requested {
			t.Fatalf("before the answer: %+v", r)
		}
		w.heard("Follow of ann to far")
		asked, err := w.DB.Read(w.ctx).FollowRequestOf(w.ann.ID, far.ID)
		w.ok(err)
		if !strings.HasPrefix(asked.URI, "https://example.org/") {
			t.Errorf("the request has the address %q", asked.URI)
		}
		if _, err := w.Follow(w.ctx, w.ann, far.ID, social.FollowOptions{}); err != nil {
			t.Fatal(err)
		}
		w.heard("Follow of ann to far") // whoever asks again means it: the first may be lost
		w.ok(w.FollowAccepted(w.ctx, w.ann, far, asked.URI))
		w.ok(w.FollowAccepted(w.ctx, w.ann, far, asked.URI))
		if !w.relationship(w.ann, far).Following {
			t.Error("accepted, but does not follow")
		}
		stranger := w.know(says("other", "far.example"))
		w.kind(model.KindNotFound, w.FollowAccepted(w.ctx, w.ann, stranger, ""))
		f, _, err := w.DB.Read(w.ctx).FollowByURI(asked.URI)
		w.ok(err)
		if f.TargetID != far.ID {
			t.Errorf("by its address the follow of %v is found", f.TargetID)
		}
		w.heard()
		w.ok(w.FollowRejected(w.ctx, w.ann, far, asked.URI)) // far takes it back
		if r := w.relationship(w.ann, far); r.Following || r.Requested {
			t.Errorf("rejected, but %+v", r)
		}
		w.heard()
		_, err = w.Follow(w.ctx, w.ann, far.ID, social.FollowOptions{})
		w.ok(err)
		_, err = w.Unfollow(w.ctx, w.ann, far.ID)
		w.ok(err)
		w.heard("Follow of ann to far", "Undo Follow of ann to far")
		w.sound()
	})
}

func TestWhoFollowsFromAbroadIsAnswered(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		far := w.know(says("far", "far.example"))
		ask := func() {
			t.Helper()
			_, err := w.Follow(w.ctx, far, w.ann.ID, social.FollowOptions{URI: "https://far.example/follows/1"})
			w.ok(err)
		}
		ask()
		w.heard("Accept Follow of ann to far")
		ask()
		w.heard("Accept Follow of ann to far") // their server had lost the answer
		if a := w.again(w.ann); a.FollowersCount != 1 {
			t.Errorf("%d followers", a.FollowersCount)
		}
		_, err := w.RemoveFromFollowers(w.ctx, w.ann, far.ID)
		w.ok(err)
		w.heard("Reject Follow of ann to far")
		locked := true
		_, err = w.EditProfile(w.ctx, w.ann, social.ProfileChange{Locked: &locked})
		w.ok(err)
		w.heard("Update Actor of ann")
		ask()
		w.heard()
		_, err = w.AuthorizeFollow(w.ctx, w.ann, far.ID)
		w.ok(err)
		w.heard("Accept Follow of ann to far")
		w.ok(w.UndoFollow(w.ctx, far, w.ann, ""))
		ask()
		_, err = w.RejectFollow(w.ctx, w.ann, far.ID)
		w.ok(err)
		w.heard("Reject Follow of ann to far")
		ask()
		open := false
		_, err = w.EditProfile(w.ctx, w.ann, social.ProfileChange{Locked: &open})
		w.ok(err)
		w.heard("Accept Follow of ann to far", "Update Actor of ann")
		w.sound()
	})
}

func TestWhoMayNotFollowFromAbroadIsToldSo(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		far := w.know(says("far", "far.example"))
		_, err := w.Follow(w.ctx, w.ann, far.ID, social.FollowOptions{})
		w.ok(err)
		_, err = w.Follow(w.ctx, far, w.ann.ID, social.FollowOptions{URI: "https://far.example/follows/1"})
		w.ok(err)
		w.told()
		_, err = w.Block(w.ctx, w.ann, far.ID)
		w.ok(err)
		w.heard("Undo Follow of ann to far", "Reject Follow of ann to far", "Block of ann to far")
		_, err = w.Follow(w.ctx, far, w.ann.ID, social.FollowOptions{URI: "https://far.example/follows/2"})
		w.ok(err)
		w.heard("Reject Follow of ann to far")
		if w.relationship(far, w.ann).Following {
			t.Error("somebody blocked follows")
		}
		_, err = w.Unblock(w.ctx, w.ann, far.ID)
		w.ok(err)
		w.heard("Undo Block of ann to far")
		// And the other way: they block, we forget.
		_, err = w.BlockNamed(w.ctx, far, w.ann.ID, "https://far.example/blocks/1")
		w.ok(err)
		b, err := w.DB.Read(w.ctx).BlockByURI("https://far.example/blocks/1")
		w.ok(err)
		if b.AccountID != far.ID || !w.relationship(w.ann, far).BlockedBy {
			t.Errorf("their block: %+v", b)
		}
		_, err = w.Follow(w.ctx, w.ann, far.ID, social.FollowOptions{})
		w.kind(model.KindForbidden, err)
		w.heard()
		w.sound()
	})
}

func TestMutingADomainPartsWithEverybodyThereAndTellsThem(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		far, other := w.know(says("far", "far.example")), w.know(says("other", "far.example"))
		_, err := w.Follow(w.ctx, w.ann, far.ID, social.FollowOptions{})
		w.ok(err)
		w.ok(w.FollowAccepted(w.ctx, w.ann, far, ""))
		_, err = w.Follow(w.ctx, w.ann, other.ID, social.FollowOptions{})
		w.ok(err)
		_, err = w.Follow(w.ctx, far, w.ann.ID, social.FollowOptions{URI: "https://far.example/follows/1"})
		w.ok(err)
		w.told()
		w.ok(w.BlockDomain(w.ctx, w.ann, "far.example"))
		w.heard("Undo Follow of ann to far", "Undo Follow of ann to other", "Reject Follow of ann to far")
		w.sound()
	})
}

func TestKeysOfOursAreMadeOnceHoweverManyAsk(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		var group sync.WaitGroup
		got := make([][]model.Key, 8)
		for i := range got {
			group.Go(func() {
				keys, err := w.KeysOf(w.ctx, w.ann)
				if err != nil {
					t.Error(err)
				}
				got[i] = keys
			})
		}
		group.Wait()
		for _, keys := range got {
			if d := cmp.Diff(got[0], keys); d != "" || len(keys) != 2 {
				t.Fatalf("two askers got different keys: %s", d)
			}
		}
		k, who, err := w.KeyByID(w.ctx, w.ann.URI+"#main-key")
		w.ok(err)
		if k.Algorithm != model.RSA || who.ID != w.ann.ID || k.Private == "" {
			t.Errorf("by its address: %s of %s", k.Algorithm, who.Acct())
		}
		if k, _, err = w.KeyByID(w.ctx, w.ann.URI+"#ed25519-key"); err != nil || k.Algorithm != model.Ed25519 {
			t.Errorf("the other key: %v, %v", k, err)
		}
		w.know(says("far", "far.example"))
		w.ok(w.RotateKeys(w.ctx, w.ann.ID))
		w.heard("Update Actor of ann")
		fresh, _, err := w.KeyByID(w.ctx, w.ann.URI+"#main-key")
		w.ok(err)
		if fresh.Public == got[0][0].Public {
			t.Error("after the rotation the old key is still found")
		}
		w.sound()
	})
}

func TestAPeersKeysAreThoseItTellsNow(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		r := says("far", "far.example")
		far := w.know(r)
		if _, who, err := w.KeyByID(w.ctx, far.URI+"#main-key"); err != nil || who.ID != far.ID {
			t.Fatal(err)
		}
		r.Keys = []model.Key{{KeyID: far.URI + "#next", Algorithm: model.Ed25519, Public: "another"}}
		w.know(r)
		if _, _, err := w.KeyByID(w.ctx, far.URI+"#main-key"); !model.IsNotFound(err) {
			t.Errorf("the old key is still found: %v", err)
		}
		if k, _, err := w.KeyByID(w.ctx, far.URI+"#next"); err != nil || k.Public != "another" {
			t.Errorf("the new key: %v, %v", k, err)
		}
		for i := range 20 {
			r.Keys = append(r.Keys, model.Key{KeyID: fmt.Sprintf("%s#%d", far.URI, i), Algorithm: model.RSA, Public: "x"})
		}
		w.know(r)
		keys, err := w.KeysOf(w.ctx, far)
		w.ok(err)
		if len(keys) != 10 {
			t.Errorf("%d keys are kept of somebody who tells 21", len(keys))
		}
		w.ok(w.ForgetAccount(w.ctx, far))
		w.clock.pass(31 * 24 * time.Hour)
		w.ok(w.PruneKeys(w.ctx))
		if keys, err = w.KeysOf(w.ctx, far); err != nil || len(keys) != 0 {
			t.Errorf("a month after the end %d keys are left, %v", len(keys), err)
		}
	})
}

func TestTheServerItselfIsNobodyToMeet(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		self, err := w.InstanceActor(w.ctx)
		w.ok(err)
		if again, err := w.InstanceActor(w.ctx); err != nil || again.ID != self.ID || self.ID != model.InstanceActorID {
			t.Fatal(err)
		}
		if self.Username != "example.org" || self.URI != "https://example.org/actor" || self.ActorType != "Application" {
			t.Errorf("it is %+v", self)
		}
		_, err = w.Lookup(w.ctx, "example.org@example.org")
		w.kind(model.KindNotFound, err)
		keys, err := w.KeysOf(w.ctx, self)
		w.ok(err)
		if len(keys) != 2 {
			t.Errorf("%d keys", len(keys))
		}
		far := w.know(says("far", "far.example"))
		_, err = w.Follow(w.ctx, far, self.ID, social.FollowOptions{URI: "https://far.example/1"})
		w.kind(model.KindNotFound, err)
		w.sound()
	})
}

func TestWhatAPeerTellsTwiceIsWrittenOnce(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		r := says("far", "far.example")
		r.Account.Note = `<p onclick="x()">hello :wave:</p><script>alert(1)</script>`
		r.Account.Fields = []model.Field{{Name: "site", Value: `<a href="javascript:x">bad</a>`}}
		r.Emojis = []model.CustomEmoji{{Shortcode: "wave", RemoteURL: "https://far.example/wave.png"}}
		far := w.know(r)
		if strings.Contains(far.Note, "onclick") || strings.Contains(far.Note, "script") || strings.Contains(far.Fields[0].Value, "javascript") {
			t.Errorf("kept as it came: %q, %q", far.Note, far.Fields[0].Value)
		}
		if len(far.Emojis) != 1 || far.Emojis[0].RemoteURL != "https://far.example/wave.png" {
			t.Errorf("emoji: %+v", far.Emojis)
		}
		before := w.DB.Statements()
		again := w.know(r)
		if again.UpdatedAt != far.UpdatedAt {
			t.Error("the same was written again")
		}
		if n := w.DB.Statements() - before; n > 6 {
			t.Errorf("knowing the same again took %d statements", n)
		}
		w.clock.pass(2 * time.Hour)
		if again = w.know(r); again.FetchedAt <= far.FetchedAt || again.UpdatedAt != far.UpdatedAt {
			t.Errorf("later: fetched at %v, changed at %v", again.FetchedAt, again.UpdatedAt)
		}
		r.Account.DisplayName = "Somebody\x00 else"
		if again = w.know(r); again.ID != far.ID || again.DisplayName != "Somebody else" {
			t.Errorf("after a change: %+v", again)
		}
		w.sound()
	})
}

func TestWhatNoAccountMayBeIsRefused(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		for name, change := range map[string]func(*social.RemoteAccount){
			"our domain":     func(r *social.RemoteAccount) { r.Account.Domain = "example.org" },
			"no domain":      func(r *social.RemoteAccount) { r.Account.Domain = "" },
			"our address":    func(r *social.RemoteAccount) { r.Account.URI = w.ann.URI },
			"no inbox":       func(r *social.RemoteAccount) { r.Account.InboxURL = "" },
			"a strange type": func(r *social.RemoteAccount) { r.Account.ActorType = "Note" },
			"a bad name":     func(r *social.RemoteAccount) { r.Account.Username = "a b" },
			"a long address": func(r *social.RemoteAccount) { r.Account.URI += strings.Repeat("a", 5000) },
			"a line break":   func(r *social.RemoteAccount) { r.Account.InboxURL += "\r\nX: y" },
		} {
			r := says("far", "far.example")
			change(&r)
			if _, err := w.KnowAccount(w.ctx, r); model.KindOf(err) != model.KindInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAHandleBelongsToWhoBearsItNow(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		one, two := says("one", "far.example"), says("two", "far.example")
		first, second := w.know(one), w.know(two)
		one.Account.Username = "two" // renamed; whoever was called so is called something else by now
		if got := w.know(one); got.ID != first.ID || got.Username != "two" {
			t.Errorf("renamed: %s", got.Acct())
		}
		if got := w.again(second); got.Username == "two" {
			t.Error("two accounts have one handle")
		}
		refresh := take[model.RefreshAccount](w)
		if len(refresh) != 1 || refresh[0].Account != second.ID {
			t.Errorf("asked anew: %v", refresh)
		}
		two.Account.Username = "three"
		if got := w.know(two); got.ID != second.ID || got.Username != "three" {
			t.Errorf("asked anew it is %s", got.Acct())
		}
		w.sound()
	})
}

func TestAServerSetUpAnewIsAskedAgain(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		far := w.know(says("far", "far.example"))
		_, err := w.Follow(w.ctx, w.ann, far.ID, social.FollowOptions{})
		w.ok(err)
		w.ok(w.FollowAccepted(w.ctx, w.ann, far, ""))
		_, err = w.Follow(w.ctx, far, w.ann.ID, social.FollowOptions{URI: "https://far.example/1"})
		w.ok(err)
		w.told()
		r := says("far", "far.example")
		r.Account.URI, r.Account.InboxURL = "https://far.example/ap/77", "https://far.example/ap/77/inbox"
		r.Keys[0].KeyID, r.Keys[0].Public = "https://far.example/ap/77#main-key", "new"
		if got := w.know(r); got.ID != far.ID || got.URI != r.Account.URI {
			t.Fatalf("same handle, new address: %+v", got)
		}
		if w.relationship(far, w.ann).Following {
			t.Error("whoever has the name now follows without having asked")
		}
		for _, job := range take[model.Refollow](w) {
			w.ok(w.Refollow(w.ctx, job))
		}
		if r := w.relationship(w.ann, far); r.Following || !r.Requested {
			t.Errorf("until it answers: %+v", r)
		}
		w.heard("Follow of ann to far")
		w.sound()
	})
}

func TestAServersSuspensionsAreMirrored(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		r := says("far", "far.example")
		far := w.know(r)
		gone := says("far", "far.example")
		gone.Account.DisplayName, gone.Suspended = "", true
		if got := w.know(gone); !got.Suspended() || got.SuspendedBy != "origin" || got.DisplayName != "far" {
			t.Errorf("suspended there: %+v", got)
		}
		if got := w.know(r); got.Suspended() {
			t.Error("let free there, suspended here")
		}
		w.ok(w.Suspend(w.ctx, far.ID, true))
		if got := w.know(r); !got.Suspended() {
			t.Error("its server undid our suspension")
		}
	})
}

func TestAnAccountGoneAbroadIsErasedHere(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		far := w.know(says("far", "far.example"))
		_, err := w.Follow(w.ctx, w.ann, far.ID, social.FollowOptions{})
		w.ok(err)
		w.ok(w.FollowAccepted(w.ctx, w.ann, far, ""))
		w.ok(w.ForgetAccount(w.ctx, far))
		w.ok(w.ForgetAccount(w.ctx, far))
		if !w.again(far).Suspended() {
			t.Error("it is still shown")
		}
		jobs := take[model.DeleteAccount](w)
		if len(jobs) != 1 {
			t.Fatalf("%d jobs", len(jobs))
		}
		w.ok(w.FinishDelete(w.ctx, jobs[0]))
		if a := w.again(w.ann); a.FollowingCount != 0 {
			t.Errorf("follows %d", a.FollowingCount)
		}
		w.sound()
		if back := w.know(says("far", "far.example")); back.Suspended() || back.ID != far.ID {
			t.Errorf("made anew there: %+v", back)
		}
	})
}

func TestADeletedAccountSaysGoodbyeBeforeItIsErased(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		far := w.know(says("far", "far.example"))
		_, err := w.Follow(w.ctx, far, w.ann.ID, social.FollowOptions{URI: "https://far.example/1"})
		w.ok(err)
		w.told()
		keys, err := w.KeysOf(w.ctx, w.ann)
		w.ok(err)
		w.ok(w.DeleteAccount(w.ctx, w.ann.ID))
		erase := take[model.DeleteAccount](w)[0]
		w.kind(model.KindUnavailable, w.FinishDelete(w.ctx, erase))
		w.heard("Delete Actor of ann")
		w.ok(w.FinishDelete(w.ctx, erase))
		w.ok(w.PruneKeys(w.ctx))
		still, err := w.KeysOf(w.ctx, w.ann)
		w.ok(err)
		if d := cmp.Diff(keys, still); d != "" {
			t.Errorf("the keys that sign the Delete: %s", d)
		}
		w.sound()
	})
}

func TestNobodyMakesUpAnyNumberOfServersOrPeople(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		for i := range 10 {
			w.know(says("spam", fmt.Sprintf("s%d.evil.example", i)))
		}
		_, err := w.KnowAccount(w.ctx, says("spam", "s10.evil.example"))
		w.kind(model.KindForbidden, err)
		w.know(says("more", "s1.evil.example")) // a server that is known is no new one
		w.know(says("good", "evil.example"))
		w.clock.pass(3 * time.Hour)
		w.know(says("spam", "s11.evil.example"))
		for i := range 400 {
			r := says(fmt.Sprintf("p%d", i), "many.example")
			r.Origin = "many.example"
			w.know(r)
		}
		r := says("p400", "many.example")
		r.Origin = "many.example"
		_, err = w.KnowAccount(w.ctx, r)
		w.kind(model.KindTooMany, err)
		r.Origin = "" // somebody here asks
		w.know(r)
	})
}

func TestADomainBlockHidesItsPeopleUntilItEnds(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		far, sub, near := w.know(says("far", "far.example")), w.know(says("sub", "a.far.example")), w.know(says("near", "notfar.example"))
		_, err := w.Follow(w.ctx, w.ann, far.ID, social.FollowOptions{})
		w.ok(err)
		w.ok(w.FollowAccepted(w.ctx, w.ann, far, ""))
		_, err = w.Follow(w.ctx, sub, w.ann.ID, social.FollowOptions{URI: "https://a.far.example/1"})
		w.ok(err)
		w.told()
		suspend, silence := model.Suspend, model.Silence
		carryOut := func() {
			t.Helper()
			for _, job := range take[model.SuspendDomain](w) {
				w.ok(w.SuspendDomain(w.ctx, job))
				w.ok(w.SuspendDomain(w.ctx, job))
			}
		}
		b, err := w.AddDomainBlock(w.ctx, "Far.Example", social.DomainBlockChange{Severity: &suspend})
		w.ok(err)
		carryOut()
		for _, a := range []*model.Account{far, sub} {
			if a = w.again(a); !a.Suspended() || a.SuspendedBy != "domain" {
				t.Errorf("%s is not suspended", a.Acct())
			}
		}
		if w.again(near).Suspended() {
			t.Error("another domain was blocked")
		}
		w.heard("Reject Follow of ann to sub", "Undo Follow of ann to far")
		w.sound()
		_, err = w.KnowAccount(w.ctx, says("new", "b.far.example"))
		w.kind(model.KindForbidden, err)
		_, may, err := w.DomainPolicy(w.ctx, "a.far.example")
		w.ok(err)
		if may {
			t.Error("a subdomain may talk")
		}
		var existing *social.ExistingDomainBlock
		if _, err := w.AddDomainBlock(w.ctx, "x.far.example", social.DomainBlockChange{Severity: &silence}); !errors.As(err, &existing) || existing.Block.ID != b.ID {
			t.Errorf("blocked a second time: %v", err)
		}
		_, err = w.EditDomainBlock(w.ctx, b.ID, social.DomainBlockChange{Severity: &silence})
		w.ok(err)
		carryOut()
		if a := w.again(far); a.Suspended() || !a.Silenced() {
			t.Errorf("from suspended to silenced: %+v", a)
		}
		if a := w.know(says("late", "far.example")); !a.Silenced() {
			t.Error("somebody new of a silenced domain is not")
		}
		w.ok(w.Silence(w.ctx, sub.ID, true)) // a moderator's own decision stays
		w.ok(w.RemoveDomainBlock(w.ctx, b.ID))
		carryOut()
		if w.again(far).Silenced() || !w.again(sub).Silenced() {
			t.Error("after the block's end")
		}
		if w.relationship(w.ann, far).Following {
			t.Error("the follow came back by itself")
		}
		w.sound()
	})
}

func TestOnAnAllowlistOnlyTheNamedTalk(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		w.Social.Site.Allowlist = true
		_, err := w.KnowAccount(w.ctx, says("far", "far.example"))
		w.kind(model.KindForbidden, err)
		d, err := w.AllowDomain(w.ctx, "far.example")
		w.ok(err)
		if again, err := w.AllowDomain(w.ctx, "far.example"); err != nil || again.ID != d.ID {
			t.Errorf("let in twice: %v, %v", again, err)
		}
		w.know(says("far", "far.example"))
		w.ok(w.DisallowDomain(w.ctx, d.ID))
		_, err = w.KnowAccount(w.ctx, says("far", "far.example"))
		w.kind(model.KindForbidden, err)
	})
}

func TestAPeerThatFailsForAWeekIsGivenUpUntilItIsHeard(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		const host = "far.example"
		w.ok(w.PeerReached(w.ctx, host))
		before := w.DB.Statements()
		for range 100 {
			w.ok(w.PeerReached(w.ctx, host))
		}
		if n := w.DB.Statements() - before; n != 0 {
			t.Errorf("saying the same a hundred times took %d statements", n)
		}
		for day := range 7 {
			for range 3 {
				w.ok(w.PeerFailed(w.ctx, host, "no answer"))
			}
			p, err := w.Peer(w.ctx, host)
			w.ok(err)
			if p.FailingDays != int64(day+1) || (p.GivenUpAt != 0) != (day == 6) {
				t.Fatalf("day %d: %+v", day+1, p)
			}
			w.clock.pass(24 * time.Hour)
		}
		list, err := w.DB.Read(w.ctx).GivenUpPeers(10)
		w.ok(err)
		if len(list) != 1 || list[0].LastError != "no answer" {
			t.Errorf("given up: %+v", list)
		}
		w.sound()
		w.ok(w.PeerHeard(w.ctx, host))
		p, err := w.DB.Read(w.ctx).Peer(host)
		w.ok(err)
		if p.GivenUpAt != 0 || p.FailingSince != 0 || p.LastHeard == 0 {
			t.Errorf("heard from: %+v", p)
		}
		w.ok(w.PeerLearned(w.ctx, host, social.PeerFacts{Signature: "rfc9421", Software: "mastodon", Version: "4.6.5"}))
		w.ok(w.PeerLearned(w.ctx, host, social.PeerFacts{Signature: "cavage"}))
		if p, err = w.DB.Read(w.ctx).Peer(host); err != nil || p.Signature != "cavage" || p.Software != "mastodon" {
			t.Errorf("learned: %+v, %v", p, err)
		}
	})
}

func TestFollowersGoAlongWhenSomebodyMoves(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		bob, cat := testkit.Person(t, w.DB, "bobby"), testkit.Person(t, w.DB, "cat")
		from, to := w.know(says("old", "far.example")), w.know(says("new", "near.example"))
		no := false
		for _, me := range []*model.Account{w.ann, bob} {
			_, err := w.Follow(w.ctx, me, from.ID, social.FollowOptions{Reblogs: &no})
			w.ok(err)
			w.ok(w.FollowAccepted(w.ctx, me, from, ""))
		}
		list, err := w.Social.AddList(w.ctx, w.ann, social.ListChange{Title: ptr("friends")})
		w.ok(err)
		w.ok(w.AddToList(w.ctx, w.ann, list.ID, []model.ID{from.ID}))
		_, err = w.Block(w.ctx, bob, to.ID) // bob wants nothing of the new one
		w.ok(err)
		_, err = w.Mute(w.ctx, cat, from.ID, true, 0)
		w.ok(err)
		_, err = w.SetNote(w.ctx, w.ann, from.ID, "met at the fair")
		w.ok(err)
		w.told()
		w.ok(w.MoveAccount(w.ctx, from, to))
		w.ok(w.MoveAccount(w.ctx, from, to))
		jobs := take[model.MoveFollowers](w)
		if len(jobs) != 1 {
			t.Fatalf("%d jobs", len(jobs))
		}
		w.ok(w.MoveFollowers(w.ctx, jobs[0]))
		w.ok(w.MoveFollowers(w.ctx, jobs[0]))
		r := w.relationship(w.ann, to)
		if !r.Requested || r.ShowingReblogs || !strings.HasSuffix(r.Note, "met at the fair") || strings.Count(r.Note, "moved from") != 1 {
			t.Errorf("ann and the new one: %+v", r)
		}
		if w.relationship(w.ann, from).Following || !w.relationship(bob, from).Following {
			t.Error("who follows the old one still")
		}
		if on, err := w.DB.Read(w.ctx).OnList(list.ID, []model.ID{from.ID, to.ID}); err != nil || !on[to.ID] || on[from.ID] {
			t.Errorf("on the list: %v, %v", on, err)
		}
		if !w.relationship(cat, to).Muting {
			t.Error("the mute did not move along")
		}
		w.heard("Follow of ann to new", "Undo Follow of ann to old")
		w.kind(model.KindInvalid, w.MoveAccount(w.ctx, from, w.know(says("third", "far.example"))))
		w.clock.pass(8 * 24 * time.Hour)
		w.ok(w.MoveAccount(w.ctx, from, w.know(says("third", "far.example"))))
		w.sound()
	})
}

func TestOneOfOursMovesAwayToWhoKnowsThem(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		r := says("new", "near.example")
		to := w.know(r)
		w.kind(model.KindInvalid, w.MoveAway(w.ctx, w.ann, to.ID))
		r.Account.AlsoKnownAs = []string{w.ann.URI}
		to = w.know(r)
		w.ok(w.SetAlias(w.ctx, w.ann, to, true))
		w.ok(w.MoveAway(w.ctx, w.ann, to.ID))
		if a := w.again(w.ann); a.MovedTo == nil || a.MovedTo.ID != to.ID || len(a.AlsoKnownAs) != 1 {
			t.Errorf("moved: %+v", a)
		}
		told := w.told()
		if !strings.Contains(strings.Join(told, "\n"), "Move of ann to new") {
			t.Errorf("told: %v", told)
		}
		w.ok(w.StayHere(w.ctx, w.ann))
		w.kind(model.KindInvalid, w.MoveAway(w.ctx, w.ann, to.ID)) // too soon
	})
}

func TestReportsComeAndGo(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		far, peer := w.know(says("far", "far.example")), w.know(says("peer", "near.example"))
		r, err := w.Report(w.ctx, w.ann, social.NewReport{Target: far.ID, Comment: "rude", Forward: true})
		w.ok(err)
		if !r.Forwarded || r.URI == "" {
			t.Errorf("forwarded: %+v", r)
		}
		w.heard("Flag of example.org to far")
		if r, err = w.Report(w.ctx, w.ann, social.NewReport{Target: far.ID}); err != nil || r.Forwarded {
			t.Errorf("kept here: %+v, %v", r, err)
		}
		w.heard()
		_, err = w.Report(w.ctx, w.ann, social.NewReport{Target: far.ID, Comment: strings.Repeat("x", 1001)})
		w.kind(model.KindInvalid, err)

		count := func() int64 {
			t.Helper()
			n, err := w.DB.Read(w.ctx).CountReports()
			w.ok(err)
			return n
		}
		had := count()
		const uri = "https://near.example/flags/1"
		w.ok(w.TakeReport(w.ctx, peer, w.ann, nil, strings.Repeat("y", 6000)+"\x00", uri))
		w.ok(w.TakeReport(w.ctx, peer, w.ann, nil, "again", uri))
		w.ok(w.TakeReport(w.ctx, peer, far, nil, "not ours", "https://near.example/flags/2"))
		if n := count(); n != had+1 {
			t.Errorf("%d reports of three that came", n-had)
		}
		silence := model.Noop
		_, err = w.AddDomainBlock(w.ctx, "near.example", social.DomainBlockChange{Severity: &silence, RejectReports: ptr(true)})
		w.ok(err)
		w.ok(w.TakeReport(w.ctx, peer, w.ann, nil, "refused", "https://near.example/flags/3"))
		if n := count(); n != had+1 {
			t.Error("a refused server's report was taken in")
		}
		w.sound()
	})
}

func TestRelaysAreAskedAndAnswer(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		r, err := w.AddRelay(w.ctx, "https://relay.example/inbox", "")
		w.ok(err)
		w.heard("Follow Relay of example.org") // though nobody elsewhere is known yet
		w.ok(w.RelayAnswered(w.ctx, r.FollowURI, true))
		w.kind(model.KindNotFound, w.RelayAnswered(w.ctx, "https://example.org/nothing", true))
		if again, err := w.AddRelay(w.ctx, "https://relay.example/inbox", ""); err != nil || again.State != "accepted" {
			t.Errorf("added twice: %+v, %v", again, err)
		}
		_, err = w.AddRelay(w.ctx, "ftp://relay.example", "")
		w.kind(model.KindInvalid, err)
		w.told()
		w.ok(w.RemoveRelay(w.ctx, r.ID))
		jobs := take[model.Distribute](w)
		if len(jobs) != 1 || jobs[0].Inbox != r.InboxURL || jobs[0].URI != r.FollowURI {
			t.Errorf("goodbye: %+v", jobs)
		}
	})
}

func TestListsOfFollowersAreBroughtInLine(t *testing.T) {
	t.Parallel()
	eachAbroad(t, func(w *abroad) {
		bob := testkit.Person(t, w.DB, "bobby")
		far, two := w.know(says("far", "far.example")), w.know(says("two", "far.example"))
		for _, f := range []*model.Account{far, two} {
			_, err := w.Follow(w.ctx, f, w.ann.ID, social.FollowOptions{URI: f.URI + "/follow"})
			w.ok(err)
		}
		sum, err := w.FollowersDigest(w.ctx, w.ann, "far.example")
		w.ok(err)
		if sum != social.Digest([]string{far.URI, two.URI}) {
			t.Errorf("the digest is %s", sum)
		}
		uris, err := w.FollowersOn(w.ctx, w.ann, "far.example")
		w.ok(err)
		if social.Digest(uris) != sum {
			t.Errorf("the list %v is another", uris)
		}
		w.ok(w.UndoFollow(w.ctx, two, w.ann, ""))
		if sum, err = w.FollowersDigest(w.ctx, w.ann, "far.example"); err != nil || sum != social.Digest([]string{far.URI}) {
			t.Errorf("after one left: %s, %v", sum, err)
		}
		if sum, err = w.FollowersDigest(w.ctx, w.ann, "other.example"); err != nil || sum != "" {
			t.Errorf("where nobody follows: %q, %v", sum, err)
		}

		_, err = w.Follow(w.ctx, w.ann, far.ID, social.FollowOptions{})
		w.ok(err)
		_, err = w.Follow(w.ctx, bob, far.ID, social.FollowOptions{})
		w.ok(err)
		w.ok(w.FollowAccepted(w.ctx, bob, far, ""))
		w.told()
		cat := testkit.Person(t, w.DB, "cat")
		// Far lists ann, whose Accept was lost, and cat, whose Undo was lost, but not bob.
		listed := []string{w.ann.URI, cat.URI, "https://example.org/ap/users/0"}
		w.ok(w.SyncFollowers(w.ctx, far, listed, false))
		if !w.relationship(w.ann, far).Following || !w.relationship(bob, far).Following {
			t.Error("an unproven list ends no follow, and what it has is true")
		}
		w.heard("Undo Follow of cat to far")
		w.ok(w.SyncFollowers(w.ctx, far, listed[:1], true))
		if w.relationship(bob, far).Following {
			t.Error("bob is not on the list")
		}
		w.heard()
		w.sound()
	})
}
