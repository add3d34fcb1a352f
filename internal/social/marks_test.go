package social_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// marks are what one viewer sees they did with a status.
func (p *place) marks(who *model.Account, id model.ID) model.Marks {
	p.t.Helper()
	st := p.read(id)
	v, err := p.View(p.ctx, who, []*model.Status{st})
	if err != nil {
		p.t.Fatal(err)
	}
	return v.Marks[st.Shown().ID]
}

func TestAReblogIsMadeOnceAndTakenBack(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newPlace(t, db)
		carol := testkit.Person(t, db, "carol")
		p.follow(carol, p.bob)
		st := p.post(p.alice, social.Draft{Text: "share me"})
		equal(t, "home of carol before", p.home(carol), []model.ID{})
		r := p.status(p.Reblog(p.ctx, p.bob, st.ID, social.ReblogOptions{}))
		if r.Reblog == nil || r.Reblog.ID != st.ID || r.Visibility != model.Public {
			t.Fatalf("reblog: %+v", r)
		}
		if again := p.status(p.Reblog(p.ctx, p.bob, st.ID, social.ReblogOptions{Visibility: model.Unlisted})); again.ID != r.ID {
			t.Errorf("a second reblog %v beside %v", again.ID, r.ID)
		}
		if twice := p.status(p.Reblog(p.ctx, carol, r.ID, social.ReblogOptions{})); twice.Reblog.ID != st.ID {
			t.Errorf("a reblog of a reblog shares %v", twice.Reblog.ID)
		}
		equal(t, "home of carol", p.home(carol), []model.ID{r.ID})
		if got := p.read(st.ID).ReblogsCount; got != 2 {
			t.Errorf("reblogs_count %d, want 2", got)
		}
		if got := p.marks(p.bob, r.ID); got != model.Reblogged {
			t.Errorf("marks of bob: %b", got)
		}
		equal(t, "told alice", p.told(p.alice), []string{fmt.Sprint("reblog ", st.ID), fmt.Sprint("reblog ", st.ID)})
		if got := p.status(p.Unreblog(p.ctx, p.bob, st.ID)); got.ID != st.ID || got.ReblogsCount != 1 {
			t.Errorf("unreblog gave %v with %d reblogs", got.ID, got.ReblogsCount)
		}
		if got := p.marks(p.bob, st.ID); got != 0 {
			t.Errorf("marks of bob after: %b", got)
		}
		equal(t, "told alice after", p.told(p.alice), []string{fmt.Sprint("reblog ", st.ID)})
		// Her own reblog was hidden behind bob's and shows now.
		if got := p.home(carol); len(got) != 1 || got[0] == r.ID {
			t.Errorf("home of carol after: %v", got)
		}
		if got := p.status(p.Unreblog(p.ctx, p.bob, st.ID)); got.ID != st.ID {
			t.Errorf("a second unreblog gave %v", got.ID)
		}
	})
}

func TestOnlyTheAuthorReblogsAPrivatePostAndNobodyADirectOne(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newPlace(t, db)
		private := p.post(p.alice, social.Draft{Text: "friends", Visibility: model.Private})
		direct := p.post(p.alice, social.Draft{Text: "@bob you", Visibility: model.Direct})
		_, err := p.Reblog(p.ctx, p.bob, private.ID, social.ReblogOptions{})
		refused(t, err, model.KindForbidden, "This action is not allowed")
		if r := p.status(p.Reblog(p.ctx, p.alice, private.ID, social.ReblogOptions{Visibility: model.Public})); r.Visibility != model.Private {
			t.Errorf("a private post is shared as %s", r.Visibility)
		}
		for _, who := range []*model.Account{p.alice, p.bob} {
			_, err = p.Reblog(p.ctx, who, direct.ID, social.ReblogOptions{})
			refused(t, err, model.KindForbidden, "This action is not allowed")
		}
		_, err = p.Reblog(p.ctx, testkit.Person(t, db, "carol"), private.ID, social.ReblogOptions{})
		refused(t, err, model.KindNotFound, "Record not found")
		public := p.post(p.alice, social.Draft{Text: "all"})
		_, err = p.Reblog(p.ctx, p.bob, public.ID, social.ReblogOptions{Visibility: model.Direct})
		refused(t, err, model.KindInvalid, "Visibility is reserved")
	})
}

func TestBookmarksAndFavouritesAreListedAndCanBeTakenBackBlind(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newPlace(t, db)
		var posts []model.ID
		for i := range 3 {
			st := p.post(p.alice, social.Draft{Text: fmt.Sprint("number ", i)})
			posts = append(posts, st.ID)
			p.status(p.Bookmark(p.ctx, p.bob, st.ID, true))
			p.status(p.Favourite(p.ctx, p.bob, st.ID, true))
		}
		hidden := p.post(p.alice, social.Draft{Text: "friends", Visibility: model.Private})
		p.status(p.Bookmark(p.ctx, p.bob, hidden.ID, true))
		if got := p.marks(p.bob, posts[0]); got != model.Bookmarked|model.Favourited {
			t.Errorf("marks: %b", got)
		}
		list, cursors, err := p.Bookmarks(p.ctx, p.bob, model.Page{Limit: 2})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "bookmarks", idsOf(list), []model.ID{hidden.ID, posts[2]})
		list, _, err = p.Bookmarks(p.ctx, p.bob, model.Page{Limit: 2, MaxID: cursors[1]})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "second page", idsOf(list), []model.ID{posts[1], posts[0]})
		list, _, err = p.Favourites(p.ctx, p.bob, model.Page{Limit: 2, MinID: 1})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "favourites from the bottom", idsOf(list), []model.ID{posts[1], posts[0]})
		who, _, err := p.FavouritedBy(p.ctx, nil, posts[0], model.Page{Limit: 40})
		if err != nil || len(who) != 1 || who[0].ID != p.bob.ID {
			t.Errorf("favourited by %v, %v", who, err)
		}
		p.write(func(tx *store.Tx) error { return tx.AddBlock(p.alice.ID, p.bob.ID) })
		if list, _, err = p.Bookmarks(p.ctx, p.bob, model.Page{Limit: 20}); err != nil {
			t.Fatal(err)
		}
		equal(t, "bookmarks of a blocked person", idsOf(list), []model.ID{hidden.ID}) // still following by rows
		p.status(p.Bookmark(p.ctx, p.bob, posts[0], false))
		p.status(p.Favourite(p.ctx, p.bob, posts[0], false))
		if got := p.read(posts[0]).FavouritesCount; got != 0 {
			t.Errorf("favourites_count %d after taking it back blind", got)
		}
		_, err = p.Bookmark(p.ctx, p.bob, posts[0], true)
		refused(t, err, model.KindNotFound, "Record not found")
	})
}

func TestBookmarksAndFavouritesComeInTheOrderOfMarkingWhateverTheAgeOfThePosts(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newPlace(t, db)
		var posts []model.ID
		for i := range 4 {
			posts = append(posts, p.post(p.alice, social.Draft{Text: fmt.Sprint("number ", i)}).ID)
		}
		marked := []model.ID{posts[3], posts[0], posts[2], posts[1]} // newest mark first
		for _, id := range slices.Backward(marked) {
			p.status(p.Bookmark(p.ctx, p.bob, id, true))
			p.status(p.Favourite(p.ctx, p.bob, id, true))
		}
		for name, read := range map[string]func(context.Context, *model.Account, model.Page) ([]*model.Status, []model.ID, error){
			"bookmarks": p.Bookmarks, "favourites": p.Favourites,
		} {
			var got []model.ID
			for page := (model.Page{Limit: 1}); ; {
				list, cursors, err := read(p.ctx, p.bob, page)
				if err != nil {
					t.Fatal(err)
				}
				if len(cursors) == 0 {
					break
				}
				got = append(got, idsOf(list)...)
				page.MaxID = cursors[0]
			}
			equal(t, name+" one by one", got, marked)
		}
	})
}

func TestFiveOfOnesOwnPostsCanBePinned(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newPlace(t, db)
		var posts []*model.Status
		for i := range 6 {
			posts = append(posts, p.post(p.alice, social.Draft{Text: fmt.Sprint("number ", i)}))
		}
		for _, st := range posts[:5] {
			p.status(p.Pin(p.ctx, p.alice, st.ID))
		}
		p.status(p.Pin(p.ctx, p.alice, posts[0].ID)) // once more changes nothing
		_, err := p.Pin(p.ctx, p.alice, posts[5].ID)
		refused(t, err, model.KindInvalid, "Validation failed: You have already pinned the maximum number of posts")
		if got := p.marks(p.alice, posts[0].ID); got != model.Pinned {
			t.Errorf("marks: %b", got)
		}
		p.status(p.Unpin(p.ctx, p.alice, posts[0].ID))
		if got := p.marks(p.alice, posts[0].ID); got != 0 {
			t.Errorf("marks after unpinning: %b", got)
		}
		_, err = p.Pin(p.ctx, p.bob, posts[0].ID)
		refused(t, err, model.KindInvalid, "Validation failed: Someone else's post cannot be pinned")
		_, err = p.Pin(p.ctx, p.alice, p.post(p.alice, social.Draft{Text: "@bob you", Visibility: model.Direct}).ID)
		refused(t, err, model.KindInvalid, "Validation failed: Posts that are only visible to mentioned users cannot be pinned")
		_, err = p.Pin(p.ctx, p.alice, p.status(p.Reblog(p.ctx, p.alice, posts[0].ID, social.ReblogOptions{})).ID)
		refused(t, err, model.KindInvalid, "Validation failed: A boost cannot be pinned")
	})
}

func TestAThreadReadsInOrderWithoutWhomItsReaderHides(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newPlace(t, db)
		carol := testkit.Person(t, db, "carol")
		say := func(who *model.Account, to *model.Status, v model.Visibility) *model.Status {
			d := social.Draft{Text: "word", Visibility: v}
			if to != nil {
				d.InReplyToID = to.ID
			}
			return p.post(who, d)
		}
		root := say(p.alice, nil, "")
		middle := say(p.bob, root, "")
		here := say(p.alice, middle, "")
		first := say(p.bob, here, "")
		second := say(carol, here, "")
		deep := say(carol, first, "")
		own := say(p.alice, here, "")
		secret := say(carol, here, model.Private)
		thread := func(who *model.Account) (up, down []model.ID) {
			t.Helper()
			c, err := p.Context(p.ctx, who, here.ID)
			if err != nil {
				t.Fatal(err)
			}
			return idsOf(c.Ancestors), idsOf(c.Descendants)
		}
		for _, who := range []*model.Account{nil, p.bob} {
			up, down := thread(who)
			equal(t, "ancestors", up, []model.ID{root.ID, middle.ID})
			equal(t, "descendants", down, []model.ID{own.ID, first.ID, deep.ID, second.ID})
		}
		if _, down := thread(carol); !slices.Contains(down, secret.ID) {
			t.Error("carol does not see her own answer")
		}
		p.write(func(tx *store.Tx) error { return tx.AddBlock(p.alice.ID, carol.ID) })
		_, down := thread(p.alice)
		equal(t, "descendants without whom alice blocks", down, []model.ID{own.ID, first.ID})
	})
}

func TestAVisitorSeesTheMiddleOfALongThread(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newPlace(t, db)
		var chain []*model.Status
		for i := range 70 {
			d := social.Draft{Text: fmt.Sprint("step ", i)}
			if i > 0 {
				d.InReplyToID = chain[i-1].ID
			}
			chain = append(chain, p.post(p.alice, d))
		}
		for _, c := range []struct {
			who      *model.Account
			up, down int
		}{{nil, 40, 20}, {p.bob, 45, 24}} {
			got, err := p.Context(p.ctx, c.who, chain[45].ID)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Ancestors) != c.up || len(got.Descendants) != c.down {
				t.Errorf("%d above and %d below, want %d and %d", len(got.Ancestors), len(got.Descendants), c.up, c.down)
			}
			if last := got.Ancestors[len(got.Ancestors)-1]; last.ID != chain[44].ID {
				t.Errorf("the last above is %v", last.Text)
			}
		}
	})
}

func TestAMutedConversationIsMarkedInAllItsPosts(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newPlace(t, db)
		root := p.post(p.alice, social.Draft{Text: "hot topic"})
		reply := p.post(p.bob, social.Draft{Text: "oh no", InReplyToID: root.ID})
		if got := p.marks(p.alice, reply.ID); got != 0 {
			t.Errorf("marks before: %b", got)
		}
		p.status(p.MuteConversation(p.ctx, p.alice, root.ID, true))
		if got := p.marks(p.alice, reply.ID); got != model.Muted {
			t.Errorf("marks: %b", got)
		}
		p.status(p.MuteConversation(p.ctx, p.alice, reply.ID, false))
		if got := p.marks(p.alice, root.ID); got != 0 {
			t.Errorf("marks after: %b", got)
		}
	})
}

func TestTheQuotedAuthorTakesTheirApprovalBack(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newPlace(t, db)
		st := p.post(p.alice, social.Draft{Text: "quotable"})
		quoting := p.post(p.bob, social.Draft{Text: "look", QuotedID: st.ID})
		listed := func() []model.ID {
			t.Helper()
			list, _, err := p.Quotes(p.ctx, p.alice, st.ID, model.Page{Limit: 20})
			if err != nil {
				t.Fatal(err)
			}
			return idsOf(list)
		}
		equal(t, "quotes", listed(), []model.ID{quoting.ID})
		if got := p.read(st.ID).QuotesCount; got != 1 {
			t.Errorf("quotes_count %d, want 1", got)
		}
		_, err := p.RevokeQuote(p.ctx, p.bob, st.ID, quoting.ID)
		refused(t, err, model.KindForbidden, "This action is not allowed")
		if got := p.status(p.RevokeQuote(p.ctx, p.alice, st.ID, quoting.ID)); got.Quote.State != "revoked" {
			t.Errorf("state %s, want revoked", got.Quote.State)
		}
		equal(t, "quotes after", listed(), []model.ID{})
		if got := p.read(st.ID).QuotesCount; got != 0 {
			t.Errorf("quotes_count %d, want 0", got)
		}
		p.status(p.SetQuotePolicy(p.ctx, p.alice, st.ID, "nobody"))
		_, err = p.Post(p.ctx, p.bob, social.Draft{Text: "again", QuotedID: st.ID})
		refused(t, err, model.KindNotFound, "")
		_, err = p.SetQuotePolicy(p.ctx, p.bob, st.ID, "public")
		refused(t, err, model.KindForbidden, "This action is not allowed")
		mine := p.post(p.alice, social.Draft{Text: "me too", QuotedID: st.ID})
		if _, err := p.RemoveStatus(p.ctx, p.alice, st.ID, false); err != nil {
			t.Fatal(err)
		}
		if got := p.read(mine.ID).Quote; got.State != "deleted" || got.Quoted != nil {
			t.Errorf("the quote of a deleted post: %+v", got)
		}
	})
}

func TestAnEditThatNamesSomebodyBlockedTakesThePostOutOfTheHome(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		p := newPlace(t, db)
		st := p.post(p.alice, social.Draft{Text: "hello @carol"})
		equal(t, "home of bob", p.home(p.bob), []model.ID{st.ID})
		carol := testkit.Person(t, db, "carol")
		p.write(func(tx *store.Tx) error { return tx.AddBlock(p.bob.ID, carol.ID) })
		equal(t, "home of bob who blocks carol", p.home(p.bob), []model.ID{st.ID}) // she was nobody when it was written
		p.status(p.Edit(p.ctx, p.alice, st.ID, social.Draft{Text: "hello @carol!"}))
		equal(t, "home of bob after an edit that names her", p.home(p.bob), []model.ID{})
	})
}
