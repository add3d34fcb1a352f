package api

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
)

// missing.txt is what Mastodon has and we have not yet: method, path and where it will come from. What is listed answers
// as an unknown path does.
//
//go:embed missing.txt
var missing string

// Missing is one line of missing.txt.
type Missing struct{ Method, Path, Why string }

// Lacks reads missing.txt.
func Lacks() []Missing {
	var out []Missing
	for line := range strings.Lines(missing) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.SplitN(line, " ", 3)
		for len(f) < 3 {
			f = append(f, "")
		}
		out = append(out, Missing{f[0], f[1], f[2]})
	}
	return out
}

// Endpoint is a method and a path in the reference's spelling, with what a token needs.
type Endpoint struct{ Method, Path, Auth, Scope string }

// Endpoints are all routes of the table. Other doors add theirs for the page of coverage.
func (a *API) Endpoints() []Endpoint {
	var out []Endpoint
	for _, r := range a.routes() {
		out = append(out, Endpoint{r.method, colons(r.pattern), r.auth.String(), strings.ReplaceAll(r.scope, "|", " or ")})
	}
	return out
}

// colons turns {id} into :id, as the reference writes it.
func colons(pattern string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(pattern)
}

func (a auth) String() string {
	switch a {
	case anyone:
		return "nobody needs a token"
	case visitor:
		return "a token may be given"
	case user:
		return "a person's token"
	}
	return "any token"
}

// WriteDocs prints docs/api.md from the tables.
func WriteDocs(w io.Writer, have []Endpoint) error {
	b := &strings.Builder{}
	b.WriteString("# API coverage\n\nPrinted from the tables of routes and `internal/api/missing.txt` by `make docs`.\n\n")
	fmt.Fprintf(b, "%d endpoints of Mastodon 4.6's API are here, %d are not yet.\n\n## Here\n\n| endpoint | who | scopes |\n|---|---|---|\n", len(have), len(Lacks()))
	slices.SortFunc(have, func(x, y Endpoint) int {
		return strings.Compare(x.Path+" "+x.Method, y.Path+" "+y.Method)
	})
	for _, e := range have {
		fmt.Fprintf(b, "| `%s %s` | %s | %s |\n", e.Method, e.Path, e.Auth, e.Scope)
	}
	b.WriteString("\n## Not yet\n\n| endpoint | why |\n|---|---|\n")
	for _, m := range Lacks() {
		fmt.Fprintf(b, "| `%s %s` | %s |\n", m.Method, m.Path, m.Why)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
