package social_test

import (
	"context"
	"testing"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

func ptr[T any](v T) *T { return &v }

// warned tells which filters a reader's page shows on a status, and by which words.
func (c *scene) warned(who *model.Account, id model.ID) []string {
	c.t.Helper()
	ctx := context.Background()
	st, err := c.db.Read(ctx).StatusByID(id)
	if err != nil {
		c.t.Fatal(err)
	}
	v, err := c.s.View(ctx, who, []*model.Status{st})
	if err != nil {
		c.t.Fatal(err)
	}
	var out []string
	for _, f := range v.Filtered[st.Shown().ID] {
		why := f.Filter.Title
		for _, k := range f.KeywordMatches {
			why += " word " + k
		}
		for range f.StatusMatches {
			why += " status"
		}
		out = append(out, why)
	}
	return out
}

func (c *scene) filter(who *model.Account, ch social.FilterChange) *model.Filter {
	c.t.Helper()
	f, err := c.s.AddFilter(context.Background(), who, ch)
	if err != nil {
		c.t.Fatal(err)
	}
	return f
}

func words(w ...string) []social.KeywordChange {
	var out []social.KeywordChange
	for _, s := range w {
		out = append(out, social.KeywordChange{Keyword: &s})
	}
	return out
}

func TestAFilterWarnsAtOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scenes(t, func(c *scene) {
		st := c.post(c.bob, social.Draft{Text: "a Spoiler about cats", SpoilerText: "film"})
		c.same("without filters", c.warned(c.alice, st.ID), []string(nil))
		f := c.filter(c.alice, social.FilterChange{Title: ptr("films"), Context: []string{"home"}, Keywords: words("spoiler", "cat", "Film")})
		c.same("at home", c.warned(c.alice, st.ID), []string{"films word film"})
		c.same("for its author", c.warned(c.bob, st.ID), []string(nil))

		// Each change is seen by the next reader.
		if _, err := c.s.EditFilter(ctx, c.alice, f.ID, social.FilterChange{Context: []string{"public"}}); err != nil {
			c.t.Fatal(err)
		}
		c.same("moved", c.warned(c.alice, st.ID), []string{"films word film"})
		k, err := c.s.EditKeyword(ctx, c.alice, f.Keywords[2].ID, social.KeywordChange{Keyword: ptr("cat")})
		if err != nil {
			c.t.Fatal(err)
		}
		c.same("the next word", c.warned(c.alice, st.ID), []string{"films word Spoiler"})
		if err := c.s.RemoveKeyword(ctx, c.alice, f.Keywords[0].ID); err != nil {
			c.t.Fatal(err)
		}
		c.same("no whole word is cat", c.warned(c.alice, st.ID), []string(nil))
		if _, err := c.s.EditKeyword(ctx, c.alice, k.ID, social.KeywordChange{WholeWord: ptr(false)}); err != nil {
			c.t.Fatal(err)
		}
		c.same("part of a word", c.warned(c.alice, st.ID), []string{"films word cat"})
		if err := c.s.RemoveFilter(ctx, c.alice, f.ID); err != nil {
			c.t.Fatal(err)
		}
		c.same("removed", c.warned(c.alice, st.ID), []string(nil))
	})
}

func TestAFilterLooksAtPollsAndAtWhatIsReblogged(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scenes(t, func(c *scene) {
		st := c.post(c.bob, social.Draft{Text: "which?", Poll: &social.PollDraft{Options: []string{"tea", "coffee"}, ExpiresIn: time.Hour}})
		carol := testkit.Person(c.t, c.db, "carol")
		re, err := c.s.Reblog(ctx, carol, st.ID, social.ReblogOptions{})
		if err != nil {
			c.t.Fatal(err)
		}
		c.filter(c.alice, social.FilterChange{Title: ptr("drinks"), Context: []string{"home"}, Keywords: words("coffee")})
		c.same("the reblog", c.warned(c.alice, re.ID), []string{"drinks word coffee"})
	})
}

func TestAFilterNamesSingleStatuses(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scenes(t, func(c *scene) {
		st, secret := c.post(c.bob, social.Draft{Text: "hello"}), c.post(c.bob, social.Draft{Text: "hello", Visibility: model.Private})
		f := c.filter(c.alice, social.FilterChange{Title: ptr("this"), Context: []string{"thread"}})
		row, err := c.s.FilterStatus(ctx, c.alice, f.ID, st.ID)
		if err != nil {
			c.t.Fatal(err)
		}
		c.same("named", c.warned(c.alice, st.ID), []string{"this status"})
		for _, id := range []model.ID{st.ID, secret.ID, 12345} {
			if _, err := c.s.FilterStatus(ctx, c.alice, f.ID, id); model.KindOf(err) != model.KindInvalid {
				c.t.Errorf("%d again, invisible or missing: %v", id, err)
			}
		}
		if _, err := c.s.UnfilterStatus(ctx, c.bob, row.ID); !model.IsNotFound(err) {
			c.t.Errorf("bob changed alice's filter: %v", err)
		}
		if _, err := c.s.UnfilterStatus(ctx, c.alice, row.ID); err != nil {
			c.t.Fatal(err)
		}
		c.same("named no more", c.warned(c.alice, st.ID), []string(nil))
	})
}

func TestAnExpiredFilterFiltersNothing(t *testing.T) {
	t.Parallel()
	testkit.EachAt(t, time.Now, func(t *testing.T, db *store.DB) {
		c := &scene{t: t, db: db, s: testkit.World(t, db), alice: testkit.Person(t, db, "alice"), bob: testkit.Person(t, db, "bob")}
		st := c.post(c.bob, social.Draft{Text: "hello"})
		c.filter(c.alice, social.FilterChange{Title: ptr("over"), Context: []string{"home"}, ExpiresIn: ptr(-time.Second), Keywords: words("hello")})
		c.filter(c.alice, social.FilterChange{Title: ptr("lasts"), Context: []string{"home"}, ExpiresIn: ptr(time.Hour), Keywords: words("hello")})
		c.same("in force", c.warned(c.alice, st.ID), []string{"lasts word hello"})
	})
}

func TestFiltersThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	scenes(t, func(c *scene) {
		for want, ch := range map[string]social.FilterChange{
			"Validation failed: Title can't be blank":                     {Context: []string{"home"}},
			"Validation failed: Context None or invalid context supplied": {Title: ptr("x"), Context: []string{"kitchen"}},
			"'shout' is not a valid action":                               {Title: ptr("x"), Context: []string{"home"}, Action: ptr("shout")},
			"Validation failed: Keywords keyword can't be blank":          {Title: ptr("x"), Context: []string{"home"}, Keywords: words(" ")},
		} {
			_, err := c.s.AddFilter(context.Background(), c.alice, ch)
			if model.KindOf(err) != model.KindInvalid || err.Error() != want {
				c.t.Errorf("got %v, want %s", err, want)
			}
		}
		list, err := c.db.Read(context.Background()).Filters(c.alice.ID)
		c.same("nothing is kept of them", []any{len(list), err}, []any{0, nil})
	})
}

func TestKeywordsAreAddedEditedAndRemovedInOneGo(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scenes(t, func(c *scene) {
		f := c.filter(c.alice, social.FilterChange{Title: ptr("x"), Context: []string{"home", "home"}, Keywords: words("one", "two")})
		c.same("contexts", f.Context, []string{"home"})
		f, err := c.s.EditFilter(ctx, c.alice, f.ID, social.FilterChange{Keywords: []social.KeywordChange{
			{ID: f.Keywords[0].ID, Remove: true}, {ID: f.Keywords[1].ID, Keyword: ptr("zwei")}, {Keyword: ptr("drei")},
		}})
		if err != nil {
			c.t.Fatal(err)
		}
		var got []string
		for _, k := range f.Keywords {
			got = append(got, k.Keyword)
		}
		c.same("keywords", got, []string{"zwei", "drei"})
		if _, err := c.s.EditFilter(ctx, c.alice, f.ID, social.FilterChange{Keywords: []social.KeywordChange{{ID: 99, Remove: true}}}); !model.IsNotFound(err) {
			c.t.Errorf("a keyword of nobody's: %v", err)
		}
		if _, err := c.s.EditFilter(ctx, c.bob, f.ID, social.FilterChange{Title: ptr("bob's")}); !model.IsNotFound(err) {
			c.t.Errorf("bob edits alice's filter: %v", err)
		}
	})
}

func TestOldAppsSeeAFilterAsAPhrase(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scenes(t, func(c *scene) {
		f, err := c.s.AddPhrase(ctx, c.alice, social.PhraseChange{Phrase: ptr("rain"), Context: []string{"home"}, Irreversible: ptr(true)})
		if err != nil {
			c.t.Fatal(err)
		}
		c.same("in the second version", []string{f.Title, f.Action, f.Keywords[0].Keyword}, []string{"rain", "hide", "rain"})
		f, err = c.s.EditPhrase(ctx, c.alice, f.Keywords[0].ID, social.PhraseChange{Phrase: ptr("snow"), Context: []string{"home"}, Irreversible: ptr(false)})
		if err != nil {
			c.t.Fatal(err)
		}
		c.same("edited", []string{f.Title, f.Action, f.Keywords[0].Keyword}, []string{"snow", "warn", "snow"})
		if _, err := c.s.AddKeyword(ctx, c.alice, f.ID, social.KeywordChange{Keyword: ptr("hail")}); err != nil {
			c.t.Fatal(err)
		}
		if _, err := c.s.EditPhrase(ctx, c.alice, f.Keywords[0].ID, social.PhraseChange{Context: []string{"public"}}); model.KindOf(err) != model.KindInvalid {
			c.t.Errorf("an old app changed both keywords' context: %v", err)
		}
		if err := c.s.RemovePhrase(ctx, c.alice, f.Keywords[0].ID); err != nil {
			c.t.Fatal(err)
		}
		f, err = c.db.Read(ctx).Filter(c.alice.ID, f.ID)
		if err != nil || len(f.Keywords) != 1 {
			c.t.Fatalf("%+v %v", f, err)
		}
		if err := c.s.RemovePhrase(ctx, c.alice, f.Keywords[0].ID); err != nil {
			c.t.Fatal(err)
		}
		if _, err := c.db.Read(ctx).Filter(c.alice.ID, f.ID); !model.IsNotFound(err) {
			c.t.Errorf("an empty filter stayed: %v", err)
		}
	})
}
