package text_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gomphothere/internal/text"
)

// spell writes what was found as one line a reader can check against the text.
func spell(source string) string {
	var parts []string
	for _, p := range text.Parse(source) {
		switch p.Kind {
		case text.Mention:
			parts = append(parts, "@"+p.Acct())
		case text.Hashtag:
			parts = append(parts, "#"+p.Name)
		case text.Link:
			parts = append(parts, p.Name)
		}
	}
	return strings.Join(parts, " ")
}

func TestWhatIsFoundInAPost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ because, source, want string }{
		{"nothing is in plain words", "hello world", ""},

		{"a local mention", "hi @alice!", "@alice"},
		{"a remote mention", "hi @alice@example.com, hello", "@alice@example.com"},
		{"the full stop after a mention is not part of it", "by @alice@example.com.", "@alice@example.com"},
		{"dots and hyphens stand inside usernames", "@snow.drop-7@example.com", "@snow.drop-7@example.com"},
		{"but not at their ends", "@alice. @bob-", "@alice @bob"},
		{"case is kept", "@Alice@Example.COM", "@Alice@Example.COM"},
		{"domains may be international", "@alice@bücher.example", "@alice@bücher.example"},
		{"mentions stand in parentheses", "(@alice)", "@alice"},
		{"an e-mail address is no mention", "write to bob@example.com", ""},
		{"a path is no mention", "see /@alice", ""},
		{"a parameter is no mention", "?user=@alice", ""},
		{"a URL's profile is no mention", "https://example.com/@alice", "https://example.com/@alice"},
		{"words of other scripts end before a mention", "こんにちは@alice", ""},
		{"accents after it make it something else", "@alicé", ""},
		{"two signs in a row are one mention", "@@alice", "@alice"},
		{"three parts are none", "@alice@example.com@example.org", ""},
		{"a scheme is no domain", "@alice@https://example.com", ""},
		{"servers on a workbench have ports", "@alice@localhost:8081: hi", "@alice@localhost:8081"},

		{"a hashtag", "#hello", "#hello"},
		{"hashtags keep their case", "go #GoLang go", "#GoLang"},
		{"digits stand at the start", "hello #3d", "#3d"},
		{"digits alone are no tag", "hello #123", ""},
		{"underscores stand anywhere", "#_test #test_ #one_two", "#_test #test_ #one_two"},
		{"digits with something between are a tag", "#1_2 #1·2", "#1_2 #1·2"},
		{"middle dots stand inside", "#one·two·three", "#one·two·three"},
		{"and the Japanese one", "#one・two・three", "#one・two・three"},
		{"but not at the end", "#one· #two・", "#one #two"},
		{"nor at the start", "#·one", ""},
		{"a zero-width non-joiner stands inside", "#می\u200cخواهم", "#می\u200cخواهم"},
		{"tags of every script", "#日本語 #हिन्दी #кот", "#日本語 #हिन्दी #кот"},
		{"full-width letters and sign", "＃ａｅｓｔｈｅｔｉｃ", "#ａｅｓｔｈｅｔｉｃ"},
		{"punctuation ends a tag", "#hello, #world!", "#hello #world"},
		{"a tag does not begin in a word", "a#b", ""},
		{"nor after a bracket", "(#b", ""},
		{"nor after a slash", "/#b", ""},
		{"nor after another tag", "#a#b", "#a"},
		{"a no-break space is a space", "a\u00a0#b", "#b"},
		{"a new line begins one", "a\n#b", "#b"},
		{"a keycap is no tag", "#️⃣", ""},
		{"a fragment is no tag", "https://en.wikipedia.org/wiki/Ghostbusters_(song)#Lawsuit", "https://en.wikipedia.org/wiki/Ghostbusters_(song)#Lawsuit"},
		{"nor after an odd path", "https://en.wikipedia.org/wiki/Google_LLC_v._Oracle_America,_Inc.#Decision", "https://en.wikipedia.org/wiki/Google_LLC_v._Oracle_America,_Inc.#Decision"},
		{"a tag may touch a link", "#日本https://example.com", "#日本 https://example.com"},

		{"a link", "see https://example.com", "https://example.com"},
		{"the sentence's end is not the link's", "see https://example.com/a.", "https://example.com/a"},
		{"nor a comma, nor a quote", `"https://example.com/a", he said`, "https://example.com/a"},
		{"nor a closing parenthesis", "(https://example.com/a)", "https://example.com/a"},
		{"parentheses in pairs are", "https://example.com/a_(b)", "https://example.com/a_(b)"},
		{"one pair within another too", "https://example.com/a_(b_(c))", "https://example.com/a_(b_(c))"},
		{"a query", "https://example.com/?q=a&b=(c)!", "https://example.com/?q=a&b=(c"},
		{"a fragment", "https://example.com/#frag", "https://example.com/#frag"},
		{"a port", "http://example.com:8080/x", "http://example.com:8080/x"},
		{"an international host", "https://bücher.de/ä", "https://bücher.de/ä"},
		{"an international top level", "http://пример.рф", "http://пример.рф"},
		{"a punycode top level", "https://xn--e1afmkfd.xn--p1ai/x", "https://xn--e1afmkfd.xn--p1ai/x"},
		{"paths of every script", "https://ja.wikipedia.org/wiki/日本語 です", "https://ja.wikipedia.org/wiki/日本語"},
		{"Japanese quotes stay outside", "「https://example.com/a」", "https://example.com/a"},
		{"Chinese touches links", "看https://example.com。好", "https://example.com"},
		{"case does not matter", "HTTPS://EXAMPLE.COM", "HTTPS://EXAMPLE.COM"},
		{"a bare domain is none", "example.com and www.example.com", ""},
		{"an unknown top level is none", "https://example.notatld https://localhost", ""},
		{"a known one before an unknown", "https://example.com.notatld", "https://example.com"},
		{"letters before the scheme are none", "xhttps://example.com", ""},
		{"javascript is none", "javascript://example.com/%0aalert(1)", ""},
		{"other schemes Mastodon knows", "gemini://example.com/x", "gemini://example.com/x"},
		{"passwords are none", "https://user:pass@example.com", ""},
		{"a line ends a link", "https://example.com/a\nb", "https://example.com/a"},
		{"markup ends a link", "https://example.com/a<b>", "https://example.com/a"},
		{"a country listed only by what is below it", "https://example.com.bd/x", "https://example.com.bd/x"},
		{"all together", "@a #b https://example.com/#c @d@e.org", "@a #b https://example.com/#c @d@e.org"},
	} {
		t.Run(c.because, func(t *testing.T) {
			if got := spell(c.source); got != c.want {
				t.Errorf("in %q\n got %q\nwant %q", c.source, got, c.want)
			}
		})
	}
}

func TestPiecesStandWhereTheyWereWritten(t *testing.T) {
	t.Parallel()
	got := text.Parse("é @bob@example.org #x")
	want := text.Found{
		{Kind: text.Mention, Start: 3, End: 19, Name: "bob", Domain: "example.org"},
		{Kind: text.Hashtag, Start: 20, End: 22, Name: "x"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if tags := got.Of(text.Hashtag); len(tags) != 1 || tags[0].Name != "x" {
		t.Errorf("hashtags: got %v", tags)
	}
}

func TestSpellingsOfOneTagMeet(t *testing.T) {
	t.Parallel()
	for spelling, want := range map[string]string{
		"Hello":      "hello",
		"ＡｅＳｔｈ":      "aesth",
		"Café":       "cafe",
		"ŁÓDŹ":       "lodz",
		"Straße":     "straße",
		"日本語":        "日本語",
		"a·b":        "a·b",
		"ภาษาไทย่":   "ภาษาไทย่",
		"Ёлка":       "ёлка",
		"cafe\u0301": "cafe",
	} {
		if got := text.TagKey(spelling); got != want {
			t.Errorf("%q: got %q, want %q", spelling, got, want)
		}
	}
}

func TestTagsThatMayBeFeatured(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"go": true, "#go": false, "": false, "123": false, "a b": false, "a·": false, "日本": true} {
		if got := text.ValidTag(name); got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
}
