package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const fullHash = "＃" // keyboards for Chinese and Japanese type it

// separator says whether r may join the parts of a hashtag without being a letter itself.
func separator(r rune) bool {
	return r == '_' || r == '·' || r == '・' || r == '\u200c'
}

func alphabetic(r rune) bool {
	return unicode.IsLetter(r) || r >= utf8.RuneSelf && (unicode.Is(unicode.Nl, r) || unicode.Is(unicode.Other_Alphabetic, r))
}

// hashtagAt reads a hashtag whose # is at i: at a line's start or after white space, as Mastodon
// has it since 4.6, so that no anchor of a URL is taken for one.
func hashtagAt(s string, i int) Piece {
	from := i + 1
	if s[i] != '#' {
		if !strings.HasPrefix(s[i:], fullHash) {
			return Piece{}
		}
		from = i + len(fullHash)
	}
	if r := before(s, i); r != 0 && !unicode.IsSpace(r) {
		return Piece{}
	}
	end := from + tagName(s[from:])
	if end == from {
		return Piece{}
	}
	name := s[from:end]
	if strings.HasPrefix(s[end:], "://") { // #日本https://… is a tag and a link
		lower := strings.ToLower(name)
		for _, scheme := range []string{"https", "http"} {
			if len(lower) == len(name) && len(name) > len(scheme) && strings.HasSuffix(lower, scheme) {
				name = name[:len(name)-len(scheme)]
				break
			}
		}
	}
	return Piece{Kind: Hashtag, Start: i, End: from + len(name), Name: name}
}

// tagName gives the length of the hashtag name that s begins with, 0 when there is none.
func tagName(s string) int {
	var end, last int // end of the name; start of its last rune
	letters := false
	joint := -1 // first place after the first rune where a separator stands
	for i, r := range s {
		isWord := word(r)
		if !isWord && (i == 0 || !separator(r)) {
			break
		}
		if isWord {
			last, end = i, i+utf8.RuneLen(r)
		}
		letters = letters || alphabetic(r)
		if joint < 0 && i > 0 && separator(r) {
			joint = i
		}
	}
	if letters || joint > 0 && joint < last {
		return end
	}
	return 0
}

// ValidTag says whether name (without #) can be a hashtag.
func ValidTag(name string) bool {
	return name != "" && tagName(name) == len(name)
}

// TagKey is the name under which spellings of one hashtag meet: width, case and Latin accents are
// folded away, as Mastodon does ("Café", "CAFE" and "ｃａｆｅ" are one tag).
func TagKey(name string) string {
	plain := true
	for i := 0; i < len(name) && plain; i++ {
		plain = asciiWord(rune(name[i]))
	}
	if plain {
		return strings.ToLower(name)
	}
	return strings.Map(func(r rune) rune {
		r = unaccented(r)
		if alphabetic(r) || separator(r) || unicode.Is(unicode.Nd, r) || r >= 0x0E47 && r <= 0x0E4E {
			return r
		}
		return -1
	}, strings.ToLower(norm.NFKC.String(name)))
}

// unaccented takes the accent from the letters of Latin-1 and Latin Extended-A, the part of the
// alphabet that Mastodon folds.
func unaccented(r rune) rune {
	if r < 0xC0 || r > 0x17F {
		return r
	}
	switch r {
	case 'ð', 'đ':
		return 'd'
	case 'ħ':
		return 'h'
	case 'ı':
		return 'i'
	case 'ĸ':
		return 'k'
	case 'ł':
		return 'l'
	case 'ŋ':
		return 'n'
	case 'ø':
		return 'o'
	case 'ŧ':
		return 't'
	}
	var b [utf8.UTFMax]byte
	d := norm.NFD.Properties(b[:utf8.EncodeRune(b[:], r)]).Decomposition()
	if base, _ := utf8.DecodeRune(d); len(d) > 0 && base < utf8.RuneSelf {
		return base
	}
	return r
}
