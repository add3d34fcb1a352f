package stream

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// flusher is an answer that net/http writes, as a connection.
type flusher struct {
	mu      sync.Mutex
	w       http.ResponseWriter
	control *http.ResponseController
	ctx     context.Context // the request's
	over    bool
}

// Write writes and flushes.
func (f *flusher) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over {
		return 0, net.ErrClosed
	}
	n, err := f.w.Write(b)
	if err == nil {
		err = f.control.Flush()
	}
	return n, err
}

// end keeps writers off an answer whose handler returns.
func (f *flusher) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over = true
}

// Read waits for the end: a client says nothing more.
func (f *flusher) Read([]byte) (int, error) { <-f.ctx.Done(); return 0, io.EOF }

// Close does nothing: the handler's return ends the answer.
func (f *flusher) Close() error { return nil }

// SetWriteDeadline bounds the writes that follow.
func (f *flusher) SetWriteDeadline(t time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over {
		return nil
	}
	return f.control.SetWriteDeadline(t)
}

// SetReadDeadline has nothing to bound.
func (f *flusher) SetReadDeadline(time.Time) error { return nil }

// SetDeadline bounds writes.
func (f *flusher) SetDeadline(t time.Time) error { return f.SetWriteDeadline(t) }

// LocalAddr is not known.
func (f *flusher) LocalAddr() net.Addr { return &net.TCPAddr{} }

// RemoteAddr is not known.
func (f *flusher) RemoteAddr() net.Addr { return &net.TCPAddr{} }
