// Command go-mastodon lives through a day on a server with the Go library of that name. The library has no pins,
// markers, preferences, grouped notifications, quotes and instance v2: other clients' stories do.
package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-mastodon"
)

const (
	outOfBand = "urn:ietf:wg:oauth:2.0:oob"
	callback  = "http://127.0.0.1:9/callback" // nobody listens there: the browser is stopped at its door
	scopes    = "read write follow"
)

// A day is a story under way.
type day struct {
	ctx     context.Context
	server  string
	answers *bufio.Scanner
	now     string // the step
	failed  bool

	alice, bob, carol, dora *mastodon.Client
	me                      map[*mastodon.Client]*mastodon.Account
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	d := &day{ctx: ctx, server: os.Getenv("BASE_URL"), answers: bufio.NewScanner(os.Stdin), me: map[*mastodon.Client]*mastodon.Account{}}
	if d.tell(d.signIn); d.failed {
		os.Exit(1)
	}
	for _, chapter := range []func(){
		d.lookAround, d.follow, d.post, d.edit, d.interact, d.vote, d.keepLists, d.filter, d.search, d.notifications, d.converse,
		d.fallOut, d.readToTheEnd, d.listen, d.leave,
	} {
		d.tell(chapter)
	}
	d.step("the end")
	if d.failed {
		os.Exit(1)
	}
}

// broken is what fail panics with.
type broken struct{}

// tell runs a chapter. One that breaks off fails the story, but the next may still tell something.
func (d *day) tell(chapter func()) {
	defer func() {
		if r := recover(); r != nil && r != (broken{}) {
			panic(r)
		}
	}()
	chapter()
}

func (d *day) step(what string) {
	d.now = what
	fmt.Println(what)
}

// fail ends the chapter, at the caller's caller.
func (d *day) fail(format string, args ...any) {
	_, file, line, _ := runtime.Caller(2)
	fmt.Fprintf(os.Stderr, "%s:%d: %s: %s\n", filepath.Base(file), line, d.now, fmt.Sprintf(format, args...))
	d.failed = true
	panic(broken{})
}

func (d *day) ok(err error) {
	if err != nil {
		d.fail("%v", err)
	}
}

func (d *day) equal(what string, got, want any) {
	if !reflect.DeepEqual(got, want) {
		d.fail("%s: got %#v, want %#v", what, got, want)
	}
}

func (d *day) holds(what string, text, part string) {
	if !strings.Contains(text, part) {
		d.fail("%s: %q does not hold %q", what, text, part)
	}
}

func (d *day) refused(err error, status int) {
	var refusal *mastodon.APIError
	if !errors.As(err, &refusal) || refusal.StatusCode != status || refusal.Message == "" {
		d.fail("got %v, want a refusal with status %d and a message", err, status)
	}
}

// keyed sends the idempotency key that a call's context carries: the library has no parameter for it.
type keyed struct{}

type keyOfPost struct{}

func (keyed) RoundTrip(r *http.Request) (*http.Response, error) {
	if key, ok := r.Context().Value(keyOfPost{}).(string); ok {
		r = r.Clone(r.Context())
		r.Header.Set("Idempotency-Key", key)
	}
	return http.DefaultTransport.RoundTrip(r)
}

func (d *day) signIn() {
	d.step("an app registers")
	app, err := mastodon.RegisterApp(d.ctx, &mastodon.AppConfig{
		Server: d.server, ClientName: "go-mastodon", RedirectURIs: outOfBand, Scopes: scopes, Website: "https://app.example",
	})
	d.ok(err)
	d.equal("redirect_uri", app.RedirectURI, outOfBand)
	d.step("the app speaks for itself")
	own := d.client(app)
	d.ok(own.GetAppAccessToken(d.ctx, outOfBand))
	verified, err := own.VerifyAppCredentials(d.ctx)
	d.ok(err)
	d.equal("name", verified.Name, "go-mastodon")
	d.equal("website", verified.Website, "https://app.example")
	_, err = own.GetAccountCurrentUser(d.ctx)
	d.refused(err, http.StatusUnprocessableEntity) // as Mastodon: this method requires an authenticated user

	d.step("everybody signs in and copies a code")
	d.alice, d.carol, d.dora = d.enter(app, "alice"), d.enter(app, "carol"), d.enter(app, "dora")
	d.step("bob's app has an address of its own")
	app, err = mastodon.RegisterApp(d.ctx, &mastodon.AppConfig{Server: d.server, ClientName: "callback", RedirectURIs: callback, Scopes: scopes})
	d.ok(err)
	d.bob = d.enter(app, "bob")

	d.step("a code works once")
	code := d.code("alice", app)
	d.ok(d.client(app).GetUserAccessToken(d.ctx, code, callback))
	d.refused(d.client(app).GetUserAccessToken(d.ctx, code, callback), http.StatusBadRequest)
}

func (d *day) client(app *mastodon.Application) *mastodon.Client {
	c := mastodon.NewClient(&mastodon.Config{Server: d.server, ClientID: app.ClientID, ClientSecret: app.ClientSecret})
	c.Transport = keyed{}
	return c
}

func (d *day) code(name string, app *mastodon.Application) string {
	fmt.Println("?", name, app.AuthURI)
	if !d.answers.Scan() || d.answers.Text() == "" {
		d.fail("%s got no code", name)
	}
	return d.answers.Text()
}

func (d *day) enter(app *mastodon.Application, name string) *mastodon.Client {
	c := d.client(app)
	d.ok(c.GetUserAccessToken(d.ctx, d.code(name, app), app.RedirectURI))
	me, err := c.GetAccountCurrentUser(d.ctx)
	d.ok(err)
	d.equal("username", me.Username, name)
	d.equal("acct", me.Acct, name)
	if me.Source == nil || me.Source.Privacy == nil {
		d.fail("%s sees no source of her own account", name)
	}
	d.equal("source.privacy", *me.Source.Privacy, "public")
	d.me[c] = me
	return c
}

func (d *day) lookAround() {
	d.step("alice looks at the server")
	i, err := d.alice.GetInstance(d.ctx)
	d.ok(err)
	d.equal("uri", i.URI, strings.TrimPrefix(d.server, "http://"))
	d.holds("version", i.Version, "4.")
	d.equal("user_count", i.Stats.UserCount, int64(4))
	most, _ := (*i.Configuration.Statuses)["max_characters"].(float64)
	d.equal("max_characters", most >= 500, true)
	_, err = d.alice.GetInstanceActivity(d.ctx)
	d.ok(err)
	_, err = d.alice.GetInstancePeers(d.ctx)
	d.ok(err)

	d.step("alice fills in her profile")
	fields := []mastodon.Field{{Name: "Pronouns", Value: "she"}, {Name: "Bird", Value: "wren"}}
	me, err := d.alice.AccountUpdate(d.ctx, &mastodon.Profile{
		DisplayName: mastodon.String("Alice A."), Note: mastodon.String("Likes #birds"), Fields: &fields,
	})
	d.ok(err)
	d.equal("display_name", me.DisplayName, "Alice A.")
	d.holds("note", me.Note, "/tags/birds")
	d.equal("source.note", *me.Source.Note, "Likes #birds")
	d.equal("fields", len(me.Fields), 2)
	d.equal("field", me.Fields[1].Name+" "+me.Fields[1].Value, "Bird wren")
	seen, err := d.bob.AccountLookup(d.ctx, "alice")
	d.ok(err)
	d.equal("id", seen.ID, d.me[d.alice].ID)
	d.equal("display_name for bob", seen.DisplayName, "Alice A.")
	d.equal("source for bob", seen.Source, (*mastodon.AccountSource)(nil))
}

func (d *day) follow() {
	d.step("alice and bob follow each other, carol follows dora")
	for _, f := range [][2]*mastodon.Client{{d.alice, d.bob}, {d.bob, d.alice}, {d.carol, d.dora}} {
		r, err := f[0].AccountFollow(d.ctx, d.me[f[1]].ID)
		d.ok(err)
		d.equal("following", r.Following, true)
		d.equal("requested", r.Requested, false)
	}
	rs, err := d.alice.GetAccountRelationships(d.ctx, []string{string(d.me[d.bob].ID), string(d.me[d.carol].ID)})
	d.ok(err)
	d.equal("relationships", len(rs), 2)
	for _, r := range rs {
		knows := r.ID == d.me[d.bob].ID
		d.equal("following", r.Following, knows)
		d.equal("followed_by", r.FollowedBy, knows)
	}
	followers, err := d.alice.GetAccountFollowers(d.ctx, d.me[d.alice].ID, nil)
	d.ok(err)
	d.equal("followers", names(followers), "bob")
	following, err := d.alice.GetAccountFollowing(d.ctx, d.me[d.alice].ID, nil)
	d.ok(err)
	d.equal("following", names(following), "bob")

	d.step("dora locks her account: bob asks, is refused, asks again and is let in")
	locked, open := true, false
	me, err := d.dora.AccountUpdate(d.ctx, &mastodon.Profile{Locked: &locked})
	d.ok(err)
	d.equal("locked", me.Locked, true)
	for _, answer := range []func(context.Context, mastodon.ID) error{d.dora.FollowRequestReject, d.dora.FollowRequestAuthorize} {
		r, err := d.bob.AccountFollow(d.ctx, d.me[d.dora].ID)
		d.ok(err)
		d.equal("requested", r.Requested, true)
		d.equal("following", r.Following, false)
		asking, err := d.dora.GetFollowRequests(d.ctx, nil)
		d.ok(err)
		d.equal("requests", names(asking), "bob")
		d.ok(answer(d.ctx, d.me[d.bob].ID))
	}
	rs, err = d.bob.GetAccountRelationships(d.ctx, []string{string(d.me[d.dora].ID)})
	d.ok(err)
	d.equal("following", rs[0].Following, true)
	r, err := d.bob.AccountUnfollow(d.ctx, d.me[d.dora].ID)
	d.ok(err)
	d.equal("following after unfollowing", r.Following, false)
	_, err = d.dora.AccountUpdate(d.ctx, &mastodon.Profile{Locked: &open})
	d.ok(err)

	d.step("alice follows a tag")
	tag, err := d.alice.TagFollow(d.ctx, "wrens")
	d.ok(err)
	d.equal("following", tag.Following, true)
	tags, err := d.alice.TagsFollowed(d.ctx, nil)
	d.ok(err)
	d.equal("tags", len(tags) == 1 && tags[0].Name == "wrens", true)
	tag, err = d.alice.TagUnfollow(d.ctx, "wrens")
	d.ok(err)
	d.equal("following", tag.Following, false)
}

func names(as []*mastodon.Account) string {
	var s []string
	for _, a := range as {
		s = append(s, a.Acct)
	}
	slices.Sort(s)
	return strings.Join(s, " ")
}

func (d *day) post() {
	d.step("alice posts for everybody, with a tag and a mention")
	st := d.say(d.alice, &mastodon.Toot{Status: "Guten Morgen @bob #Birds https://example.org/wren", Language: "de", Visibility: mastodon.VisibilityPublic})
	d.equal("visibility", st.Visibility, "public")
	d.equal("language", st.Language, "de")
	d.equal("tags", len(st.Tags) == 1 && strings.EqualFold(st.Tags[0].Name, "birds"), true)
	d.equal("mentions", len(st.Mentions) == 1 && st.Mentions[0].ID == d.me[d.bob].ID, true)
	d.holds("content", st.Content, "Guten Morgen")
	d.holds("content", st.Content, `href="https://example.org/wren"`)
	d.holds("url", st.URL, d.server+"/@alice/")
	d.equal("application", st.Application.ID == "" && st.Account.Acct == "alice", true)
	if age := time.Since(st.CreatedAt); age < -time.Minute || age > time.Minute {
		d.fail("created_at %v is not now", st.CreatedAt)
	}

	d.step("alice posts for fewer and fewer people")
	for visibility, readers := range map[string]map[*mastodon.Client]bool{
		"public":   {d.alice: true, d.bob: true, d.carol: true},
		"unlisted": {d.alice: true, d.bob: true, d.carol: true},
		"private":  {d.alice: true, d.bob: true, d.carol: false},
		"direct":   {d.alice: true, d.bob: true, d.carol: false},
	} {
		st := d.say(d.alice, &mastodon.Toot{Status: "@bob only " + visibility, Visibility: visibility})
		d.equal("visibility", st.Visibility, visibility)
		for reader, may := range readers {
			got, err := reader.GetStatus(d.ctx, st.ID)
			if may {
				d.ok(err)
				d.equal("content", got.Content, st.Content)
				continue
			}
			d.refused(err, http.StatusNotFound)
		}
	}

	d.step("alice warns of what she writes")
	st = d.say(d.alice, &mastodon.Toot{Status: "the murderer is the butler", SpoilerText: "end of a film", Sensitive: true})
	d.equal("spoiler_text", st.SpoilerText, "end of a film")
	d.equal("sensitive", st.Sensitive, true)

	d.step("bob replies, and the thread shows it")
	root := d.say(d.alice, &mastodon.Toot{Status: "who is there?"})
	reply := d.say(d.bob, &mastodon.Toot{Status: "@alice me", InReplyToID: root.ID})
	d.equal("in_reply_to_id", reply.InReplyToID, any(string(root.ID)))
	d.equal("in_reply_to_account_id", reply.InReplyToAccountID, any(string(d.me[d.alice].ID)))
	thread, err := d.alice.GetStatusContext(d.ctx, root.ID)
	d.ok(err)
	d.equal("thread", len(thread.Ancestors) == 0 && len(thread.Descendants) == 1 && thread.Descendants[0].ID == reply.ID, true)
	thread, err = d.alice.GetStatusContext(d.ctx, reply.ID)
	d.ok(err)
	d.equal("thread from below", len(thread.Ancestors) == 1 && thread.Ancestors[0].ID == root.ID && len(thread.Descendants) == 0, true)
	root, err = d.alice.GetStatus(d.ctx, root.ID)
	d.ok(err)
	d.equal("replies_count", root.RepliesCount, int64(1))

	d.step("a retried post is posted once")
	key := context.WithValue(d.ctx, keyOfPost{}, "once and only once")
	first, err := d.alice.PostStatus(key, &mastodon.Toot{Status: "only once"})
	d.ok(err)
	again, err := d.alice.PostStatus(key, &mastodon.Toot{Status: "only once"})
	d.ok(err)
	d.equal("id", again.ID, first.ID)

	d.step("alice writes a post for tomorrow")
	tomorrow := time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second)
	later, err := d.alice.PostStatus(d.ctx, &mastodon.Toot{Status: "good morning tomorrow", ScheduledAt: &tomorrow, Visibility: "unlisted"})
	d.ok(err)
	d.equal("id", later.ID != "", true)
	d.equal("params.text", later.ScheduledParams.Text, "good morning tomorrow")
	d.equal("params.visibility", later.ScheduledParams.Visibility, "unlisted")

	d.step("nobody posts nothing")
	_, err = d.alice.PostStatus(d.ctx, &mastodon.Toot{Status: ""})
	d.refused(err, http.StatusUnprocessableEntity)
}

func (d *day) say(who *mastodon.Client, toot *mastodon.Toot) *mastodon.Status {
	st, err := who.PostStatus(d.ctx, toot)
	if err != nil {
		d.fail("%v", err)
	}
	return st
}

func (d *day) edit() {
	d.step("alice edits a post: its history and source tell")
	st := d.say(d.alice, &mastodon.Toot{Status: "the frist version"})
	d.equal("edited_at", st.EditedAt.IsZero(), true)
	edited, err := d.alice.UpdateStatus(d.ctx, &mastodon.Toot{Status: "the *first* version", SpoilerText: "typos"}, st.ID)
	d.ok(err)
	d.equal("id", edited.ID, st.ID)
	d.equal("edited_at", edited.EditedAt.IsZero(), false)
	d.holds("content", edited.Content, "the *first* version")
	history, err := d.bob.GetStatusHistory(d.ctx, st.ID)
	d.ok(err)
	d.equal("versions", len(history), 2)
	d.holds("oldest version", history[0].Content, "frist")
	d.holds("newest version", history[1].Content, "first")
	d.equal("newest warning", history[1].SpoilerText, "typos")
	source, err := d.alice.GetStatusSource(d.ctx, st.ID)
	d.ok(err)
	d.equal("source", source.Text+"|"+source.SpoilerText, "the *first* version|typos")
	_, err = d.bob.UpdateStatus(d.ctx, &mastodon.Toot{Status: "bob was here"}, st.ID)
	d.refused(err, http.StatusNotFound)

	d.step("alice deletes the post")
	d.ok(d.alice.DeleteStatus(d.ctx, st.ID))
	_, err = d.bob.GetStatus(d.ctx, st.ID)
	d.refused(err, http.StatusNotFound)
}

func (d *day) interact() {
	st := d.say(d.alice, &mastodon.Toot{Status: "a wren in the hedge"})
	d.step("bob boosts, favourites and bookmarks a post")
	boost, err := d.bob.Reblog(d.ctx, st.ID)
	d.ok(err)
	d.equal("a boost is a post of its own", boost.ID != st.ID && boost.Reblog != nil && boost.Reblog.ID == st.ID && boost.Account.Acct == "bob", true)
	d.equal("reblogged", boost.Reblog.Reblogged, any(true))
	liked, err := d.bob.Favourite(d.ctx, st.ID)
	d.ok(err)
	d.equal("favourited", liked.Favourited, any(true))
	kept, err := d.bob.Bookmark(d.ctx, st.ID)
	d.ok(err)
	d.equal("bookmarked", kept.Bookmarked, any(true))
	seen, err := d.alice.GetStatus(d.ctx, st.ID)
	d.ok(err)
	d.equal("counts", []int64{seen.ReblogsCount, seen.FavouritesCount}, []int64{1, 1})
	d.equal("alice's own marks", []any{seen.Reblogged, seen.Favourited, seen.Bookmarked}, []any{false, false, false})
	for what, who := range map[string]func(context.Context, mastodon.ID, *mastodon.Pagination) ([]*mastodon.Account, error){
		"reblogged_by": d.alice.GetRebloggedBy, "favourited_by": d.alice.GetFavouritedBy,
	} {
		as, err := who(d.ctx, st.ID, nil)
		d.ok(err)
		d.equal(what, names(as), "bob")
	}
	for what, list := range map[string]func(context.Context, *mastodon.Pagination) ([]*mastodon.Status, error){
		"bookmarks": d.bob.GetBookmarks, "favourites": d.bob.GetFavourites,
	} {
		sts, err := list(d.ctx, nil)
		d.ok(err)
		d.equal(what, ids(sts), []mastodon.ID{st.ID})
	}
	home, err := d.alice.GetTimelineHome(d.ctx, &mastodon.Pagination{Limit: 5})
	d.ok(err)
	d.equal("home timeline's newest", home[0].ID == st.ID || home[0].ID == boost.ID, true)

	d.step("bob takes it all back")
	undone, err := d.bob.Unreblog(d.ctx, st.ID)
	d.ok(err)
	d.equal("reblogged", []any{undone.ID, undone.Reblogged, undone.ReblogsCount}, []any{st.ID, false, int64(0)})
	undone, err = d.bob.Unfavourite(d.ctx, st.ID)
	d.ok(err)
	d.equal("favourited", []any{undone.Favourited, undone.FavouritesCount}, []any{false, int64(0)})
	undone, err = d.bob.Unbookmark(d.ctx, st.ID)
	d.ok(err)
	d.equal("bookmarked", undone.Bookmarked, any(false))
	rest, err := d.bob.GetBookmarks(d.ctx, nil)
	d.ok(err)
	d.equal("bookmarks", len(rest), 0)
}

func ids(sts []*mastodon.Status) (list []mastodon.ID) {
	for _, st := range sts {
		list = append(list, st.ID)
	}
	return list
}

func (d *day) vote() {
	d.step("alice asks, bob and carol vote")
	st := d.say(d.alice, &mastodon.Toot{Status: "which birds?", Poll: &mastodon.TootPoll{
		Options: []string{"wren", "robin", "tit"}, ExpiresInSeconds: 3600, Multiple: true,
	}})
	d.equal("poll", st.Poll != nil && st.Poll.Multiple && !st.Poll.Expired && len(st.Poll.Options) == 3, true)
	d.equal("options", st.Poll.Options[1].Title, "robin")
	left := time.Until(st.Poll.ExpiresAt)
	d.equal("expires in an hour", left > 58*time.Minute && left < 61*time.Minute, true)
	p, err := d.bob.PollVote(d.ctx, st.Poll.ID, 0, 2)
	d.ok(err)
	d.equal("bob's vote", []any{p.Voted, p.OwnVotes, p.VotesCount, p.VotersCount}, []any{true, []int{0, 2}, int64(2), int64(1)})
	_, err = d.carol.PollVote(d.ctx, st.Poll.ID, 2)
	d.ok(err)
	p, err = d.alice.GetPoll(d.ctx, st.Poll.ID)
	d.ok(err)
	var votes []int64
	for _, o := range p.Options {
		votes = append(votes, o.VotesCount)
	}
	d.equal("votes", votes, []int64{1, 0, 2})
	d.equal("voters", p.VotersCount, int64(2))
	_, err = d.bob.PollVote(d.ctx, st.Poll.ID, 2)
	d.refused(err, http.StatusUnprocessableEntity)
	_, err = d.bob.PollVote(d.ctx, st.Poll.ID, 17)
	d.refused(err, http.StatusUnprocessableEntity)
}

func (d *day) keepLists() {
	d.step("alice keeps a list with bob in it")
	list, err := d.alice.CreateList(d.ctx, "neighbours")
	d.ok(err)
	d.equal("title", list.Title, "neighbours")
	d.ok(d.alice.AddToList(d.ctx, list.ID, d.me[d.bob].ID, d.me[d.alice].ID))
	members, err := d.alice.GetListAccounts(d.ctx, list.ID) // asks with limit=0, for all of them
	d.ok(err)
	d.equal("members", names(members), "alice bob")
	of, err := d.alice.GetAccountLists(d.ctx, d.me[d.bob].ID)
	d.ok(err)
	d.equal("bob's lists", len(of) == 1 && of[0].ID == list.ID, true)
	st := d.say(d.bob, &mastodon.Toot{Status: "seen in a list"})
	sts, err := d.alice.GetTimelineList(d.ctx, list.ID, &mastodon.Pagination{Limit: 1})
	d.ok(err)
	d.equal("list timeline", ids(sts), []mastodon.ID{st.ID})
	list, err = d.alice.RenameList(d.ctx, list.ID, "friends")
	d.ok(err)
	d.equal("title", list.Title, "friends")
	_, err = d.bob.GetList(d.ctx, list.ID)
	d.refused(err, http.StatusNotFound)
	d.step("alice empties and deletes it")
	d.ok(d.alice.RemoveFromList(d.ctx, list.ID, d.me[d.bob].ID, d.me[d.alice].ID))
	members, err = d.alice.GetListAccounts(d.ctx, list.ID)
	d.ok(err)
	d.equal("members", len(members), 0)
	d.ok(d.alice.DeleteList(d.ctx, list.ID))
	lists, err := d.alice.GetLists(d.ctx)
	d.ok(err)
	d.equal("lists", len(lists), 0)
}

func (d *day) filter() {
	d.step("bob filters spiders, and is told why a post is hidden")
	f, err := d.bob.CreateFilter(d.ctx, &mastodon.Filter{
		Phrase: "spider", Context: []string{"home", "public"}, WholeWord: true, ExpiresAt: time.Now().Add(time.Hour),
	})
	d.ok(err)
	d.equal("phrase", f.Phrase, "spider")
	d.equal("whole_word", f.WholeWord, true)
	d.equal("expires_at", f.ExpiresAt.IsZero(), false)
	st := d.say(d.alice, &mastodon.Toot{Status: "a spider in the hedge"})
	d.say(d.alice, &mastodon.Toot{Status: "spiderwebs in the hedge"})
	home, err := d.bob.GetTimelineHome(d.ctx, &mastodon.Pagination{Limit: 2})
	d.ok(err)
	d.equal("posts", len(home), 2)
	d.equal("spiderwebs are not spiders", len(home[0].Filtered), 0)
	d.equal("the other is", home[1].ID, st.ID)
	d.equal("filtered", len(home[1].Filtered), 1)
	d.equal("by", []any{home[1].Filtered[0].Filter.Title, home[1].Filtered[0].KeywordMatches}, []any{"spider", []string{"spider"}})
	d.step("bob changes and deletes the filter")
	f, err = d.bob.UpdateFilter(d.ctx, f.ID, &mastodon.Filter{Phrase: "wasp", Context: []string{"thread"}})
	d.ok(err)
	d.equal("changed", []any{f.Phrase, f.WholeWord, f.Context, f.ExpiresAt.IsZero()}, []any{"wasp", false, []string{"thread"}, true})
	got, err := d.bob.GetFilter(d.ctx, f.ID)
	d.ok(err)
	d.equal("phrase", got.Phrase, "wasp")
	d.ok(d.bob.DeleteFilter(d.ctx, f.ID))
	all, err := d.bob.GetFilters(d.ctx)
	d.ok(err)
	d.equal("filters", len(all), 0)
	home, err = d.bob.GetTimelineHome(d.ctx, &mastodon.Pagination{Limit: 2})
	d.ok(err)
	d.equal("filtered", len(home[1].Filtered), 0)
}

func (d *day) search() {
	d.step("alice searches people, tags and her own words")
	st := d.say(d.alice, &mastodon.Toot{Status: "the quick brown dunnock #Hedgerow"})
	r, err := d.alice.Search(d.ctx, "bob", false)
	d.ok(err)
	d.equal("accounts", names(r.Accounts), "bob")
	r, err = d.alice.Search(d.ctx, "hedgero", false)
	d.ok(err)
	d.equal("hashtags", len(r.Hashtags) == 1 && strings.EqualFold(r.Hashtags[0].Name, "hedgerow"), true)
	r, err = d.alice.Search(d.ctx, "brown dunnock", false)
	d.ok(err)
	d.equal("statuses", ids(r.Statuses), []mastodon.ID{st.ID})
	d.step("a stranger does not find what is not hers to search")
	r, err = d.carol.Search(d.ctx, "brown dunnock", false)
	d.ok(err)
	d.equal("statuses", len(r.Statuses), 0)
	found, err := d.alice.AccountsSearch(d.ctx, "caro", 5)
	d.ok(err)
	d.equal("account search", names(found), "carol")
	tagged, err := d.carol.GetTimelineHashtag(d.ctx, "hedgerow", true, nil)
	d.ok(err)
	d.equal("tag timeline", ids(tagged), []mastodon.ID{st.ID})
	both, err := d.carol.GetTimelineHashtagMultiple(d.ctx, "hedgerow", true, &mastodon.TagData{All: []string{"birds"}}, nil)
	d.ok(err)
	d.equal("tag timeline with another tag", len(both), 0)
}

func (d *day) notifications() {
	d.step("alice is told of what happened, newest first, and clears it")
	st := d.say(d.alice, &mastodon.Toot{Status: "tell me"})
	d.ok(d.alice.ClearNotifications(d.ctx))
	_, err := d.bob.Favourite(d.ctx, st.ID)
	d.ok(err)
	_, err = d.bob.Reblog(d.ctx, st.ID)
	d.ok(err)
	d.say(d.bob, &mastodon.Toot{Status: "@alice hello"})
	_, err = d.carol.AccountFollow(d.ctx, d.me[d.alice].ID)
	d.ok(err)
	_, err = d.carol.AccountUnfollow(d.ctx, d.me[d.alice].ID)
	d.ok(err)
	_, err = d.alice.UpdateStatus(d.ctx, &mastodon.Toot{Status: "tell me more"}, st.ID)
	d.ok(err)
	ns, err := d.alice.GetNotifications(d.ctx, nil)
	d.ok(err)
	var types []string
	for _, n := range ns {
		types = append(types, n.Type)
		d.equal("about a post", n.Status != nil, n.Type != "follow")
		d.equal("from", n.Account.Acct, map[bool]string{true: "carol", false: "bob"}[n.Type == "follow"])
	}
	// carol's follow is forgotten with its notification, as Mastodon does
	d.equal("types", types, []string{"mention", "reblog", "favourite"})
	ns, err = d.alice.GetNotificationsExclude(d.ctx, &[]string{"mention", "reblog"}, nil)
	d.ok(err)
	d.equal("without mentions and boosts", len(ns) == 1 && ns[0].Type == "favourite" && ns[0].Status.ID == st.ID, true)
	one, err := d.alice.GetNotification(d.ctx, ns[0].ID)
	d.ok(err)
	d.equal("one", one.ID, ns[0].ID)
	d.ok(d.alice.DismissNotification(d.ctx, one.ID))
	_, err = d.alice.GetNotification(d.ctx, one.ID)
	d.refused(err, http.StatusNotFound)
	bobs, err := d.bob.GetNotifications(d.ctx, &mastodon.Pagination{Limit: 1})
	d.ok(err)
	d.equal("bob hears of the edit of what he boosted", bobs[0].Type, "update")

	d.step("alice leafs through her notifications one by one")
	seen := map[mastodon.ID]bool{}
	for n, err := range d.alice.Notifications(d.ctx, nil, &mastodon.Pagination{Limit: 1}) {
		d.ok(err)
		d.equal("seen before", seen[n.ID], false)
		seen[n.ID] = true
	}
	d.equal("notifications", len(seen), 2)
	d.ok(d.alice.ClearNotifications(d.ctx))
	ns, err = d.alice.GetNotifications(d.ctx, nil)
	d.ok(err)
	d.equal("notifications", len(ns), 0)
}

func (d *day) converse() {
	d.step("bob writes to alice alone")
	st := d.say(d.bob, &mastodon.Toot{Status: "@alice between us", Visibility: mastodon.VisibilityDirectMessage})
	cs, err := d.alice.GetConversations(d.ctx, &mastodon.Pagination{Limit: 1})
	d.ok(err)
	d.equal("conversation", len(cs) == 1 && cs[0].Unread && cs[0].LastStatus.ID == st.ID && names(cs[0].Accounts) == "bob", true)
	d.ok(d.alice.MarkConversationAsRead(d.ctx, cs[0].ID))
	read, err := d.alice.GetConversations(d.ctx, &mastodon.Pagination{Limit: 1})
	d.ok(err)
	d.equal("unread", read[0].Unread, false)
	d.ok(d.alice.DeleteConversation(d.ctx, cs[0].ID))
	rest, err := d.alice.GetConversations(d.ctx, nil)
	d.ok(err)
	for _, c := range rest {
		d.equal("deleted conversation", c.ID != cs[0].ID, true)
	}
}

func (d *day) fallOut() {
	d.step("bob mutes carol")
	r, err := d.bob.AccountMute(d.ctx, d.me[d.carol].ID)
	d.ok(err)
	d.equal("muting", []any{r.Muting, r.MutingNotifications}, []any{true, true})
	muted, err := d.bob.GetMutes(d.ctx, nil)
	d.ok(err)
	d.equal("mutes", names(muted), "carol")
	r, err = d.bob.AccountUnmute(d.ctx, d.me[d.carol].ID)
	d.ok(err)
	d.equal("muting", r.Muting, false)

	d.step("bob blocks carol, who sees his posts no longer")
	st := d.say(d.bob, &mastodon.Toot{Status: "not for carol"})
	r, err = d.bob.AccountBlock(d.ctx, d.me[d.carol].ID)
	d.ok(err)
	d.equal("blocking", r.Blocking, true)
	blocked, err := d.bob.GetBlocks(d.ctx, nil)
	d.ok(err)
	d.equal("blocks", names(blocked), "carol")
	_, err = d.carol.GetStatus(d.ctx, st.ID)
	d.refused(err, http.StatusNotFound)
	_, err = d.carol.AccountFollow(d.ctx, d.me[d.bob].ID)
	d.refused(err, http.StatusForbidden)
	r, err = d.bob.AccountUnblock(d.ctx, d.me[d.carol].ID)
	d.ok(err)
	d.equal("blocking", r.Blocking, false)
}

// many is more than three pages of forty and six of twenty.
const many = 130

func (d *day) readToTheEnd() {
	d.step("dora writes a hundred and thirty posts")
	var wrote []mastodon.ID
	for i := range many {
		wrote = append(wrote, d.say(d.dora, &mastodon.Toot{Status: fmt.Sprintf("verse %d #saga", i+1)}).ID)
	}
	slices.Reverse(wrote) // newest first, as timelines are
	places := map[string]func(*mastodon.Pagination) ([]*mastodon.Status, error){
		"carol's home": func(pg *mastodon.Pagination) ([]*mastodon.Status, error) { return d.carol.GetTimelineHome(d.ctx, pg) },
		"the tag": func(pg *mastodon.Pagination) ([]*mastodon.Status, error) {
			return d.carol.GetTimelineHashtag(d.ctx, "saga", true, pg)
		},
		"dora's profile": func(pg *mastodon.Pagination) ([]*mastodon.Status, error) {
			return d.carol.GetAccountStatuses(d.ctx, d.me[d.dora].ID, pg)
		},
		"the public timeline": func(pg *mastodon.Pagination) ([]*mastodon.Status, error) {
			sts, err := d.carol.GetTimelinePublic(d.ctx, true, pg)
			return slices.DeleteFunc(sts, func(st *mastodon.Status) bool { return st.Account.Acct != "dora" }), err
		},
	}
	for place, read := range places {
		for _, limit := range []int64{40, 20} {
			d.step(fmt.Sprintf("carol reads %s down to its end, %d at a time", place, limit))
			var got []mastodon.ID
			for pg := (mastodon.Pagination{Limit: limit}); ; {
				sts, err := read(&pg)
				d.ok(err)
				d.equal("a page is not longer than asked", int64(len(sts)) <= limit, true)
				got = append(got, ids(sts)...)
				if (pg == mastodon.Pagination{}) {
					break
				}
				d.equal("limit of the next page", pg.Limit, limit)
			}
			d.equal("posts", got, wrote)
		}
	}
	for _, place := range []string{"carol's home", "the tag", "dora's profile"} {
		d.step("carol reads " + place + " upwards from its beginning")
		var got []mastodon.ID
		for newest := mastodon.ID("0"); ; {
			sts, err := places[place](&mastodon.Pagination{MinID: newest, Limit: 40})
			d.ok(err)
			if len(sts) == 0 {
				break
			}
			got = append(ids(sts), got...)
			newest = sts[0].ID
		}
		d.equal("posts", got, wrote)
	}
	d.step("carol asks what is new since the tenth newest")
	sts, err := d.carol.GetTimelineHome(d.ctx, &mastodon.Pagination{SinceID: wrote[10], Limit: 4})
	d.ok(err)
	d.equal("the four newest", ids(sts), wrote[:4])
	d.step("ids sort by time")
	d.equal("sorted", slices.IsSortedFunc(wrote, func(a, b mastodon.ID) int {
		return -cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	}), true)
}

func (d *day) listen() {
	for way, open := range map[string]func(context.Context) (chan mastodon.Event, error){
		"a WebSocket": d.carol.NewWSClient().StreamingWSUser, "an event stream": d.carol.StreamingUser,
	} {
		d.step("carol hears over " + way + " what dora does")
		ctx, cancel := context.WithCancel(d.ctx)
		events, err := open(ctx)
		d.ok(err)
		var edited, deleted bool
		var post *mastodon.Status
		for heard := false; !deleted; {
			impatient := time.After(time.Second)
			select {
			case <-d.ctx.Done():
				d.fail("nothing came over %s", way)
			case <-impatient: // the library does not say when it listens
				if !heard {
					post = d.posted(way)
				}
			case e, open := <-events:
				if !open {
					d.fail("%s ended", way)
				}
				switch e := e.(type) {
				case *mastodon.UpdateEvent:
					if post != nil && e.Status.ID == post.ID && !heard {
						heard = true
						_, err := d.dora.UpdateStatus(d.ctx, &mastodon.Toot{Status: "edited"}, post.ID)
						d.ok(err)
					}
				case *mastodon.UpdateEditEvent:
					if heard && e.Status.ID == post.ID && !edited {
						edited = true
						d.ok(d.dora.DeleteStatus(d.ctx, post.ID))
					}
				case *mastodon.DeleteEvent:
					deleted = edited && e.ID == post.ID
				case *mastodon.ErrorEvent:
					d.ok(e.Err)
				}
			}
		}
		cancel()
	}
}

// posted is something that dora says.
func (d *day) posted(text string) *mastodon.Status {
	st, err := d.dora.PostStatus(d.ctx, &mastodon.Toot{Status: text})
	d.ok(err)
	return st
}

func (d *day) leave() {
	d.step("alice signs out")
	token := d.alice.Config.AccessToken
	d.ok(d.alice.RevokeToken(d.ctx))
	d.alice.Config.AccessToken = token
	_, err := d.alice.GetAccountCurrentUser(d.ctx)
	d.refused(err, http.StatusUnauthorized)
}
