package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
)

// shell runs commands on one data directory.
type shell struct {
	t   *testing.T
	env []string
}

func newShell(t *testing.T) shell {
	return shell{t, []string{"GOMPHOTHERE_DATA=" + t.TempDir(), "GOMPHOTHERE_DOMAIN=example.org"}}
}

func (s shell) run(args ...string) (out, errs string, code int) {
	s.t.Helper()
	var o, e bytes.Buffer
	code = Main(context.Background(), args, s.env, strings.NewReader(""), &o, &e)
	return o.String(), e.String(), code
}

// json runs a command that must work and reads its answer.
func (s shell) json(into any, args ...string) {
	s.t.Helper()
	out, errs, code := s.run(append(args, "--json")...)
	if code != exitOK {
		s.t.Fatalf("%v: exit %d: %s", args, code, errs)
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		s.t.Fatalf("%v answered %q: %v", args, out, err)
	}
}

func TestAScriptMakesChangesAndDeletesAnAccount(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	var a accountDoc
	s.json(&a, "account", "create", "alice", "--email", "Alice@Example.org", "--role", "admin", "--confirmed")
	if a.Username != "alice" || a.Email != "alice@example.org" || a.Role != "admin" || !a.Confirmed || len(a.Password) < 20 {
		t.Errorf("made %+v", a)
	}
	s.json(&a, "account", "modify", "@alice", "--role", "user", "--email", "a@example.org", "--silence", "--disable")
	if a.Role != "user" || a.Email != "a@example.org" || !a.Silenced || !a.Disabled {
		t.Errorf("changed to %+v", a)
	}
	s.json(&a, "account", "modify", "alice", "--unsilence", "--enable", "--suspend")
	if a.Silenced || a.Disabled || !a.Suspended {
		t.Errorf("changed to %+v", a)
	}
	s.json(&a, "account", "modify", "alice", "--unsuspend")
	var list []accountDoc
	s.json(&list, "account", "list")
	if len(list) != 1 || list[0].Username != "alice" {
		t.Errorf("list: %+v", list)
	}
	var token struct {
		AccessToken string `json:"access_token"`
		Scope       string
	}
	s.json(&token, "token", "create", "--account", "alice", "--scopes", "read write follow push")
	if token.AccessToken == "" || token.Scope != "read write follow push" {
		t.Errorf("token: %+v", token)
	}
	var checked struct{ OK bool }
	s.json(&checked, "check")
	if !checked.OK {
		t.Error("check found something in a new database")
	}
	if _, errs, code := s.run("account", "delete", "alice"); code != exitOK {
		t.Errorf("delete: %s", errs)
	}
	if _, errs, code := s.run("account", "create", "alice", "--email", "b@example.org"); code != exitFail || !strings.Contains(errs, "taken") {
		t.Errorf("the name of a deleted account: exit %d: %s", code, errs)
	}
}

func TestWhatIsNotUnderstoodIsSaidAndNothingIsTried(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, says string }{
		{"", "which command"},
		{"srve", "there is no command srve"},
		{"account", "needs a second word"},
		{"account create", "needs one NAME"},
		{"account create alice", "needs --email"},
		{"account create alice --emial a@example.org", "--email"},
		{"account create alice --email", "needs ADDRESS"},
		{"account create alice --confirmed=yes", "takes no value"},
		{"account list --json --json", "given twice"},
		{"account modify alice", "what to change"},
		{"token create", "needs --account"},
		{"serve now", "takes no argument"},
		{"serve --listn :1", "--listen"},
		{"config --posts.max_charaters 5", "--posts.max_characters"},
	} {
		_, errs, code := newShell(t).run(strings.Fields(c.args)...)
		if code != exitUsage || !strings.Contains(errs, c.says) {
			t.Errorf("%q: exit %d: %s, want %q", c.args, code, errs, c.says)
		}
	}
}

func TestWhatFailsSaysWhyWithExitOne(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	for _, c := range []struct{ args, says string }{
		{"account create a-b --email a@example.org", "letters, numbers and underscores"},
		{"account create alice --email nonsense", "invalid"},
		{"account create alice --email a@example.org --password short", "Password"},
		{"account create alice --email a@example.org --role king", "king"},
		{"account modify nobody --suspend", "no account @nobody"},
		{"account delete nobody", "no account @nobody"},
		{"token create --account nobody", "no account @nobody"},
	} {
		_, errs, code := s.run(strings.Fields(c.args)...)
		if code != exitFail || !strings.Contains(errs, c.says) {
			t.Errorf("%q: exit %d: %s, want %q", c.args, code, errs, c.says)
		}
	}
}

func TestHelpAndConfigWorkWithoutADomain(t *testing.T) {
	t.Parallel()
	s := shell{t, nil}
	for args, says := range map[string]string{
		"help":                "account create",
		"help account modify": "--disable-2fa",
		"--help":              "serve",
		"config --example":    "max_characters",
		"version":             "gomphothere",
	} {
		if out, errs, code := s.run(strings.Fields(args)...); code != exitOK || !strings.Contains(out, says) {
			t.Errorf("%q: exit %d: %s %s", args, code, out, errs)
		}
	}
}
