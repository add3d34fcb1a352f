package clients

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "gomphothere/internal/cli" // the program: a result kept from before it changed is worth nothing
	"gomphothere/internal/testkit"
)

// A client is one of the programs that must get along with the server.
type client struct {
	name string
	// prepare installs or builds what the client needs, once for both databases, and gives its command.
	prepare func(t *testing.T) []string
	// story lives through the day.
	story func(t *testing.T, s *server, command []string)
}

func clients() []client {
	return []client{
		{"go-mastodon", goProgram("go-mastodon"), script},
		{"masto.js", nodeProgram("masto"), script},
		{"megalodon", nodeProgram("megalodon"), script},
		{"toot", tootProgram, tootStory},
	}
}

// TestADayWithRealClients gives every client a server of its own, on each database, and tells its story.
func TestADayWithRealClients(t *testing.T) {
	t.Parallel()
	binary := build(t)
	for _, c := range clients() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			command := c.prepare(t)
			for name, database := range map[string]func(testing.TB) string{
				"sqlite":   func(testing.TB) string { return "" },
				"postgres": testkit.Postgres,
			} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					c.story(t, start(t, binary, database(t)), command)
				})
			}
		})
	}
}

// TestAnAppGetsNothingFromSomebodyWhoMistypesOrSaysNo tries the other ends of signing in.
func TestAnAppGetsNothingFromSomebodyWhoMistypesOrSaysNo(t *testing.T) {
	t.Parallel()
	s := start(t, build(t), "")
	const callback = "http://127.0.0.1:9/callback"
	res, err := http.PostForm(s.url+"/api/v1/apps", url.Values{"client_name": {"an app"}, "redirect_uris": {callback}, "scopes": {"read"}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var app struct {
		ClientID string `json:"client_id"`
	}
	if err := json.NewDecoder(res.Body).Decode(&app); err != nil || app.ClientID == "" {
		t.Fatalf("no app: %s, %v", res.Status, err)
	}
	link := s.url + "/oauth/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {app.ClientID}, "redirect_uri": {callback}, "scope": {"read"}, "state": {"mine"},
	}.Encode()
	b, err := newBrowser(s.url, "alice")
	if err != nil {
		t.Fatal(err)
	}
	b.password = "a lang password"
	if code, err := b.authorize(link); err == nil || !strings.Contains(err.Error(), "Sign in") {
		t.Errorf("with a wrong password: got code %q and %v, want the sign-in page again", code, err)
	}
	b.password, b.deny = password, true
	if code, err := b.authorize(link); err == nil || !strings.HasSuffix(err.Error(), "access_denied") {
		t.Errorf("saying no: got code %q and %v, want access_denied told to the app", code, err)
	}
	b.deny = false
	if code, err := b.authorize(link); err != nil || code == "" {
		t.Errorf("saying yes after all: got code %q and %v", code, err)
	}
}

// longestStory bounds one client's day; five seconds are usual.
const longestStory = 2 * time.Minute

// script runs a client that tells its story itself. It writes a line a step, and may ask for a code:
//
//	? alice http://127.0.0.1:1234/oauth/authorize?…
//
// which alice's browser gets for it; the answer is a line on its standard input.
func script(t *testing.T, s *server, command []string) {
	ctx, cancel := context.WithTimeout(context.Background(), longestStory)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "BASE_URL=" + s.url}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	steps, asked := listen(out, in, newBrowsers(s))
	if err := cmd.Wait(); err != nil || asked != nil {
		t.Fatalf("the story broke off: %v, %v\n%s%s", err, asked, strings.Join(steps, "\n"), "\n"+complaints.String())
	}
	if len(steps) == 0 || steps[len(steps)-1] != "the end" {
		t.Fatalf("the story has no end:\n%s\n%s", strings.Join(steps, "\n"), complaints.String())
	}
	t.Log(strings.Join(steps, "\n"))
}

// listen reads a story's lines to their end, and answers what it asks.
func listen(out io.Reader, in io.Writer, browsers *browsers) (steps []string, err error) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		line := lines.Text()
		steps = append(steps, line)
		ask, ok := strings.CutPrefix(line, "? ")
		if !ok || err != nil {
			continue
		}
		who, link, _ := strings.Cut(ask, " ")
		var code string
		if code, err = browsers.authorize(who, link); err == nil {
			_, err = fmt.Fprintln(in, code)
		}
		if err != nil {
			fmt.Fprintln(in) // no code: the story ends by itself, and its end is a failure
		}
	}
	if err == nil {
		err = lines.Err()
	}
	return steps, err
}

// browsers are the people's, each with its cookies.
type browsers struct {
	home string
	mu   sync.Mutex
	open map[string]*browser
}

func newBrowsers(s *server) *browsers { return &browsers{home: s.url, open: map[string]*browser{}} }

func (bs *browsers) authorize(who, link string) (string, error) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	b := bs.open[who]
	if b == nil {
		var err error
		if b, err = newBrowser(bs.home, who); err != nil {
			return "", err
		}
		bs.open[who] = b
	}
	return b.authorize(link)
}

// missing skips a client that this machine cannot run; with CI=true that is a failure.
func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// needed is the path of a program that scripts/needs installs.
func needed(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		missing(t, "%s is not installed: run scripts/needs, or make test", program)
	}
	return path
}

// watch looks at files that only other programs read: go test keeps a result until a file that it saw has changed.
func watch(t *testing.T, files ...string) {
	t.Helper()
	for _, f := range files {
		if _, err := os.Stat(f); err != nil {
			t.Fatal(err)
		}
	}
}

// installTime bounds fetching a client from its registry: seconds, when the registry is well.
const installTime = 3 * time.Minute

func install(t *testing.T, dir string, command ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), installTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		missing(t, "%s in %s: %v\n%s", strings.Join(command, " "), dir, err, out)
	}
}

// goProgram builds a client written in Go, a module of its own so that ours does not need its library.
func goProgram(dir string) func(*testing.T) []string {
	return func(t *testing.T) []string {
		watch(t, filepath.Join(dir, "main.go"))
		binary := filepath.Join(t.TempDir(), dir)
		install(t, dir, "go", "mod", "download")
		cmd := exec.Command("go", "build", "-o", binary, ".")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", dir, err, out)
		}
		return []string{binary}
	}
}

// nodeProgram installs the library of a client written in JavaScript, exactly as its lock file says. What is
// installed stays there for the next run, with a copy of the lock file that it was installed from.
func nodeProgram(dir string) func(*testing.T) []string {
	return func(t *testing.T) []string {
		watch(t, "day.mjs", filepath.Join(dir, "story.mjs"))
		node, npm := needed(t, "node"), needed(t, "npm")
		lock, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
		if err != nil {
			t.Fatal(err)
		}
		mark := filepath.Join(dir, "node_modules", ".installed-from")
		if done, err := os.ReadFile(mark); err != nil || !bytes.Equal(done, lock) {
			install(t, dir, npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline")
			if err := os.WriteFile(mark, lock, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return []string{node, filepath.Join(dir, "story.mjs")}
	}
}
