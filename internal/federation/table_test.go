package federation

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gomphothere/internal/ap"
)

// corpus is where documents of other software are, beside the repository.
const corpus = "../../../shared/payloads"

// TestEveryRealActivityReachesARow walks what other software was seen to send: none of it is unknown here.
func TestEveryRealActivityReachesARow(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(corpus); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("no documents of other software here")
	}
	table := activities()
	// Examples of the specification that no software sends, and activities without a meaning of their own.
	made := []string{"w3c", "w3c-fail", "kroeg"}
	n := 0
	err := filepath.WalkDir(corpus, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") || d.Name() == "INDEX.json" {
			return err
		}
		for _, dir := range made {
			if strings.Contains(path, string(filepath.Separator)+dir+string(filepath.Separator)) {
				return nil
			}
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !json.Valid(b) {
			return nil
		}
		doc, err := ap.Parse(b)
		if err != nil || len(doc.Actor) == 0 || len(doc.Object) == 0 || doc.IsNote() {
			return nil // no activity
		}
		n++
		if table[doc.Type] == nil {
			t.Errorf("%s: nothing is done with a %s", strings.TrimPrefix(path, corpus+"/"), doc.Type)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 100 {
		t.Errorf("%d activities were found, want at least 100", n)
	}
}
