package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"gomphothere/internal/model"
)

// params are a request's parameters: query, then body, whatever their form (URL-encoded, multipart, JSON). Nested
// names as Rails reads them: a[b]=1 is a map, a[]=1 a list, a[][b]=1 a list of maps.
type params map[string]any // values: string, bool, json.Number, nil, []any, map[string]any

const (
	maxBody      = 1 << 20  // 1 MiB: Mastodon's texts and forms are far smaller; files have their own door
	maxMultipart = 16 << 20 // profile pictures come in the same form as the profile
	maxParams    = 1000     // more names than any form has; Rack allows 4096
	maxDepth     = 16       // the deepest documented parameter has 3 levels
)

// readParams reads the query and, for methods with one, the body.
func readParams(w http.ResponseWriter, r *http.Request) (params, error) {
	p := params{}
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, model.BadRequestf("The query cannot be read")
	}
	if err := p.addForm(q); err != nil {
		return nil, err
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Body == nil || r.Body == http.NoBody {
		return p, nil
	}
	kind, attrs, err := mime.ParseMediaType(cmp.Or(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"))
	if err != nil {
		return nil, model.BadRequestf("The content type cannot be read")
	}
	switch kind {
	case "application/json":
		return p, p.readJSON(http.MaxBytesReader(w, r.Body, maxBody))
	case "multipart/form-data":
		return p, p.readMultipart(multipart.NewReader(http.MaxBytesReader(w, r.Body, maxMultipart), attrs["boundary"]))
	case "application/x-www-form-urlencoded", "text/plain":
		b, err := readAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			return nil, err
		}
		form, err := url.ParseQuery(string(b))
		if err != nil {
			return nil, model.BadRequestf("The form cannot be read")
		}
		return p, p.addForm(form)
	}
	return nil, model.BadRequestf("The content type %s is not understood", kind)
}

func readAll(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(r)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, &model.Error{Kind: model.KindTooLarge, Text: "The request is larger than " + strconv.FormatInt(tooLarge.Limit, 10) + " bytes"}
	}
	if err != nil {
		return nil, model.BadRequestf("The request could not be read")
	}
	return b, nil
}

func (p params) readJSON(r io.Reader) error {
	b, err := readAll(r)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil
	}
	if tooDeep(b) {
		return model.BadRequestf("The JSON is nested too deeply")
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return model.BadRequestf("There was a problem in the JSON you submitted: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return model.BadRequestf("There was a problem in the JSON you submitted: something follows the document")
	}
	m, ok := v.(map[string]any)
	if !ok {
		return model.BadRequestf("The JSON must be an object")
	}
	if !validValue(m) {
		return model.BadRequestf("The JSON holds a NUL character")
	}
	for k, v := range m {
		p[strings.TrimSuffix(k, "[]")] = v
	}
	return nil
}

// validValue: PostgreSQL keeps no NUL in a text, so nothing may hold one. The depth was checked before.
func validValue(v any) bool {
	switch v := v.(type) {
	case string:
		return validText(v)
	case []any:
		return !slices.ContainsFunc(v, func(e any) bool { return !validValue(e) })
	case map[string]any:
		for k, e := range v {
			if !validText(k) || !validValue(e) {
				return false
			}
		}
	}
	return true
}

// tooDeep counts brackets outside strings, before anything recursive reads the document.
func tooDeep(b []byte) bool {
	depth, inString := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

func (p params) readMultipart(r *multipart.Reader) error {
	names := 0
	for {
		part, err := r.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			if _, big := readAll(errReader{err}); model.KindOf(big) == model.KindTooLarge {
				return big
			}
			return model.BadRequestf("The form cannot be read")
		}
		if names++; names > maxParams {
			return model.BadRequestf("The form has too many fields")
		}
		b, err := readAll(io.LimitReader(part, maxMultipart))
		if err != nil {
			return err
		}
		if part.FileName() != "" {
			p[part.FormName()] = upload{} // files belong to the media endpoints; others may refuse them
			continue
		}
		if err := p.add(part.FormName(), string(b)); err != nil {
			return err
		}
	}
}

type errReader struct{ err error }

func (e errReader) Read([]byte) (int, error) { return 0, e.err }

// addForm adds URL-encoded names in a stable order: lists keep theirs, and that is what matters.
func (p params) addForm(form url.Values) error {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	n := 0
	for _, name := range names {
		for _, v := range form[name] {
			if n++; n > maxParams {
				return model.BadRequestf("The form has too many fields")
			}
			if err := p.add(name, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// add puts one value under a nested name.
func (p params) add(name, value string) error {
	if !validText(value) || !validText(name) {
		return model.BadRequestf("The request is not valid UTF-8")
	}
	head, rest, _ := strings.Cut(name, "[")
	if head == "" {
		return nil // as Rack: a name without a name is nothing
	}
	if rest == "" {
		p[head] = value
		return nil
	}
	keys := strings.Split(strings.TrimSuffix(rest, "]"), "][")
	if len(keys) > maxDepth {
		return model.BadRequestf("The form is nested too deeply")
	}
	v, err := put(p[head], keys, value)
	if err != nil {
		return err
	}
	p[head] = v
	return nil
}

// put returns at with value set under keys.
func put(at any, keys []string, value string) (any, error) {
	if len(keys) == 0 {
		return value, nil
	}
	mixed := model.BadRequestf("A parameter is both a value and a structure")
	key, rest := keys[0], keys[1:]
	if key != "" {
		m, ok := at.(map[string]any)
		if !ok && at != nil {
			return nil, mixed
		}
		if m == nil {
			m = map[string]any{}
		}
		v, err := put(m[key], rest, value)
		if err != nil {
			return nil, err
		}
		m[key] = v
		return m, nil
	}
	list, ok := at.([]any)
	if !ok && at != nil {
		return nil, mixed
	}
	// a[][b]=1: the last map of the list takes it unless it has that key already.
	if len(rest) > 0 && len(list) > 0 {
		if m, ok := list[len(list)-1].(map[string]any); ok && rest[0] != "" && m[rest[0]] == nil {
			_, err := put(m, rest, value)
			return list, err
		}
	}
	v, err := put(nil, rest, value)
	return append(list, v), err
}

func validText(s string) bool { return strings.ToValidUTF8(s, "") == s && !strings.ContainsRune(s, 0) }

// has tells whether a name was given at all, even as null.
func (p params) has(name string) bool { _, ok := p[name]; return ok }

// upload stands for a file in a form.
type upload struct{}

// upload tells whether a file was given under a name.
func (p params) upload(name string) bool { _, ok := p[name].(upload); return ok }

// strPtr is str, or nil for a name that is missing or null.
func (p params) strPtr(name string) *string {
	if p[name] == nil {
		return nil
	}
	s := p.str(name)
	return &s
}

// str gives a plain value as text; "" when it is missing, null or not plain.
func (p params) str(name string) string { return plain(p[name]) }

func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// flag reads a boolean as Rails does: false, f, 0, off, no and nothing are false.
func (p params) flag(name string) bool {
	switch strings.ToLower(p.str(name)) {
	case "", "0", "f", "false", "off":
		return false
	}
	return true
}

// flagOr is flag with a default for a missing name.
func (p params) flagOr(name string, or bool) bool {
	if !p.has(name) || p[name] == nil || p.str(name) == "" {
		return or
	}
	return p.flag(name)
}

// flagPtr is flag, or nil for a missing name.
func (p params) flagPtr(name string) *bool {
	if !p.has(name) || p[name] == nil || p.str(name) == "" {
		return nil
	}
	b := p.flag(name)
	return &b
}

// num reads a whole number; ok is false when it is missing or none.
func (p params) num(name string) (n int64, ok bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(p.str(name)), 10, 64)
	return n, err == nil
}

// id reads an id; 0 when missing, not found when it is none.
func (p params) id(name string) (model.ID, error) {
	s := p.str(name)
	if s == "" {
		return 0, nil
	}
	return model.ParseID(s)
}

// strs reads a list: a[]=1&a[]=2, a JSON array, one plain value, or a map by index.
func (p params) strs(name string) []string {
	var out []string
	switch v := p[name].(type) {
	case nil:
	case []any:
		for _, e := range v {
			if s := plain(e); s != "" || e == "" {
				out = append(out, s)
			}
		}
	case map[string]any:
		for _, k := range indexed(v) {
			out = append(out, plain(v[k]))
		}
	default:
		if s := plain(v); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// ids reads a list of ids; what is none is left out, as nothing has that id.
func (p params) ids(name string) []model.ID {
	var out []model.ID
	for _, s := range p.strs(name) {
		if id, err := model.ParseID(s); err == nil && id != 0 {
			out = append(out, id)
		}
	}
	return out
}

// sub reads a nested map; nil when there is none.
func (p params) sub(name string) params {
	m, _ := p[name].(map[string]any)
	return m
}

// list reads maps: a[][b]=1, a[0][b]=1, or a JSON array of objects.
func (p params) list(name string) []params {
	var out []params
	switch v := p[name].(type) {
	case []any:
		for _, e := range v {
			if m, ok := e.(map[string]any); ok {
				out = append(out, m)
			}
		}
	case map[string]any:
		for _, k := range indexed(v) {
			if m, ok := v[k].(map[string]any); ok {
				out = append(out, m)
			}
		}
	}
	return out
}

// indexed gives a map's keys in the order of their numbers.
func indexed(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a, b))
	})
	return keys
}

// time reads an ISO 8601 time; zero when missing.
func (p params) time(name string) (model.Time, error) {
	s := p.str(name)
	if s == "" {
		return 0, nil
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.Parse(form, s); err == nil {
			return model.At(t), nil
		}
	}
	return 0, model.Invalidf("Validation failed: %s is not a time", name)
}

// seconds reads a duration given in seconds.
func (p params) seconds(name string) (time.Duration, bool) {
	n, ok := p.num(name)
	const most = 100 * 365 * 24 * 3600 // beyond a century it is a mistake, and would overflow
	if !ok || n < 0 || n > most {
		return 0, false
	}
	return time.Duration(n) * time.Second, true
}
