package config_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gomphothere/internal/config"
)

func TestPrintShowsEverySettingItsOriginAndNoSecret(t *testing.T) {
	t.Parallel()
	l := mustLoad(t, "domain = \"example.org\"\n[site]\ndescription = \"Say \\\"hi\\\"\\nto us\"\n",
		[]string{"GOMPHOTHERE_DATABASE=postgres://u:geheim@h/d", "GOMPHOTHERE_MAIL_PASSWORD=geheim"},
		"--mail.host=smtp.example.org", "--mail.username=u")
	var text, js bytes.Buffer
	if err := l.Print(&text); err != nil {
		t.Fatal(err)
	}
	if err := l.PrintJSON(&js); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`# Effective settings; settings file data/gomphothere.toml.`,
		`domain = "example.org" +# data/gomphothere.toml:1`,
		`web_domain = "example.org" +# default`,
		`database = "\(hidden\)" +# GOMPHOTHERE_DATABASE`,
		`description = "Say \\"hi\\"\\u000Ato us" +# data/gomphothere.toml:3`,
		`trusted_proxies = \["127.0.0.0/8", "::1/128"\] +# default`,
		`shutdown_grace = "10s" +# default`,
		`port = 587 +# default`,
		`password = "\(hidden\)" +# GOMPHOTHERE_MAIL_PASSWORD`,
		`host = "smtp.example.org" +# --mail.host`,
	} {
		if !regexp.MustCompile("(?m)^" + want + "$").MatchString(text.String()) {
			t.Errorf("not printed: %s\n%s", want, text.String())
		}
	}
	for _, key := range keys(t) {
		if !strings.Contains(js.String(), `"key": "`+key+`"`) {
			t.Errorf("%s is not in the JSON", key)
		}
		if name := key[strings.LastIndexByte(key, '.')+1:]; !regexp.MustCompile(`(?m)^` + name + ` = `).Match(text.Bytes()) {
			t.Errorf("%s is not printed", key)
		}
	}
	if all := text.String() + js.String(); strings.Contains(all, "geheim") {
		t.Errorf("a secret is printed:\n%s", all)
	}
	var out struct {
		File     string
		Settings []struct {
			Key    string
			Value  any
			Secret bool
			Origin config.Origin
		}
	}
	if err := json.Unmarshal(js.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	first := out.Settings[0]
	if out.File != "data/gomphothere.toml" || first.Key != "data" || first.Value != "./data" || first.Origin.Source != config.SourceDefault {
		t.Errorf("got %+v", out)
	}
}

func TestWhatPrintShowsCanBeReadBackIn(t *testing.T) {
	t.Parallel()
	l := mustLoad(t, "", nil, "--development", "--mail.host=localhost", "--mail.username=u", "--mail.password=p", "--memory.soft_limit=64MiB", "--limits.requests=1000",
		"--site.contact_email=a@example.org", "--site.description=\t\"\\\x7f")
	var first, second bytes.Buffer
	if err := l.Print(&first); err != nil {
		t.Fatal(err)
	}
	if err := mustLoad(t, first.String(), nil).Print(&second); err != nil {
		t.Fatal(err)
	}
	plain := func(b bytes.Buffer) string { return regexp.MustCompile(` *# .*`).ReplaceAllString(b.String(), "") }
	if plain(first) != plain(second) {
		t.Errorf("printed\n%s\nand after reading it\n%s", plain(first), plain(second))
	}
}

// make docs rewrites the pages.
func TestGeneratedDocsOfSettingsAreCurrent(t *testing.T) {
	t.Parallel()
	var page, example bytes.Buffer
	if err := config.WriteDocs(&page); err != nil {
		t.Fatal(err)
	}
	if err := config.WriteExample(&example); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{"settings.md": page.Bytes(), "gomphothere.example.toml": example.Bytes()} {
		path := filepath.Join("..", "..", "docs", name)
		if update := flag.Lookup("update"); update != nil && update.Value.String() == "true" {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("docs/%s is not what the settings say; run: make docs", name)
		}
	}
}

func TestTheExampleFileChangesNothingUntilItIsEdited(t *testing.T) {
	t.Parallel()
	var example bytes.Buffer
	if err := config.WriteExample(&example); err != nil {
		t.Fatal(err)
	}
	l := mustLoad(t, example.String(), nil, "--development")
	for key, origin := range l.Origins {
		if origin.Source == config.SourceFile {
			t.Errorf("%s is set by the untouched example", key)
		}
	}
}

func TestEveryLineOfTheExampleFileCanBeUncommented(t *testing.T) {
	t.Parallel()
	var example bytes.Buffer
	if err := config.WriteExample(&example); err != nil {
		t.Fatal(err)
	}
	whole := regexp.MustCompile(`(?m)^#([a-z_]+ = )`).ReplaceAllString(example.String(), "$1")
	l := mustLoad(t, whole, nil)
	for _, key := range keys(t) {
		if l.Origins[key].Source != config.SourceFile {
			t.Errorf("%s is not in the example", key)
		}
	}
}
