package ap

import "strings"

const namespace = "https://www.w3.org/ns/activitystreams"

// vocabulary is what a document's @context says, as far as it matters here. Terms are never expanded: what they mean
// is fixed, as with Mastodon.
type vocabulary struct {
	streams bool     // names ActivityStreams, in any of its spellings
	inline  bool     // has terms of its own
	broken  bool     // has something that is no context
	others  []string // further documents
}

// ours tells whether the document with this id may be read as ActivityStreams. Mastodon insists on the namespace's
// exact name; documents without it are real nevertheless: old spellings of the name, none at all (ActivityStreams 2.0
// §2.1 says to assume it then), an application's own document that includes it (Mbin), terms written out.
func (v vocabulary) ours(id string) bool {
	switch {
	case v.broken:
		return false
	case v.streams || v.inline || len(v.others) == 0:
		return true
	}
	for _, other := range v.others {
		if SameHost(other, id) || strings.HasPrefix(other, "https://w3id.org/security/") {
			return true // security: a key that stands alone
		}
	}
	return false
}

// vocabulary reads @context.
func (p *parser) vocabulary() (v vocabulary, err error) {
	err = p.each(func() error {
		switch p.dec.PeekKind() {
		case '"':
			s, err := p.text()
			switch {
			case isNamespace(s):
				v.streams = true
			case len(v.others) < maxTypes:
				v.others = append(v.others, s)
			}
			return err
		case '{':
			v.inline = true
		case 'n':
		default:
			v.broken = true
		}
		return p.skip()
	})
	return v, err
}

// isNamespace tells the spellings of the namespace's name that are about: with http, with #, with a slash.
func isNamespace(s string) bool {
	s = strings.TrimRight(s, "#/")
	return s == namespace || s == "http://www.w3.org/ns/activitystreams"
}

// term is a name without its prefix or namespace: as:Note, https://www.w3.org/ns/activitystreams#Note and Note are one.
func term(s string) string {
	if s == "@id" || s == "@type" {
		return s[1:]
	}
	i := strings.IndexByte(s, ':')
	if i < 0 {
		return s
	}
	switch s[:i] {
	case "as", "toot", "ostatus", "schema", "sec", "misskey", "fedibird", "gts", "litepub":
		return s[i+1:]
	case "http", "https":
		for _, space := range [...]string{
			namespace + "#", "http://www.w3.org/ns/activitystreams#", "https://w3id.org/security#", "https://w3id.org/security/v1#",
			"http://joinmastodon.org/ns#", "http://schema.org#", "http://schema.org/", "https://misskey-hub.net/ns#",
			"http://fedibird.com/ns#", "https://gotosocial.org/ns#", "http://litepub.social/ns#", "http://ostatus.org#",
			"https://w3id.org/fep/044f#", "https://w3id.org/fep/7aa9#",
		} {
			if rest, ok := strings.CutPrefix(s, space); ok {
				return rest
			}
		}
	}
	return s
}
