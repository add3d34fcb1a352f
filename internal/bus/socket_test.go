package bus

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gomphothere/internal/model"
)

func TestACommandTellsTheRunningServerBeforeItEnds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var heard []model.Event
	s, err := Listen(dir, func(e []model.Event) { heard = append(heard, e...) })
	if err != nil {
		t.Fatal(err)
	}
	told := []model.Event{{Type: model.TouchAccount, ID: 1}, {Type: model.TouchQueue}}
	if err := Tell(dir, told); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(heard, told) {
		t.Errorf("heard %v, want %v", heard, told)
	}
}

func TestWithoutAServerThereIsNobodyToTell(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := Tell(dir, []model.Event{{Type: model.TouchSite}}); err != nil {
		t.Errorf("no socket: %v", err)
	}
	// What a killed server leaves behind.
	l, err := net.Listen("unix", filepath.Join(dir, SocketFile))
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Tell(dir, []model.Event{{Type: model.TouchSite}}); err != nil {
		t.Errorf("a dead socket: %v", err)
	}
	s, err := Listen(dir, func([]model.Event) {})
	if err != nil {
		t.Fatalf("the next server: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestNonsenseOnTheSocketIsNotTakenForAHint(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Listen(dir, func([]model.Event) { t.Error("nonsense was heard") })
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, SocketFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is open to others: %v %v", info.Mode(), err)
	}
	c, err := net.Dial("unix", filepath.Join(dir, SocketFile))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("nonsense\n")); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 8)); err == nil {
		t.Errorf("nonsense was answered with %d bytes", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
