package text_test

import (
	"strings"
	"testing"

	"gomphothere/internal/text"
)

func TestWhatAPostCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		because, source string
		want            int
	}{
		{"nothing", "", 0},
		{"letters", "hello", 5},
		{"a letter with its accents is one", "e\u0301\u0323", 1},
		{"a family is one", "👨‍👩‍👧‍👦", 1},
		{"a flag is one", "🇩🇪", 1},
		{"a Windows line end is one", "a\r\nb", 3},
		{"a long link counts 23", "https://example.com/" + strings.Repeat("a", 100), 23},
		{"a short link counts 23", "http://a.de", 23},
		{"a link among words", "see https://example.com now", 4 + 23 + 4},
		{"a domain counts nothing", "@alice@a.very.long.domain.example hi", len("@alice hi")},
		{"a local mention counts whole", "@alice", 6},
		{"a hashtag counts whole", "#hello", 6},
		{"500 is 500", strings.Repeat("😀", 500), 500},
	} {
		t.Run(c.because, func(t *testing.T) {
			if got := text.Count(c.source); got != c.want {
				t.Errorf("%q: got %d, want %d", c.source, got, c.want)
			}
		})
	}
}

func TestTruncatingLeavesWholeCharacters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source string
		limit  int
		want   string
	}{
		{"hello", 5, "hello"},
		{"hello!", 5, "hell…"},
		{"a b c", 3, "a…"},
		{"👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 2, "👨‍👩‍👧‍👦…"},
		{"ab", 1, "…"},
		{"ab", 0, ""},
		{"", 3, ""},
	} {
		if got := text.Truncate(c.source, c.limit); got != c.want {
			t.Errorf("%q to %d: got %q, want %q", c.source, c.limit, got, c.want)
		}
	}
}
