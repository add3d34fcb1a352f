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

// village is a few people who post and search.
type village struct {
	t  *testing.T
	db *store.DB
	s  *social.Social
}

func newVillage(t *testing.T, db *store.DB) village {
	return village{t, db, testkit.World(t, db)}
}

func (v village) person(name string) *model.Account { return testkit.Person(v.t, v.db, name) }

// indexable is a person whose public posts everybody may find.
func (v village) indexable(name string) *model.Account {
	a := v.person(name)
	v.write(func(tx *store.Tx) error {
		b := *a
		b.Indexable = true
		return tx.SetProfile(&b)
	})
	return a
}

func (v village) write(f func(*store.Tx) error) {
	v.t.Helper()
	if err := v.db.Write(context.Background(), f); err != nil {
		v.t.Fatal(err)
	}
}

func (v village) follow(who, whom *model.Account) {
	v.t.Helper()
	v.write(func(tx *store.Tx) error {
		return tx.AddFollow(&model.Follow{ID: tx.NewID(), AccountID: who.ID, TargetID: whom.ID, ShowReblogs: true, CreatedAt: tx.Now()})
	})
}

func (v village) post(who *model.Account, d social.Draft) *model.Status {
	v.t.Helper()
	made, err := v.s.Post(context.Background(), who, d)
	if err != nil {
		v.t.Fatal(err)
	}
	return made.Status
}

func (v village) say(who *model.Account, text string) *model.Status {
	v.t.Helper()
	return v.post(who, social.Draft{Text: text})
}

func (v village) reblog(who *model.Account, st *model.Status) *model.Status {
	v.t.Helper()
	var out *model.Status
	v.write(func(tx *store.Tx) error {
		id := tx.NewID()
		out = &model.Status{
			ID: id, AccountID: who.ID, Local: true, URI: who.URI + "/statuses/" + id.String(), Visibility: st.Visibility,
			ReblogOfID: st.ID, ReblogOfAccountID: st.AccountID, CreatedAt: tx.Now(),
		}
		return tx.AddStatus(out)
	})
	return out
}

// finds tells the texts a search finds, newest first.
func (v village) finds(who *model.Account, query string) []string {
	v.t.Helper()
	found, err := v.s.Search(context.Background(), who, social.Search{Text: query, Type: "statuses", Page: model.Page{Limit: 20}})
	if err != nil {
		v.t.Fatalf("%s: %v", query, err)
	}
	return texts(found.Statuses)
}

func texts(list []*model.Status) []string {
	out := []string{}
	for _, st := range list {
		out = append(out, st.Shown().Text)
	}
	return out
}

func (v village) expect(who *model.Account, query string, want ...string) {
	v.t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), v.finds(who, query)); diff != "" {
		v.t.Errorf("%s searches for %s:\n%s", who.Username, query, diff)
	}
}

func TestPeopleFindOnlyWhatTheyMay(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		v := newVillage(t, db)
		open, shy := v.indexable("open"), v.person("shy")
		bob, eve := v.person("bob"), v.person("eve")
		v.follow(bob, shy)
		shared := v.say(open, "walrus in public")
		v.post(open, social.Draft{Text: "walrus unlisted", Visibility: model.Unlisted})
		quiet := v.say(shy, "walrus of the shy")
		private := v.post(shy, social.Draft{Text: "walrus for followers", Visibility: model.Private})
		v.post(shy, social.Draft{Text: "walrus for @bob", Visibility: model.Direct})
		v.say(bob, "walrus of mine")

		v.expect(eve, "walrus", "walrus in public")
		v.expect(bob, "walrus", "walrus of mine", "walrus for @bob", "walrus in public")
		v.expect(shy, "walrus", "walrus for @bob", "walrus for followers", "walrus of the shy", "walrus in public")

		for _, st := range []*model.Status{quiet, private, shared} {
			if _, err := v.s.Favourite(context.Background(), bob, st.ID, true); err != nil {
				t.Fatal(err)
			}
		}
		v.expect(bob, "walrus", "walrus of mine", "walrus for @bob", "walrus for followers", "walrus of the shy", "walrus in public")
		v.expect(bob, "walrus in:library", "walrus of mine", "walrus for @bob", "walrus for followers", "walrus of the shy", "walrus in public")
		v.expect(bob, "walrus in:public", "walrus in public")
		v.expect(bob, "walrus in:nowhere")

		v.reblog(eve, quiet)
		v.expect(eve, "walrus", "walrus of the shy", "walrus in public")

		v.write(func(tx *store.Tx) error {
			b := *open
			b.Indexable = false
			return tx.SetProfile(&b)
		})
		v.expect(eve, "walrus", "walrus of the shy")

		found, err := v.s.Search(context.Background(), nil, social.Search{Text: "walrus", Page: model.Page{Limit: 20}})
		if err != nil || len(found.Statuses) > 0 {
			t.Errorf("a visitor finds %v, %v", texts(found.Statuses), err)
		}
	})
}

func TestSearchUnderstandsMastodonsOperators(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	testkit.EachAt(t, func() time.Time { return now }, func(t *testing.T, db *store.DB) {
		v := newVillage(t, db)
		ann, ben := v.indexable("ann"), v.indexable("ben")
		rex := testkit.Stranger(t, db, "rex", "remote.example")
		v.write(func(tx *store.Tx) error {
			return tx.AddStatus(&model.Status{
				ID: tx.NewIDAt(model.At(now.AddDate(0, 0, -2))), AccountID: rex.ID, URI: "https://remote.example/1", Content: "<p>an <b>old</b> tapir</p>",
				Visibility: model.Public, Language: "de", CreatedAt: model.At(now.AddDate(0, 0, -2)),
			})
		})
		v.write(func(tx *store.Tx) error {
			b := *rex
			b.Indexable = true
			return tx.SetProfile(&b)
		})
		first := v.say(ann, "the tapir eats leaves")
		v.post(ben, social.Draft{Text: "leaves the tapir eats", InReplyToID: first.ID})
		v.post(ann, social.Draft{Text: "tapir or not", Poll: &social.PollDraft{Options: []string{"yes", "capybara"}, ExpiresIn: time.Hour}})
		v.post(ann, social.Draft{Text: "tapir hidden", SpoilerText: "beware"})
		v.say(ann, "tapir at https://tapirs.org/list")
		v.post(ann, social.Draft{Text: "Tapire #Rüsseltier", Language: "de"})
		v.post(ann, social.Draft{Text: "see this tapir", QuotedID: first.ID})

		const eats, leaves, poll, hidden, link, german, quote = "the tapir eats leaves", "leaves the tapir eats", "tapir or not",
			"tapir hidden", "tapir at https://tapirs.org/list", "Tapire #Rüsseltier", "see this tapir"
		v.expect(ben, "TAPIR leaves", leaves, eats)
		v.expect(ben, `"tapir eats leaves"`, eats)
		v.expect(ben, `eats -"tapir eats leaves"`, leaves)
		v.expect(ben, "+leaves -from:ann", leaves)
		v.expect(ben, "leaves from:me", leaves)
		v.expect(ben, "leaves from:@ann@example.org", eats)
		v.expect(ben, "leaves from:@nobody@example.org")
		v.expect(ben, "from:@rex@remote.example tapir", "")
		v.expect(ben, "tapir language:de from:ann")
		v.expect(ben, "tapire language:de", german)
		v.expect(ben, "#russeltier", german)
		v.expect(ben, "#tapir")
		v.expect(ben, "capybara", poll)
		v.expect(ben, "tapir has:poll", poll)
		v.expect(ben, "tapir has:link", link)
		v.expect(ben, "tapir has:media")
		v.expect(ben, "tapir is:reply", leaves)
		v.expect(ben, "tapir is:sensitive", hidden)
		v.expect(ben, "beware", hidden)
		v.expect(ben, "is:quote", quote)
		v.expect(ben, "-tapir", german)
		v.expect(ben, "old before:2026-03-01", "")
		v.expect(ben, "old after:2026-02-27")
		v.expect(ben, "old after:2026-02-26", "")
		v.expect(ben, "tapir during:2026-02-27", "")
		v.expect(ben, "before:2026-02-28", "")
		v.expect(ben, "tapir during:yesterday")
		v.expect(ben, "tapirs.org", link)
		v.expect(ben, "is:unheard tapir")

		page, err := v.s.Search(context.Background(), ben, social.Search{Text: "tapir", Type: "statuses", Account: ann.ID, Page: model.Page{Limit: 2, Offset: 1}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{link, hidden}, texts(page.Statuses)); diff != "" {
			t.Errorf("the second and third of ann's:\n%s", diff)
		}
	})
}

func TestSearchReadsScriptsWithoutBlanks(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		v := newVillage(t, db)
		me := v.person("me")
		v.say(me, "今日は東京で猫を見た")
		v.say(me, "京東という会社")
		v.say(me, "กินข้าวแล้ว")
		v.expect(me, "東京", "今日は東京で猫を見た")
		v.expect(me, "猫", "今日は東京で猫を見た")
		v.expect(me, "社", "京東という会社")
		v.expect(me, "東京 -猫")
		v.expect(me, "ข้าว", "กินข้าวแล้ว")
	})
}

func TestPeopleAreFoundByTheirNames(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		v := newVillage(t, db)
		me := v.person("me")
		ada, adam := v.person("ada"), v.person("adam_smith")
		far := testkit.Stranger(t, db, "adalbert", "far.example")
		v.write(func(tx *store.Tx) error {
			b := *far
			b.DisplayName = "Graf Ödön 東京太郎"
			return tx.SetProfile(&b)
		})
		for range 3 {
			v.follow(v.person("fan"+fmt.Sprint(time.Now().UnixNano())), adam)
		}
		v.follow(me, far)
		names := func(r social.Search) (out []string) {
			t.Helper()
			r.Page.Limit = 10
			list, err := v.s.SearchAccounts(context.Background(), me, r)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range list {
				out = append(out, a.Acct())
			}
			return out
		}
		for query, want := range map[string][]string{
			"ada":                   {"ada", "adalbert@far.example", "adam_smith"},
			"ad":                    {"adalbert@far.example", "adam_smith", "ada"},
			"@adalbert@far.example": {"adalbert@far.example"},
			"smi":                   {"adam_smith"},
			"odon graf":             {"adalbert@far.example"},
			"太郎":                    {"adalbert@far.example"},
			"nobody":                nil,
			`"*" OR a*`:             nil,
		} {
			if diff := cmp.Diff(want, names(social.Search{Text: query})); diff != "" {
				t.Errorf("%s:\n%s", query, diff)
			}
		}
		if diff := cmp.Diff([]string{"adalbert@far.example"}, names(social.Search{Text: "ada", Following: true})); diff != "" {
			t.Errorf("ada among whom I follow:\n%s", diff)
		}
		if got := names(social.Search{Text: "ada", Page: model.Page{Offset: 1}}); slices.Contains(got, ada.Acct()) {
			t.Errorf("the exact handle comes again on the second page: %v", got)
		}
	})
}

func TestAddressesAndTagsAreFound(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		v := newVillage(t, db)
		me, other := v.person("me"), v.person("other")
		st := v.say(other, "#Gomphothere and #Gomphotheriidae")
		secret := v.post(other, social.Draft{Text: "secret", Visibility: model.Private})
		find := func(text string) *social.Found {
			t.Helper()
			f, err := v.s.Search(context.Background(), me, social.Search{Text: text, Resolve: true, Page: model.Page{Limit: 10}})
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		for _, address := range []string{st.URL, st.URI} {
			if f := find(address); len(f.Statuses) != 1 || f.Statuses[0].ID != st.ID {
				t.Errorf("%s finds %v", address, f.Statuses)
			}
		}
		for _, address := range []string{other.URL, other.URI} {
			if f := find(address); len(f.Accounts) != 1 || f.Accounts[0].ID != other.ID {
				t.Errorf("%s finds %v", address, f.Accounts)
			}
		}
		if f := find(secret.URL); len(f.Statuses) != 0 {
			t.Error("a private status is found by its address")
		}
		f := find("#gompho")
		if len(f.Tags) != 2 || f.Tags[0].Shown() != "Gomphothere" || f.Tags[0].History[0].Uses != 1 || len(f.Accounts) != 0 {
			t.Errorf("tags: %+v", f.Tags)
		}
	})
}

// hostile are searches meant to break something.
func hostile() []string {
	return []string{
		`"`, `""`, `"" ""`, `'`, `\`, `*`, `a*`, `NEAR(a b)`, `a OR b`, `a AND`, `NOT a`, `words:a`, `^a`, `{a b}:c`, "a\x00b", "\xff\xfe",
		`_s`, `_a1 OR _p`, `:`, `::`, `from:`, `from:"`, `from:@`, `from:@@@`, `before:0000-00-00`, `after:9999-12-31`, `during:-1`, `in:`, `-in:all`,
		`has:_s`, `language:__`, `#`, `-#`, `--a`, `-`, `+`, `+-`, `a:*`, `') or 1=1 --`, `<->`, `!a & b | c`, `猫:*`, `😀`, "\u202e", "a\u0301\u0301\u0301",
		strings.Repeat("-a ", 10000), strings.Repeat("a ", 400), strings.Repeat(`"a b" `, 100), strings.Repeat("(", 900), strings.Repeat("漢", 300),
	}
}

func TestHostileSearchesFindNothingAndBreakNothing(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		v := newVillage(t, db)
		me := v.person("me")
		v.say(me, "something")
		for _, query := range hostile() {
			for _, typ := range []string{"accounts", "statuses", "hashtags"} {
				_, err := v.s.Search(context.Background(), me, social.Search{Text: query, Type: typ, Resolve: true, Page: model.Page{Limit: 5}})
				if err != nil {
					t.Errorf("%.60q in %s: %v", query, typ, err)
				}
			}
		}
	})
}

func FuzzSearch(f *testing.F) {
	for _, s := range hostile() {
		f.Add(s)
	}
	f.Add(`from:me "a phrase" -not has:poll before:2026-01-01 #tag 猫`)
	db := testkit.Open(f, store.Options{Dir: f.TempDir()})
	s := testkit.World(f, db)
	me := testkit.Person(f, db, "me")
	if _, err := s.Post(context.Background(), me, social.Draft{Text: "a phrase of some words #tag"}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query string) {
		if _, err := s.Search(context.Background(), me, social.Search{Text: query, Resolve: true, Page: model.Page{Limit: 5}}); err != nil {
			t.Fatalf("%q: %v", query, err)
		}
	})
}
