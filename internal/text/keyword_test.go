package text_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gomphothere/internal/text"
)

func TestWhatAFilterFinds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		because string
		phrase  string
		whole   bool
		source  string
		want    string
	}{
		{"a phrase", "bad news", false, "what bad news this is", "bad news"},
		{"in any case", "BAD", false, "so bAd", "bAd"},
		{"within a word", "cat", false, "concatenate", "cat"},
		{"not within a word when whole", "cat", true, "concatenate", ""},
		{"a whole word at the start", "cat", true, "cat!", "cat"},
		{"a whole word after it stood within one", "cat", true, "concatenate a cat", "cat"},
		{"not before a digit or underscore", "cat", true, "cat2 cat_", ""},
		{"a tag is whole by its end alone", "#cat", true, "a#cat", "#cat"},
		{"and ends with the word", "#cat", true, "#cats", ""},
		{"signs have no ends", "!!", true, "a!!!b", "!!"},
		{"other scripts have cases too", "привет", true, "ПРИВЕТ, мир", "ПРИВЕТ"},
		{"letters of unequal width", "k", true, "300 \u212A", "\u212A"},
		{"what is around them is told exactly", "ⱥb", false, "ȺȺB", "ȺB"},
		{"words of scripts without spaces are not whole", "猫", true, "私の猫です", ""},
		{"but are found", "猫", false, "私の猫です", "猫"},
		{"a pattern is no pattern", ".*", false, "abc", ""},
		{"nothing is never found", "", false, "abc", ""},
	} {
		t.Run(c.because, func(t *testing.T) {
			got := ""
			for _, m := range text.NewMatcher([]text.Keyword{{Phrase: c.phrase, WholeWord: c.whole}}).Match(c.source) {
				got = m.Text
			}
			if got != c.want {
				t.Errorf("%q in %q: got %q, want %q", c.phrase, c.source, got, c.want)
			}
		})
	}
}

func TestManyKeywordsAreFoundAtOnceEachOnce(t *testing.T) {
	t.Parallel()
	m := text.NewMatcher([]text.Keyword{{Phrase: "he"}, {Phrase: "she"}, {Phrase: "hers"}, {Phrase: "his", WholeWord: true}, {Phrase: "HE"}})
	found := map[int]string{}
	for _, match := range m.Match("ushers and she, thistle") {
		if _, twice := found[match.Keyword]; twice {
			t.Errorf("keyword %d found twice", match.Keyword)
		}
		found[match.Keyword] = match.Text
	}
	if len(found) != 4 || found[0] != "he" || found[1] != "she" || found[2] != "hers" || found[4] != "he" {
		t.Errorf("got %v", found)
	}
}

// The slow and obvious way to say the same: one pattern a keyword, for ASCII.
func TestAMatcherFindsWhatPatternsFind(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.StringMatching(`[abAB #.]{0,4}`)
		source := rapid.StringMatching(`[abAB #.]{0,30}`).Draw(t, "source")
		var keywords []text.Keyword
		for range rapid.IntRange(0, 6).Draw(t, "keywords") {
			keywords = append(keywords, text.Keyword{Phrase: words.Draw(t, "phrase"), WholeWord: rapid.Bool().Draw(t, "whole")})
		}
		found := map[int]bool{}
		for _, m := range text.NewMatcher(keywords).Match(source) {
			found[m.Keyword] = true
			if !strings.EqualFold(m.Text, keywords[m.Keyword].Phrase) {
				t.Fatalf("%q found as %q", keywords[m.Keyword].Phrase, m.Text)
			}
		}
		for i, k := range keywords {
			pattern := regexp.QuoteMeta(k.Phrase)
			if k.WholeWord && regexp.MustCompile(`^\w`).MatchString(k.Phrase) {
				pattern = `\b` + pattern
			}
			if k.WholeWord && regexp.MustCompile(`\w$`).MatchString(k.Phrase) {
				pattern += `\b`
			}
			want := k.Phrase != "" && regexp.MustCompile(`(?i)`+pattern).MatchString(source)
			if found[i] != want {
				t.Fatalf("%+v in %q: got %v, want %v", k, source, found[i], want)
			}
		}
	})
}
