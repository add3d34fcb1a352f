package drill

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "gomphothere/internal/cli" // the binary is built of it: a change of it makes an earlier result old
	"gomphothere/internal/testkit"
)

// server is the real binary on a data directory.
type server struct {
	t      testing.TB
	binary string
	dir    string
	listen string
	env    []string
	cmd    *exec.Cmd
	errs   *lockedBuffer
	gone   chan struct{}
}

// lockedBuffer collects what a process writes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// binary builds the program once for a test; DRILL_BINARY names one that is built already, a release say.
func binary(t testing.TB) string {
	t.Helper()
	if built := os.Getenv("DRILL_BINARY"); built != "" {
		return built
	}
	out := filepath.Join(t.TempDir(), "gomphothere")
	cmd := exec.Command("go", "build", "-o", out, "gomphothere/cmd/gomphothere")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, b)
	}
	return out
}

// newServer prepares a server on a free port; database is "" for SQLite.
func newServer(t testing.TB, bin, database string) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	addr = "localhost:" + port
	s := &server{t: t, binary: bin, dir: t.TempDir(), listen: addr}
	s.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir,
		"GOMPHOTHERE_DATA=" + s.dir, "GOMPHOTHERE_LISTEN=" + addr, "GOMPHOTHERE_DOMAIN=" + addr,
		"GOMPHOTHERE_DEVELOPMENT=true", "GOMPHOTHERE_LIMITS_ENABLED=false", "GOMPHOTHERE_DATABASE=" + database,
	}
	t.Cleanup(s.kill)
	return s
}

// start runs serve and waits until it is ready.
func (s *server) start() {
	s.t.Helper()
	s.launch()
	deadline := time.Now().Add(30 * time.Second) // a busy machine; the normal time is a fraction of a second
	for time.Now().Before(deadline) {
		select {
		case <-s.gone:
			s.t.Fatalf("serve ended at start:\n%s", s.errs)
		default:
		}
		res, err := http.Get("http://" + s.listen + "/readyz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		<-time.After(5 * time.Millisecond)
	}
	s.t.Fatalf("serve is not ready:\n%s", s.errs)
}

// launch runs serve without waiting for anything.
func (s *server) launch() {
	s.t.Helper()
	s.errs, s.gone = &lockedBuffer{}, make(chan struct{})
	s.cmd = exec.Command(s.binary, "serve")
	s.cmd.Env, s.cmd.Stderr, s.cmd.Stdout = s.env, s.errs, s.errs
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	cmd, gone := s.cmd, s.gone
	go func() {
		cmd.Wait() // how it ended is read from ProcessState
		close(gone)
	}()
}

// kill ends the process as a power cut would.
func (s *server) kill() {
	if s.cmd == nil {
		return
	}
	s.cmd.Process.Signal(syscall.SIGKILL) // gone already is as good
	<-s.gone
}

// stop ends the process politely and gives its exit code.
func (s *server) stop() int {
	s.cmd.Process.Signal(syscall.SIGTERM) // gone already is as good
	<-s.gone
	return s.cmd.ProcessState.ExitCode()
}

// run runs a command beside the server.
func (s *server) run(args ...string) (out []byte, code int) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.binary, args...)
	cmd.Env = s.env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		s.t.Fatalf("%v: %v", args, err)
	}
	if stdout.Len() == 0 {
		return stderr.Bytes(), cmd.ProcessState.ExitCode()
	}
	return stdout.Bytes(), cmd.ProcessState.ExitCode()
}

// person makes an account by command and gives a token for it.
func (s *server) person(name string) string {
	s.t.Helper()
	if out, code := s.run("account", "create", name, "--email", name+"@example.org", "--password", "a long password", "--confirmed", "--json"); code != 0 {
		s.t.Fatalf("account create: %s", out)
	}
	out, code := s.run("token", "create", "--account", name, "--scopes", "read write follow push", "--json")
	if code != 0 {
		s.t.Fatalf("token create: %s", out)
	}
	var doc struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(out, &doc); err != nil || doc.Token == "" {
		s.t.Fatalf("token create printed %s: %v", out, err)
	}
	return doc.Token
}

// post posts a status with an idempotency key; id is "" unless the server acknowledged it.
func (s *server) post(c *http.Client, token, key, text string) (id string, err error) {
	req, err := http.NewRequest("POST", "http://"+s.listen+"/api/v1/statuses", strings.NewReader(url.Values{"status": {text}}.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Idempotency-Key", key)
	res, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s", res.Status, b)
	}
	var doc struct{ ID string }
	if err := json.Unmarshal(b, &doc); err != nil {
		return "", err
	}
	return doc.ID, nil
}

// get reads a JSON document.
func (s *server) get(token, path string, into any) (status int) {
	s.t.Helper()
	req, err := http.NewRequest("GET", "http://"+s.listen+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		s.t.Fatalf("GET %s: %s: %v", path, res.Status, err)
	}
	return res.StatusCode
}

// databases runs a drill on every database there is.
func databases(t *testing.T, drill func(t *testing.T, s *server)) {
	bin := binary(t)
	t.Run("sqlite", func(t *testing.T) { drill(t, newServer(t, bin, "")) })
	t.Run("postgres", func(t *testing.T) { drill(t, newServer(t, bin, testkit.Postgres(t))) })
}
