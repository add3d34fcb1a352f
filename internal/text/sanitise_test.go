package text_test

import (
	"strings"
	"testing"

	"gomphothere/internal/text"
)

const linked = ` rel="nofollow noopener" target="_blank"`

func TestWhatIsLeftOfStrangersHTML(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ because, source, want string }{
		{"plain words stay", "I'm \"here\"", "I'm \"here\""},
		{"entities stay what they mean", "a &amp; b &lt;b&gt; &copy;", "a &amp; b &lt;b&gt; ©"},
		{"a stray sign is text", "1 < 2 > 0 & so", "1 &lt; 2 &gt; 0 &amp; so"},
		{"every kept element", "<p>a<br>b<span>c</span><del>d</del><s>e</s><code>f</code><b>g</b><strong>h</strong><u>i</u><i>j</i><em>k</em></p><pre>l</pre><blockquote>m</blockquote><ul><li>n</li></ul><ruby>o<rp>(</rp><rt>p</rt><rp>)</rp></ruby>",
			"<p>a<br>b<span>c</span><del>d</del><s>e</s><code>f</code><b>g</b><strong>h</strong><u>i</u><i>j</i><em>k</em></p><pre>l</pre><blockquote>m</blockquote><ul><li>n</li></ul><ruby>o<rp>(</rp><rt>p</rt><rp>)</rp></ruby>"},
		{"a list keeps its numbers", `<ol start="3" reversed="" type="a"><li value="7">x</li></ol>`, `<ol start="3" reversed=""><li value="7">x</li></ol>`},
		{"a list's numbers are numbers", `<ol start="x"><li value="1e9">x</li></ol>`, `<ol><li>x</li></ol>`},
		{"headings become strong", "<h1>A</h1><h6>B</h6>", "<p><strong>A</strong></p><p><strong>B</strong></p>"},
		{"a script goes whole", "a<script>alert(1)</script>b", "ab"},
		{"a script that pretends to be closed goes too", "a<script/>alert(1)</script>b", "ab"},
		{"a style goes whole", "a<style>p{}</style>b", "ab"},
		{"a drawing goes whole", `a<svg onload=alert(1)><style><a title="</style><img src=x onerror=alert(1)>"></svg>b`, "ab"},
		{"an empty drawing hides nothing", "a<svg/>b", "ab"},
		{"a frame goes whole", `a<iframe src="//x">x</iframe>b`, "ab"},
		{"a comment goes", "a<!-- <b> -->b", "ab"},
		{"an image goes", `a<img src=x onerror=alert(1)>b`, "ab"},
		{"divisions stand apart", "<div>a</div><div>b</div>", "a b "},
		{"table cells stand apart", "<table><tr><td>a</td><td>b</td></tr></table>", "a b "},
		{"unknown elements leave their words", "<blink>a</blink>", "a"},
		{"handlers go", `<p onclick="x" style="y" id="z">a</p>`, "<p>a</p>"},
		{"classes that mean something stay", `<span class="h-card foo u-url mention quote-inline invisible ellipsis hashtag bar p-x dt-x e-x">a</span>`, `<span class="h-card u-url mention quote-inline invisible ellipsis hashtag p-x dt-x e-x">a</span>`},
		{"classes that mean nothing go", `<p class="btn">a</p><b class="mention">b</b>`, "<p>a</p><b>b</b>"},
		{"translate only says no", `<span translate="no">a</span><span translate="yes">b</span>`, `<span translate="no">a</span><span>b</span>`},
		{"lang stays", `<p lang="en-GB">a</p><p lang='"x'>b</p>`, `<p lang="en-GB">a</p><p>b</p>`},
		{"a link is sent with care", `<a href="https://example.com/?a=1&b=2">a</a>`, `<a href="https://example.com/?a=1&amp;b=2"` + linked + `>a</a>`},
		{"a link's rel is ours but for tag", `<a href="https://e.org" rel="me tag opener" target="_self">a</a>`, `<a href="https://e.org" rel="tag nofollow noopener" target="_blank">a</a>`},
		{"a mention", `<span class="h-card" translate="no"><a href="https://e.org/@a" class="u-url mention">@<span>a</span></a></span>`, `<span class="h-card" translate="no"><a href="https://e.org/@a" class="u-url mention"` + linked + `>@<span>a</span></a></span>`},
		{"other schemes stay", `<a href="magnet:?xt=1">a</a><a href="XMPP:a@b">b</a>`, `<a href="magnet:?xt=1"` + linked + `>a</a><a href="XMPP:a@b"` + linked + `>b</a>`},
		{"javascript is text", `<a href="javascript:alert(1)">a</a>`, "a"},
		{"javascript in any disguise is text", "<a href=\" JaVa\tScript:alert(1)\">a</a><a href='java&#10;script:x'>b</a><a href='&#x6a;avascript:x'>c</a><a href='\x01javascript:x'>d</a>", "abcd"},
		{"a data link is text", `<a href="data:text/html,x">a</a>`, "a"},
		{"a relative link is text, and what it holds", `<a href="/tag/x">#<span>x</span></a>`, "#x"},
		{"a link to a path with a scheme is text", `<a href="https:x">a</a>`, "a"},
		{"a link nowhere is text", "<a>a</a><a name=x>b</a>", "ab"},
		{"the first of two links counts", `<a href="https://e.org" href="javascript:x">a</a>`, `<a href="https://e.org"` + linked + `>a</a>`},
		{"what was left open is closed", "<p>a<b>b", "<p>a<b>b</b></p>"},
		{"what closes nothing goes", "a</p></b></li>b", "ab"},
		{"what closes in the wrong order closes in the right one", "<b><i>a</b>b</i>", "<b><i>a</i></b>b"},
		{"a paragraph ends a paragraph", "<p>a<p>b", "<p>a</p><p>b</p>"},
		{"a list ends a paragraph", "<p>a<ul><li>b<li>c</ul>d", "<p>a</p><ul><li>b</li><li>c</li></ul>d"},
		{"a list in a list", "<ul><li>a<ul><li>b</ul><li>c</ul>", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"},
		{"a paragraph in a quotation stays there", "<blockquote><p>a</blockquote>b</p>", "<blockquote><p>a</p></blockquote>b"},
		{"a link in a link ends it", `<a href="https://a.org">a<a href="https://b.org">b</a>`, `<a href="https://a.org"` + linked + `>a</a><a href="https://b.org"` + linked + `>b</a>`},
		{"a text link that never ends does not swallow paragraphs", `<p><a href="/x">a<p>b</p>`, "<p>a</p><p>b</p>"},
		{"a line break is one however spelt", "a<br/>b<br />c</br>d", "a<br>b<br>c<br>d"},
		{"a self-closed paragraph is open", "<p/>a", "<p>a</p>"},
		{"a formula is its TeX", `<math><semantics><mi>x</mi><annotation encoding="application/x-tex">x &lt; y</annotation></semantics></math>`, "$x &lt; y$"},
		{"a displayed formula has more dollars", `<math display="block"><semantics><mrow><mi>x</mi><mspace/></mrow><annotation encoding="text/plain">p</annotation><annotation encoding="application/x-tex">x</annotation></semantics></math>!`, "$$x$$!"},
		{"a formula in words is its words", `<math><semantics><mi>x</mi><annotation encoding="text/plain">an x</annotation></semantics></math>`, "an x"},
		{"a formula without words goes", `a<math><mi>x</mi><annotation encoding="text/plain">no</annotation></math>b`, "ab"},
		{"a formula does not smuggle", `<math><semantics><annotation encoding="text/plain"><script>alert(1)</script></annotation></semantics></math>`, "alert(1)"},
		{"the tail of a cut tag goes", "a<b onclick=", "a"},
		{"broken letters are marked", "<p>\xff</p>", "<p>\uFFFD</p>"},
		{"control characters go", "<p>a&#1;b\x00\x02</p>", "<p>ab</p>"},
	} {
		t.Run(c.because, func(t *testing.T) {
			if got := text.Sanitise(c.source); got != c.want {
				t.Errorf("of %s\n got %s\nwant %s", c.source, got, c.want)
			}
		})
	}
}

func TestDeepNestingLosesItsTagsAndKeepsItsWords(t *testing.T) {
	t.Parallel()
	got := text.Sanitise(strings.Repeat("<b>", 10_000) + "deep" + strings.Repeat("</b>", 10_000))
	if n := strings.Count(got, "<b>"); n != 64 {
		t.Errorf("got %d levels, want 64", n)
	}
	if text.Plain(got) != "deep" {
		t.Errorf("the words are gone: %s", got)
	}
}

func TestAnEndlessDocumentIsCut(t *testing.T) {
	t.Parallel()
	if got := len(text.Sanitise(strings.Repeat("a", 3<<20))); got != 1<<20 {
		t.Errorf("got %d bytes, want a megabyte", got)
	}
}

func TestWhatAReaderReads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ because, source, want string }{
		{"nothing", "", ""},
		{"words", "a &amp; b", "a & b"},
		{"paragraphs stand apart", "<p>a</p><p>b</p>", "a\n\nb"},
		{"breaks are lines", "<p>a<br />b<br>c</p>", "a\nb\nc"},
		{"list items are lines", "<p>x</p><ul><li>a</li><li>b</li></ul>", "x\n\na\nb"},
		{"a source's own newlines are spaces", "<p>a\n  b</p>\n<p>c</p>\n", "a b\n\nc"},
		{"but not in code", "<pre>a\n  b</pre>", "a\n  b"},
		{"a link is read whole", text.Render("https://example.com/one/two/three/four/five", text.Links{}), "https://example.com/one/two/three/four/five"},
		{"a script is not read", "a<script>b</script>c", "ac"},
		{"divisions are lines", "<div>a</div><div>b</div>", "a\nb"},
		{"spaces typed stay", "<p>a  b</p>", "a  b"},
	} {
		t.Run(c.because, func(t *testing.T) {
			if got := text.Plain(c.source); got != c.want {
				t.Errorf("of %q\n got %q\nwant %q", c.source, got, c.want)
			}
		})
	}
}
