package text

import (
	"bytes"
	"unicode"
)

// attributes are the ones the sanitiser reads of a tag, nil where absent; of each name the first
// counts. They point into the tokenizer's buffer and hold until its next token.
type attributes struct {
	lang, class, href, rel, translate, start, reversed, value, display, encoding []byte
}

func (s *sanitiser) attributes(more bool) attributes {
	var a attributes
	for more {
		var key, value []byte
		key, value, more = s.z.TagAttr()
		var to *[]byte
		switch string(key) {
		case "lang":
			to = &a.lang
		case "class":
			to = &a.class
		case "href":
			to = &a.href
		case "rel":
			to = &a.rel
		case "translate":
			to = &a.translate
		case "start":
			to = &a.start
		case "reversed":
			to = &a.reversed
		case "value":
			to = &a.value
		case "display":
			to = &a.display
		case "encoding":
			to = &a.encoding
		default:
			continue
		}
		if *to == nil {
			if *to = value; value == nil { // present, and empty
				*to = []byte{}
			}
		}
	}
	return a
}

// linkable says whether a link leads where readers may be sent.
func (a attributes) linkable() bool {
	href := trimmed(a.href)
	scheme, rest, ok := bytes.Cut(href, []byte{':'})
	if !ok || len(href) > maxHref {
		return false
	}
	var lower [8]byte // none is longer
	if len(scheme) > len(lower) {
		return false
	}
	for i, c := range scheme {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	switch string(lower[:len(scheme)]) {
	case "http", "https":
		return bytes.HasPrefix(rest, []byte("//")) // https:x is a path on the server that shows it
	case "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "xmpp", "magnet", "gemini":
		return true
	}
	return false
}

// trimmed is a link without the spaces and controls around it, which browsers overlook.
func trimmed(href []byte) []byte {
	return bytes.TrimFunc(href, func(r rune) bool { return r < 0x20 || unicode.IsSpace(r) })
}

// write appends what e may keep, always in one order so that sanitising twice changes nothing.
func (a attributes) write(out []byte, e element) []byte {
	if langTag(a.lang) {
		out = attribute(out, "lang", a.lang)
	}
	if e == elA {
		out = attribute(out, "href", trimmed(a.href))
	}
	if e == elA || e == elSpan || e == elP {
		out = classes(out, a.class)
	}
	if (e == elA || e == elSpan) && string(a.translate) == "no" {
		out = append(out, ` translate="no"`...)
	}
	switch e {
	case elA:
		out = append(out, ` rel="`...)
		for field := range bytes.FieldsSeq(a.rel) {
			if string(field) == "tag" { // clients know hashtags by it
				out = append(out, "tag "...)
				break
			}
		}
		out = append(out, `nofollow noopener" target="_blank"`...)
	case elOl:
		if integer(a.start) {
			out = attribute(out, "start", a.start)
		}
		if a.reversed != nil {
			out = append(out, ` reversed=""`...)
		}
	case elLi:
		if integer(a.value) {
			out = attribute(out, "value", a.value)
		}
	}
	return out
}

func attribute(out []byte, name string, value []byte) []byte {
	out = append(out, ' ')
	out = append(out, name...)
	out = append(out, '=', '"')
	out = escape(out, value)
	return append(out, '"')
}

// classes keeps microformats and the classes Mastodon's clients give a meaning to.
func classes(out, class []byte) []byte {
	kept := false
	for c := range bytes.FieldsSeq(class) {
		if !keptClass(c) {
			continue
		}
		if kept {
			out = append(out, ' ')
		} else {
			out = append(out, ` class="`...)
		}
		kept = true
		out = escape(out, c)
	}
	if kept {
		out = append(out, '"')
	}
	return out
}

func keptClass(c []byte) bool {
	switch string(c) {
	case "mention", "hashtag", "ellipsis", "invisible", "quote-inline":
		return true
	}
	prefix, _, ok := bytes.Cut(c, []byte{'-'})
	if !ok {
		return false
	}
	switch string(prefix) {
	case "h", "p", "u", "dt", "e":
		return true
	}
	return false
}

// integer says whether s is a whole number short enough for a browser to count to.
func integer(s []byte) bool {
	digits := bytes.TrimPrefix(s, []byte{'-'})
	if len(digits) == 0 || len(digits) > 9 {
		return false
	}
	for i := 0; i < len(digits); i++ {
		if !asciiDigit(digits[i]) {
			return false
		}
	}
	return true
}

// langTag says whether s has the form of a language tag (BCP 47).
func langTag[T string | []byte](s T) bool {
	if len(s) == 0 || len(s) > 35 { // the longest a registered tag can be, RFC 5646 §4.4.1
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '-' && (s[i] == '_' || !asciiWord(rune(s[i]))) {
			return false
		}
	}
	return true
}
