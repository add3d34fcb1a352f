package text_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"gomphothere/internal/text"
)

// unsafe says what is wrong with HTML we are about to show, "" when nothing is.
func unsafe(markup string) string {
	allowed := strings.Fields("p br span a del s pre blockquote code b strong u i em ul ol li ruby rt rp")
	attributes := strings.Fields("lang href rel class translate start reversed value target")
	var open []string
	if !utf8.ValidString(markup) {
		return "invalid UTF-8"
	}
	z := html.NewTokenizer(strings.NewReader(markup))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		if kind == html.TextToken {
			continue
		}
		if kind != html.StartTagToken && kind != html.EndTagToken && !strings.HasPrefix(string(z.Raw()), "<br />") {
			return "a " + kind.String() + ": " + string(z.Raw())
		}
		tag := z.Token()
		if !slices.Contains(allowed, tag.Data) {
			return "element " + tag.Data
		}
		for _, a := range tag.Attr {
			if !slices.Contains(attributes, a.Key) {
				return "attribute " + a.Key
			}
			scheme, _, ok := strings.Cut(a.Val, ":")
			if a.Key == "href" && (!ok || !slices.Contains(strings.Fields("http https dat dweb ipfs ipns ssb gopher xmpp magnet gemini"), strings.ToLower(scheme))) {
				return "link to " + a.Val
			}
		}
		switch {
		case tag.Data == "br":
		case kind == html.StartTagToken:
			open = append(open, tag.Data)
		case len(open) == 0 || open[len(open)-1] != tag.Data:
			return "</" + tag.Data + "> closes nothing"
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return "left open: " + strings.Join(open, " ")
	}
	return oracle(markup)
}

// oracle asks a sanitiser of other hands, with our list as its policy: what we let through it must
// find nothing to take from. It writes some characters otherwise, so what both mean is compared.
func oracle(markup string) string {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "span", "del", "s", "pre", "blockquote", "code", "b", "strong", "u", "i", "em", "ul", "ol", "li", "ruby", "rt", "rp", "a")
	p.AllowNoAttrs().OnElements("span", "a")
	p.AllowAttrs("lang").Globally()
	p.AllowAttrs("class").OnElements("a", "span", "p")
	p.AllowAttrs("translate").OnElements("a", "span")
	p.AllowAttrs("href", "rel", "target").OnElements("a")
	p.AllowAttrs("start", "reversed").OnElements("ol")
	p.AllowAttrs("value").OnElements("li")
	p.AllowURLSchemes("http", "https", "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "xmpp", "magnet", "gemini")
	shape := func(markup string) (tags []string) {
		z := html.NewTokenizer(strings.NewReader(markup))
		for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
			if kind == html.TextToken {
				continue
			}
			tag := z.Token()
			if tag.Data == "a" { // it refuses links no URL parser reads, which lead nowhere, and drops the tag
				continue
			}
			for _, a := range tag.Attr {
				tag.Data += " " + a.Key + "=" + a.Val
			}
			tags = append(tags, tag.Data)
		}
		return tags
	}
	ours, theirs := shape(markup), shape(p.Sanitize(markup))
	if !slices.Equal(ours, theirs) {
		return "another sanitiser leaves " + strings.Join(theirs, ", ") + " of " + strings.Join(ours, ", ")
	}
	return ""
}

func checkSanitise(t interface{ Fatalf(string, ...any) }, source string) {
	got := text.Sanitise(source)
	if why := unsafe(got); why != "" {
		t.Fatalf("%s\nof %q\ngot %q", why, source, got)
	}
	if again := text.Sanitise(got); again != got {
		t.Fatalf("sanitised twice\nof    %q\nonce  %q\ntwice %q", source, got, again)
	}
	if len(got) > 8*len(source)+64 {
		t.Fatalf("%d bytes became %d", len(source), len(got))
	}
}

func checkSource(t interface{ Fatalf(string, ...any) }, source string) {
	end := 0
	for _, p := range text.Parse(source) {
		if p.Start < end || p.End <= p.Start || p.End > len(source) {
			t.Fatalf("in %q: %+v after %d", source, p, end)
		}
		end = p.End
		if !strings.Contains(source[p.Start:p.End], p.Name) || p.Name == "" {
			t.Fatalf("in %q: %+v is not %q", source, p, source[p.Start:p.End])
		}
	}
	if n := text.Count(source); n < 0 || n > 23*(len(source)+1) {
		t.Fatalf("%q counts %d", source, n)
	}
	for _, drawn := range []string{text.Render(source, links()), text.RenderField(source, links())} {
		if why := unsafe(drawn); why != "" {
			t.Fatalf("%s\nof %q\ngot %q", why, source, drawn)
		}
	}
}

// sources makes texts out of the parts that mean something to the parsers, and of anything else.
func sources(parts ...string) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		one := rapid.OneOf(rapid.SampledFrom(parts), rapid.SampledFrom(parts), rapid.StringN(0, 4, 12))
		return strings.Join(rapid.SliceOfN(one, 0, 12).Draw(t, "parts"), "")
	})
}

func posts() *rapid.Generator[string] {
	return sources(" ", "\n", "\n\n", "@", "#", "alice", "@alice", "@bob@remote.net", "https://", "example.com", "/a", "(", ")", "?q=", "&", "<", "\"", "'",
		"#tag", "·", "https://example.com/x_(y)", "日本", "e\u0301", ".", "://", "javascript:", "\r", "\x00", "\xff", "@mallory@remote.net")
}

func documents() *rapid.Generator[string] {
	return sources("<p>", "</p>", "<b>", "</b>", "<a href=", "https://example.com", "javascript:x", ">", "</a>", "<script>", "</script>", "<svg>", "</svg>", "<style>", "</style>",
		"<math>", "<semantics>", "<annotation encoding=\"text/plain\">", "</annotation>", "</semantics>", "</math>", "<ul>", "<li>", "</ul>", "<ol start=1>", "</ol>", "<h2>", "</h2>",
		"<blockquote>", "</blockquote>", "<pre>", "</pre>", "<ruby>", "<rt>", "</ruby>", "<br>", "</br>", "<div>", "<!--", "-->", "<![CDATA[", "]]>", "\"", "'", " onclick=x ", "/>", "<", "&lt;", "&#0;", "&amp;",
		"<span class='mention x'>", "</span>", "<textarea>", "<title>", "<noscript>", "<template>", "<a>", "text", " ", "\n", "\x00", "\xff")
}

func TestWhateverIsSentWhatIsShownIsSafe(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { checkSanitise(t, documents().Draw(t, "document")) })
}

func TestWhateverIsWrittenWhatIsShownIsSafe(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { checkSource(t, posts().Draw(t, "post")) })
}

func TestWhatIsDrawnReadsAsItWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOf(sources("a", "b  c", "<b>", "&amp;", "@alice", "#tag", "https://example.com/one/two/three/four/five/six", "日本", "'", "\"")).Draw(t, "lines")
		for i, line := range lines { // controls, tabs and spaces at a line's ends are not what is read
			line = strings.Map(func(r rune) rune {
				if r < 0x20 || r == '＃' || r == utf8.RuneError {
					return -1
				}
				return r
			}, line)
			lines[i] = strings.Trim(line, " ")
		}
		written := strings.Trim(strings.Join(lines, "\n"), "\n")
		for strings.Contains(written, "\n\n\n") {
			written = strings.ReplaceAll(written, "\n\n\n", "\n\n")
		}
		if strings.TrimSpace(written) == "" {
			return
		}
		for _, drawn := range []string{text.Render(written, links()), text.Sanitise(text.Render(written, links()))} {
			if got := text.Plain(drawn); got != written {
				t.Fatalf("\ndrawn %q\n got  %q\nwant  %q", drawn, got, written)
			}
		}
	})
}

func TestWhatOtherServersSentIsSafe(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "..", "shared", "payloads")
	if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no payloads at %s", root)
		}
		t.Skipf("no payloads at %s", root)
	}
	n := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var document any
		if json.Unmarshal(b, &document) != nil {
			return nil // some are broken on purpose
		}
		for _, source := range contents(document) {
			n++
			checkSanitise(t, source)
			if clean := text.Sanitise(source); strings.ContainsAny(text.Plain(source), "abcdefghijklmnopqrstuvwxyz") && text.Plain(clean) == "" {
				t.Errorf("%s: nothing is left of %q", path, source)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 100 {
		t.Errorf("only %d texts in %s: is this the right folder?", n, root)
	}
}

// contents gathers every HTML text of a document, however deep.
func contents(v any) (found []string) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			found = append(found, contents(e)...)
		}
	case map[string]any:
		for key, e := range v {
			switch s, isText := e.(string); {
			case isText && slices.Contains([]string{"content", "summary", "name", "value"}, key):
				found = append(found, s)
			case strings.HasSuffix(key, "Map"):
				if byLanguage, ok := e.(map[string]any); ok {
					for _, s := range byLanguage {
						if s, ok := s.(string); ok {
							found = append(found, s)
						}
					}
				}
			}
			found = append(found, contents(e)...)
		}
	}
	return found
}

func FuzzSanitise(f *testing.F) {
	f.Fuzz(func(t *testing.T, source string) { checkSanitise(t, source) })
}

func FuzzSource(f *testing.F) {
	f.Fuzz(func(t *testing.T, source string) { checkSource(t, source) })
}

func FuzzAcct(f *testing.F) {
	f.Fuzz(func(t *testing.T, handle string) {
		acct, ok := text.ParseAcct(handle)
		if !ok {
			return
		}
		if again, ok := text.ParseAcct(acct.String()); !ok || again != acct {
			t.Fatalf("%q is %+v, which is %+v, %v", handle, acct, again, ok)
		}
		if strings.ContainsAny(acct.String(), "/?#<>\" \n") {
			t.Fatalf("%q is %q", handle, acct)
		}
	})
}
