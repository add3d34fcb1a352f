package text_test

import (
	"strings"
	"testing"

	"gomphothere/internal/text"
)

func BenchmarkWords(b *testing.B) {
	for name, s := range map[string]string{
		"latin": strings.Repeat("some words that people write #tag ", 8),
		"kanji": strings.Repeat("今日は東京で猫を見た。", 24),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				text.Words(s)
			}
		})
	}
}
