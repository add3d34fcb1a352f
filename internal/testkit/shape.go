package testkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// CheckEntity compares a JSON document with an entity of the reference, nested ones too: fields that are unknown,
// missing, of another type or null are errors that say where. name may also be a form like Array<Status>,
// Map<timeline, Marker> or Status | ScheduledStatus.
func CheckEntity(t testing.TB, name string, body []byte) {
	t.Helper()
	r := reference(t)
	if r == nil {
		return
	}
	want, err := r.parse(name)
	if err != nil {
		t.Fatal(err)
	}
	report(t, name, r.faults(want, body), body)
}

// CheckResponse compares an answer of the API with what the reference says of its endpoint; answers of 400 and above
// with the forms of errors. Endpoints that do not speak the API's JSON are left alone.
func CheckResponse(t testing.TB, method, path string, status int, body []byte) {
	t.Helper()
	r := reference(t)
	if r == nil || status >= 300 && status < 400 {
		return
	}
	report(t, fmt.Sprintf("%s %s: %d", method, path, status), r.responseFaults(method, path, status, body), body)
}

// maxShown keeps a document that is wrong everywhere from filling the screen.
const maxShown = 10

func report(t testing.TB, what string, faults []string, body []byte) {
	t.Helper()
	if len(faults) == 0 {
		return
	}
	if len(faults) > maxShown {
		faults = append(faults[:maxShown:maxShown], fmt.Sprintf("and %d more", len(faults)-maxShown))
	}
	t.Errorf("%s is not as the reference has it:\n\t%s\nin %s", what, strings.Join(faults, "\n\t"), body[:min(len(body), 4000)])
}

// shapes is the reference, read.
type shapes struct {
	entities  map[string]*shape
	endpoints []endpoint
}

// shape is what a place in a document may hold.
type shape struct {
	kind     string            // a JSON type, or "" for anything
	refs     []string          // an entity, or one of these
	nullable bool              // null may stand here
	optional bool              // the key may be absent
	keys     map[string]*shape // of an object; nil: any
	values   *shape            // of a map: each value
	items    *shape            // of an array
	enum     []string
	format   string
}

// endpoint is a row of the reference's list.
type endpoint struct {
	method string
	path   []string // segments, parameters beginning with ":"
	entity string
}

// amendments is where the reference is looser or stricter than Mastodon is, and why.
func amendments() map[string]struct {
	change func(f *field)
	why    string
} {
	type amendment = struct {
		change func(f *field)
		why    string
	}
	return map[string]amendment{
		"MediaAttachment.text_url": {func(f *field) { f.Nullable = true }, "its notes say: legacy, null for most media"},
		"WebPushSubscription.alerts": {func(f *field) { f.open = true },
			"keys echo what the client stored, and admin.sign_up is one key with a dot in it"},
	}
}

// restated says in the checker's language what the list of endpoints says in words.
func restated() map[string]string {
	return map[string]string{
		"{count: Integer}":     "UnreadCount",
		"{merged: Boolean}":    "NotificationRequestsMerged",
		"Array (always empty)": "Array<Nothing>",
		"Array<{week,statuses,logins,registrations}> (all values strings)":  "Array<InstanceActivityWeek>",
		"Map<source lang, Array<target lang>>":                              "Map<String, Array<String>>",
		"Status (with text source; media_attachments/poll for redraft)":     "DeletedStatus",
		"Search with hashtags as strings":                                   "V1::Search",
		"Empty body (200)":                                                  "Empty",
		"Boolean (bare JSON true/false)":                                    "Boolean",
		"{async_refresh: AsyncRefresh}":                                     "AsyncRefreshResponse",
		"{state: String enum available|generating|eligible|ineligible}":     "AnnualReportState",
		"{resource_owner_id,scope,expires_in,application:{uid},created_at}": "Any",
		"{invite_code, instance_api_url} when JSON requested":               "InvitePreview",
		"DonationCampaign (opaque JSON from upstream campaign service)":     "Any",
		"provider-defined":                                                  "Any",
		"WebFinger JRD (application/jrd+json)":                              "WebFinger",
		"NodeInfo 2.0":                                                      "NodeInfo",
		"RFC 7662 introspection JSON":                                       "Any",
		"Web App Manifest JSON":                                             "Any",
	}
}

// errorForms are what an answer of 400 and above may be.
func errorForms() []string {
	return []string{"Error", "ValidationError", "OAuthError", "UnexpectedMentionsError", "CollectionValidationError", "Admin::ExistingDomainBlockError"}
}

// field is an entry of the reference's JSON.
type field struct {
	Name         string   `json:"name"`
	Type         string   `json:"type"`
	Ref          string   `json:"ref"`
	Alternatives []string `json:"ref_alternatives"`
	Items        *field   `json:"items"`
	Nullable     bool     `json:"nullable"`
	Optional     bool     `json:"optional"`
	Enum         []string `json:"enum"`
	Format       string   `json:"format"`

	open bool // whatever is inside
}

// loaded is the reference, or nil where it is not at hand.
//
// constant: read once, the files do not change under a test
var loaded = sync.OnceValues(load)

// reference gives the reference. Where the folder is missing tests go on without comparing, but not in CI.
func reference(t testing.TB) *shapes {
	t.Helper()
	r, err := loaded()
	switch {
	case errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true":
		t.Log("answers are not compared: the reference is missing beside the repository (../shared/reference)")
		return nil
	case err != nil:
		t.Fatal(err)
	}
	return r
}

func load() (*shapes, error) {
	entities, err := beside("mastodon-entities.json")
	if err != nil {
		return nil, err
	}
	list, err := beside("mastodon-api.tsv")
	if err != nil {
		return nil, err
	}
	return readShapes(entities, list)
}

// Reference reads a file of the reference beside the repository. Without it the test is skipped, or fails in CI.
func Reference(t testing.TB, name string) []byte {
	t.Helper()
	b, err := beside(name)
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skip("the reference is missing beside the repository (../shared/reference)")
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func beside(name string) ([]byte, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return os.ReadFile(filepath.Join(filepath.Dir(dir), "shared", "reference", name))
		}
		if filepath.Dir(dir) == dir {
			return nil, fmt.Errorf("no go.mod above the test: %w", fs.ErrNotExist)
		}
		dir = filepath.Dir(dir)
	}
}

// readShapes reads the reference's two files.
func readShapes(entities, list []byte) (*shapes, error) {
	var doc struct {
		Entities map[string]struct {
			Extends string
			Fields  []field
		}
	}
	if err := json.Unmarshal(entities, &doc); err != nil {
		return nil, fmt.Errorf("read the reference's entities: %w", err)
	}
	s := &shapes{entities: map[string]*shape{}}
	amend := amendments()
	for name := range doc.Entities {
		root := &shape{kind: "object", keys: map[string]*shape{}}
		var inherited []string
		for e := name; e != ""; e = doc.Entities[e].Extends {
			inherited = append(inherited, e)
		}
		for _, e := range slices.Backward(inherited) {
			for _, f := range doc.Entities[e].Fields {
				if a, ok := amend[e+"."+f.Name]; ok {
					a.change(&f)
				}
				root.place(f)
			}
		}
		s.entities[name] = root
	}
	s.entities["DeletedStatus"] = deletedStatus(s.entities["Status"])
	s.entities["V1::Search"] = v1Search(s.entities["Search"])
	for _, line := range strings.Split(strings.TrimSpace(string(list)), "\n")[1:] {
		columns := strings.Split(line, "\t")
		if len(columns) < 5 {
			return nil, fmt.Errorf("read the reference's endpoints: %q", line)
		}
		s.endpoints = append(s.endpoints, endpoint{columns[0], strings.Split(columns[1], "/"), columns[4]})
	}
	return s, nil
}

// deletedStatus is a status with what was typed instead of its content.
func deletedStatus(status *shape) *shape {
	if status == nil {
		return nil
	}
	d := *status
	d.keys = map[string]*shape{}
	for k, v := range status.keys {
		if k != "content" {
			d.keys[k] = v
		}
	}
	d.keys["text"] = &shape{kind: "string"}
	return &d
}

// v1Search is what was found, with plain names for hashtags.
func v1Search(search *shape) *shape {
	if search == nil {
		return nil
	}
	return &shape{kind: "object", keys: map[string]*shape{
		"accounts": search.keys["accounts"], "statuses": search.keys["statuses"],
		"hashtags": {kind: "array", items: &shape{kind: "string"}},
	}}
}

// place puts a field of the reference where its dotted name says.
func (s *shape) place(f field) {
	at := s
	segments := strings.Split(f.Name, ".")
	for i, name := range segments {
		if at.kind == "object" && at.keys == nil {
			if at.format == "open" {
				return
			}
			at.keys = map[string]*shape{}
		}
		name, array := strings.CutSuffix(name, "[]")
		child := at.keys[name]
		if i == len(segments)-1 {
			placed := f.shape()
			if child != nil { // its inside came first
				placed.keys = child.keys
			}
			at.keys[name] = placed
			return
		}
		if child == nil {
			child = &shape{kind: "object"}
			if array {
				child = &shape{kind: "array"}
			}
			at.keys[name] = child
		}
		if array {
			if child.items == nil {
				child.items = &shape{kind: "object"}
			}
			child = child.items
		}
		at = child
	}
}

func (f *field) shape() *shape {
	s := &shape{kind: f.Type, nullable: f.Nullable, optional: f.Optional, enum: f.Enum, format: f.Format}
	if f.Ref != "" {
		s.refs = append([]string{f.Ref}, f.Alternatives...)
	}
	if f.open {
		s.format = "open"
	}
	if f.Items != nil {
		s.items = f.Items.shape()
		s.items.enum, s.enum = f.Enum, nil // the words an element may be
	}
	return s
}

// faults compares a document with a shape.
func (r *shapes) faults(want *shape, body []byte) []string {
	if want.kind == "empty" && len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	doc, err := decode(d)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("this is no JSON: it ends too early")
	}
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("there is more after the document")
		}
	}
	if err != nil {
		return []string{err.Error()}
	}
	return r.compare(want, label(want), doc)
}

func label(want *shape) string {
	if len(want.refs) > 0 {
		return want.refs[0]
	}
	return "$"
}

// decode reads a document as encoding/json would, but refuses an object that says the same thing twice.
func decode(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, fmt.Errorf("this is no JSON: %w", err)
	}
	switch token {
	case json.Delim('{'):
		object := map[string]any{}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, fmt.Errorf("this is no JSON: %w", err)
			}
			name, _ := key.(string) // the decoder insists on strings
			if _, twice := object[name]; twice {
				return nil, fmt.Errorf("the key %q stands there twice", name)
			}
			if object[name], err = decode(d); err != nil {
				return nil, err
			}
		}
		_, err := d.Token()
		return object, err
	case json.Delim('['):
		array := []any{}
		for d.More() {
			v, err := decode(d)
			if err != nil {
				return nil, err
			}
			array = append(array, v)
		}
		_, err := d.Token()
		return array, err
	}
	return token, nil
}

// compare tells how v at a path differs from what is wanted.
func (r *shapes) compare(want *shape, path string, v any) []string {
	if v == nil {
		if want.nullable || want.kind == "null" || want.kind == "" && len(want.refs) == 0 {
			return nil
		}
		return []string{path + ": is null"}
	}
	if len(want.refs) > 0 {
		return r.compareRefs(want, path, v)
	}
	kind := kindOf(v)
	if want.kind == "empty" {
		if object, ok := v.(map[string]any); !ok || len(object) > 0 {
			return []string{path + ": is not empty"}
		}
		return nil
	}
	if want.kind != "" && kind != want.kind && !(want.kind == "number" && kind == "integer") {
		return []string{fmt.Sprintf("%s: is %s, want %s", path, kind, want.kind)}
	}
	switch v := v.(type) {
	case string:
		return want.compareString(path, v)
	case []any:
		if want.items == nil {
			return nil
		}
		var faults []string
		for i, item := range v {
			faults = append(faults, r.compare(want.items, fmt.Sprintf("%s[%d]", path, i), item)...)
		}
		return faults
	case map[string]any:
		return r.compareObject(want, path, v)
	}
	return nil
}

// compareRefs accepts any of the entities; what is wrong is told of the one that fits best.
func (r *shapes) compareRefs(want *shape, path string, v any) []string {
	var best []string
	for i, name := range want.refs {
		entity := r.entities[name]
		if entity == nil {
			return []string{fmt.Sprintf("%s: the reference has no entity %s", path, name)}
		}
		faults := r.compare(entity, path, v)
		if len(faults) == 0 {
			return nil
		}
		if i == 0 || len(faults) < len(best) {
			best = faults
		}
	}
	return best
}

func (r *shapes) compareObject(want *shape, path string, object map[string]any) (faults []string) {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	if want.values != nil {
		for _, name := range names {
			faults = append(faults, r.compare(want.values, path+"."+name, object[name])...)
		}
		return faults
	}
	if want.keys == nil {
		return nil
	}
	for _, name := range names {
		if inner := want.keys[name]; inner == nil {
			faults = append(faults, path+"."+name+": is unknown")
		} else {
			faults = append(faults, r.compare(inner, path+"."+name, object[name])...)
		}
	}
	for name, inner := range want.keys {
		if _, present := object[name]; !present && !inner.optional {
			faults = append(faults, path+"."+name+": is missing")
		}
	}
	slices.Sort(faults)
	return faults
}

func kindOf(v any) string {
	switch v := v.(type) {
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "number"
		}
		return "integer"
	case []any:
		return "array"
	}
	return "object"
}

func (s *shape) compareString(path, v string) []string {
	if len(s.enum) > 0 && !slices.Contains(s.enum, v) {
		return []string{fmt.Sprintf("%s: is %q, want one of %s", path, v, strings.Join(s.enum, ", "))}
	}
	ok := true
	switch s.format {
	case "id", "unix-timestamp-string":
		n, err := strconv.ParseInt(v, 10, 64)
		ok = err == nil && n >= 0
	case "datetime":
		ok = isTime(v)
	case "date":
		ok = isDate(v)
	case "date or datetime":
		ok = isTime(v) || isDate(v)
	case "sha256":
		ok = len(v) == 64 && strings.Trim(v, "0123456789abcdef") == ""
	}
	if !ok {
		return []string{fmt.Sprintf("%s: %q is no %s", path, v, s.format)}
	}
	return nil
}

// isTime accepts what Mastodon writes: milliseconds, in UTC.
func isTime(v string) bool {
	_, err := time.Parse("2006-01-02T15:04:05.000Z", v)
	return err == nil
}

func isDate(v string) bool {
	_, err := time.Parse(time.DateOnly, v)
	return err == nil
}

// parse reads an expression of the reference's entity column.
func (r *shapes) parse(expression string) (*shape, error) {
	e := strings.TrimSpace(expression)
	if again, ok := restated()[e]; ok {
		e = again
	}
	if i := strings.Index(e, " ("); i > 0 {
		e = e[:i]
	}
	if name, _, ok := strings.Cut(e, " {"); ok && r.entities[name] != nil {
		e = name
	}
	if a, b, ok := strings.Cut(e, " | "); ok {
		first, err := r.parse(a)
		if err != nil {
			return nil, err
		}
		second, err := r.parse(b)
		if err != nil {
			return nil, err
		}
		if len(first.refs) == 0 || len(second.refs) == 0 {
			return nil, fmt.Errorf("%q: only entities can be alternatives", expression)
		}
		return &shape{refs: append(first.refs, second.refs...)}, nil
	}
	if inner, ok := within(e, "Array<"); ok {
		items, err := r.parse(inner)
		return &shape{kind: "array", items: items}, err
	}
	if inner, ok := within(e, "Map<"); ok {
		_, value, _ := strings.Cut(inner, ",")
		values, err := r.parse(value)
		return &shape{kind: "object", values: values}, err
	}
	switch e {
	case "Empty": // no body, or an object with nothing in it
		return &shape{kind: "empty"}, nil
	case "Nothing": // in an array that is always empty
		return &shape{kind: "null"}, nil
	case "Any":
		return &shape{}, nil
	case "String", "Boolean", "Integer":
		return &shape{kind: strings.ToLower(e)}, nil
	}
	if r.entities[e] == nil {
		return nil, fmt.Errorf("%q is no entity of the reference", expression)
	}
	return &shape{refs: []string{e}}, nil
}

func within(e, prefix string) (inner string, ok bool) {
	inner, ok = strings.CutPrefix(e, prefix)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(inner, ">")
}

// responseFaults compares an answer with its endpoint.
func (r *shapes) responseFaults(method, path string, status int, body []byte) []string {
	if status >= 400 {
		return r.faults(&shape{refs: errorForms()}, body)
	}
	e := r.endpoint(method, path)
	if e == nil {
		if strings.HasPrefix(path, "/api/") {
			return []string{"the reference has no such endpoint"}
		}
		return nil
	}
	want, err := r.parse(e.entity)
	if err != nil {
		if spoken(path) {
			return []string{err.Error()}
		}
		return nil // pages and ActivityPub
	}
	return r.faults(want, body)
}

// spoken tells whether a path belongs to the API's JSON.
func spoken(path string) bool {
	return regexp.MustCompile(`^/(api/|oauth/(token|revoke|userinfo)|nodeinfo|\.well-known/(webfinger|nodeinfo|oauth))`).MatchString(path)
}

// endpoint finds the row that a request meets; of several the most literal.
func (r *shapes) endpoint(method, path string) (best *endpoint) {
	segments := strings.Split(path, "/")
	most := -1
	for i, e := range r.endpoints {
		if e.method != method || len(e.path) != len(segments) {
			continue
		}
		literal := 0
		for j, want := range e.path {
			if want == segments[j] {
				literal++
			} else if !strings.HasPrefix(want, ":") {
				literal = -1
				break
			}
		}
		if literal > most {
			best, most = &r.endpoints[i], literal
		}
	}
	return best
}
