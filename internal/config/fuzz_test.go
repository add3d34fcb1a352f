package config_test

import (
	"bytes"
	"testing"

	"gomphothere/internal/config"

	"github.com/pelletier/go-toml/v2"
)

// FuzzFile holds every file to three promises: no panic, nothing unknown is ever accepted, and what is printed of an
// accepted one is TOML again.
func FuzzFile(f *testing.F) {
	var example bytes.Buffer
	if err := config.WriteExample(&example); err != nil {
		f.Fatal(err)
	}
	f.Add(example.String())
	f.Add(string(bytes.ReplaceAll(example.Bytes(), []byte("\n#"), []byte("\n"))))
	for _, seed := range []string{
		"", "development = true", "[log]\nlevel = \"info\"", "log = { level = \"warn\", format = \"json\" }", "[[log]]", "log.level.x = 1",
		"\"log.level\" = 1", "[posts]\nmax_characters = 0x1F4", "a.b.c.d.e.f.g = 1", "[a.b.c.d.e]\nf.g = {h = {i = 1}}", "'' = 1",
		"site.languages = [\"en\", [\"de\"], {x = 1}]", "shutdown_grace = \"9999999h\"", "listen = \"\\u0000\"", "x = [[[[[[", "\xff = 1",
	} {
		f.Add(seed)
	}
	known := map[string]bool{}
	for _, key := range keys(f) {
		known[key] = true
	}
	f.Fuzz(func(t *testing.T, file string) {
		l, err := load(file, nil, "--development")
		if err != nil {
			return
		}
		var tree map[string]any
		if err := toml.Unmarshal([]byte(file), &tree); err != nil {
			t.Fatalf("accepted what is not TOML: %v", err)
		}
		for name, value := range tree {
			section, isTable := value.(map[string]any)
			if !isTable && !known[name] {
				t.Errorf("accepted the unknown key %q", name)
			}
			for inner := range section {
				if !known[name+"."+inner] {
					t.Errorf("accepted the unknown key %q in %q", inner, name)
				}
			}
		}
		var printed bytes.Buffer
		if err := l.Print(&printed); err != nil {
			t.Fatal(err)
		}
		var again map[string]any
		if err := toml.Unmarshal(printed.Bytes(), &again); err != nil {
			t.Errorf("printed what is not TOML: %v\n%s", err, printed.String())
		}
	})
}
