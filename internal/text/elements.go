package text

// element is what the sanitiser knows of an HTML element's name.
type element uint8

// Elements that are kept have their own value; the others are told apart by what becomes of them.
const (
	unknown   element = iota // the tags go, what they hold stays
	spaced                   // as unknown, and what they hold stands apart from what surrounds it
	withheld                 // goes with all it holds
	formula                  // math: its annotation stays, as text
	heading                  // becomes a strong paragraph
	lineBreak                // br
	elP
	elSpan
	elA
	elDel
	elS
	elPre
	elBlockquote
	elCode
	elB
	elStrong
	elU
	elI
	elEm
	elUl
	elOl
	elLi
	elRuby
	elRt
	elRp
)

// elementOf looks up a lower-case tag name. The kept ones are the list of Mastodon 4.6.
func elementOf(name []byte) element {
	switch string(name) {
	case "p":
		return elP
	case "br":
		return lineBreak
	case "span":
		return elSpan
	case "a":
		return elA
	case "del":
		return elDel
	case "s":
		return elS
	case "pre":
		return elPre
	case "blockquote":
		return elBlockquote
	case "code":
		return elCode
	case "b":
		return elB
	case "strong":
		return elStrong
	case "u":
		return elU
	case "i":
		return elI
	case "em":
		return elEm
	case "ul":
		return elUl
	case "ol":
		return elOl
	case "li":
		return elLi
	case "ruby":
		return elRuby
	case "rt":
		return elRt
	case "rp":
		return elRp
	case "h1", "h2", "h3", "h4", "h5", "h6":
		return heading
	case "math":
		return formula
	case "iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style", "svg", "xmp", "template", "title", "object":
		return withheld
	case "address", "article", "aside", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer",
		"form", "header", "hgroup", "hr", "main", "nav", "option", "section", "summary", "table", "td", "th", "tr":
		return spaced
	}
	return unknown
}

// String is the tag name of an element that is kept.
func (e element) String() string {
	switch e {
	case elP:
		return "p"
	case lineBreak:
		return "br"
	case elSpan:
		return "span"
	case elA:
		return "a"
	case elDel:
		return "del"
	case elS:
		return "s"
	case elPre:
		return "pre"
	case elBlockquote:
		return "blockquote"
	case elCode:
		return "code"
	case elB:
		return "b"
	case elStrong:
		return "strong"
	case elU:
		return "u"
	case elI:
		return "i"
	case elEm:
		return "em"
	case elUl:
		return "ul"
	case elOl:
		return "ol"
	case elLi:
		return "li"
	case elRuby:
		return "ruby"
	case elRt:
		return "rt"
	case elRp:
		return "rp"
	}
	return ""
}

// block says whether an element of its own accord ends the paragraph before it.
func (e element) block() bool {
	switch e {
	case elP, elPre, elBlockquote, elUl, elOl, elLi, heading:
		return true
	}
	return false
}

// holds says whether an element keeps what it holds from closing what surrounds it.
func (e element) holds() bool {
	return e == elBlockquote || e == elUl || e == elOl || e == elLi
}
