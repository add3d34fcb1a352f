package text

import (
	"strings"
)

// attributes are the ones the sanitiser reads of a tag; of each name the first counts.
type attributes struct {
	lang, class, href, rel, translate, start, reversed, value, display, encoding *string
}

func (s *sanitiser) attributes(more bool) attributes {
	var a attributes
	for more {
		var key, value []byte
		key, value, more = s.z.TagAttr()
		var to **string
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
			v := string(value)
			*to = &v
		}
	}
	return a
}

// linkable says whether a link leads where readers may be sent.
func (a attributes) linkable() bool {
	if a.href == nil || len(*a.href) > maxHref {
		return false
	}
	scheme, rest, ok := strings.Cut(strings.TrimSpace(*a.href), ":")
	if !ok {
		return false
	}
	switch strings.ToLower(scheme) {
	case "http", "https":
		return strings.HasPrefix(rest, "//") // https:x is a path on the server that shows it
	case "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "xmpp", "magnet", "gemini":
		return true
	}
	return false
}

// write appends what e may keep, always in one order so that sanitising twice changes nothing.
func (a attributes) write(out []byte, e element) []byte {
	if a.lang != nil && langTag(*a.lang) {
		out = attribute(out, "lang", a.lang)
	}
	if e == elA {
		href := strings.TrimSpace(*a.href)
		out = attribute(out, "href", &href)
	}
	if e == elA || e == elSpan || e == elP {
		if class := keptClasses(a.class); class != "" {
			out = attribute(out, "class", &class)
		}
	}
	if (e == elA || e == elSpan) && a.translate != nil && *a.translate == "no" {
		out = attribute(out, "translate", a.translate)
	}
	switch e {
	case elA:
		rel := "nofollow noopener"
		if a.rel != nil && hasField(*a.rel, "tag") {
			rel = "tag nofollow noopener" // clients know hashtags by it
		}
		out = attribute(out, "rel", &rel)
		out = append(out, ` target="_blank"`...)
	case elOl:
		if a.start != nil && integer(*a.start) {
			out = attribute(out, "start", a.start)
		}
		if a.reversed != nil {
			out = append(out, ` reversed=""`...)
		}
	case elLi:
		if a.value != nil && integer(*a.value) {
			out = attribute(out, "value", a.value)
		}
	}
	return out
}

func attribute(out []byte, name string, value *string) []byte {
	if value == nil {
		return out
	}
	out = append(out, ' ')
	out = append(out, name...)
	out = append(out, '=', '"')
	out = escape(out, *value)
	return append(out, '"')
}

// keptClasses keeps microformats and the classes Mastodon's clients give a meaning to.
func keptClasses(class *string) string {
	if class == nil {
		return ""
	}
	if keptClass(*class) { // one class, the common case
		return *class
	}
	var kept []string
	for _, c := range strings.Fields(*class) {
		if keptClass(c) {
			kept = append(kept, c)
		}
	}
	return strings.Join(kept, " ")
}

func keptClass(c string) bool {
	switch c {
	case "mention", "hashtag", "ellipsis", "invisible", "quote-inline":
		return true
	}
	prefix, _, ok := strings.Cut(c, "-")
	if !ok || strings.ContainsAny(c, " \t\n\f\r\v\u0085\u00a0") {
		return false
	}
	switch prefix {
	case "h", "p", "u", "dt", "e":
		return true
	}
	return false
}

func hasField(s, field string) bool {
	for _, f := range strings.Fields(s) {
		if f == field {
			return true
		}
	}
	return false
}

// integer says whether s is a whole number short enough for a browser to count to.
func integer(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || len(digits) > 9 {
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
func langTag(s string) bool {
	if s == "" || len(s) > 35 { // the longest a registered tag can be, RFC 5646 §4.4.1
		return false
	}
	for _, r := range s {
		if r != '-' && (r == '_' || !asciiWord(r)) {
			return false
		}
	}
	return true
}
