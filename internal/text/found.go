package text

import (
	"strings"
	"unicode/utf8"
)

// Kind says what a Piece of a text is.
type Kind uint8

// The pieces Mastodon recognises in a text.
const (
	Mention Kind = iota + 1
	Hashtag
	Link
)

// Piece is one mention, hashtag or link in a source, as it was written.
type Piece struct {
	Kind       Kind
	Start, End int    // bytes of the source; Start includes the @ or #
	Name       string // mention: username; hashtag: name without #; link: the whole URL
	Domain     string // mention: what follows the second @, "" when there is none
}

// Acct is a mention's handle as written: user or user@domain.
func (p Piece) Acct() string {
	if p.Domain == "" {
		return p.Name
	}
	return p.Name + "@" + p.Domain
}

// Found is what Parse saw, in order and without overlaps.
type Found []Piece

// Of gives the pieces of one kind, in the order they were written.
func (f Found) Of(kind Kind) Found {
	var of Found
	for _, p := range f {
		if p.Kind == kind {
			of = append(of, p)
		}
	}
	return of
}

// Parse finds the mentions, hashtags and links of a post's source, by Mastodon 4.6's rules.
func Parse(source string) Found {
	var found Found
	source = clip(source, MaxSource)
	end := 0 // of the last piece: what is in one cannot begin another
	for i := 0; i < len(source); {
		var p Piece
		switch source[i] {
		case '@':
			p = mentionAt(source, i)
		case '#', fullHash[0]:
			p = hashtagAt(source, i)
		case ':':
			p = linkAt(source, i, end)
		}
		switch {
		case p.Kind != 0:
			found = append(found, p)
			fallthrough
		case p.End > i: // seen through, and no piece
			i, end = p.End, p.End
		default:
			i++
		}
	}
	return found
}

// before is the rune that ends at i, or 0 at the start.
func before(s string, i int) rune {
	if i == 0 {
		return 0
	}
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return r
}

// mentionAt reads @user or @user@domain at i. A Piece without Kind but with End is something that
// looks like a mention and is none.
func mentionAt(s string, i int) Piece {
	if r := before(s, i); r == '/' || r == '=' || r != 0 && word(r) {
		return Piece{}
	}
	end := dotted(s, i+1, asciiWord)
	if end == i+1 {
		return Piece{}
	}
	p := Piece{Kind: Mention, Start: i, End: end, Name: s[i+1 : end]}
	if end < len(s) && s[end] == '@' {
		if stop := dotted(s, end+1, word); stop > end+1 {
			stop = port(s, end+1, stop)
			p.Domain, p.End = s[end+1:stop], stop
		}
	}
	if unfinished(s[p.End:]) {
		return Piece{End: p.End}
	}
	return p
}

// port lets the two servers of a workbench mention each other: @alice@localhost:8081.
func port(s string, from, to int) int {
	if s[from:to] != "localhost" || to >= len(s) || s[to] != ':' {
		return to
	}
	end := to + 1
	for end < len(s) && end-to <= 5 && asciiDigit(s[end]) {
		end++
	}
	if end == to+1 {
		return to
	}
	return end
}

func asciiWord(r rune) bool { return r < utf8.RuneSelf && word(r) }

// dotted reads words joined by dots and hyphens from i and gives where they end.
func dotted(s string, i int, part func(rune) bool) int {
	end, j := i, i
	for j < len(s) {
		r, size := utf8.DecodeRuneInString(s[j:])
		switch {
		case part(r):
			j += size
			end = j
		case (r == '.' || r == '-') && end > i:
			j += size
		default:
			return end
		}
	}
	return end
}

// unfinished says that what follows shows the mention to be part of something else: an address of
// another kind, a URL, or a longer word in accented letters.
func unfinished(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	switch {
	case rest == "":
		return false
	case r == '@', r == '＠':
		return true
	case r >= 0xC0 && r <= 0x24F && r != 0xD7 && r != 0xF7, r >= 0x300 && r <= 0x36F, r >= 0x1E00 && r <= 0x1EFF:
		return true
	}
	return strings.HasPrefix(rest, "://")
}
