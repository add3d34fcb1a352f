package text_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gomphothere/internal/text"
)

func TestLinksOfAStatusAreThoseThatLeadToPages(t *testing.T) {
	t.Parallel()
	source := `<p><span class="h-card"><a href="https://a.example/@b" class="u-url mention">@b</a></span> see ` +
		`<a href="https://news.example/1?a=1&amp;b=2" rel="nofollow">this</a> and <a href="https://a.example/tags/x" class="mention hashtag" rel="tag">#x</a> ` +
		`<a name="nowhere">and</a> <A HREF="https://news.example/2">that</A></p>`
	want := []string{"https://news.example/1?a=1&b=2", "https://news.example/2"}
	if diff := cmp.Diff(want, text.LinksOf(source)); diff != "" {
		t.Error(diff)
	}
}
