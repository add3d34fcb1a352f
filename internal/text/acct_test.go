package text_test

import (
	"strings"
	"testing"

	"gomphothere/internal/text"
)

func TestNamesPeopleMayChooseHere(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"alice": true, "Alice_7": true, "7": true, "_": true,
		strings.Repeat("a", 30): true, strings.Repeat("a", 31): false,
		"": false, "a.b": false, "a-b": false, "älice": false, "a b": false, "a@b": false,
	} {
		if got := text.LocalUsername(name); got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
}

func TestNamesStrangersMayBear(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"alice": true, "a.b": true, "a-b.c": true, "a..b": true, "example.com": true,
		"": false, ".a": false, "a.": false, "-a": false, "älice": false, "a/b": false,
		strings.Repeat("a", 2049): false,
	} {
		if got := text.Username(name); got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
}

func TestHandles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ because, handle, want string }{
		{"a local handle", "alice", "alice"},
		{"a remote handle", "alice@example.com", "alice@example.com"},
		{"as it is written in posts", "@alice@example.com", "alice@example.com"},
		{"with spaces around from a search box", " @alice ", "alice"},
		{"names keep their case, domains do not", "Alice@Example.COM", "Alice@example.com"},
		{"an international domain", "alice@Bücher.example", "alice@xn--bcher-kva.example"},
		{"a trailing dot", "alice@example.com.", "alice@example.com"},
		{"a port", "alice@localhost:8081", "alice@localhost:8081"},
		{"nobody", "", ""},
		{"nobody somewhere", "@@example.com", ""},
		{"somebody nowhere", "alice@", ""},
		{"somebody twice somewhere", "a@b@c", ""},
		{"a path", "alice@example.com/x", ""},
		{"an empty label", "alice@example..com", ""},
		{"a port out of range", "alice@example.com:65536", ""},
		{"a domain too long", "alice@" + strings.Repeat("a.", 130) + "com", ""},
		{"a label too long", "alice@" + strings.Repeat("a", 64) + ".com", ""},
		{"a space within", "alice@exa mple.com", ""},
	} {
		t.Run(c.because, func(t *testing.T) {
			acct, ok := text.ParseAcct(c.handle)
			got := acct.String()
			if !ok {
				got = ""
			}
			if got != c.want {
				t.Errorf("%q: got %q, want %q", c.handle, got, c.want)
			}
		})
	}
}

func TestLanguagesAreKeptUnderOneCode(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"en": "en", "EN": "en", "en-GB": "en", "en_US": "en", "eng": "en", "de": "de", "pt-BR": "pt",
		"zh-CN": "zh-CN", "zh_tw": "zh-TW", "zh-Hant-HK": "zh", "yue": "yue", "tok": "tok", "ast": "ast", "gsw": "gsw",
		"": "", "xx": "", "und": "", "mul": "", "zxx": "", "qaa": "", "english": "", "e": "", "en\x00": "", "<b>": "",
	} {
		if got := text.Language(code); got != want {
			t.Errorf("%q: got %q, want %q", code, got, want)
		}
	}
}
