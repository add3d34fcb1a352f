package ap

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzParse reads anything. What was read is drawn from no panic, honest about its bounds, and what encoding/json
// refuses is refused here too.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{corpus + "/*/*.json", "testdata/samples/*/*.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for i, file := range files {
			if i%4 != 0 { // a quarter says it all and starts faster
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		o, err := Parse(text)
		if !bytes.Equal(before, text) {
			t.Fatal("reading changed the document")
		}
		if err != nil {
			return
		}
		if !json.Valid(text) || !utf8.Valid(text) {
			t.Fatalf("read what is no JSON: %q", text)
		}
		walkObjects(o, 0, func(o *Object, depth int) {
			switch {
			case depth > maxDepth:
				t.Fatalf("nested %d deep", depth)
			case len(o.ID) > maxAddress || len(o.Tag) > maxTags || len(o.PublicKeys) > maxKeys:
				t.Fatal("beyond its bounds")
			case o.Raw != nil && !json.Valid(o.Raw):
				t.Fatalf("raw is no JSON: %q", o.Raw)
			case !utf8.ValidString(o.Content.Value):
				t.Fatalf("no UTF-8: %q", o.Content.Value)
			}
		})
		if n, err := o.Note(); err == nil {
			if !isWeb(n.ID) || !isWeb(n.Author) || !isWeb(n.URL) || len(n.Media) > maxMedia {
				t.Fatalf("untidy note %+v", n)
			}
			n.Visibility("")
		}
		if p, err := o.Profile(); err == nil && (!isWeb(p.Account.URI) || !isWeb(p.Account.InboxURL) || p.Account.Username == "") {
			t.Fatalf("untidy profile %+v", p)
		}
		o.Page()
		if e, err := Peek(text); err != nil || e.ID != o.ID && len(o.ID) < maxAddress && !strings.HasPrefix(o.ID, "http") {
			_ = e // a document may be an object and no activity
		}
	})
}

func walkObjects(o *Object, depth int, visit func(*Object, int)) {
	if o == nil {
		return
	}
	visit(o, depth)
	for _, refs := range []Refs{o.Actor, o.Object, o.Target, o.Instrument, o.Result, o.AttributedTo, o.Items, o.OrderedItems, o.InReplyTo} {
		for _, r := range refs {
			walkObjects(r.Object, depth+1, visit)
		}
	}
	for _, list := range [][]*Object{o.Attachment, o.Tag, o.Icon, o.Image, o.OneOf, o.AnyOf} {
		for _, e := range list {
			walkObjects(e, depth+1, visit)
		}
	}
}

// FuzzHost compares addresses of anything; a host is never empty for what is fetched, and always the same.
func FuzzHost(f *testing.F) {
	for _, s := range []string{"https://a.example/", "HTTPS://A.Example:443/x", "http://ümlaut.example", "https://a@b", "https://a\\@b", "https://[::1]:80/", "acct:a@b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h := Host(s)
		if h != "" && Host("https://"+h+"/") != strings.TrimSuffix(h, ":443") && !strings.HasPrefix(s, "http:") && !strings.HasPrefix(strings.ToLower(s), "http:") {
			t.Fatalf("Host(%q) = %q, and of that %q", s, h, Host("https://"+h+"/"))
		}
		if strings.ContainsAny(h, "/@?#\\ ") {
			t.Fatalf("Host(%q) = %q", s, h)
		}
	})
}
