package httpsig

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Structured fields (RFC 9651, formerly 8941): dictionaries, lists, items. Bare values are int64, decimal, string,
// token, []byte, bool, date and display.

type (
	token   string
	decimal string // canonical text: nothing here computes with it
	date    int64
	display string
)

type param struct {
	key   string
	value any
}

type params []param

func (p params) get(key string) (any, bool) {
	for _, x := range p {
		if x.key == key {
			return x.value, true
		}
	}
	return nil, false
}

// item is a value, or an inner list when inner is not nil, with its parameters.
type item struct {
	value  any
	inner  []item
	isList bool
	params params
}

type member struct {
	key  string
	item item
}

var errField = errors.New("no structured field")

// maxMembers bounds lists, dictionaries and parameters alike.
const maxMembers = 256

type fieldReader struct {
	s string
	i int
}

// parseDictionary reads a dictionary; of a key that comes twice the last value counts, in the first one's place.
func parseDictionary(s string) ([]member, error) {
	r := &fieldReader{s: s}
	r.spaces()
	var out []member
	for !r.end() {
		key, err := r.key()
		if err != nil {
			return nil, err
		}
		m := member{key: key, item: item{value: true}}
		if r.next('=') {
			m.item, err = r.itemOrInner()
		} else {
			m.item.params, err = r.params()
		}
		if err != nil {
			return nil, err
		}
		out = put(out, m)
		if done, err := r.comma(); done || err != nil {
			return out, err
		}
		if len(out) > maxMembers {
			return nil, errField
		}
	}
	return out, nil
}

func put(out []member, m member) []member {
	for i := range out {
		if out[i].key == m.key {
			out[i] = m
			return out
		}
	}
	return append(out, m)
}

// parseList reads a list.
func parseList(s string) ([]item, error) {
	r := &fieldReader{s: s}
	r.spaces()
	var out []item
	for !r.end() {
		it, err := r.itemOrInner()
		if err != nil {
			return nil, err
		}
		out = append(out, it)
		if done, err := r.comma(); done || err != nil {
			return out, err
		}
		if len(out) > maxMembers {
			return nil, errField
		}
	}
	return out, nil
}

// parseItem reads one item.
func parseItem(s string) (item, error) {
	r := &fieldReader{s: s}
	r.spaces()
	it, err := r.item()
	if err != nil {
		return item{}, err
	}
	if r.spaces(); !r.end() {
		return item{}, errField
	}
	return it, nil
}

func (r *fieldReader) end() bool { return r.i >= len(r.s) }

func (r *fieldReader) peek() byte {
	if r.end() {
		return 0
	}
	return r.s[r.i]
}

func (r *fieldReader) next(c byte) bool {
	if !r.end() && r.s[r.i] == c {
		r.i++
		return true
	}
	return false
}

func (r *fieldReader) spaces() {
	for r.next(' ') {
	}
}

// comma steps over what stands between members, and tells the end. A comma at the end is a fault.
func (r *fieldReader) comma() (done bool, err error) {
	for r.next(' ') || r.next('\t') {
	}
	if r.end() {
		return true, nil
	}
	if !r.next(',') {
		return false, errField
	}
	for r.next(' ') || r.next('\t') {
	}
	if r.end() {
		return false, errField
	}
	return false, nil
}

func (r *fieldReader) key() (string, error) {
	start := r.i
	if c := r.peek(); !lower(c) && c != '*' {
		return "", errField
	}
	for c := r.peek(); lower(c) || digit(c) || c == '_' || c == '-' || c == '.' || c == '*'; c = r.peek() {
		r.i++
	}
	return r.s[start:r.i], nil
}

func (r *fieldReader) itemOrInner() (item, error) {
	if !r.next('(') {
		return r.item()
	}
	it := item{isList: true}
	for {
		r.spaces()
		if r.next(')') {
			break
		}
		inner, err := r.item()
		if err != nil {
			return item{}, err
		}
		if c := r.peek(); c != ' ' && c != ')' || len(it.inner) == maxMembers {
			return item{}, errField
		}
		it.inner = append(it.inner, inner)
	}
	var err error
	it.params, err = r.params()
	return it, err
}

func (r *fieldReader) item() (it item, err error) {
	if it.value, err = r.bare(); err != nil {
		return item{}, err
	}
	it.params, err = r.params()
	return it, err
}

func (r *fieldReader) params() (params, error) {
	var out params
	for r.next(';') {
		r.spaces()
		key, err := r.key()
		if err != nil {
			return nil, err
		}
		p := param{key: key, value: true}
		if r.next('=') {
			if p.value, err = r.bare(); err != nil {
				return nil, err
			}
		}
		if _, twice := out.get(key); twice { // allowed for fields, never in signatures: too clever
			return nil, errField
		}
		if out = append(out, p); len(out) > maxMembers {
			return nil, errField
		}
	}
	return out, nil
}

func (r *fieldReader) bare() (any, error) {
	switch c := r.peek(); {
	case c == '"':
		return r.text()
	case c == ':':
		return r.bytes()
	case c == '?':
		if strings.HasPrefix(r.s[r.i:], "?0") || strings.HasPrefix(r.s[r.i:], "?1") {
			r.i += 2
			return r.s[r.i-1] == '1', nil
		}
	case c == '@':
		r.i++
		if n, err := r.number(); err == nil {
			if n, ok := n.(int64); ok {
				return date(n), nil
			}
		}
	case c == '%':
		return r.display()
	case c == '-' || digit(c):
		return r.number()
	case c == '*' || letter(c):
		start := r.i
		for c := r.peek(); letter(c) || digit(c) || c != 0 && strings.IndexByte("!#$%&'*+-.^_`|~:/", c) >= 0; c = r.peek() {
			r.i++
		}
		return token(r.s[start:r.i]), nil
	}
	return nil, errField
}

// number reads an integer of at most 15 digits or a decimal of at most 12 and 3.
func (r *fieldReader) number() (any, error) {
	start := r.i
	r.next('-')
	whole := r.digits()
	if !r.next('.') {
		if whole == 0 || whole > 15 {
			return nil, errField
		}
		return strconv.ParseInt(r.s[start:r.i], 10, 64)
	}
	if part := r.digits(); whole == 0 || whole > 12 || part == 0 || part > 3 {
		return nil, errField
	}
	f, err := strconv.ParseFloat(r.s[start:r.i], 64)
	if err != nil {
		return nil, errField
	}
	text := strings.TrimRight(strconv.FormatFloat(f, 'f', 3, 64), "0")
	if strings.HasSuffix(text, ".") {
		text += "0"
	}
	return decimal(text), nil
}

func (r *fieldReader) digits() int {
	start := r.i
	for digit(r.peek()) {
		r.i++
	}
	return r.i - start
}

func (r *fieldReader) text() (any, error) {
	var b strings.Builder
	for r.i++; !r.end(); r.i++ {
		switch c := r.s[r.i]; {
		case c == '"':
			r.i++
			return b.String(), nil
		case c == '\\':
			r.i++
			if c := r.peek(); c != '"' && c != '\\' {
				return nil, errField
			}
			b.WriteByte(r.s[r.i])
		case c < ' ' || c > '~':
			return nil, errField
		default:
			b.WriteByte(c)
		}
	}
	return nil, errField
}

func (r *fieldReader) bytes() (any, error) {
	r.i++
	end := strings.IndexByte(r.s[r.i:], ':')
	if end < 0 {
		return nil, errField
	}
	text := r.s[r.i : r.i+end]
	if strings.ContainsAny(text, "\r\n") { // the decoder would skip them
		return nil, errField
	}
	b, err := decode64(text)
	if err != nil {
		return nil, errField
	}
	r.i += end + 1
	return b, nil
}

func (r *fieldReader) display() (any, error) {
	if !strings.HasPrefix(r.s[r.i:], `%"`) {
		return nil, errField
	}
	var b []byte
	for r.i += 2; !r.end(); r.i++ {
		switch c := r.s[r.i]; {
		case c == '"':
			r.i++
			if !utf8.Valid(b) {
				return nil, errField
			}
			return display(b), nil
		case c == '%':
			if r.i+2 >= len(r.s) || strings.ToLower(r.s[r.i+1:r.i+3]) != r.s[r.i+1:r.i+3] {
				return nil, errField
			}
			n, err := strconv.ParseUint(r.s[r.i+1:r.i+3], 16, 8)
			if err != nil {
				return nil, errField
			}
			b = append(b, byte(n))
			r.i += 2
		case c < ' ' || c > '~':
			return nil, errField
		default:
			b = append(b, c)
		}
	}
	return nil, errField
}

func lower(c byte) bool  { return 'a' <= c && c <= 'z' }
func digit(c byte) bool  { return '0' <= c && c <= '9' }
func letter(c byte) bool { return lower(c | 0x20) }

// The writers are the exact ones of RFC 9651 §4.1.

func writeDictionary(b *strings.Builder, members []member) {
	for i, m := range members {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(m.key)
		if v, isBool := m.item.value.(bool); isBool && v && !m.item.isList {
			writeParams(b, m.item.params)
			continue
		}
		b.WriteByte('=')
		writeItem(b, m.item)
	}
}

func writeList(b *strings.Builder, items []item) {
	for i, it := range items {
		if i > 0 {
			b.WriteString(", ")
		}
		writeItem(b, it)
	}
}

func writeItem(b *strings.Builder, it item) {
	if it.isList {
		b.WriteByte('(')
		for i, x := range it.inner {
			if i > 0 {
				b.WriteByte(' ')
			}
			writeItem(b, x)
		}
		b.WriteByte(')')
	} else {
		writeBare(b, it.value)
	}
	writeParams(b, it.params)
}

func writeParams(b *strings.Builder, ps params) {
	for _, p := range ps {
		b.WriteByte(';')
		b.WriteString(p.key)
		if v, isBool := p.value.(bool); isBool && v {
			continue
		}
		b.WriteByte('=')
		writeBare(b, p.value)
	}
}

func writeBare(b *strings.Builder, v any) {
	switch v := v.(type) {
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case decimal:
		b.WriteString(string(v))
	case token:
		b.WriteString(string(v))
	case string:
		b.WriteByte('"')
		for i := range len(v) {
			if v[i] == '"' || v[i] == '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(v[i])
		}
		b.WriteByte('"')
	case []byte:
		b.WriteByte(':')
		b.WriteString(base64.StdEncoding.EncodeToString(v))
		b.WriteByte(':')
	case bool:
		if v {
			b.WriteString("?1")
		} else {
			b.WriteString("?0")
		}
	case date:
		b.WriteByte('@')
		b.WriteString(strconv.FormatInt(int64(v), 10))
	case display:
		b.WriteString(`%"`)
		for i := range len(v) {
			if c := v[i]; c == '%' || c == '"' || c < ' ' || c > '~' {
				const hex = "0123456789abcdef"
				b.Write([]byte{'%', hex[c>>4], hex[c&15]})
			} else {
				b.WriteByte(c)
			}
		}
		b.WriteByte('"')
	}
}
