package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"gomphothere/internal/text"
)

func TestWordsAreWhatPeopleSearchFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ source, want string }{
		{"", ""},
		{"Hello, World! It's 2026.", "hello world it s 2026"},
		{"Café ＣＡＦＥ cafe", "cafe cafe cafe"},
		{"snake_case @bob@example.org", "snake case bob example org"},
		{"хлеб и ΣΟΦΊΑ", "хлеб и σοφία"},
		{"हिन्दी", "हिन्दी"},
		{"東京都", "東京 京都 都"},
		{"iPhoneを買う", "iphone を買 買う う"},
		{"猫", "猫"},
		{"ラーメン", "ラー ーメ メン ン"},
		{`"'*^(){}:-+ NEAR/2 OR`, "near 2 or"},
	} {
		if diff := cmp.Diff(c.want, strings.Join(text.Words(c.source), " ")); diff != "" {
			t.Errorf("%q:\n%s", c.source, diff)
		}
	}
}

func TestAnyPartOfARunWithoutBlanksIsFound(t *testing.T) {
	t.Parallel()
	kept := text.Words("今日は東京で猫を見た")
	for _, part := range []string{"東京", "猫", "た", "今日は東京で猫を見た", "京で猫", "猫を"} {
		row, prefix := text.SearchWords(part)
		if !contains(kept, row, prefix) {
			t.Errorf("%s is searched for as %q, prefix %v, which %q does not have", part, row, prefix, kept)
		}
	}
	if row, prefix := text.SearchWords("京東"); contains(kept, row, prefix) {
		t.Error("京東 is found though it is not there")
	}
}

// contains tells whether row stands in kept, as the databases decide it.
func contains(kept, row []string, prefix bool) bool {
	for i := 0; i+len(row) <= len(kept); i++ {
		for j := range row {
			if kept[i+j] != row[j] && !(prefix && j == len(row)-1 && strings.HasPrefix(kept[i+j], row[j])) {
				break
			}
			if j == len(row)-1 {
				return true
			}
		}
	}
	return false
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"a b", "東京 x", "ー", "\xff\x00", "'; drop", "ᾼ͂", strings.Repeat("ａ", 200)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, w := range text.Words(s) {
			if w == "" || len(w) > 128 || !utf8.ValidString(w) || strings.ContainsAny(w, " _'\"\\:*&|!()\x00") {
				t.Fatalf("word %q of %q", w, s)
			}
		}
	})
}
