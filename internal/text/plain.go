package text

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// Plain is what a reader of the HTML reads, as text: for search, notifications, language and
// filters. Paragraphs are set apart by an empty line; breaks and list items are lines.
func Plain(source string) string {
	source = clip(source, maxHTML)
	if !utf8.ValidString(source) {
		source = strings.ToValidUTF8(source, "\uFFFD")
	}
	z := html.NewTokenizer(strings.NewReader(source))
	p := plain{out: make([]byte, 0, len(source))}
	skip, depth := "", 0
	for {
		kind := z.Next()
		switch kind {
		case html.ErrorToken:
			return strings.TrimRight(string(p.out), " ")
		case html.TextToken:
			if skip == "" {
				p.text(z.Text())
			}
			continue
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
		default:
			continue
		}
		name, _ := z.TagName()
		if skip != "" {
			switch {
			case string(name) != skip:
			case kind == html.StartTagToken:
				depth++
			case kind == html.EndTagToken:
				depth--
			}
			if depth == 0 {
				skip = ""
			}
			continue
		}
		switch e := elementOf(name); {
		case e == withheld && kind != html.EndTagToken:
			if kind == html.StartTagToken || string(name) != "svg" {
				skip, depth = string(name), 1
			}
		case e == lineBreak:
			p.lines++
		case e == elPre:
			p.verbatim = kind == html.StartTagToken
			p.lines = max(p.lines, 2)
		case e == elLi, e == spaced:
			p.lines = max(p.lines, 1)
		case e.block():
			p.lines = max(p.lines, 2)
		}
	}
}

type plain struct {
	out      []byte
	lines    int  // newlines owed before the next word
	space    bool // a space owed before it
	verbatim bool // inside <pre>, where white space means itself
}

// text appends words. White space with a newline in it is one space, as it is to a reader; other
// spaces stay, so that what was typed is found again.
func (p *plain) text(b []byte) {
	for len(b) > 0 {
		n := 0
		for n < len(b) && (b[n] == ' ' || b[n] == '\n' || b[n] == '\t') {
			n++
		}
		blank, rest := b[:n], b[n:]
		n = 0
		for n < len(rest) && rest[n] != ' ' && rest[n] != '\n' && rest[n] != '\t' {
			n++
		}
		words := rest[:n]
		b = rest[n:]
		switch {
		case p.verbatim:
			p.newlines()
			p.out = append(p.out, blank...)
		case len(blank) == 0 || p.lines > 0 || len(p.out) == 0:
		case bytes.IndexByte(blank, '\n') >= 0:
			p.space = true
		default:
			p.pending(blank)
		}
		if len(words) > 0 {
			p.newlines()
			for _, c := range words {
				if !control(c) {
					p.out = append(p.out, c)
				}
			}
		}
	}
}

func (p *plain) pending(blank []byte) {
	for _, c := range blank {
		if c == '\t' {
			c = ' '
		}
		p.out = append(p.out, c)
	}
}

// newlines pays what is owed, at most an empty line, and nothing at the very beginning.
func (p *plain) newlines() {
	if p.lines > 0 {
		for n := len(p.out); n > 0 && p.out[n-1] == ' '; n-- {
			p.out = p.out[:n-1]
		}
		if len(p.out) > 0 {
			p.out = append(p.out, "\n\n"[:min(p.lines, 2)]...)
		}
	} else if p.space && len(p.out) > 0 {
		p.out = append(p.out, ' ')
	}
	p.lines, p.space = 0, false
}
