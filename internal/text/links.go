package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// maxURL is the longest URL that becomes a link, in bytes: twitter-text's bound, kept by Mastodon.
const maxURL = 4096

// linkAt reads the URL whose scheme ends at the colon, beginning not before floor. As in Mastodon
// a link needs a scheme and a host under a known top-level domain; bare domains stay text.
func linkAt(s string, colon, floor int) Piece {
	if !strings.HasPrefix(s[colon:], "://") {
		return Piece{}
	}
	start := colon
	for start > floor && colon-start <= 6 && word(rune(s[start-1])) && s[start-1] != '_' {
		start--
	}
	if !linkScheme(s[start:colon]) {
		return Piece{}
	}
	switch before(s, start) {
	case '@', '＠', '$', '#', '＃', '\uFEFF', '\uFFFE', '\uFFFF':
		return Piece{}
	}
	end := hostEnd(s, colon+3)
	if end == 0 {
		return Piece{}
	}
	end = portEnd(s, end)
	end = pathEnd(s, end)
	end = queryEnd(s, end)
	if end-start > maxURL {
		return Piece{End: end} // text, but seen through: links within it would be looked at again and again
	}
	return Piece{Kind: Link, Start: start, End: end, Name: s[start:end]}
}

// linkScheme names the schemes written with // that Mastodon makes links of.
func linkScheme(s string) bool {
	switch strings.ToLower(s) {
	case "http", "https", "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "gemini":
		return true
	}
	return false
}

// hostEnd reads the longest host name at i that ends in a known top-level domain, 0 for none.
func hostEnd(s string, i int) int {
	end := 0
	label, n := i, 0 // where this label starts; how many came before it
	under := false   // the label before holds an underscore, so it cannot be registered
	for label < len(s) && label-i <= maxURL {
		stop := labelEnd(s, label)
		if stop == label {
			break
		}
		if n > 0 && !under {
			if t := topLevel(s[label:]); t > 0 {
				end = label + t
			}
		}
		if stop >= len(s) || s[stop] != '.' {
			break
		}
		if last := s[stop-1]; last == '-' || last == '_' {
			break
		}
		under = strings.IndexByte(s[label:stop], '_') >= 0
		label, n = stop+1, n+1
	}
	return end
}

// labelEnd reads one label of a host name: anything but space, punctuation and direction marks.
func labelEnd(s string, i int) int {
	for j, r := range s[i:] {
		switch {
		case r == '-' || r == '_':
			if j == 0 {
				return i
			}
		case r < utf8.RuneSelf:
			if !word(r) {
				return i + j
			}
		case unicode.IsSpace(r), direction(r), r == '\uFEFF', r == utf8.RuneError:
			return i + j
		}
	}
	return len(s)
}

// direction says whether r is an invisible mark that turns the direction of writing.
func direction(r rune) bool {
	return r == 0x61C || r == 0x200E || r == 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// topLevel gives the length of the known top-level domain that s begins with, 0 when there is none.
func topLevel(s string) int {
	n := 0
	for n < len(s) && (asciiLetter(rune(s[n])) || asciiDigit(s[n]) || s[n] == '-') {
		n++
	}
	if n == 0 {
		for n < len(s) {
			r, size := utf8.DecodeRuneInString(s[n:])
			if r < utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsMark(r) {
				break
			}
			n += size
		}
	}
	const longest = 63 // bytes of any label in the DNS, and room enough for any spelled in letters
	if n == 0 || n > longest || n < len(s) && (s[n] == '@' || s[n] == '+' || s[n] == '_') {
		return 0
	}
	if !knownTop(s[:n]) {
		return 0
	}
	return n
}

// knownTop says whether a label is a top-level domain of the public list.
func knownTop(label string) bool {
	name, err := idna.Lookup.ToASCII(label)
	if err != nil {
		return false
	}
	if _, icann := publicsuffix.PublicSuffix(name); icann {
		return true
	}
	_, icann := publicsuffix.PublicSuffix("a." + name) // some are listed only with what is below them
	return icann
}

func portEnd(s string, i int) int {
	if i >= len(s) || s[i] != ':' {
		return i
	}
	end := i + 1
	for end < len(s) && asciiDigit(s[end]) {
		end++
	}
	if end == i+1 {
		return i
	}
	return end
}

// pathEnd reads a path and fragment: parentheses only in pairs, closing punctuation left outside.
func pathEnd(s string, i int) int {
	if i >= len(s) || s[i] != '/' {
		return i
	}
	end := i + 1
	for j := end; j < len(s); {
		r, size := utf8.DecodeRuneInString(s[j:])
		if r == '(' {
			if j = pairEnd(s, j); j == 0 {
				break
			}
			end = j
			continue
		}
		if !pathRune(r) {
			break
		}
		j += size
		if r == '/' || !strings.ContainsRune("!*\"'「」;:=,.$%[]~&|@", r) {
			end = j
		}
	}
	return end
}

func pathRune(r rune) bool {
	return r != '<' && r != '>' && r != '(' && r != ')' && r != '?' && r != utf8.RuneError && !unprintable(r) && !unicode.IsSpace(r)
}

func unprintable(r rune) bool { return r < 0x20 || r == 0x7F }

// pairEnd reads (…) or (…(…)…) at i, 0 when it does not close.
func pairEnd(s string, i int) int {
	depth, inside := 0, false
	for j, r := range s[i:] {
		switch {
		case r == '(':
			if depth++; depth > 2 {
				return 0
			}
			inside = false
		case r == ')':
			if depth--; !inside {
				return 0
			}
			if depth == 0 {
				return i + j + 1
			}
		case !pathRune(r):
			return 0
		default:
			inside = true
		}
	}
	return 0
}

// queryEnd reads ?… with the punctuation that ends a sentence left outside.
func queryEnd(s string, i int) int {
	if i >= len(s) || s[i] != '?' {
		return i
	}
	end := i
	for j, r := range s[i+1:] {
		if r == utf8.RuneError || unprintable(r) || unicode.IsSpace(r) || strings.ContainsRune("<>\"\\`{}", r) {
			break
		}
		if !strings.ContainsRune("!?*'();:+$%[].,~|@^", r) {
			end = i + 1 + j + utf8.RuneLen(r)
		}
	}
	return end
}
