package text

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

const (
	// maxPhrase is the longest keyword looked for, in bytes. Mastodon's are 512 characters at most.
	maxPhrase = 2048
	// maxSearched is how much of a text is looked through, in bytes: more than any post shows.
	maxSearched = 128 << 10
)

// Keyword is a phrase a filter looks for.
type Keyword struct {
	Phrase    string
	WholeWord bool // not inside a longer word, where the phrase begins or ends with a word
}

// KeywordMatch is a keyword found in a text.
type KeywordMatch struct {
	Keyword int    // its place in the list given to NewMatcher
	Text    string // as the text has it
}

// Matcher looks for many keywords in one walk over a text (Aho and Corasick), whatever their
// number and however they overlap. It does not change and may be shared.
type Matcher struct {
	keywords []Keyword
	states   []state
	lengths  []int // of each keyword, folded, in bytes
}

type state struct {
	next []edge // sorted by byte
	back int32  // the longest suffix of this state that is a state
	hop  int32  // the nearest state backwards where a keyword ends, 0 for none
	ends []int32
}

type edge struct {
	by byte
	to int32
}

// NewMatcher prepares the search for keywords. Empty ones are never found.
func NewMatcher(keywords []Keyword) *Matcher {
	m := &Matcher{keywords: slices.Clone(keywords), states: make([]state, 1), lengths: make([]int, len(keywords))}
	for i, k := range keywords {
		phrase := fold(clip(k.Phrase, maxPhrase))
		if len(phrase) == 0 {
			continue
		}
		m.lengths[i] = len(phrase)
		at := int32(0)
		for _, b := range phrase {
			at = m.grow(at, b)
		}
		m.states[at].ends = append(m.states[at].ends, int32(i))
	}
	m.link()
	return m
}

func (m *Matcher) grow(at int32, by byte) int32 {
	i, ok := m.edge(at, by)
	if ok {
		return m.states[at].next[i].to
	}
	to := int32(len(m.states))
	m.states = append(m.states, state{})
	m.states[at].next = slices.Insert(m.states[at].next, i, edge{by, to})
	return to
}

func (m *Matcher) edge(at int32, by byte) (int, bool) {
	return slices.BinarySearchFunc(m.states[at].next, by, func(e edge, b byte) int { return int(e.by) - int(b) })
}

// link finds every state's way back, breadth first, so that shorter ones are ready.
func (m *Matcher) link() {
	var queue []int32
	for _, e := range m.states[0].next {
		queue = append(queue, e.to)
	}
	for ; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for _, e := range m.states[at].next {
			back := m.step(m.states[at].back, e.by)
			m.states[e.to].back = back
			m.states[e.to].hop = m.states[back].hop
			if len(m.states[back].ends) > 0 {
				m.states[e.to].hop = back
			}
			queue = append(queue, e.to)
		}
	}
}

func (m *Matcher) step(at int32, by byte) int32 {
	for {
		if i, ok := m.edge(at, by); ok {
			return m.states[at].next[i].to
		}
		if at == 0 {
			return 0
		}
		at = m.states[at].back
	}
}

// Match finds which keywords a text holds, each once, in the order in which they end first.
func (m *Matcher) Match(s string) []KeywordMatch {
	if len(m.states) == 1 {
		return nil
	}
	s = clip(s, maxSearched)
	folded := fold(s)
	var matches []KeywordMatch
	var seen []bool
	at := int32(0)
	for i, b := range folded {
		at = m.step(at, b)
		for end := at; end != 0; end = m.states[end].hop {
			for _, k := range m.states[end].ends {
				from := i + 1 - m.lengths[k]
				if seen != nil && seen[k] || m.keywords[k].WholeWord && inWord(folded, from, i+1) {
					continue
				}
				if seen == nil {
					seen = make([]bool, len(m.keywords))
				}
				seen[k] = true
				matches = append(matches, KeywordMatch{Keyword: int(k), Text: unfold(s, from, i+1)})
			}
		}
	}
	return matches
}

// inWord says whether a longer word reaches over either end of b[from:to].
func inWord(b []byte, from, to int) bool {
	first, _ := utf8.DecodeRune(b[from:to])
	last, _ := utf8.DecodeLastRune(b[from:to])
	prev, _ := utf8.DecodeLastRune(b[:from])
	next, _ := utf8.DecodeRune(b[to:])
	return word(first) && from > 0 && word(prev) || word(last) && to < len(b) && word(next)
}

// fold makes letters that differ in case alone the same.
func fold(s string) []byte {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		b = utf8.AppendRune(b, foldRune(r))
	}
	return b
}

func foldRune(r rune) rune {
	least := r
	if r >= utf8.RuneSelf {
		for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
			least = min(least, o)
		}
	}
	if 'A' <= least && least <= 'Z' {
		least += 'a' - 'A'
	}
	return least
}

// unfold gives the part of s whose folded form is [from, to).
func unfold(s string, from, to int) string {
	begin, n := len(s), 0
	for i, r := range s {
		if n >= from && i < begin {
			begin = i
		}
		if n >= to {
			return s[begin:i]
		}
		n += utf8.RuneLen(foldRune(r))
	}
	return s[begin:]
}
