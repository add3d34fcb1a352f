package testkit

import (
	"bufio"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// Stream is somebody's open WebSocket.
type Stream struct {
	t        testing.TB
	conn     net.Conn
	read     *bufio.Reader
	Response *http.Response
}

// StreamEvent is what comes over it.
type StreamEvent struct {
	Stream  []string `json:"stream"`
	Event   string   `json:"event"`
	Payload *string  `json:"payload"`
	Error   string   `json:"error"`
	Status  int      `json:"status"`
}

// JSON is the payload as an object.
func (e StreamEvent) JSON(t testing.TB) JSON {
	t.Helper()
	var doc JSON
	if e.Payload == nil || json.Unmarshal([]byte(*e.Payload), &doc) != nil {
		t.Fatalf("the payload of %v %s is no object", e.Stream, e.Event)
	}
	return doc
}

// streamPatience is how long a test waits for what must come; a busy machine needs a fraction of it.
const streamPatience = 20 * time.Second

// Stream opens a WebSocket with the person's token in the header; query is "stream=user", "" for none yet. What is
// subscribed to is heard of everything that is published after it returns.
func (u *User) Stream(query string) *Stream {
	u.t.Helper()
	s, err := u.TryStream(query, http.Header{"Authorization": {"Bearer " + u.Token}})
	if err != nil {
		u.t.Fatal(err)
	}
	if s.Response.StatusCode != http.StatusSwitchingProtocols {
		u.t.Fatalf("stream %q: %s %s", query, s.Response.Status, s.Response.Header.Get("X-Error-Message"))
	}
	s.settle()
	return s
}

// TryStream opens a WebSocket with headers of one's own, and takes whatever is answered.
func (u *User) TryStream(query string, header http.Header) (*Stream, error) {
	u.t.Helper()
	at, err := url.Parse(u.server.URL)
	if err != nil {
		return nil, err
	}
	conn, err := net.DialTimeout("tcp", at.Host, streamPatience)
	if err != nil {
		return nil, err
	}
	u.t.Cleanup(func() { conn.Close() })
	path := "/api/v1/streaming"
	if query != "" {
		path += "?" + query
	}
	key := make([]byte, 16)
	rand.Read(key)
	req, err := http.NewRequest(http.MethodGet, "http://"+at.Host+path, nil)
	if err != nil {
		return nil, err
	}
	for name, v := range header {
		req.Header[name] = v
	}
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "websocket")
	req.Header.Set("Sec-WebSocket-Version", "13")
	req.Header.Set("Sec-WebSocket-Key", base64.StdEncoding.EncodeToString(key))
	if err := conn.SetDeadline(time.Now().Add(streamPatience)); err != nil {
		return nil, err
	}
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	s := &Stream{t: u.t, conn: conn, read: bufio.NewReader(conn)}
	s.Response, err = http.ReadResponse(s.read, req)
	return s, err
}

// Say sends a command, and waits until the server has acted on it.
func (s *Stream) Say(command P) {
	s.t.Helper()
	b, err := json.Marshal(command)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Frame(0x1, b)
	s.settle()
}

// Frame sends one frame, masked.
func (s *Stream) Frame(op byte, payload []byte) {
	s.t.Helper()
	if err := s.conn.SetDeadline(time.Now().Add(streamPatience)); err != nil {
		s.t.Fatal(err)
	}
	mask := [4]byte{1, 2, 3, 4}
	b := []byte{0x80 | op}
	if n := len(payload); n < 126 {
		b = append(b, 0x80|byte(n))
	} else {
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	}
	b = append(b, mask[:]...)
	for i, c := range payload {
		b = append(b, c^mask[i&3])
	}
	if _, err := s.conn.Write(b); err != nil {
		s.t.Fatal(err)
	}
}

// settle sends a ping that the server answers after all that was said before.
func (s *Stream) settle() {
	s.t.Helper()
	s.Frame(0x9, []byte("settle"))
	var kept []byte
	for {
		raw, op, payload, err := s.next()
		if err != nil {
			return // whoever reads next sees why
		}
		if op == 0xa && string(payload) == "settle" {
			break
		}
		kept = append(kept, raw...)
		if op == 0x8 {
			break
		}
	}
	if len(kept) > 0 { // what came first is read first
		s.read = bufio.NewReader(io.MultiReader(strings.NewReader(string(kept)), s.read))
	}
}

func (s *Stream) next() (raw []byte, op byte, payload []byte, err error) {
	if err := s.conn.SetDeadline(time.Now().Add(streamPatience)); err != nil {
		return nil, 0, nil, err
	}
	head := make([]byte, 2, 10)
	if _, err := io.ReadFull(s.read, head); err != nil {
		return nil, 0, nil, err
	}
	size := uint64(head[1])
	if more := map[uint64]int{126: 2, 127: 8}[size]; more > 0 {
		long := make([]byte, more)
		if _, err := io.ReadFull(s.read, long); err != nil {
			return nil, 0, nil, err
		}
		head = append(head, long...)
		size = 0
		for _, b := range long {
			size = size<<8 | uint64(b)
		}
	}
	payload = make([]byte, size)
	if _, err := io.ReadFull(s.read, payload); err != nil {
		return nil, 0, nil, err
	}
	return append(head, payload...), head[0] & 0x0f, payload, nil
}

// ErrClosed is the end of a WebSocket by a close frame; code 0 is none.
type ErrClosed struct {
	Code   uint16
	Reason string
}

// Error says so.
func (e *ErrClosed) Error() string { return fmt.Sprintf("closed: %d %s", e.Code, e.Reason) }

// Read gives the next event, or how the stream ended.
func (s *Stream) Read() (StreamEvent, error) {
	for {
		_, op, payload, err := s.next()
		switch {
		case err != nil:
			return StreamEvent{}, err
		case op == 0x9:
			s.Frame(0xa, payload)
		case op == 0x8 && len(payload) >= 2:
			return StreamEvent{}, &ErrClosed{binary.BigEndian.Uint16(payload), string(payload[2:])}
		case op == 0x8:
			return StreamEvent{}, &ErrClosed{}
		case op == 0x1:
			var e StreamEvent
			if err := json.Unmarshal(payload, &e); err != nil {
				return e, fmt.Errorf("%w in %s", err, payload)
			}
			return e, nil
		}
	}
}

// Next gives the next event and insists on its kind.
func (s *Stream) Next(event string) StreamEvent {
	s.t.Helper()
	e, err := s.Read()
	if err != nil {
		s.t.Fatalf("waiting for %s: %v", event, err)
	}
	if e.Event != event {
		payload := ""
		if e.Payload != nil {
			payload = *e.Payload
		}
		s.t.Fatalf("waiting for %s, got %s on %v %s: %.200s", event, e.Event, e.Stream, e.Error, payload)
	}
	return e
}

// Ended waits for the server's close frame.
func (s *Stream) Ended() *ErrClosed {
	s.t.Helper()
	e, err := s.Read()
	var closed *ErrClosed
	if !errors.As(err, &closed) {
		s.t.Fatalf("the stream should end; got %v %v", e, err)
	}
	return closed
}

// Close leaves.
func (s *Stream) Close() { s.conn.Close() }

// Within gives the next event if one comes in time.
func (s *Stream) Within(patience time.Duration) (StreamEvent, bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); ; {
		if err := s.conn.SetReadDeadline(end); err != nil {
			s.t.Fatal(err)
		}
		switch head, err := s.read.Peek(1); {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return StreamEvent{}, false
		case err != nil:
			s.t.Fatal(err)
		case head[0]&0x0f == 0x9:
			_, _, payload, err := s.next()
			if err != nil {
				s.t.Fatal(err)
			}
			s.Frame(0xa, payload)
			continue
		}
		e, err := s.Read()
		if err != nil {
			s.t.Fatal(err)
		}
		return e, true
	}
}

// Eventually tries until it is so.
func Eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	end := time.Now().Add(streamPatience)
	for !is() {
		if time.Now().After(end) {
			t.Fatalf("it never came that %s", what)
		}
		<-time.After(10 * time.Millisecond)
	}
}
