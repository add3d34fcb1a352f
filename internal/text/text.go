// Package text turns post text into HTML and strangers' HTML into something safe to show.
//
// It is pure: no clock, no network, no state. Every function is bounded by the size of its
// input and never fails: what cannot be understood is shown as the plain words it is.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxSource is the most bytes of a local text that Parse, Render and Count look at. A post of the
// largest configurable length fits many times over; letters piled with thousands of accents do not.
const MaxSource = 256 << 10

// word says whether r belongs to a word: a letter, mark, decimal digit or connecting punctuation,
// which is what Mastodon's patterns call [[:word:]].
func word(r rune) bool {
	if r < utf8.RuneSelf {
		return r == '_' || '0' <= r && r <= '9' || asciiLetter(r)
	}
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.Is(unicode.Nd, r) || unicode.Is(unicode.Pc, r)
}

func asciiLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

func asciiDigit(b byte) bool { return '0' <= b && b <= '9' }

// clip cuts s to at most limit bytes without breaking a rune.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// tidy makes a source storable and showable: valid UTF-8, "\n" for every line end, and no control
// characters but the newline and the tab (PostgreSQL refuses NUL; browsers disagree about the rest).
func tidy(s string) string {
	s = clip(s, MaxSource)
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = s[i] < utf8.RuneSelf && !control(s[i])
	}
	if clean {
		return s
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(s, "\r\n", "\n")
		s = strings.ReplaceAll(s, "\r", "\n")
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 && control(byte(r)) {
			return -1
		}
		return r
	}, s)
}

func control(b byte) bool { return b < 0x20 && b != '\n' && b != '\t' }

// escape appends s to out as HTML text or attribute value, leaving out control characters.
func escape[T string | []byte](out []byte, s T) []byte { return escaped(out, s, true) }

// escapeWords is escape for text alone, where quotes mean themselves: strangers' words are kept as
// they wrote them.
func escapeWords[T string | []byte](out []byte, s T) []byte { return escaped(out, s, false) }

func escaped[T string | []byte](out []byte, s T, quotes bool) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		var by string
		switch c := s[i]; {
		case c == '&':
			by = "&amp;"
		case c == '<':
			by = "&lt;"
		case c == '>':
			by = "&gt;"
		case c == '"' && quotes:
			by = "&quot;"
		case c == '\'' && quotes:
			by = "&#39;"
		case control(c):
		default:
			continue
		}
		out = append(out, s[from:i]...)
		out = append(out, by...)
		from = i + 1
	}
	return append(out, s[from:]...)
}
