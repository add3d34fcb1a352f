package config_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gomphothere/internal/config"

	"github.com/google/go-cmp/cmp"
)

// files is a disk of a few files for Load.
type files map[string]string

func (f files) read(path string) ([]byte, error) {
	text, ok := f[filepath.ToSlash(path)]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return []byte(text), nil
}

// load is Load with a file in the default place.
func load(file string, env []string, args ...string) (*config.Loaded, error) {
	disk := files{}
	if file != "" {
		disk["data/gomphothere.toml"] = file
	}
	return config.Load(config.Sources{Args: args, Env: env, ReadFile: disk.read})
}

func mustLoad(t *testing.T, file string, env []string, args ...string) *config.Loaded {
	t.Helper()
	l, err := load(file, env, args...)
	if err != nil {
		t.Fatalf("settings are refused: %v", err)
	}
	return l
}

// refusals are the lines of the error, or fail the test.
func refusals(t *testing.T, file string, env []string, args ...string) []string {
	t.Helper()
	_, err := load(file, env, args...)
	if err == nil {
		t.Fatalf("accepted: file %q, environment %q, flags %q", file, env, args)
	}
	return strings.Split(err.Error(), "\n")
}

func TestDevelopmentAloneIsEnoughToStart(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, "", []string{"GOMPHOTHERE_DEVELOPMENT=true", "HOME=/root"}).Config
	want := config.Config{
		Server: config.Server{
			Data: "./data", Listen: "127.0.0.1:8080", Domain: "localhost:8080", WebDomain: "localhost:8080", Development: true,
			TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
			ShutdownGrace:  10 * time.Second,
		},
		Site:     config.Site{Title: "Gomphothere", Languages: []string{"en"}},
		Accounts: config.Accounts{Registrations: config.RegistrationsClosed},
		Posts:    config.Posts{MaxCharacters: 500, MaxPollOptions: 4, MaxPollOptionCharacters: 50, MaxPinned: 5},
		Federation: config.Federation{
			Mode: config.FederationOpen, ShowBlocks: config.AudienceNobody, ShowReasons: config.AudienceNobody,
		},
		Mail:   config.Mail{Port: 587, Security: config.SecurityStartTLS, NotificationsPerHour: 500, From: "notifications@localhost"},
		Limits: config.Limits{Enabled: true, Requests: 300},
		Log:    config.Log{Level: config.LevelInfo, Format: config.FormatText},
	}
	if diff := cmp.Diff(want, c, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("settings of a first start (-want +got):\n%s", diff)
	}
}

func TestTheVariablesThatScriptsRelyOn(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, "", []string{
		"GOMPHOTHERE_DATA=/srv/g", "GOMPHOTHERE_LISTEN=127.0.0.1:9000", "GOMPHOTHERE_DOMAIN=one.localhost:9000",
		"GOMPHOTHERE_DATABASE=postgres://u:p@localhost/g", "GOMPHOTHERE_DEVELOPMENT=true",
	}).Config.Server
	got := []string{c.Data, c.Listen, c.Domain, c.Database, fmt.Sprint(c.Development)}
	want := []string{"/srv/g", "127.0.0.1:9000", "one.localhost:9000", "postgres://u:p@localhost/g", "true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFlagsBeatTheEnvironmentThatBeatsTheFile(t *testing.T) {
	t.Parallel()
	file := "domain = \"file.example\"\n[posts]\nmax_characters = 1000\nmax_pinned = 7\n[log]\nlevel = \"warn\"\n"
	l := mustLoad(t, file, []string{"GOMPHOTHERE_POSTS_MAX_CHARACTERS=2000", "GOMPHOTHERE_LOG_LEVEL=error"}, "--log.level", "debug")
	p, o := l.Config.Posts, l.Origins
	if p.MaxPinned != 7 || o["posts.max_pinned"].String() != "data/gomphothere.toml:4" || o["posts.max_pinned"].Source != config.SourceFile {
		t.Errorf("from the file: got %d of %v", p.MaxPinned, o["posts.max_pinned"])
	}
	if p.MaxCharacters != 2000 || o["posts.max_characters"].String() != "GOMPHOTHERE_POSTS_MAX_CHARACTERS" {
		t.Errorf("from the environment: got %d of %v", p.MaxCharacters, o["posts.max_characters"])
	}
	if l.Config.Log.Level != config.LevelDebug || o["log.level"].String() != "--log.level" {
		t.Errorf("from the flag: got %v of %v", l.Config.Log.Level, o["log.level"])
	}
	if o["posts.max_poll_options"].String() != "default" {
		t.Errorf("untouched: got %v, want default", o["posts.max_poll_options"])
	}
}

func TestTheFileIsFoundByFlagVariableOrInTheDataDirectory(t *testing.T) {
	t.Parallel()
	disk := files{
		"data/gomphothere.toml":  "domain = \"default.example\"",
		"other/gomphothere.toml": "domain = \"other.example\"",
		"named.toml":             "domain = \"named.example\"",
		"variable.toml":          "domain = \"variable.example\"",
	}
	for _, c := range []struct {
		env, args []string
		want      string
	}{
		{nil, nil, "default.example"},
		{[]string{"GOMPHOTHERE_DATA=other"}, nil, "other.example"},
		{nil, []string{"--data=other"}, "other.example"},
		{[]string{"GOMPHOTHERE_CONFIG=variable.toml"}, nil, "variable.example"},
		{[]string{"GOMPHOTHERE_CONFIG=variable.toml"}, []string{"--config", "named.toml"}, "named.example"},
	} {
		l, err := config.Load(config.Sources{Args: c.args, Env: c.env, ReadFile: disk.read})
		if err != nil {
			t.Errorf("environment %q, flags %q: %v", c.env, c.args, err)
			continue
		}
		if got := l.Config.Server.Domain; got != c.want {
			t.Errorf("environment %q, flags %q: got %s, want %s", c.env, c.args, got, c.want)
		}
	}
	_, err := config.Load(config.Sources{Args: []string{"--development", "--config=gone.toml"}, ReadFile: disk.read})
	if err == nil || !strings.HasPrefix(err.Error(), "--config: cannot read the settings file") {
		t.Errorf("a file that was named and is gone: got %v", err)
	}
}

func TestEveryTypeOfValueInEverySource(t *testing.T) {
	t.Parallel()
	want := func(l *config.Loaded, how string) {
		t.Helper()
		s := l.Config.Server
		if s.ShutdownGrace != 90*time.Second || l.Config.Memory.SoftLimit != 64<<20 || l.Config.Limits.Enabled ||
			fmt.Sprint(s.TrustedProxies) != "[10.0.0.0/8 192.0.2.1/32]" || fmt.Sprint(l.Config.Site.Languages) != "[de pt-BR]" {
			t.Errorf("by %s: got %v", how, l.Config)
		}
	}
	want(mustLoad(t, `
development = true
shutdown_grace = "1m30s"
trusted_proxies = ["10.1.2.3/8", "192.0.2.1"]
memory = { soft_limit = "64MiB" }
site.languages = ["de", "pt-BR"]
[limits]
enabled = false
`, nil), "file")
	want(mustLoad(t, "", []string{
		"GOMPHOTHERE_DEVELOPMENT=true", "GOMPHOTHERE_SHUTDOWN_GRACE=90s", "GOMPHOTHERE_TRUSTED_PROXIES=10.0.0.0/8, 192.0.2.1",
		"GOMPHOTHERE_MEMORY_SOFT_LIMIT=64MiB", "GOMPHOTHERE_SITE_LANGUAGES=de,pt-BR", "GOMPHOTHERE_LIMITS_ENABLED=false",
	}), "environment")
	want(mustLoad(t, "", nil, "--development", "--shutdown_grace", "90s", "--trusted_proxies=10.0.0.0/8,192.0.2.1",
		"--memory.soft_limit=65536KiB", "--site.languages=de,pt-BR", "--limits.enabled", "false"), "flags")

	none := mustLoad(t, "", []string{"GOMPHOTHERE_DEVELOPMENT=true", "GOMPHOTHERE_TRUSTED_PROXIES="})
	if got := none.Config.Server.TrustedProxies; len(got) != 0 {
		t.Errorf("no proxies: got %v", got)
	}
}

func TestWhatIsLeftOutFollowsFromTheRest(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, "", nil, "--domain=example.org", "--mail.host=smtp.example.org", "--mail.security=tls").Config
	if c.Server.WebDomain != "example.org" || c.Mail.Port != 465 || c.Mail.From != "notifications@example.org" {
		t.Errorf("got %+v %+v", c.Server, c.Mail)
	}
	c = mustLoad(t, "", nil, "--development", "--listen=:9999").Config
	if c.Server.Domain != "localhost:9999" {
		t.Errorf("got %s, want localhost with the port of listen", c.Server.Domain)
	}
}

func TestSettingsThatAreRefusedAndWhatTheOperatorReads(t *testing.T) {
	t.Parallel()
	const dev = "GOMPHOTHERE_DEVELOPMENT=true"
	const here = "data/gomphothere.toml"
	for _, c := range []struct {
		name string
		file string
		env  []string
		args []string
		want string
	}{
		{"no domain", "", nil, nil, `settings: domain is required: the domain in people's handles, such as "example.org" (to try out on this machine set development to true)`},
		{"no domain and a port by chance", "", []string{dev}, []string{"--listen=127.0.0.1:0"}, `settings: domain is required where listen leaves the port to the system`},
		{"unknown key", "development = true\n[posts]\nmax_charcters = 5", nil, nil, here + `:3: unknown key posts.max_charcters; did you mean posts.max_characters?`},
		{"key in another section", "development = true\n[posts]\nlevel = \"info\"", nil, nil, here + `:3: unknown key posts.level; did you mean log.level?`},
		{"unknown empty section", "development = true\n[lug]", nil, nil, here + `:2: unknown section [lug]; did you mean [log]?`},
		{"section as key", "development = true\nlog = \"info\"", nil, nil, here + `:2: log is a section, not a setting: write [log] and its keys below`},
		{"section as list", "development = true\n[[log]]\nlevel = \"info\"", nil, nil, here + `:2: log is a section, not a setting: write [log] and its keys below`},
		{"key as section", "development = true\n[log.level]\nx = 1", nil, nil, here + `:2: log.level wants a string in quotes, not a section`},
		{"dot inside quotes", "development = true\n\"log.level\" = \"info\"", nil, nil, here + `:2: unknown key "log.level"; did you mean log.level?`},
		{"config inside the file", "development = true\nconfig = \"x\"", nil, nil, here + `:2: unknown key config; did you mean domain?`},
		{"unknown variable", "", []string{dev, "GOMPHOTHERE_LISTN=:80"}, nil, `GOMPHOTHERE_LISTN: unknown variable; did you mean GOMPHOTHERE_LISTEN?`},
		{"misspelled prefix", "", []string{dev, "GOMPOTHERE_LISTEN=:80"}, nil, `GOMPOTHERE_LISTEN: unknown variable; did you mean GOMPHOTHERE_LISTEN?`},
		{"variable in lower case", "", []string{dev, "gomphothere_listen=:80"}, nil, `gomphothere_listen: unknown variable; did you mean GOMPHOTHERE_LISTEN?`},
		{"unknown flag", "", []string{dev}, []string{"--databse", "postgres://u:geheim@h/d"}, `--databse: unknown flag; did you mean --database?`},
		{"flag with one dash", "", []string{dev}, []string{"-listen=:80"}, `-listen: unknown flag; did you mean --listen?`},
		{"not a flag", "", []string{dev}, []string{"postgres://u:geheim@h/d"}, `argument 1 of 1: is not a flag; settings are given as --key=value`},
		{"flag without value", "", []string{dev}, []string{"--listen", "--log.level=info"}, `--listen: wants a value`},
		{"flag twice", "", []string{dev}, []string{"--listen=:1", "--listen=:2"}, `--listen: given twice`},
		{"number in quotes", "development = true\n[posts]\nmax_characters = \"500\"", nil, nil, here + `:3: posts.max_characters wants a whole number, not a string`},
		{"string without quotes", "development = true\nlisten = 8080", nil, nil, here + `:2: listen wants a string in quotes, not a whole number`},
		{"date", "development = true\nlisten = 2026-01-01", nil, nil, here + `:2: listen wants a string in quotes, not a date or time`},
		{"bool as string", "development = \"true\"", nil, nil, here + `:1: development wants true or false, not a string`},
		{"yes", "", []string{"GOMPHOTHERE_DEVELOPMENT=yes"}, nil, `GOMPHOTHERE_DEVELOPMENT: development wants true or false (it is "yes")`},
		{"words for a number", "", []string{dev, "GOMPHOTHERE_POSTS_MAX_CHARACTERS=many"}, nil, `GOMPHOTHERE_POSTS_MAX_CHARACTERS: posts.max_characters wants a whole number (it is "many")`},
		{"too small", "development = true\nposts.max_poll_options = 1", nil, nil, here + `:2: posts.max_poll_options wants at least 2 (it is "1")`},
		{"too large", "", []string{dev}, []string{"--posts.max_characters=999999"}, `--posts.max_characters: posts.max_characters wants at most 100000 (it is "999999")`},
		{"not one of the words", "", []string{dev}, []string{"--accounts.registrations=aproval"}, `--accounts.registrations: accounts.registrations wants one of open, approval, invite, closed; did you mean "approval"? (it is "aproval")`},
		{"duration without unit", "", []string{dev}, []string{"--shutdown_grace=90"}, `--shutdown_grace: shutdown_grace wants a duration such as "90s" or "1h30m" (it is "90")`},
		{"negative duration", "", []string{dev}, []string{"--shutdown_grace=-1s"}, `--shutdown_grace: shutdown_grace wants at least 0s (it is "-1s")`},
		{"decimal unit", "", []string{dev}, []string{"--memory.soft_limit=64MB"}, `--memory.soft_limit: memory.soft_limit wants a size such as "64MiB" (B, KiB, MiB or GiB) (it is "64MB")`},
		{"size beyond counting", "", []string{dev}, []string{"--memory.soft_limit=99999999999GiB"}, `--memory.soft_limit: memory.soft_limit wants a size such as "64MiB" (B, KiB, MiB or GiB) (it is "99999999999GiB")`},
		{"string for a list", "development = true\ntrusted_proxies = \"10.0.0.0/8\"", nil, nil, here + `:2: trusted_proxies wants a list of strings such as ["a", "b"], not a string`},
		{"numbers in a list", "development = true\nsite.languages = [1]", nil, nil, here + `:2: site.languages wants strings in its list, not a whole number`},
		{"not a network", "", []string{dev}, []string{"--trusted_proxies=10.0.0.0/8,proxy"}, `--trusted_proxies: trusted_proxies wants addresses or networks such as "10.0.0.0/8" (it is "10.0.0.0/8,proxy")`},
		{"empty element", "", []string{dev}, []string{"--site.languages=en,,de"}, `--site.languages: site.languages has an empty element (it is "en,,de")`},
		{"not a language", "", []string{dev}, []string{"--site.languages=English"}, `--site.languages: site.languages wants language tags such as "en" or "pt-BR" (it is "English")`},
		{"listen without port", "", []string{dev}, []string{"--listen=localhost"}, `--listen: listen wants an address and a port such as "127.0.0.1:8080" or ":8080" (it is "localhost")`},
		{"port beyond", "", []string{dev}, []string{"--listen=:70000"}, `--listen: listen wants a port between 0 and 65535 (it is ":70000")`},
		{"domain with scheme", "", nil, []string{"--domain=https://example.org"}, `--domain: domain wants the bare domain such as "example.org", without http:// or https:// (it is "https://example.org")`},
		{"domain in capitals", "", nil, []string{"--domain=Example.org"}, `--domain: domain wants a domain in lower case (it is "Example.org")`},
		{"domain with umlaut", "", nil, []string{"--domain=bücher.example"}, `--domain: domain wants a domain such as "example.org" (names outside ASCII in their xn-- form) (it is "bücher.example")`},
		{"localhost for the world", "", nil, []string{"--domain=localhost:8080"}, `--domain: domain names this machine, which nobody else can reach: set development to true or name a real domain`},
		{"port for the world", "", []string{"GOMPHOTHERE_DOMAIN=example.org:8443"}, nil, `GOMPHOTHERE_DOMAIN: domain may carry a port in development only: other servers ask port 443`},
		{"web domain with port", "domain = \"example.org\"\nweb_domain = \"social.example.org:80\"", nil, nil, here + `:2: web_domain may carry a port in development only: other servers ask port 443`},
		{"address for a domain", "", nil, []string{"--domain=192.0.2.1"}, `--domain: domain wants a domain, not an address: other servers and certificates need a name`},
		{"one word for a domain", "", nil, []string{"--domain=example"}, `--domain: domain wants a whole domain such as "example.org"`},
		{"other database", "", []string{dev, "GOMPHOTHERE_DATABASE=mysql://u:geheim@h/d"}, nil, `GOMPHOTHERE_DATABASE: database wants a postgres:// URL, or nothing for SQLite in the data directory`},
		{"broken URL", "", []string{dev, "GOMPHOTHERE_DATABASE=postgres://u:ge%heim@h/d"}, nil, `GOMPHOTHERE_DATABASE: database is not a well-formed URL (characters such as / # ? % in a password must be %-escaped)`},
		{"hash in password", "", []string{dev, "GOMPHOTHERE_DATABASE=postgres://u:1#geheim@h/d"}, nil, `GOMPHOTHERE_DATABASE: database has a # in it; in a password write %23`},
		{"no host", "", []string{dev, "GOMPHOTHERE_DATABASE=postgres:///d"}, nil, `GOMPHOTHERE_DATABASE: database names no host (for a socket write postgres:///name?host=/var/run/postgresql)`},
		{"no database name", "", []string{dev, "GOMPHOTHERE_DATABASE=postgres://u@h"}, nil, `GOMPHOTHERE_DATABASE: database names no database; it stands after the host: postgres://user@host/name`},
		{"mail password without host", "development = true\n[mail]\npassword = \"geheim\"\nusername = \"u\"", nil, nil, here + `:4: mail.username would be ignored, because mail.host is empty`},
		{"mail security without host", "", []string{dev, "GOMPHOTHERE_MAIL_SECURITY=tls"}, nil, `GOMPHOTHERE_MAIL_SECURITY: mail.security would be ignored, because mail.host is empty`},
		{"mail password without name", "", []string{dev, "GOMPHOTHERE_MAIL_PASSWORD=geheim"}, []string{"--mail.host=h"}, `GOMPHOTHERE_MAIL_PASSWORD: mail.password would be ignored, because mail.username is empty`},
		{"mail name without password", "", []string{dev}, []string{"--mail.host=h", "--mail.username=u"}, `--mail.username: mail.username wants mail.password too`},
		{"mail port inside host", "", []string{dev}, []string{"--mail.host=smtp.example.org:587"}, `--mail.host: mail.host wants the host alone; put the port "587" into its own setting (it is "smtp.example.org:587")`},
		{"starttls on the tls port", "", []string{dev}, []string{"--mail.host=h", "--mail.port=465"}, `--mail.port: mail.port is 465, where mail servers speak TLS from the first byte: set mail.security to "tls"`},
		{"password in the clear", "", []string{dev, "GOMPHOTHERE_MAIL_PASSWORD=geheim"}, []string{"--mail.host=smtp.example.org", "--mail.username=u", "--mail.security=none"}, `--mail.security: mail.security is "none", but mail.password would cross the network to mail.host for all to read`},
		{"sender with a line break", "development = true\nmail.from = \"a@example.org\\r\\nBcc: b@example.org\"", nil, nil, here + `:2: mail.from wants a mail address such as "Example <notifications@example.org>" (it is "a@example.org\r\nBcc: b@example.org")`},
		{"contact is not an address", "", []string{dev}, []string{"--site.contact_email=me"}, `--site.contact_email: site.contact_email wants a mail address such as "owner@example.org" (it is "me")`},
		{"reason that nobody is asked for", "development = true\n[accounts]\nreason_required = true", nil, nil, here + `:3: accounts.reason_required would be ignored, because accounts.registrations is "closed", not "approval"`},
		{"limit that is off", "", []string{dev}, []string{"--limits.enabled=false", "--limits.requests=50"}, `--limits.requests: limits.requests would be ignored, because limits.enabled is false`},
		{"two memory limits", "", []string{dev, "GOMEMLIMIT=100MiB"}, []string{"--memory.soft_limit=64MiB"}, `--memory.soft_limit: memory.soft_limit and the environment variable GOMEMLIMIT set the same aim: keep one of them`},
		{"file that moves its own directory", "development = true\ndata = \"/srv/other\"", nil, nil, here + `:2: data cannot move the data directory from a file found in the data directory (./data): use --config, --data or GOMPHOTHERE_DATA`},
		{"empty data directory", "", []string{dev}, []string{"--data="}, `--data: data wants a value`},
		{"empty name of the file", "", []string{dev, "GOMPHOTHERE_CONFIG="}, nil, `GOMPHOTHERE_CONFIG: wants the path of a file`},
		{"not TOML", "development = true\nlisten : 80", nil, nil, here + `:2: is not well-formed TOML: expected = after a key, but the document ends there`},
		{"key twice", "development = true\ndevelopment = false", nil, nil, here + `:2: is not well-formed TOML: key development is already defined`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := refusals(t, c.file, c.env, c.args...)
			if strings.Contains(c.want, "not well-formed TOML") { // the words are the parser's, the place is ours
				c.want, got[0] = cutWords(c.want), cutWords(got[0])
			}
			if got[0] != c.want {
				t.Errorf("\n got %s\nwant %s", got[0], c.want)
			}
			for _, line := range got {
				if strings.Contains(line, "geheim") {
					t.Errorf("a password is shown: %s", line)
				}
			}
		})
	}
}

func cutWords(line string) string {
	before, _, _ := strings.Cut(line, "TOML:")
	return before
}

func TestEveryProblemIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	got := refusals(t, "domian = \"example.org\"\n[log]\nlevel = 3\nformat = \"xml\"\n",
		[]string{"GOMPHOTHERE_POSTS_MAX_PINED=3", "GOMPHOTHERE_MAIL_PASSWORD=x"}, "--lissten=:80", "--posts.max_pinned=-1")
	want := []string{
		`GOMPHOTHERE_POSTS_MAX_PINED: unknown variable; did you mean GOMPHOTHERE_POSTS_MAX_PINNED?`,
		`--lissten: unknown flag; did you mean --listen?`,
		`data/gomphothere.toml:1: unknown key domian; did you mean domain?`,
		`data/gomphothere.toml:3: log.level wants a string in quotes, not a whole number`,
		`data/gomphothere.toml:4: log.format wants one of text, json; did you mean "text"? (it is "xml")`,
		`--posts.max_pinned: posts.max_pinned wants at least 0 (it is "-1")`,
		`GOMPHOTHERE_MAIL_PASSWORD: mail.password would be ignored, because mail.host is empty`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAFileOfSomethingElseIsNotReportedForever(t *testing.T) {
	t.Parallel()
	var file strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&file, "key%d = 1\n", i)
	}
	if got := refusals(t, file.String(), nil); len(got) != 101 || got[100] != "settings: and more" {
		t.Errorf("got %d lines, the last %q; want 100 and \"and more\"", len(got), got[len(got)-1])
	}
	if got := refusals(t, strings.Repeat("#", 300<<10), nil, "--development"); !strings.Contains(got[0], "larger than 256KiB") {
		t.Errorf("got %s", got[0])
	}
}

func TestTheStrongerSourceDoesNotHideAMistakeInTheWeaker(t *testing.T) {
	t.Parallel()
	got := refusals(t, "posts.max_characters = \"x\"", []string{"GOMPHOTHERE_DEVELOPMENT=true"}, "--posts.max_characters=700")
	if want := "data/gomphothere.toml:1: posts.max_characters wants a whole number, not a string"; got[0] != want {
		t.Errorf("\n got %s\nwant %s", got[0], want)
	}
}

func TestCommandsShareTheLineWithSettings(t *testing.T) {
	t.Parallel()
	ours, rest := config.Split([]string{"create", "bob", "--data", "/srv/g", "--email=b@example.org", "--development", "--confirmed", "--", "--listen=:1"})
	if diff := cmp.Diff([]string{"--data", "/srv/g", "--development"}, ours); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"create", "bob", "--email=b@example.org", "--confirmed", "--", "--listen=:1"}, rest); diff != "" {
		t.Errorf("command (-want +got):\n%s", diff)
	}
	if got := config.NearestFlag("--emial", "--email", "--confirmed"); got != "--email" {
		t.Errorf("got %s", got)
	}
	if got := config.NearestFlag("--dta", "--email"); got != "--data" {
		t.Errorf("got %s", got)
	}
}

func TestProblemsCanBeReadByPrograms(t *testing.T) {
	t.Parallel()
	_, err := load("", []string{"GOMPHOTHERE_LISTN=:80", "GOMPHOTHERE_DEVELOPMENT=true"})
	var problems config.Problems
	if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Key != "listen" || problems[0].Where != "GOMPHOTHERE_LISTN" {
		t.Errorf("got %#v", err)
	}
}
