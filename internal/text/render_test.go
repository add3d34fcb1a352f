package text_test

import (
	"strings"
	"testing"

	"gomphothere/internal/text"
)

func links() text.Links {
	return text.Links{
		Tags: "https://example.org/tags/",
		Mention: func(p text.Piece) (page, acct string, ok bool) {
			switch strings.ToLower(p.Acct()) {
			case "alice", "alice@example.org":
				return "https://example.org/@alice", "alice", true
			case "bob@remote.net":
				return "https://remote.net/@bob", "bob@remote.net", true
			case "alice@remote.net":
				return "https://remote.net/users/alice?a=1&b=2", "alice@remote.net", true
			case "mallory@remote.net":
				return "javascript:alert(1)", "mallory@remote.net", true
			}
			return "", "", false
		},
	}
}

func TestHowAPostIsDrawn(t *testing.T) {
	t.Parallel()
	const alice = `<span class="h-card" translate="no"><a href="https://example.org/@alice" class="u-url mention">@<span>alice</span></a></span>`
	const bob = `<span class="h-card" translate="no"><a href="https://remote.net/@bob" class="u-url mention">@<span>bob</span></a></span>`
	for _, c := range []struct{ because, source, want string }{
		{"nothing is nothing", "", ""},
		{"blank is nothing", " \n\t ", ""},
		{"words are a paragraph", "hello", "<p>hello</p>"},
		{"a newline breaks the line", "a\nb", "<p>a<br />b</p>"},
		{"an empty line begins a paragraph", "a\n\nb", "<p>a</p><p>b</p>"},
		{"more empty lines are no more", "a\n\n\n\nb", "<p>a</p><p>b</p>"},
		{"a line of spaces is not empty", "a\n \nb", "<p>a<br /> <br />b</p>"},
		{"newlines at the ends are dropped", "\n\na\n", "<p>a</p>"},
		{"every system's line ends are one", "a\r\nb\rc", "<p>a<br />b<br />c</p>"},
		{"markup is text", `<script>alert("1")</script> & 'so'`, "<p>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;so&#39;</p>"},
		{"control characters go", "a\x00b\x1bc", "<p>abc</p>"},
		{"broken letters are marked", "a\xffb", "<p>a\uFFFDb</p>"},
		{"a local mention", "hi @alice", "<p>hi " + alice + "</p>"},
		{"a local mention spelt out", "hi @Alice@example.org", "<p>hi " + alice + "</p>"},
		{"a remote mention shows the name", "@bob@remote.net, hi", "<p>" + bob + ", hi</p>"},
		{"a mention after a newline", "hi\n@alice\n\nbye", "<p>hi<br />" + alice + "</p><p>bye</p>"},
		{"nobody known stays text", "@nobody@remote.net", "<p>@nobody@remote.net</p>"},
		{"nobody's page can be a script", "@mallory@remote.net", "<p>@mallory@remote.net</p>"},
		{"namesakes are told apart", "@alice @alice@remote.net", `<p><span class="h-card" translate="no"><a href="https://example.org/@alice" class="u-url mention">@<span>alice</span></a></span> <span class="h-card" translate="no"><a href="https://remote.net/users/alice?a=1&amp;b=2" class="u-url mention">@<span>alice@remote.net</span></a></span></p>`},
		{"a hashtag", "#Hello", `<p><a href="https://example.org/tags/Hello" class="mention hashtag" rel="tag">#<span>Hello</span></a></p>`},
		{"a hashtag of another script", "#日本", `<p><a href="https://example.org/tags/%E6%97%A5%E6%9C%AC" class="mention hashtag" rel="tag">#<span>日本</span></a></p>`},
		{"a short link is shown whole", "https://example.com/a", `<p><a href="https://example.com/a" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://</span><span class="">example.com/a</span><span class="invisible"></span></a></p>`},
		{"www is hidden", "http://www.example.com/", `<p><a href="http://www.example.com/" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">http://www.</span><span class="">example.com/</span><span class="invisible"></span></a></p>`},
		{"a long link is cut", "https://example.com/one/two/three/four/five", `<p><a href="https://example.com/one/two/three/four/five" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://</span><span class="ellipsis">example.com/one/two/three/four</span><span class="invisible">/five</span></a></p>`},
		{"but not for one letter", "https://example.com/one/two/three/four/", `<p><a href="https://example.com/one/two/three/four/" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://</span><span class="">example.com/one/two/three/four/</span><span class="invisible"></span></a></p>`},
		{"a link's ampersand is escaped", "https://example.com/?a=1&b=2", `<p><a href="https://example.com/?a=1&amp;b=2" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://</span><span class="">example.com/?a=1&amp;b=2</span><span class="invisible"></span></a></p>`},
		{"a quote cannot leave a link", `https://example.com/"onmouseover="x`, `<p><a href="https://example.com/&quot;onmouseover=&quot;x" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://</span><span class="">example.com/&quot;onmouseover=&quot;x</span><span class="invisible"></span></a></p>`},
	} {
		t.Run(c.because, func(t *testing.T) {
			if got := text.Render(c.source, links()); got != c.want {
				t.Errorf("of %q\n got %s\nwant %s", c.source, got, c.want)
			}
		})
	}
}

func TestAProfileFieldIsOneLineThatClaimsItsLink(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"":                    "",
		"she/her":             "she/her",
		"a & b":               "a &amp; b",
		"@bob@remote.net":     `<span class="h-card" translate="no"><a href="https://remote.net/@bob" class="u-url mention">@<span>bob@remote.net</span></a></span>`,
		"https://example.com": `<a href="https://example.com" target="_blank" rel="nofollow noopener me" translate="no"><span class="invisible">https://</span><span class="">example.com</span><span class="invisible"></span></a>`,
	} {
		if got := text.RenderField(source, links()); got != want {
			t.Errorf("of %q\n got %s\nwant %s", source, got, want)
		}
	}
}

func TestWithoutAnywhereToLeadNothingIsLinkedButLinks(t *testing.T) {
	t.Parallel()
	if got, want := text.Render("@alice #tag", text.Links{}), "<p>@alice #tag</p>"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
