package drill

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// ended waits for a server that must not start and gives what it said.
func (s *server) ended() (said string, code int) {
	s.t.Helper()
	select {
	case <-s.gone:
	case <-time.After(30 * time.Second): // far beyond any start
		s.t.Fatalf("serve still runs:\n%s", s.errs)
	}
	return s.errs.String(), s.cmd.ProcessState.ExitCode()
}

func TestAPortInUseIsSaidAtOnce(t *testing.T) {
	s := newServer(t, binary(t), "")
	l, err := net.Listen("tcp", s.listen)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s.launch()
	if said, code := s.ended(); code == 0 || !strings.Contains(said, "address already in use") {
		t.Errorf("exit %d: %s", code, said)
	}
}

func TestASecondServerOnTheSameDirectoryIsRefused(t *testing.T) {
	bin := binary(t)
	s := newServer(t, bin, "")
	s.start()
	second := newServer(t, bin, "")
	second.env = append(second.env, "GOMPHOTHERE_DATA="+s.dir)
	second.launch()
	if said, code := second.ended(); code == 0 || !strings.Contains(said, "another server is running") {
		t.Errorf("exit %d: %s", code, said)
	}
	if _, err := s.post(http.DefaultClient, s.person("alice"), "k", "still here"); err != nil {
		t.Errorf("the first server: %v", err)
	}
}

func TestANewerDatabaseIsRefusedAndLeftAlone(t *testing.T) {
	s := newServer(t, binary(t), "")
	s.start()
	s.stop()
	file := filepath.Join(s.dir, store.SQLiteFile)
	db := testkit.RawSQLite(t, file)
	if _, err := db.Exec(`insert into migrations (number, name, applied_at) values (9999, '9999_from_the_future', 1)`); err != nil {
		t.Fatal(err)
	}
	s.launch()
	if said, code := s.ended(); code == 0 || !strings.Contains(said, "newer than this program") {
		t.Errorf("exit %d: %s", code, said)
	}
	var n int
	if err := db.QueryRow(`select count(*) from migrations where number = 9999`).Scan(&n); err != nil || n != 1 {
		t.Errorf("the database was touched: %d %v", n, err)
	}
}

func TestAReadOnlyDataDirectoryIsSaid(t *testing.T) {
	s := newServer(t, binary(t), "")
	mount(t, s.dir)
	s.start()
	token := s.person("alice")
	if _, err := s.post(http.DefaultClient, token, "k", "before"); err != nil {
		t.Fatal(err)
	}
	s.stop()
	if out, err := exec.Command("mount", "-o", "remount,ro", s.dir).CombinedOutput(); err != nil {
		t.Fatalf("remount: %v %s", err, out)
	}
	s.launch()
	if said, code := s.ended(); code == 0 || !strings.Contains(said, "data directory") && !strings.Contains(said, "read-only") {
		t.Errorf("exit %d: %s", code, said)
	}
	if out, err := exec.Command("mount", "-o", "remount,rw", s.dir).CombinedOutput(); err != nil {
		t.Fatalf("remount: %v %s", err, out)
	}
	s.start()
	if _, err := s.post(http.DefaultClient, token, "k2", "after"); err != nil {
		t.Errorf("writable again: %v", err)
	}
}

// TestAFullDiskRefusesPostsAndRecovers runs the server on a file system of a few MiB and fills it.
func TestAFullDiskRefusesPostsAndRecovers(t *testing.T) {
	s := newServer(t, binary(t), "")
	mount(t, s.dir)
	s.start()
	token := s.person("alice")
	before, err := s.post(http.DefaultClient, token, "before", "before the flood")
	if err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(s.dir, "ballast")
	if err := fill(ballast); err != nil {
		t.Fatal(err)
	}
	refused := false
	for i := range 400 { // the log's file has some room left
		if _, err := s.post(http.DefaultClient, token, "full"+string(rune('a'+i%26))+string(rune('a'+i/26)), strings.Repeat("full ", 90)); err != nil {
			refused = true
			if !strings.HasPrefix(err.Error(), "503") || !strings.Contains(err.Error(), "disk is full") {
				t.Errorf("a full disk answers %v, want a 503 that says so", err)
			}
			break
		}
	}
	if !refused {
		t.Fatal("400 posts fitted on a full disk: the drill breaks nothing")
	}
	s.becomes(http.StatusServiceUnavailable)
	var st struct{ ID string }
	if code := s.get(token, "/api/v1/statuses/"+before, &st); code != http.StatusOK {
		t.Errorf("reading answers %d on a full disk", code)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	s.becomes(http.StatusOK)
	if _, err := s.post(http.DefaultClient, token, "after", "after the flood"); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if out, code := s.run("check"); code != 0 {
		t.Errorf("check: %s", out)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit %d:\n%s", code, s.errs)
	}
}

// becomes waits until readyz answers with a status; it remembers an answer for a moment.
func (s *server) becomes(status int) {
	s.t.Helper()
	var doc map[string]any
	for range 100 {
		if s.get("", "/readyz", &doc) == status {
			return
		}
		<-time.After(50 * time.Millisecond)
	}
	s.t.Errorf("readyz says %v, want %d", doc, status)
}

// mount puts a small file system on a directory; root only.
func mount(t *testing.T, dir string) {
	t.Helper()
	if os.Geteuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("the drill needs root to mount a small file system")
		}
		t.Skip("only root may mount a small file system")
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=12m", "gomphothere-drill", dir).CombinedOutput(); err != nil {
		t.Fatalf("mount: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
}

// fill writes until nothing fits any more.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	return f.Close()
}
