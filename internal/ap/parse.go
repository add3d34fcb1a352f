package ap

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"gomphothere/internal/model"
)

// What a document may cost, whoever wrote it. More is refused where the whole is suspect, and left away where a list
// is merely long.
const (
	maxDocument = 1 << 20 // bytes; Mastodon's own limit for what it fetches and takes in
	maxDepth    = 32      // levels; Announce(Create(Note)) with PeerTube's nested playlists needs nine
	maxObjects  = 4000    // whole objects; each takes about 2 KB of memory, so one document at most 8 MB
	maxNames    = 40000   // ids in a list; the followers of a large host's accounts (FEP-8fcf) within 1 MB
	maxAddress  = 2048    // bytes of an id or URL; longer ones are nobody's
)

// Limits of single lists; what is beyond is left away (Mastodon's limits where it has some).
const (
	maxOptions     = 500  // choices of a poll
	maxAttachments = 64   // a post shows four, a profile fifty fields
	maxTags        = 1000 // mentions, hashtags, emojis
	maxPictures    = 16   // icons and images of one thing
	maxKeys        = 10
	maxAliases     = 256 // alsoKnownAs, attributionDomains
	maxLinks       = 200 // PeerTube: every resolution, thrice
	maxTypes       = 16
	maxPolicy      = 64 // URIs in an interaction policy
)

// errMalformed says that a document is not what it has to be; it is told to nobody but the log and tests.
var errMalformed = errors.New("not an ActivityPub document")

// Parse reads a document. It refuses what is no JSON object, larger or deeper than a document may be, what says one
// thing twice (last-wins is how signed documents come to mean two things), and what is written in another vocabulary;
// what it does not know or cannot read of the rest it leaves away. The result points into b.
func Parse(b []byte) (*Object, error) {
	if len(b) > maxDocument {
		return nil, refused("the document is larger than %d bytes", maxDocument)
	}
	p := parser{b: b, dec: jsontext.NewDecoder(bytes.NewBuffer(b))}
	if p.dec.PeekKind() != '{' {
		if _, err := p.dec.ReadToken(); err != nil {
			return nil, unreadable(err)
		}
		return nil, refused("the document is not an object")
	}
	o, err := p.object()
	if err != nil {
		return nil, unreadable(err)
	}
	if len(bytes.Trim(b[p.dec.InputOffset():], " \t\r\n")) > 0 {
		return nil, refused("there is more after the document")
	}
	if !p.context.ours(o.ID) {
		return nil, refused("the document's @context is not ActivityStreams")
	}
	return o, nil
}

func refused(format string, args ...any) error {
	return &model.Error{Kind: model.KindBadRequest, Text: fmt.Sprintf(format, args...), Cause: errMalformed}
}

func unreadable(err error) error {
	var known *model.Error
	if errors.As(err, &known) {
		return err
	}
	return &model.Error{Kind: model.KindBadRequest, Text: "the document is not readable JSON", Cause: err}
}

// parser walks a document once. jsontext refuses duplicate names, invalid UTF-8 and broken JSON as it goes.
type parser struct {
	b       []byte
	dec     *jsontext.Decoder
	objects int
	names   int
	context vocabulary
}

// object reads an object, whose opening brace is next.
func (p *parser) object() (*Object, error) {
	if p.objects++; p.objects > maxObjects {
		return nil, refused("the document has more than %d objects", maxObjects)
	}
	o := &Object{}
	top := p.objects == 1
	start, err := p.enter()
	if err != nil {
		return nil, err
	}
	var late fields // spelt in full or found elsewhere: they yield to the plain spelling
	for p.dec.PeekKind() == '"' {
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		if top && string(name) == "@context" {
			if p.context, err = p.vocabulary(); err != nil {
				return nil, err
			}
			continue
		}
		known, err := p.field(o, name, &late)
		if err != nil {
			return nil, err
		}
		if known {
			continue
		}
		if plain := term(string(name)); plain != string(name) {
			value, err := p.value()
			if err != nil {
				return nil, err
			}
			late.again = append(late.again, again{plain, value})
			continue
		}
		if err := p.skip(); err != nil {
			return nil, err
		}
	}
	end, err := p.leave()
	if err != nil {
		return nil, err
	}
	o.Raw = json.RawMessage(p.b[start:end:end])
	if err := p.finish(o, &late); err != nil {
		return nil, err
	}
	return o, nil
}

// again is a property spelt with its prefix or in full.
type again struct {
	name  string
	value jsontext.Value
}

// enter reads an opening brace or bracket and tells where it stands.
func (p *parser) enter() (int64, error) {
	if p.dec.StackDepth() >= maxDepth {
		return 0, refused("the document is nested deeper than %d levels", maxDepth)
	}
	_, err := p.dec.ReadToken()
	return p.dec.InputOffset() - 1, err
}

// leave reads what closes an object or array and tells where it ends.
func (p *parser) leave() (int64, error) {
	_, err := p.dec.ReadToken()
	return p.dec.InputOffset(), err
}

// name reads a member's name; it is valid until the next read.
func (p *parser) name() ([]byte, error) {
	v, err := p.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	return unquote(v)
}

// unquote gives a JSON string's text, without copying where nothing is escaped.
func unquote(v jsontext.Value) ([]byte, error) {
	if len(v) < 2 || v[0] != '"' {
		return nil, refused("not a string")
	}
	if inner := v[1 : len(v)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return inner, nil
	}
	return jsontext.AppendUnquote(nil, v)
}

// skip passes over a value without keeping anything of it, within the depth a document may have.
func (p *parser) skip() error {
	if k := p.dec.PeekKind(); k != '{' && k != '[' {
		_, err := p.dec.ReadToken()
		return err
	}
	depth := p.dec.StackDepth()
	for {
		if _, err := p.dec.ReadToken(); err != nil {
			return err
		}
		switch d := p.dec.StackDepth(); {
		case d > maxDepth:
			return refused("the document is nested deeper than %d levels", maxDepth)
		case d == depth:
			return nil
		}
	}
}

// value reads a value as it stands, to be looked at later.
func (p *parser) value() (jsontext.Value, error) {
	start := p.dec.InputOffset()
	if err := p.skip(); err != nil {
		return nil, err
	}
	v := bytes.TrimLeft(p.b[start:p.dec.InputOffset()], " \t\r\n:,")
	return jsontext.Value(v), nil
}

// text reads a string; anything else is passed over and "".
func (p *parser) text() (string, error) {
	if p.dec.PeekKind() != '"' {
		return "", p.skip()
	}
	v, err := p.dec.ReadValue()
	if err != nil {
		return "", err
	}
	t, err := unquote(v)
	return string(t), err
}

// address reads an id or URL given as a string, or of an object's id; anything else is "".
func (p *parser) address() (string, error) {
	switch p.dec.PeekKind() {
	case '"':
		s, err := p.text()
		return address(s), err
	case '{', '[':
		refs, err := p.refs(nil, 1)
		return refs.ID(), err
	}
	return "", p.skip()
}

// address is s when it can be one; the address within a bear: URI, which Pixelfed wraps around what takes a token.
func address(s string) string {
	if len(s) > maxAddress {
		return ""
	}
	if rest, ok := strings.CutPrefix(s, "bear:"); ok {
		return bearer(rest)
	}
	return strings.TrimSpace(s)
}

// strings reads one string or a list of them.
func (p *parser) strings(most int) (out []string, err error) {
	err = p.each(func() error {
		s, err := p.text()
		if s != "" && len(out) < most {
			out = append(out, s)
		}
		return err
	})
	return out, err
}

// each calls read for a single value, or for every member of a list.
func (p *parser) each(read func() error) error {
	if p.dec.PeekKind() != '[' {
		return read()
	}
	if _, err := p.enter(); err != nil {
		return err
	}
	for k := p.dec.PeekKind(); k != ']'; k = p.dec.PeekKind() {
		if k == 0 { // broken: ReadToken says how
			break
		}
		if err := read(); err != nil {
			return err
		}
	}
	_, err := p.leave()
	return err
}

// refs adds references: strings, objects, or a list of them. Numbers are nobody's id: they are refused.
func (p *parser) refs(into Refs, most int) (Refs, error) {
	err := p.each(func() error {
		if len(into) >= most {
			return p.skip()
		}
		ref, err := p.ref()
		if err == nil && ref != nil {
			into = append(into, *ref)
		}
		return err
	})
	return into, err
}

// ref reads one reference, nil for null.
func (p *parser) ref() (*Ref, error) {
	switch p.dec.PeekKind() {
	case '"':
		if p.names++; p.names > maxNames {
			return nil, refused("the document names more than %d things", maxNames)
		}
		s, err := p.text()
		if s = address(s); s == "" {
			return nil, err
		}
		return &Ref{ID: s}, err
	case '{':
		o, err := p.object()
		if err != nil {
			return nil, err
		}
		if o.ID == "" && o.Type == "Link" && o.Href != "" {
			return &Ref{ID: o.Href}, nil
		}
		return &Ref{ID: o.ID, Object: o}, nil
	case '0', 't', 'f':
		return nil, refused("a number or truth value stands where an id is due")
	}
	return nil, p.skip()
}

// one reads a single reference: the first, when there are more.
func (p *parser) one() (*Ref, error) {
	refs, err := p.refs(nil, 1)
	if err != nil || len(refs) == 0 {
		return nil, err
	}
	return &refs[0], nil
}

// list reads objects: one or a list. A string among them is an address.
func (p *parser) list(most int) (out []*Object, err error) {
	err = p.each(func() error {
		if len(out) >= most {
			return p.skip()
		}
		switch p.dec.PeekKind() {
		case '{':
			o, err := p.object()
			if err == nil {
				out = append(out, o)
			}
			return err
		case '"':
			s, err := p.text()
			if s = address(s); s != "" {
				if p.objects++; p.objects > maxObjects {
					return refused("the document has more than %d objects", maxObjects)
				}
				out = append(out, &Object{ID: s, URL: []Link{{Href: s}}})
			}
			return err
		}
		return p.skip()
	})
	return out, err
}

// truth reads a truth value, also as the words that some write; known is false for anything else.
func (p *parser) truth() (is, known bool, err error) {
	switch p.dec.PeekKind() {
	case 't':
		return true, true, p.skip()
	case 'f':
		return false, true, p.skip()
	case '"':
		s, err := p.text()
		s = strings.ToLower(s)
		return s == "true" || s == "1", s == "true" || s == "1" || s == "false" || s == "0", err
	}
	return false, false, p.skip()
}

func (p *parser) flag(to *bool) error {
	is, known, err := p.truth()
	if known {
		*to = is
	}
	return err
}

func (p *parser) maybe(to **bool) error {
	is, known, err := p.truth()
	if known {
		*to = &is
	}
	return err
}

// number reads a number, also as a string; ok is false for anything that is none or not a finite one.
func (p *parser) number() (n float64, ok bool, err error) {
	k := p.dec.PeekKind()
	if k != '0' && k != '"' {
		return 0, false, p.skip()
	}
	v, err := p.dec.ReadValue()
	if err != nil || len(v) > 40 { // longer numbers count nothing
		return 0, false, err
	}
	n, e := strconv.ParseFloat(strings.Trim(string(v), `"`), 64)
	return n, e == nil && !math.IsInf(n, 0) && !math.IsNaN(n), nil
}

// count reads a whole number, 0 or more; nil when it is none or beyond what JSON can tell exactly.
func (p *parser) count() (*int64, error) {
	f, ok, err := p.number()
	if err != nil || !ok || f < 0 || f > 1<<53 {
		return nil, err
	}
	n := int64(f)
	return &n, nil
}

func (p *parser) size(to *int64) error {
	n, err := p.count()
	if n != nil {
		*to = *n
	}
	return err
}

// floats reads a list of numbers.
func (p *parser) floats(most int) (out []float64, err error) {
	if p.dec.PeekKind() == '{' { // {"@list": […]}
		_, err := p.enter()
		for err == nil && p.dec.PeekKind() == '"' {
			var name []byte
			if name, err = p.name(); err != nil {
				break
			}
			if string(name) == "@list" {
				out, err = p.floats(most)
				continue
			}
			err = p.skip()
		}
		if err != nil {
			return nil, err
		}
		_, err = p.leave()
		return out, err
	}
	err = p.each(func() error {
		n, ok, err := p.number()
		if ok && len(out) < most {
			out = append(out, n)
		}
		return err
	})
	return out, err
}

// time reads a date.
func (p *parser) time() (model.Time, error) {
	s, err := p.text()
	return parseTime(s), err
}

// words reads a natural-language value: a string, {"@value"}, a map of languages, or the first of a list of these.
func (p *parser) words() (t Text, err error) {
	err = p.each(func() error {
		got := Text{}
		switch p.dec.PeekKind() {
		case '"':
			s, err := p.text()
			got.Value = s
			if err != nil {
				return err
			}
		case '{':
			var err error
			if got, err = p.languages(); err != nil {
				return err
			}
		case '0', 't', 'f':
			return refused("a number or truth value stands where a text is due")
		default:
			return p.skip()
		}
		if t.Value == "" {
			t = got
		}
		return nil
	})
	return t, err
}

// languages reads {"en": "…", "de": "…"} or {"@value": "…", "@language": "…"}: the first language.
func (p *parser) languages() (t Text, err error) {
	if _, err := p.enter(); err != nil {
		return t, err
	}
	var value, language string
	for p.dec.PeekKind() == '"' {
		name, err := p.name()
		if err != nil {
			return t, err
		}
		key := string(name)
		s, err := p.text()
		if err != nil {
			return t, err
		}
		switch {
		case key == "@value":
			value = s
		case key == "@language":
			language = s
		case t.Value == "" && s != "" && key[:min(1, len(key))] != "@":
			t = Text{s, languageOf(key)}
		}
	}
	if value != "" {
		t = Text{value, languageOf(language)}
	}
	_, err = p.leave()
	return t, err
}

// languageOf is a language tag as it may be kept, "" for what is none or says nothing (und).
func languageOf(s string) string {
	parts := strings.Split(strings.ReplaceAll(s, "_", "-"), "-")
	if len(s) > 35 || len(parts[0]) < 2 || len(parts[0]) > 3 || strings.EqualFold(s, "und") || strings.EqualFold(s, "zxx") || strings.EqualFold(s, "mul") {
		return ""
	}
	region := false
	for i, part := range parts {
		if part == "" || len(part) > 8 || strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			return ""
		}
		if i == 0 && strings.ContainsAny(part, "0123456789") {
			return ""
		}
		if digits := strings.Trim(part, "0123456789") == ""; i > 0 && (len(part) == 2 || len(part) == 3 && digits) {
			if region {
				return "" // two regions, as in de-419-DE
			}
			region = true
		}
	}
	return strings.Join(parts, "-")
}
