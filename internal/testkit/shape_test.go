package testkit

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// small is a reference in small.
func small(t *testing.T) *shapes {
	t.Helper()
	r, err := readShapes([]byte(`{"entities": {
		"Beast": {"fields": [
			{"name": "id", "type": "string", "format": "id"},
			{"name": "born_at", "type": "string", "format": "datetime", "nullable": true},
			{"name": "day", "type": "string", "format": "date", "optional": true},
			{"name": "size", "type": "string", "enum": ["small", "big"]},
			{"name": "weight", "type": "number"},
			{"name": "legs", "type": "integer"},
			{"name": "herd", "type": "array", "items": {"ref": "Beast"}},
			{"name": "home", "type": "object"},
			{"name": "home.place.name", "type": "string"},
			{"name": "home.trees[]", "type": "array", "items": {"type": "object"}},
			{"name": "home.trees[].kind", "type": "string"},
			{"name": "tusks", "type": "array", "items": {"type": "string"}, "enum": ["upper", "lower"]},
			{"name": "friend", "ref": "Beast", "ref_alternatives": ["Bird"], "nullable": true},
			{"name": "notes", "type": "object"}
		]},
		"Bird": {"extends": "Egg", "fields": [{"name": "song", "type": "string"}]},
		"Egg": {"fields": [{"name": "song", "type": "null"}, {"name": "round", "type": "boolean"}]},
		"Error": {"fields": [{"name": "error", "type": "string"}]},
		"ValidationError": {"fields": [{"name": "error", "type": "string"}, {"name": "details", "type": "object"}]},
		"OAuthError": {"fields": [{"name": "error", "type": "string"}, {"name": "error_description", "type": "string"}]},
		"UnexpectedMentionsError": {"fields": [{"name": "a", "type": "string"}]},
		"CollectionValidationError": {"fields": [{"name": "b", "type": "string"}]},
		"Admin::ExistingDomainBlockError": {"fields": [{"name": "c", "type": "string"}]}
	}}`), []byte(strings.Join([]string{
		"method\tpath\tauth\tscopes\tentity",
		"GET\t/api/v1/beasts/:id\t\t\tBeast",
		"GET\t/api/v1/beasts/bird\t\t\tBird",
		"GET\t/api/v1/beasts\t\t\tArray<Bird> (singing)",
		"DELETE\t/api/v1/beasts/:id\t\t\tEmpty",
		"GET\t/api/v1/zoo\t\t\tMap<cage, Bird>",
		"POST\t/api/v1/zoo\t\t\tBird | Egg (when young)",
		"GET\t/api/v1/names\t\t\tArray<String> (names)",
		"GET\t/api/v1/odd\t\t\tsomething in words",
		"GET\t/@:name\t\t\tHTML profile",
	}, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const goodBeast = `{"id":"12","born_at":null,"size":"big","weight":4.5,"legs":4,"herd":[],"home":{"place":{"name":"a"},` +
	`"trees":[{"kind":"oak"}]},"tusks":["upper"],"friend":{"song":"la","round":true},"notes":{"any":[1]}}`

func TestTheCheckerAcceptsWhatTheReferenceSaysAndNothingElse(t *testing.T) {
	t.Parallel()
	r := small(t)
	for _, c := range []struct{ old, new, fault string }{
		{"", "", ""},
		{`"weight":4.5`, `"weight":4`, ""},
		{`"born_at":null`, `"born_at":"2026-01-02T03:04:05.678Z"`, ""},
		{`"size"`, `"day":"2026-01-02","size"`, ""},
		{`"herd":[]`, `"herd":[` + goodBeast + `]`, ""},

		{`"legs":4`, `"legs":4,"wings":2`, "Beast.wings: is unknown"},
		{`"legs":4,`, ``, "Beast.legs: is missing"},
		{`"legs":4`, `"legs":4.5`, "Beast.legs: is number, want integer"},
		{`"legs":4`, `"legs":"4"`, "Beast.legs: is string, want integer"},
		{`"legs":4`, `"legs":null`, "Beast.legs: is null"},
		{`"legs":4`, `"legs":4,"legs":4`, `the key "legs" stands there twice`},
		{`"id":"12"`, `"id":"x"`, `Beast.id: "x" is no id`},
		{`"id":"12"`, `"id":12`, "Beast.id: is integer, want string"},
		{`"born_at":null`, `"born_at":"2026-01-02T03:04:05Z"`, `Beast.born_at: "2026-01-02T03:04:05Z" is no datetime`},
		{`"size"`, `"day":"2026-1-2","size"`, `Beast.day: "2026-1-2" is no date`},
		{`"size":"big"`, `"size":"huge"`, `Beast.size: is "huge", want one of small, big`},
		{`"upper"`, `"outer"`, `Beast.tusks[0]: is "outer", want one of upper, lower`},
		{`"tusks":["upper"]`, `"tusks":null`, "Beast.tusks: is null"},
		{`"name":"a"`, `"name":1`, "Beast.home.place.name: is integer, want string"},
		{`"name":"a"`, `"name":"a","x":1`, "Beast.home.place.x: is unknown"},
		{`{"kind":"oak"}`, `{"kind":"oak"},{}`, "Beast.home.trees[1].kind: is missing"},
		{`"herd":[]`, `"herd":[` + strings.Replace(goodBeast, `"size":"big",`, "", 1) + `]`, "Beast.herd[0].size: is missing"},
		{`"song":"la",`, ``, "Beast.friend.song: is missing"},
		{`"song":"la"`, `"song":null`, "Beast.friend.song: is null"},
		{goodBeast, goodBeast + "{}", "there is more after the document"},
		{goodBeast, `[]`, "Beast: is array, want object"},
		{goodBeast, `{`, "this is no JSON"},
		{goodBeast, ``, "this is no JSON"},
	} {
		want, err := r.parse("Beast")
		if err != nil {
			t.Fatal(err)
		}
		faults := r.faults(want, []byte(strings.Replace(goodBeast, c.old, c.new, 1)))
		if c.fault == "" && len(faults) > 0 || c.fault != "" && !(len(faults) == 1 && strings.Contains(faults[0], c.fault)) {
			t.Errorf("with %s for %s: got %q, want %q", c.new, c.old, faults, c.fault)
		}
	}
}

func TestAnAnswerIsComparedWithItsEndpoint(t *testing.T) {
	t.Parallel()
	r := small(t)
	const bird = `{"song":"la","round":true}`
	for _, c := range []struct {
		method, path string
		status       int
		body, fault  string
	}{
		{"GET", "/api/v1/beasts/7", 200, goodBeast, ""},
		{"GET", "/api/v1/beasts/7", 200, bird, "Beast.born_at: is missing"},
		{"GET", "/api/v1/beasts/bird", 200, bird, ""},
		{"GET", "/api/v1/beasts/bird", 200, goodBeast, "Bird.born_at: is unknown"},
		{"GET", "/api/v1/beasts", 200, "[" + bird + "]", ""},
		{"GET", "/api/v1/beasts", 200, bird, "$: is object, want array"},
		{"GET", "/api/v1/beasts", 200, "[" + bird + `,{"song":"la"}]`, "$[1].round: is missing"},
		{"DELETE", "/api/v1/beasts/7", 200, "{}", ""},
		{"DELETE", "/api/v1/beasts/7", 200, "", ""},
		{"DELETE", "/api/v1/beasts/7", 200, bird, "$: is not empty"},
		{"GET", "/api/v1/zoo", 200, `{"one":` + bird + `}`, ""},
		{"GET", "/api/v1/zoo", 200, `{"one":{}}`, "$.one.round: is missing"},
		{"POST", "/api/v1/zoo", 200, bird, ""},
		{"POST", "/api/v1/zoo", 200, `{"song":null,"round":true}`, ""},
		{"POST", "/api/v1/zoo", 200, `{"song":1,"round":true}`, "song: is integer"},
		{"GET", "/api/v1/names", 200, `["a"]`, ""},
		{"GET", "/api/v1/names", 200, `[1]`, "$[0]: is integer, want string"},
		{"GET", "/api/v1/odd", 200, `{}`, `"something in words" is no entity`},
		{"GET", "/api/v1/unheard", 200, `{}`, "no such endpoint"},
		{"PATCH", "/api/v1/zoo", 200, `{}`, "no such endpoint"},
		{"GET", "/readyz", 200, `{"anything":1}`, ""},
		{"GET", "/@somebody", 200, `{"anything":1}`, ""},
		{"GET", "/api/v1/zoo", 404, `{"error":"Record not found"}`, ""},
		{"GET", "/api/v1/unheard", 404, `{"error":"Record not found"}`, ""},
		{"GET", "/api/v1/zoo", 422, `{"error":"no","details":{"a":[]}}`, ""},
		{"GET", "/api/v1/zoo", 400, `{"error":"no","error_description":"because"}`, ""},
		{"GET", "/api/v1/zoo", 404, `{"error":"no","song":"la"}`, "song: is unknown"},
		{"GET", "/api/v1/zoo", 500, `oh`, "this is no JSON"},
	} {
		faults := r.responseFaults(c.method, c.path, c.status, []byte(c.body))
		all := strings.Join(faults, "\n")
		if c.fault == "" && all != "" || !strings.Contains(all, c.fault) {
			t.Errorf("%s %s %d %s: got %q, want %q", c.method, c.path, c.status, c.body, faults, c.fault)
		}
	}
}

func TestEveryEndpointOfTheAPIHasAShape(t *testing.T) {
	t.Parallel()
	r := reference(t)
	if r == nil {
		t.Skip("the reference is missing")
	}
	for _, e := range r.endpoints {
		path := strings.Join(e.path, "/")
		_, err := r.parse(e.entity)
		streams := strings.HasPrefix(path, "/api/v1/streaming") || strings.HasPrefix(path, "/api/fasp/") // no answers of JSON
		if err != nil && spoken(path) && !streams {
			t.Errorf("%s %s: %v", e.method, path, err)
		}
	}
}

func TestTheReferenceReadsAsItsFieldsSay(t *testing.T) {
	t.Parallel()
	r := reference(t)
	if r == nil {
		t.Skip("the reference is missing")
	}
	// Every entity that another names exists, and what is amended is there to be amended.
	for name, entity := range r.entities {
		for _, ref := range entity.mentioned() {
			if r.entities[ref] == nil {
				t.Errorf("%s names %s, which does not exist", name, ref)
			}
		}
	}
	for name := range amendments() {
		entity, field, _ := strings.Cut(name, ".")
		if r.entities[entity] == nil || r.entities[entity].keys[field] == nil {
			t.Errorf("the amended %s is not in the reference", name)
		}
	}
	var words []string
	for _, e := range r.endpoints {
		words = append(words, e.entity)
	}
	for word := range restated() {
		if !slices.Contains(words, word) {
			t.Errorf("the restated %q is not in the reference", word)
		}
	}
	if diff := cmp.Diff([]string{"id", "name"}, sorted(r.entities["Tag"].keys)[3:5]); diff != "" {
		t.Errorf("keys of Tag (-want +got):\n%s", diff)
	}
	if len(r.entities["CredentialAccount"].keys) <= len(r.entities["Account"].keys) {
		t.Error("a CredentialAccount has no more than an Account")
	}
}

// mentioned are the entities that a shape names.
func (s *shape) mentioned() (names []string) {
	if s == nil {
		return nil
	}
	names = append(names, s.refs...)
	names = append(names, s.items.mentioned()...)
	for _, k := range s.keys {
		names = append(names, k.mentioned()...)
	}
	return names
}

func sorted(keys map[string]*shape) (names []string) {
	for k := range keys {
		names = append(names, k)
	}
	slices.Sort(names)
	return names
}
