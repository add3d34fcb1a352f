package bus

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"gomphothere/internal/model"
)

// SocketFile is the socket's name in the data directory.
const SocketFile = "bus.sock"

const (
	// A command's hints; one that changes thousands of rows says so with an event each of some 80 bytes.
	maxHint = 8 << 20
	// The server only drops caches for a hint; a second is an age.
	hintTimeout = 5 * time.Second
)

// Socket listens for hints of other processes.
type Socket struct {
	l  net.Listener
	wg sync.WaitGroup
}

// Listen hears hints on the data directory's socket and gives them to f. Who can write the directory can speak.
func Listen(dir string, f func([]model.Event)) (*Socket, error) {
	path := filepath.Join(dir, SocketFile)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // left by a killed server
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	s := &Socket{l: l}
	s.wg.Go(func() { s.accept(f) })
	return s, nil
}

func (s *Socket) accept(f func([]model.Event)) {
	for {
		c, err := s.l.Accept()
		if err != nil {
			return // closed
		}
		s.wg.Go(func() { hear(c, f) })
	}
}

// hear reads one hint and answers when it was taken in.
func hear(c net.Conn, f func([]model.Event)) {
	defer c.Close()
	if c.SetDeadline(time.Now().Add(hintTimeout)) != nil {
		return // closed already; whoever spoke sees it
	}
	line, err := bufio.NewReader(io.LimitReader(c, maxHint)).ReadBytes('\n')
	if err != nil {
		return
	}
	var events []model.Event
	if json.Unmarshal(line, &events) != nil {
		return // no answer tells that it was not understood
	}
	f(events)
	c.Write([]byte("ok\n")) // a speaker that left does not need it
}

// Close stops listening and waits for hints under way.
func (s *Socket) Close() error {
	err := s.l.Close()
	s.wg.Wait()
	return err
}

// Tell gives hints to the server running on the data directory. Without one there is nobody to tell, and that is well.
func Tell(dir string, events []model.Event) error {
	c, err := net.DialTimeout("unix", filepath.Join(dir, SocketFile), hintTimeout)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil
	}
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(hintTimeout)); err != nil {
		return err
	}
	b, err := json.Marshal(events)
	if err != nil {
		return err
	}
	if _, err := c.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("tell the running server: %w", err)
	}
	if answer, err := bufio.NewReader(c).ReadString('\n'); err != nil || answer != "ok\n" {
		return fmt.Errorf("the running server did not take the hint: %w", err)
	}
	return nil
}
