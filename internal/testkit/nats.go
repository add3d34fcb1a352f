package testkit

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// NATS is a NATS server of a test's own.
type NATS struct {
	URL  string
	t    testing.TB
	path string
	port string
	cmd  *exec.Cmd
}

// StartNATS starts the program nats-server. Where there is none the test is skipped, and fails with CI=true.
func StartNATS(t testing.TB) *NATS {
	t.Helper()
	path, err := exec.LookPath("nats-server")
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/nats-server") // where Debian puts it, not in everybody's path
	}
	switch {
	case err != nil && os.Getenv("CI") == "true":
		t.Fatal("nats-server is not installed")
	case err != nil:
		t.Skip("nats-server is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	n := &NATS{URL: "nats://127.0.0.1:" + port, t: t, path: path, port: port}
	n.Start()
	t.Cleanup(n.Stop)
	return n
}

// Start starts it, at the same address again after Stop.
func (n *NATS) Start() {
	n.t.Helper()
	n.cmd = exec.Command(n.path, "--addr", "127.0.0.1", "--port", n.port)
	if err := n.cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	Eventually(n.t, "the NATS server answers", func() bool {
		c, err := net.DialTimeout("tcp", strings.TrimPrefix(n.URL, "nats://"), time.Second)
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
}

// Stop ends it.
func (n *NATS) Stop() {
	if n.cmd == nil {
		return
	}
	_ = n.cmd.Process.Kill() // it may have ended
	_ = n.cmd.Wait()         // killed
	n.cmd = nil
}
