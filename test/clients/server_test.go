package clients

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// password is everybody's.
const password = "a long password for a short day"

// people have accounts on every server: alice writes and bob answers, dora writes a lot and carol reads her alone.
// constant: Go has no constant slices
var people = []string{"alice", "bob", "carol", "dora"}

// A server is the real program on a data directory and a free port of this machine.
type server struct {
	url  string
	env  []string
	said *lockedBuffer
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

// build makes the program once for all tests.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "gomphothere")
	cmd := exec.Command("go", "build", "-o", binary, "gomphothere/cmd/gomphothere")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// start runs a server until the test ends and gives everybody an account; database is "" for SQLite.
func start(t *testing.T, binary, database string) *server {
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
	domain := "localhost:" + port // as make run has it
	dir := t.TempDir()
	s := &server{url: "http://" + domain, said: &lockedBuffer{}, env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir,
		"GOMPHOTHERE_DATA=" + dir, "GOMPHOTHERE_LISTEN=" + addr, "GOMPHOTHERE_DOMAIN=" + domain, "GOMPHOTHERE_DATABASE=" + database,
		"GOMPHOTHERE_DEVELOPMENT=true", "GOMPHOTHERE_LIMITS_ENABLED=false", // a day in five seconds
	}}
	cmd := exec.Command(binary, "serve")
	cmd.Env, cmd.Stdout, cmd.Stderr = s.env, s.said, s.said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		cmd.Wait() // how it ended is read from ProcessState
		close(gone)
	}()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM) // gone already is as good
		select {
		case <-gone:
		case <-time.After(20 * time.Second): // a polite end takes a fraction of a second
			cmd.Process.Kill()
			<-gone
			t.Error("serve did not end when asked")
		}
		if t.Failed() {
			t.Logf("the server said:\n%s", s.said)
		}
	})
	s.await(t, gone)
	for _, name := range people {
		out, err := s.command(binary, "account", "create", name, "--email", name+"@example.org", "--password", password, "--role", "user", "--confirmed", "--json")
		if err != nil {
			t.Fatalf("account create %s: %v\n%s", name, err, out)
		}
	}
	return s
}

// await returns when posting would work.
func (s *server) await(t *testing.T, gone <-chan struct{}) {
	t.Helper()
	deadline := time.After(time.Minute) // a busy machine; the normal time is a fraction of a second
	for {
		if res, err := http.Get(s.url + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-gone:
			t.Fatal("serve ended at its start")
		case <-deadline:
			t.Fatal("serve is not ready after a minute")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// command runs one of the program's commands beside the server.
func (s *server) command(binary string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = s.env
	return cmd.CombinedOutput()
}
