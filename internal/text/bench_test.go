package text_test

import (
	"strings"
	"testing"

	"gomphothere/internal/text"
)

// typical is a post of five hundred characters with what posts have in them.
func typical() string {
	s := "Good morning @alice and @bob@remote.net! We have been reading about elephants' ancestors, the four-tusked kind, and found this: https://example.com/articles/2026/11/gomphotheres-of-the-miocene?ref=feed\n\nIt's \"long\" & worth it. "
	s += strings.Repeat("Some more words follow here. ", 9)
	return s[:470] + "\n#Palaeontology #日本"
}

func BenchmarkRender(b *testing.B) {
	source, links := typical(), links()
	b.ReportAllocs()
	for b.Loop() {
		text.Render(source, links)
	}
}

func BenchmarkSanitise(b *testing.B) {
	source := text.Render(typical(), links())
	b.ReportAllocs()
	for b.Loop() {
		text.Sanitise(source)
	}
}

func BenchmarkPlain(b *testing.B) {
	source := text.Render(typical(), links())
	b.ReportAllocs()
	for b.Loop() {
		text.Plain(source)
	}
}

func BenchmarkCount(b *testing.B) {
	source := typical()
	b.ReportAllocs()
	for b.Loop() {
		text.Count(source)
	}
}

func BenchmarkMatch(b *testing.B) {
	var keywords []text.Keyword
	for _, w := range strings.Fields(strings.Repeat("election spoiler crypto ", 40)) {
		keywords = append(keywords, text.Keyword{Phrase: w, WholeWord: true})
	}
	m, source := text.NewMatcher(keywords), typical()
	b.ReportAllocs()
	for b.Loop() {
		m.Match(source)
	}
}
