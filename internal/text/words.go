package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	maxWords = 3000 // of one text; our posts have some hundreds of words, articles from elsewhere are cut here
	maxWord  = 64   // bytes; nobody types longer words into a search box
)

// unspaced are the scripts that set no blanks between words.
// constant: a list of tables of the standard library
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// Words cuts a text into the words under which search keeps it: lower case, Latin accents folded away. In scripts
// without blanks between words every two neighbouring letters are a word, and the last letter alone, so that any part
// of a run is found as a row of neighbouring words.
func Words(s string) []string { return words(s, true) }

// SearchWords cuts what somebody searches for into the words to find next to each other. With prefix the last is only
// the beginning of a word: a single letter of a script without blanks.
func SearchWords(s string) (found []string, prefix bool) {
	found = words(s, false)
	if len(found) > 0 {
		last := found[len(found)-1]
		r, n := utf8.DecodeRuneInString(last)
		prefix = n == len(last) && unicode.In(r, unspaced...)
	}
	return found, prefix
}

func words(s string, tails bool) []string {
	s = strings.ToLower(norm.NFKC.String(s))
	var out []string
	var word strings.Builder
	var before rune // the last letter of a run without blanks; 0: none
	alone := false  // before began the run
	end := func() {
		if word.Len() > 0 {
			out = append(out, clip(word.String(), maxWord))
			word.Reset()
		}
		if before != 0 && (tails || alone) {
			out = append(out, string(before))
		}
		before = 0
	}
	for _, r := range s {
		switch {
		case len(out) >= maxWords:
			return out[:maxWords]
		case r < utf8.RuneSelf && (asciiLetter(r) || '0' <= r && r <= '9') && before == 0: // most of most texts
			word.WriteByte(byte(r))
		case r < utf8.RuneSelf && !asciiLetter(r) && (r < '0' || r > '9') || !unicode.In(r, unicode.L, unicode.N, unicode.M) || r == 'ー' && before == 0 && word.Len() == 0:
			end()
		case r > 0xFF && unicode.In(r, unspaced...) || r == 'ー' && before != 0:
			if before == 0 {
				end()
				before, alone = r, true
				continue
			}
			out = append(out, string(before)+string(r))
			before, alone = r, false
		default:
			if before != 0 {
				end()
			}
			if r >= utf8.RuneSelf {
				r = unaccented(r)
			}
			word.WriteRune(r)
		}
	}
	end()
	return out[:min(len(out), maxWords)]
}
