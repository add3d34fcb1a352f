package text

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

const (
	// maxHTML is the most bytes of remote HTML that are read: Mastodon takes documents of a megabyte.
	maxHTML = 1 << 20
	// maxDepth is how deep elements may nest; what nests deeper keeps its words and loses its tags.
	maxDepth = 64
	// maxHref is the longest link kept, in bytes. A magnet link with many trackers is shorter.
	maxHref = 8192
)

// Sanitise turns remote HTML into HTML that is safe to show: the elements, attributes, classes and
// link schemes Mastodon 4.6 keeps, everything closed in the order it was opened. Links get
// rel="nofollow noopener" and target="_blank". The output is at most some six times the input.
func Sanitise(source string) string {
	source = clip(source, maxHTML)
	if !utf8.ValidString(source) {
		source = strings.ToValidUTF8(source, "\uFFFD")
	}
	if !strings.ContainsAny(source, "<&\r") {
		return string(escapeWords(nil, source))
	}
	s := sanitiser{z: html.NewTokenizer(strings.NewReader(source)), out: make([]byte, 0, len(source)+len(source)/4+64)}
	s.run()
	return string(s.out)
}

type sanitiser struct {
	z     *html.Tokenizer
	out   []byte
	open  []frame
	mute  int    // open frames whose tags, and those within them, are not written
	skip  string // inside an element withheld: its name
	depth int    // how many of that name are open
	math  *math
}

// frame is an element that is open.
type frame struct {
	element
	mute bool // an unsupported link: only its text is kept
}

func (s *sanitiser) run() {
	for {
		switch s.z.Next() {
		case html.ErrorToken: // the end: strings.Reader has no other error
			s.closeTo(0)
			return
		case html.TextToken:
			s.text()
		case html.StartTagToken:
			s.start(false)
		case html.SelfClosingTagToken:
			s.start(true)
		case html.EndTagToken:
			s.end()
		}
	}
}

func (s *sanitiser) text() {
	switch {
	case s.skip != "":
	case s.math != nil:
		s.math.text(s.z.Text())
	default:
		s.out = escapeWords(s.out, s.z.Text())
	}
}

func (s *sanitiser) start(closed bool) {
	name, more := s.z.TagName()
	if s.skip != "" {
		if string(name) == s.skip && !closed {
			s.depth++
		}
		return
	}
	e := elementOf(name)
	if s.math != nil {
		s.math.start(string(name), s.attributes(more), closed)
		return
	}
	switch e {
	case unknown:
		return
	case withheld:
		if !closed || string(name) != "svg" { // <script/> does not close itself in HTML; <svg/> does
			s.skip, s.depth = string(name), 1
		}
		return
	case formula:
		if !closed {
			s.math = &math{block: string(s.attributes(more).display) == "block"}
		}
		return
	case spaced:
		s.space()
		return
	case lineBreak:
		s.lineBreak()
		return
	}
	s.makeRoom(e)
	if s.mute > 0 || len(s.open) >= maxDepth {
		if e.block() {
			s.space()
		}
		return
	}
	s.write(e, s.attributes(more))
}

// makeRoom closes what e cannot stand in, as a browser would.
func (s *sanitiser) makeRoom(e element) {
	if e.block() {
		s.closeNearest(elP, element.holds)
		s.closeNearest(heading, element.holds)
	}
	switch e {
	case elLi:
		s.closeNearest(elLi, func(o element) bool { return o == elUl || o == elOl })
	case elA:
		s.closeNearest(elA, func(element) bool { return false })
	case elRt, elRp:
		if n := len(s.open); n > 0 && (s.open[n-1].element == elRt || s.open[n-1].element == elRp) {
			s.closeTo(n - 1)
		}
	}
}

func (s *sanitiser) write(e element, a attributes) {
	f := frame{element: e}
	switch {
	case e == elA && !a.linkable():
		f.mute = true
		s.mute++
	case e == heading:
		s.out = append(s.out, "<p><strong>"...)
	default:
		s.out = append(s.out, '<')
		s.out = append(s.out, e.String()...)
		s.out = a.write(s.out, e)
		s.out = append(s.out, '>')
	}
	s.open = append(s.open, f)
}

func (s *sanitiser) end() {
	name, _ := s.z.TagName()
	if s.skip != "" {
		if string(name) == s.skip {
			if s.depth--; s.depth == 0 {
				s.skip = ""
			}
		}
		return
	}
	if s.math != nil {
		if s.math.end(string(name)) {
			s.out = escapeWords(s.out, s.math.String())
			s.math = nil
		}
		return
	}
	switch e := elementOf(name); e {
	case unknown, withheld, formula:
	case spaced:
		s.space()
	case lineBreak: // </br> is a br to every browser
		s.lineBreak()
	case elLi:
		s.closeNearest(e, func(o element) bool { return o == elUl || o == elOl })
	case elUl, elOl, elBlockquote, elPre:
		s.closeNearest(e, func(element) bool { return false })
	default:
		s.closeNearest(e, element.holds)
	}
}

func (s *sanitiser) lineBreak() {
	if s.mute > 0 {
		s.space()
		return
	}
	s.out = append(s.out, "<br>"...)
}

// space keeps the words apart that an element dropped from between them kept apart.
func (s *sanitiser) space() {
	if n := len(s.out); n > 0 && s.out[n-1] != ' ' && s.out[n-1] != '\n' && s.out[n-1] != '>' {
		s.out = append(s.out, ' ')
	}
}

// closeNearest closes the innermost e and all it holds, looking no further than a wall.
func (s *sanitiser) closeNearest(e element, wall func(element) bool) {
	for i := len(s.open) - 1; i >= 0; i-- {
		if s.open[i].element == e {
			s.closeTo(i)
			return
		}
		if wall(s.open[i].element) {
			return
		}
	}
}

func (s *sanitiser) closeTo(n int) {
	for i := len(s.open) - 1; i >= n; i-- {
		switch f := s.open[i]; {
		case f.mute:
			s.mute--
		case f.element == heading:
			s.out = append(s.out, "</strong></p>"...)
		default:
			s.out = append(s.out, "</"...)
			s.out = append(s.out, f.element.String()...)
			s.out = append(s.out, '>')
		}
	}
	s.open = s.open[:n]
}
