package text

import (
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// linkLength is what every link counts, however long: Mastodon API: configuration.statuses.characters_reserved_per_url.
const linkLength = 23

// Count is the length of a post's text as Mastodon counts it, in characters a reader sees: every
// link counts 23 and a mention counts without its domain. A warning counts in full, by Characters.
func Count(source string) int {
	source = clip(source, MaxSource)
	found := Parse(source)
	if len(found) == 0 {
		return Characters(source)
	}
	var b strings.Builder
	b.Grow(len(source))
	at := 0
	for _, p := range found {
		b.WriteString(source[at:p.Start])
		at = p.End
		switch p.Kind {
		case Mention:
			b.WriteString("@" + p.Name)
		case Link:
			b.WriteString(strings.Repeat("x", linkLength))
		default:
			b.WriteString(source[p.Start:p.End])
		}
	}
	b.WriteString(source[at:])
	return Characters(b.String())
}

// Characters counts what a reader sees as single characters (grapheme clusters, UAX #29).
func Characters(s string) int {
	n := 0
	for g := graphemes.FromString(s); g.Next(); {
		n++
	}
	return n
}

// Truncate shortens s to at most limit characters as a reader sees them, the last being an ellipsis
// when something was left out.
func Truncate(s string, limit int) string {
	if limit <= 0 {
		return ""
	}
	n, cut := 0, 0
	for g := graphemes.FromString(s); g.Next(); n++ {
		if n == limit {
			return strings.TrimRight(s[:cut], " \n\t") + "…"
		}
		if n < limit-1 {
			cut = g.End()
		}
	}
	return s
}
