package ap

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what comes out as what is expected")

const corpus = "../../../shared/payloads" // documents of other servers as they really were

// TestDocumentsOfEverySoftwareBecomeWhatTheyMean compares what is read of each document with a table by software:
// the corpus where it is at hand, and our own samples of what it lacks.
func TestDocumentsOfEverySoftwareBecomeWhatTheyMean(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(corpus); err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("the corpus is missing: %v", err)
	}
	seen := 0
	for _, from := range []struct{ root, golden string }{{corpus, "payloads"}, {"testdata/samples", "samples"}} {
		kinds, err := os.ReadDir(from.root)
		if os.IsNotExist(err) {
			t.Logf("%s is not here", from.root)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range kinds {
			if !kind.IsDir() {
				continue
			}
			files, err := filepath.Glob(filepath.Join(from.root, kind.Name(), "*.json"))
			if err != nil {
				t.Fatal(err)
			}
			seen += len(files)
			t.Run(from.golden+"/"+kind.Name(), func(t *testing.T) {
				t.Parallel()
				got := map[string]any{}
				for _, file := range files {
					text, err := os.ReadFile(file)
					if err != nil {
						t.Fatal(err)
					}
					got[filepath.Base(file)] = readAsWhatItIs(text)
				}
				golden(t, filepath.Join("testdata", from.golden+"-"+kind.Name()+".golden.json"), got)
			})
		}
	}
	if _, err := os.Stat(corpus); err == nil && seen < 509 {
		t.Errorf("%d documents were read, want all 509 and the samples", seen)
	}
}

// readAsWhatItIs is what this server understands of a document: a status, an account, or an activity.
func readAsWhatItIs(text []byte) any {
	o, err := Parse(text)
	if err != nil {
		return map[string]any{"refused": err.Error()}
	}
	return understood(o)
}

func understood(o *Object) any {
	switch {
	case o.IsNote():
		n, err := o.Note()
		if err != nil {
			return map[string]any{"no status": err.Error()}
		}
		if n.Replies != nil {
			n.Replies = &Ref{ID: n.Replies.ID}
		}
		return map[string]any{"status": plain(n)}
	case o.IsActor():
		p, err := o.Profile()
		if err != nil {
			return map[string]any{"no account": err.Error()}
		}
		if p.Featured != nil {
			p.Featured = &Ref{ID: p.Featured.ID}
		}
		return map[string]any{"account": plain(p)}
	case o.Is("Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"):
		page, _ := o.Page()
		return map[string]any{"page": map[string]any{"items": Refs(page.Items).IDs(), "next": page.Next, "total": page.Total, "first": page.First != nil}}
	}
	out := map[string]any{"type": o.Type}
	for name, value := range map[string]any{
		"id": o.ID, "actor": o.ActorID(), "target": o.Target.ID(), "instrument": o.Instrument.ID(), "result": o.Result.ID(),
		"reaction": o.Reaction, "content": o.Content.Value, "keys": o.PublicKeys, "to": o.To.IDs(), "cc": o.Cc.IDs(),
		"interactingObject": o.InteractingObject, "interactionTarget": o.InteractionTarget,
	} {
		if v := reflect.ValueOf(value); !v.IsZero() && v.Len() > 0 {
			out[name] = value
		}
	}
	if inner := o.Object.Object(); inner != nil {
		out["object"] = understood(inner)
	} else if ids := o.Object.IDs(); len(ids) > 0 {
		out["object"] = ids
	}
	return out
}

// plain is a value's JSON without what is empty.
func plain(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		return err.Error()
	}
	return withoutEmpty(out)
}

func withoutEmpty(v any) any {
	m, ok := v.(map[string]any)
	if list, isList := v.([]any); isList {
		for i := range list {
			list[i] = withoutEmpty(list[i])
		}
	}
	if !ok {
		return v
	}
	for k, e := range m {
		e = withoutEmpty(e)
		switch e := e.(type) {
		case nil:
			delete(m, k)
			continue
		case string:
			if e == "" || e == "0" || strings.HasPrefix(e, "1970-01-01T00:00:00") {
				delete(m, k)
				continue
			}
		case float64:
			if e == 0 || e == -1 && (k == "Likes" || k == "Shares") {
				delete(m, k)
				continue
			}
		case bool:
			if !e {
				delete(m, k)
				continue
			}
		case map[string]any:
			if len(e) == 0 {
				delete(m, k)
				continue
			}
		}
		m[k] = e
	}
	return m
}

func golden(t *testing.T, file string, got any) {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(got); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", file, diff)
	}
}
