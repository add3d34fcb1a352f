package stream

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"time"

	"gomphothere/internal/model"
)

// kind is how a connection speaks.
type kind uint8

const (
	kindSocket  kind = iota // WebSocket
	kindChunked             // server-sent events over HTTP/1.1
	kindPlain               // server-sent events that end with the connection, or framed by somebody else (HTTP/2)
)

const (
	// What waits for one reader. A reader who is this far behind is better served by reading again: 64 statuses are
	// three pages of a timeline.
	maxWaitingFrames = 64
	maxWaitingBytes  = 256 << 10
	// The kernel keeps at most so much (twice that, as Linux counts) for a reader that does not read.
	sendBuffer = 64 << 10
	// A reader that takes nothing for so long is gone or might as well be.
	stallTime = 30 * time.Second
	// How long a client may take to end the connection after we said good-bye.
	closeTime = 5 * time.Second
	// Commands of one client in a second; apps send one for each column they show.
	maxCommands = 100
	// Streams on one connection: more columns than anybody has.
	maxSubscriptions = 100
)

// reason is why a connection ended.
type reason uint8

const (
	byClient reason = iota // it closed or broke the connection
	bySlow                 // it did not read
	byDead                 // it did not answer a ping
	byWrite                // writing failed
	byToken                // the token is no longer good
	byFault                // it broke the protocol
	byServer               // the server stops
	reasons
)

func (r reason) String() string {
	return [...]string{"client", "slow", "dead", "write_error", "revoked", "protocol", "shutdown"}[r]
}

// conn is one client's connection.
type conn struct {
	hub   *Hub
	kind  kind
	net   net.Conn
	raw   syscall.RawConn // nil: net is no bare TCP connection, and written to in a goroutine
	stops func()          // ends who serves it; nil: nobody
	who   holder

	mu       sync.Mutex // of what follows
	first    *frame     // what waits to be written
	more     []*frame
	waiting  int    // bytes in them
	rest     []byte // of a frame that is half written
	restOf   *frame
	owned    bool // somebody will write what waits, or is writing
	closed   bool
	leaving  bool // good-bye was said
	farewell reason
	unheard  bool // a ping was not answered yet
	offBeat  bool // WebSockets are pinged at every second visit
	commands int32
	second   int64 // in which the commands were counted

	in incoming // of the reading goroutine

	// Of the hub's lock.
	subs []*sub
	beat place
}

// holder is who holds a connection, and by which token.
type holder struct {
	account  model.ID
	token    model.ID
	hash     string
	statuses bool // scopes
	notes    bool
}

// push lets a frame wait; it tells whether the caller must see to the writing.
func (c *conn) push(f *frame) (mine bool) {
	c.mu.Lock()
	if c.closed || c.leaving {
		c.mu.Unlock()
		f.of.done(1)
		return false
	}
	if len(c.more)+1 >= maxWaitingFrames || c.waiting+len(f.b) > maxWaitingBytes && c.waiting > 0 {
		c.mu.Unlock()
		f.of.done(1)
		c.hub.stats.dropped.Add(1)
		c.close(bySlow, nil)
		return false
	}
	if c.first == nil && len(c.more) == 0 {
		c.first = f
	} else {
		c.more = append(c.more, f)
	}
	c.waiting += len(f.b)
	c.leaving = f.last
	mine = !c.owned
	c.owned = true
	c.mu.Unlock()
	return mine
}

// release lets others write to a connection; what waits already goes first.
func (c *conn) release() {
	c.mu.Lock()
	waits := c.first != nil
	c.owned = waits
	c.mu.Unlock()
	if waits {
		c.hub.writers.add([]*conn{c})
	}
}

// take removes everything that waits; the caller holds the lock. One frame is lent as it is, several are joined in
// buf: one write costs as much as another, whatever its size.
func (c *conn) take(buf []byte) (b []byte, frames []*frame, one *frame) {
	if c.rest != nil {
		b, one = c.rest, c.restOf
		c.rest, c.restOf = nil, nil
		return b, nil, one
	}
	if len(c.more) == 0 {
		one = c.first
		if one == nil {
			return nil, nil, nil
		}
		c.first = nil
		c.waiting = 0
		return one.b, nil, one
	}
	frames = c.more
	if c.first != nil {
		frames = append([]*frame{c.first}, c.more...)
	}
	c.first, c.more, c.waiting = nil, nil, 0
	for _, f := range frames {
		buf = append(buf, f.b...)
	}
	return buf, frames, nil
}

// writer writes to sockets without waiting for any. It has what each write needs, so that none allocates.
type writer struct {
	try func(fd uintptr) bool
	b   []byte
	n   int
	err error
	buf []byte
}

func newWriter() *writer {
	w := &writer{}
	w.try = func(fd uintptr) bool {
		for {
			w.n, w.err = syscall.Write(int(fd), w.b)
			if w.err != syscall.EINTR {
				return true
			}
		}
	}
	return w
}

// write gives what the kernel takes now; again tells that the rest must wait.
func (w *writer) write(raw syscall.RawConn, b []byte) (n int, again bool, err error) {
	w.b = b
	err = raw.Write(w.try)
	w.b = nil
	switch {
	case err != nil:
		return 0, false, err
	case w.err == syscall.EAGAIN:
		return 0, true, nil
	case w.err != nil:
		return 0, false, w.err
	}
	return w.n, w.n < len(b), nil
}

// flush writes what waits for a connection. What the kernel does not take now is left to a goroutine.
func (c *conn) flush(w *writer) {
	c.mu.Lock()
	for {
		if c.closed {
			c.mu.Unlock()
			return
		}
		if c.raw == nil {
			c.mu.Unlock()
			go c.drain()
			return
		}
		b, frames, one := c.take(w.buf[:0])
		if b == nil {
			c.owned = false
			c.mu.Unlock()
			return
		}
		if frames != nil {
			w.buf = b[:0]
		}
		n, again, err := w.write(c.raw, b)
		c.hub.stats.writes.Add(1)
		if err != nil {
			c.mu.Unlock()
			settle(frames, one)
			c.hub.stats.dropped.Add(count(frames, one))
			c.close(byWrite, err)
			return
		}
		if again {
			c.keep(b[n:], frames, one)
			c.mu.Unlock()
			go c.drain()
			return
		}
		if c.sent(frames, one) {
			c.mu.Unlock()
			c.finish()
			return
		}
	}
}

// keep puts back what was not written. The caller holds the lock.
func (c *conn) keep(b []byte, frames []*frame, one *frame) {
	if frames == nil {
		c.rest, c.restOf = b, one // shared bytes, never changed
		if len(b) == len(one.b) {
			c.rest, c.restOf = nil, nil
			if c.first != nil {
				c.more = append([]*frame{c.first}, c.more...)
			}
			c.first = one
			c.waiting += len(one.b)
		}
		return
	}
	// Which of several frames were whole does not matter any more: their bytes are kept as one.
	whole := &frame{b: append([]byte(nil), b...), last: frames[len(frames)-1].last}
	c.rest, c.restOf = whole.b, whole
	c.hub.stats.frames.Add(count(frames, nil))
	settle(frames, nil)
}

// sent counts what was written and tells whether it was the last.
func (c *conn) sent(frames []*frame, one *frame) (last bool) {
	c.hub.stats.frames.Add(count(frames, one))
	settle(frames, one)
	if one != nil {
		return one.last
	}
	return len(frames) > 0 && frames[len(frames)-1].last
}

func count(frames []*frame, one *frame) uint64 {
	n := uint64(0)
	if one != nil && one.of != nil {
		n++
	}
	for _, f := range frames {
		if f.of != nil {
			n++
		}
	}
	return n
}

func settle(frames []*frame, one *frame) {
	if one != nil {
		one.of.done(1)
	}
	for _, f := range frames {
		f.of.done(1)
	}
}

// drain writes to a reader that is behind, as it reads. It ends when nothing waits.
func (c *conn) drain() {
	began := time.Now()
	for {
		c.mu.Lock()
		if c.closed {
			c.mu.Unlock()
			return
		}
		b, frames, one := c.take(nil)
		if b == nil {
			c.owned = false
			err := c.net.SetWriteDeadline(time.Time{})
			c.mu.Unlock()
			c.hub.stats.slowest(time.Since(began))
			if err != nil {
				c.close(byWrite, err)
			}
			return
		}
		c.mu.Unlock()
		if err := c.wait(b); err != nil {
			settle(frames, one)
			c.hub.stats.dropped.Add(count(frames, one))
			why := byWrite
			if isTimeout(err) {
				why = bySlow
				c.hub.stats.slowest(time.Since(began))
			}
			c.close(why, err)
			return
		}
		if c.sent(frames, one) {
			c.finish()
			return
		}
	}
}

// wait writes all of b; a reader has stallTime for every bit of progress.
func (c *conn) wait(b []byte) error {
	for len(b) > 0 {
		if err := c.net.SetWriteDeadline(time.Now().Add(stallTime)); err != nil {
			return err
		}
		n, err := c.writeSome(b)
		c.hub.stats.writes.Add(1)
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// writeSome waits until something can be written.
func (c *conn) writeSome(b []byte) (n int, err error) {
	if c.raw == nil {
		return c.net.Write(b)
	}
	var failed error
	err = c.raw.Write(func(fd uintptr) bool {
		n, failed = syscall.Write(int(fd), b)
		return failed != syscall.EAGAIN && failed != syscall.EINTR
	})
	if err == nil {
		err = failed
	}
	return max(n, 0), err
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// finish ends our half after good-bye; the client ends its own, or has its time.
func (c *conn) finish() {
	if t, ok := c.net.(interface{ CloseWrite() error }); ok && t.CloseWrite() == nil &&
		c.net.SetReadDeadline(time.Now().Add(closeTime)) == nil {
		return
	}
	c.close(byServer, nil)
}

// close ends a connection at once; only the first reason counts.
func (c *conn) close(why reason, err error) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	c.closed = true
	if why == byClient {
		why = c.farewell
	}
	var gone []*frame
	if c.first != nil {
		gone = append(gone, c.first)
	}
	gone = append(gone, c.more...)
	if c.restOf != nil {
		gone = append(gone, c.restOf)
	}
	c.first, c.more, c.rest, c.restOf = nil, nil, nil, nil
	c.mu.Unlock()
	c.hub.stats.dropped.Add(count(gone, nil))
	settle(gone, nil)
	c.hub.leave(c, why, err)
	if t, ok := c.net.(*net.TCPConn); ok && (why == bySlow || why == byDead) {
		_ = t.SetLinger(0) // what it did not read the kernel drops as well; if not, it is only memory for some minutes
	}
	_ = c.net.Close() // it is over either way
	if c.stops != nil {
		c.stops()
	}
}

// leaves says good-bye: code and reason on a WebSocket, the end of the body elsewhere.
func (c *conn) leaves(why reason, code uint16, text string) {
	c.mu.Lock()
	if !c.leaving {
		c.farewell = why
	}
	c.mu.Unlock()
	f := &frame{last: true}
	switch c.kind {
	case kindSocket:
		f.b = closeFrame(code, text)
	case kindChunked:
		f.b = []byte("0\r\n\r\n")
	default:
		f.b = []byte("\n")
	}
	c.hub.send(c, f)
}

// read takes in what the client says until the connection ends.
func (c *conn) read() {
	defer c.close(byClient, nil)
	if c.raw == nil {
		buf := make([]byte, readBuffer)
		for {
			n, err := c.net.Read(buf)
			c.heard(buf[:n])
			if err != nil {
				return
			}
		}
	}
	// A buffer is lent only while there is something to read.
	var buf *[readBuffer]byte
	var n int
	var failed error
	ready := func(fd uintptr) bool {
		buf = c.hub.buffers.get()
		n, failed = syscall.Read(int(fd), buf[:])
		if failed == syscall.EAGAIN || failed == syscall.EINTR {
			c.hub.buffers.put(buf)
			return false
		}
		return true
	}
	for {
		if err := c.raw.Read(ready); err != nil {
			return
		}
		if n > 0 {
			c.heard(buf[:n])
		}
		c.hub.buffers.put(buf)
		if failed != nil || n == 0 {
			return
		}
	}
}

const readBuffer = 4 << 10

type buffers struct{ pool sync.Pool }

func (p *buffers) get() *[readBuffer]byte {
	if b, ok := p.pool.Get().(*[readBuffer]byte); ok {
		return b
	}
	return new([readBuffer]byte)
}

func (p *buffers) put(b *[readBuffer]byte) { p.pool.Put(b) }

// heard takes in what a client sent. To whom good-bye was said nobody listens any more; their connection ends when they
// end their half, or have had their time.
func (c *conn) heard(b []byte) {
	c.mu.Lock()
	leaving := c.leaving
	c.mu.Unlock()
	if leaving || c.kind != kindSocket { // on a stream of events nobody speaks
		return
	}
	idle := true
	bad := c.in.feed(b, func(message []byte) {
		if idle = idle && c.busy(); idle {
			c.hub.command(c, message)
		}
	}, func(op byte, payload []byte) {
		switch op {
		case opPing:
			if idle = idle && c.busy(); idle {
				c.hub.send(c, &frame{b: appendFrame(nil, opPong, payload)})
			}
		case opPong:
			c.mu.Lock()
			c.unheard = false
			c.mu.Unlock()
		case opClose:
			c.hub.send(c, &frame{b: appendFrame(nil, opClose, payload[:min(len(payload), 2)]), last: true})
		}
	})
	if bad != nil {
		c.leaves(byFault, bad.code, bad.reason)
	}
}

// busy counts what a client wants of us; false: too much in one second.
func (c *conn) busy() bool {
	now := c.hub.now().Unix()
	if c.second != now {
		c.second, c.commands = now, 0
	}
	c.commands++
	if c.commands > maxCommands {
		c.leaves(byFault, codePolicy, "too many commands")
		return false
	}
	return true
}
