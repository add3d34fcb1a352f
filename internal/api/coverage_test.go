package api_test

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"gomphothere/internal/api"
	"gomphothere/internal/stream"
	"gomphothere/internal/testkit"
)

var update = flag.Bool("update", false, "write the generated documents anew")

// endpoints are all that the server answers, in the reference's spelling.
func endpoints(s *testkit.Server) []api.Endpoint {
	all := s.API.Endpoints()
	for _, r := range s.OAuth.Routes() {
		if r.Method != "OPTIONS" && (strings.HasPrefix(r.Pattern, "/api/") || strings.HasPrefix(r.Pattern, "/oauth/") && !strings.HasPrefix(r.Pattern, "/oauth/assets") || strings.HasPrefix(r.Pattern, "/.well-known/")) {
			all = append(all, api.Endpoint{Method: r.Method, Path: strings.NewReplacer("{", ":", "}", "").Replace(r.Pattern), Auth: "see OAuth"})
		}
	}
	for _, e := range stream.Endpoints() {
		who := "a person's token"
		if e.Scope == "" {
			who = "nobody needs a token"
		}
		all = append(all, api.Endpoint{Method: "GET", Path: e.Path, Auth: who, Scope: e.Scope})
	}
	for _, r := range s.Federation.Routes() {
		all = append(all, api.Endpoint{Method: r.Method, Path: strings.NewReplacer("{context}", ":account_id-:conversation_id", "{", ":", "}", "").Replace(r.Pattern), Auth: "see federation"})
	}
	for _, page := range []string{"/@:username", "/@:username/:id"} {
		all = append(all, api.Endpoint{Method: "GET", Path: page, Auth: "see web"})
	}
	return all
}

// unnamed makes paths comparable whatever their parameters are called.
func unnamed(path string) string { return regexp.MustCompile(`:[a-z_]+`).ReplaceAllString(path, ":x") }

func TestEveryEndpointOfTheReferenceIsHereOrListedAsMissing(t *testing.T) {
	t.Parallel()
	reference := testkit.Reference(t, "mastodon-api.tsv")
	have, lack := map[string]bool{}, map[string]bool{}
	for _, e := range endpoints(testkit.NewServer(t, "", nil)) {
		have[e.Method+" "+unnamed(e.Path)] = true
	}
	for _, m := range api.Lacks() {
		lack[m.Method+" "+unnamed(m.Path)] = true
		if m.Why == "" {
			t.Errorf("missing.txt: %s %s has no reason", m.Method, m.Path)
		}
	}
	known := map[string]bool{}
	for i, line := range strings.Split(strings.TrimSpace(string(reference)), "\n") {
		f := strings.Split(line, "\t")
		if i == 0 {
			continue
		}
		key := f[0] + " " + unnamed(f[1])
		known[key] = true
		switch {
		case have[key] && lack[key]:
			t.Errorf("%s is here and listed as missing", key)
		case !have[key] && !lack[key]:
			t.Errorf("%s is neither here nor listed as missing", key)
		}
	}
	for key := range lack {
		if !known[key] {
			t.Errorf("missing.txt lists %s, which the reference does not know", key)
		}
	}
}

func TestWhatIsMissingAnswersAsAnUnknownPathDoes(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, "", nil)
	alice := s.Person("alice")
	for _, m := range api.Lacks() {
		if !strings.HasPrefix(m.Path, "/api/") {
			continue
		}
		path := regexp.MustCompile(`:[a-z_]+`).ReplaceAllString(m.Path, "1")
		res, body := alice.Raw(m.Method, path)
		if res.StatusCode != 404 && res.StatusCode != 405 {
			t.Errorf("%s %s answers %s: %s", m.Method, path, res.Status, body)
		}
	}
}

func TestGeneratedDocsOfTheAPIAreCurrent(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := api.WriteDocs(&b, endpoints(testkit.NewServer(t, "", nil))); err != nil {
		t.Fatal(err)
	}
	const file = "../../docs/api.md"
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, b.Bytes()) {
		t.Errorf("docs/api.md is old (%v): make docs", err)
	}
}
