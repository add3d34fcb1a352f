package social_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// Whatever people do, what the caches show is what the database holds, and the home feeds in memory are what reading
// everything anew would give.
func TestWhateverPeopleDoCachesAndHomesTellTheTruth(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		s := testkit.World(t, db)
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			w := &life{Social: s, rt: rt}
			for i := range 3 {
				w.people = append(w.people, testkit.Person(t, db, fmt.Sprintf("p%dx%d", n, i)))
			}
			w.rex = remotePerson(t, db, fmt.Sprintf("rex%d", n), "far.example")
			rt.Repeat(map[string]func(*rapid.T){
				"post": w.post, "edit": w.edit, "delete": w.remove, "favourite": w.favourite, "reblog": w.reblog,
				"unreblog": w.unreblog, "bookmark": w.bookmark, "follow": w.follow, "block": w.block, "pin": w.pin,
				"vote": w.vote, "mute conversation": w.mute, "revoke quote": w.revoke, "dismiss": w.dismiss,
				"forget": w.forget, "": w.check,
				"arrive": w.arrive, "edit elsewhere": w.editElsewhere, "forget elsewhere": w.forgetElsewhere, "boost": w.boost,
				"ask to quote": w.ask,
			})
			found, err := unsound(db)
			// Blocks and follows are written here without the verbs that keep them apart.
			found = slices.DeleteFunc(found, func(f store.Finding) bool { return f.Check == "blocks.follows" })
			if err != nil || len(found) > 0 {
				rt.Fatalf("not sound: %+v, %v", found, err)
			}
		})
	})
}

// life is three people, one elsewhere, and what they wrote.
type life struct {
	*social.Social
	rt     *rapid.T
	people []*model.Account
	made   []model.ID // statuses, also those deleted since
	rex    *model.Account
}

// may fails the test for errors that are no answers to a person.
func (w *life) may(err error) {
	if model.KindOf(err) == model.KindInternal && err != nil {
		w.rt.Fatal(err)
	}
}

func (w *life) someone(t *rapid.T) *model.Account { return rapid.SampledFrom(w.people).Draw(t, "who") }

// something is a status, with luck one that is still there.
func (w *life) something(t *rapid.T) model.ID {
	if len(w.made) == 0 {
		t.Skip("nothing was written yet")
	}
	return rapid.SampledFrom(w.made).Draw(t, "which")
}

func (w *life) draft(t *rapid.T) social.Draft {
	d := social.Draft{Text: rapid.SampledFrom([]string{"a", "b #x", "c #y #x"}).Draw(t, "text")}
	if rapid.IntRange(0, 2).Draw(t, "names") == 0 {
		d.Text += " @" + w.someone(t).Username
	}
	if rapid.IntRange(0, 3).Draw(t, "asks") == 0 {
		d.Poll = &social.PollDraft{Options: rapid.SampledFrom([][]string{{"a", "b"}, {"a", "c"}}).Draw(t, "choices"), ExpiresIn: time.Hour}
	}
	return d
}

func (w *life) post(t *rapid.T) {
	d := w.draft(t)
	d.Visibility = rapid.SampledFrom([]model.Visibility{model.Public, model.Public, model.Unlisted, model.Private, model.Direct}).Draw(t, "visibility")
	if len(w.made) > 0 {
		switch rapid.IntRange(0, 3).Draw(t, "relates") {
		case 0:
			d.InReplyToID = w.something(t)
		case 1:
			d.QuotedID = w.something(t)
		}
	}
	made, err := w.Post(context.Background(), w.someone(t), d)
	w.may(err)
	if err == nil {
		w.made = append(w.made, made.Status.ID)
	}
}

func (w *life) edit(t *rapid.T) {
	_, err := w.Edit(context.Background(), w.someone(t), w.something(t), w.draft(t))
	w.may(err)
}

func (w *life) remove(t *rapid.T) {
	_, err := w.RemoveStatus(context.Background(), w.someone(t), w.something(t), false)
	w.may(err)
}

func (w *life) favourite(t *rapid.T) {
	_, err := w.Favourite(context.Background(), w.someone(t), w.something(t), rapid.Bool().Draw(t, "on"))
	w.may(err)
}

func (w *life) bookmark(t *rapid.T) {
	_, err := w.Bookmark(context.Background(), w.someone(t), w.something(t), rapid.Bool().Draw(t, "on"))
	w.may(err)
}

func (w *life) reblog(t *rapid.T) {
	r, err := w.Reblog(context.Background(), w.someone(t), w.something(t), social.ReblogOptions{})
	w.may(err)
	if err == nil && !slices.Contains(w.made, r.ID) {
		w.made = append(w.made, r.ID)
	}
}

func (w *life) unreblog(t *rapid.T) {
	_, err := w.Unreblog(context.Background(), w.someone(t), w.something(t))
	w.may(err)
}

func (w *life) pin(t *rapid.T) {
	verb := w.Pin
	if rapid.Bool().Draw(t, "down") {
		verb = w.Unpin
	}
	_, err := verb(context.Background(), w.someone(t), w.something(t))
	w.may(err)
}

func (w *life) mute(t *rapid.T) {
	_, err := w.MuteConversation(context.Background(), w.someone(t), w.something(t), rapid.Bool().Draw(t, "on"))
	w.may(err)
}

func (w *life) revoke(t *rapid.T) {
	_, err := w.RevokeQuote(context.Background(), w.someone(t), w.something(t), w.something(t))
	w.may(err)
}

// dismiss takes away one notification, or all.
func (w *life) dismiss(t *rapid.T) {
	me := w.someone(t)
	told, err := w.Notifications(context.Background(), me, social.NotificationQuery{}, model.Page{Limit: 40})
	w.may(err)
	if len(told) == 0 || rapid.IntRange(0, 3).Draw(t, "all") == 0 {
		w.may(w.ClearNotifications(context.Background(), me))
		return
	}
	w.may(w.DismissNotification(context.Background(), me, rapid.SampledFrom(told).Draw(t, "which").ID))
}

// forget drops all that somebody was told by another.
func (w *life) forget(t *rapid.T) {
	a, b := w.someone(t), w.someone(t)
	w.may(w.DB.Write(context.Background(), func(tx *store.Tx) error { return tx.ForgetSender(a.ID, b.ID) }))
}

func (w *life) vote(t *rapid.T) {
	st, err := w.DB.Read(context.Background()).StatusByID(w.something(t))
	w.may(err)
	if err != nil || st.Poll == nil {
		t.Skip("no poll")
	}
	_, err = w.Vote(context.Background(), w.someone(t), st.PollID, []int{rapid.IntRange(0, 1).Draw(t, "choice")})
	w.may(err)
}

func (w *life) follow(t *rapid.T) {
	a, b := w.someone(t), rapid.SampledFrom(append(slices.Clone(w.people), w.rex)).Draw(t, "whom")
	if a == b {
		t.Skip("oneself")
	}
	w.may(w.DB.Write(context.Background(), func(tx *store.Tx) error {
		return tx.AddFollow(&model.Follow{ID: tx.NewID(), AccountID: a.ID, TargetID: b.ID, ShowReblogs: true, CreatedAt: tx.Now()})
	}))
}

func (w *life) block(t *rapid.T) {
	a, b := w.someone(t), w.someone(t)
	if a == b {
		t.Skip("oneself")
	}
	w.may(w.DB.Write(context.Background(), func(tx *store.Tx) error {
		if rapid.Bool().Draw(t, "off") {
			return tx.RemoveBlock(a.ID, b.ID)
		}
		return tx.AddBlock(a.ID, b.ID)
	}))
}

// drawn is what a cached row may hold otherwise than the database: bytes drawn from it, and when a tag was used last,
// which nobody reads off a status.
func drawn() gocmp.Options {
	return gocmp.Options{
		cmpopts.IgnoreTypes((*model.Slot)(nil)), cmpopts.IgnoreFields(model.Tag{}, "LastStatusAt"),
	}
}

// check compares what a reader is shown with what a transaction, which no cache serves, finds.
func (w *life) check(t *rapid.T) {
	ctx := context.Background()
	cached, err := w.DB.Read(ctx).Statuses(w.made)
	w.may(err)
	w.may(w.DB.Write(ctx, func(tx *store.Tx) error {
		fresh, err := tx.Statuses(w.made)
		if err != nil {
			return err
		}
		if d := gocmp.Diff(fresh, cached, drawn()); d != "" {
			t.Fatalf("statuses from the cache (-database +cache):\n%s", d)
		}
		for _, me := range w.people {
			if err := w.checkFor(ctx, t, tx, me, fresh); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (w *life) checkFor(ctx context.Context, t *rapid.T, tx *store.Tx, me *model.Account, fresh []*model.Status) error {
	rel, err := tx.Relations(me.ID)
	if err != nil {
		return err
	}
	cachedRel, err := w.DB.Read(ctx).Relations(me.ID)
	if err != nil {
		return err
	}
	if d := gocmp.Diff(rel, cachedRel); d != "" {
		t.Fatalf("circle of %s (-database +cache):\n%s", me.Username, d)
	}
	own := slices.DeleteFunc(slices.Clone(fresh), func(st *model.Status) bool { return st.ReblogOfID != 0 })
	marks, err := tx.Marks(me.ID, own)
	if err != nil {
		return err
	}
	maps, err := w.DB.Read(ctx).Marks(me.ID, own)
	if err != nil {
		return err
	}
	for _, st := range own {
		if marks[st.ID] != maps[st.ID] {
			t.Fatalf("marks of %s on %v: %b in the database, %b in the cache", me.Username, st.ID, marks[st.ID], maps[st.ID])
		}
	}
	told, err := tx.Notifications(me.ID, store.NotificationFilter{}, nil, model.Page{Limit: 40})
	if err != nil {
		return err
	}
	kept, err := w.DB.Read(ctx).Notifications(me.ID, store.NotificationFilter{}, nil, model.Page{Limit: 40})
	if err != nil {
		return err
	}
	if d := gocmp.Diff(told, kept, cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("notifications of %s (-database +kept):\n%s", me.Username, d)
	}
	got, err := w.Home(ctx, me, model.Page{Limit: 1000})
	if err != nil {
		return err
	}
	if d := gocmp.Diff(naiveHome(rel, fresh, tx.Now()), idsOf(got)); d != "" {
		t.Fatalf("home of %s (-naive +got):\n%s", me.Username, d)
	}
	return nil
}

// naiveHome goes through everything from the oldest up.
func naiveHome(rel *model.Relations, all []*model.Status, now model.Time) []model.ID {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b *model.Status) int { return cmp.Compare(a.ID, b.ID) })
	out, shown := []model.ID{}, []model.ID{}
	for _, st := range all {
		near := shown[max(0, len(shown)-social.ReblogWindow):]
		if !social.MayHome(rel, st, now) || st.ReblogOfID != 0 && slices.Contains(near, st.ReblogOfID) {
			continue
		}
		out, shown = append(out, st.ID), append(shown, st.Shown().ID)
	}
	slices.Reverse(out)
	return out
}
