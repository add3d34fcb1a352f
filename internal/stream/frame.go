package stream

import (
	"strconv"
	"sync/atomic"
	"time"
)

// frame is what is written to sockets: made once, shared by all of them, never changed.
type frame struct {
	b    []byte
	of   *delivery // nil: a heartbeat, an answer
	last bool      // the connection ends after it
}

// delivery is one event on its way to everybody who hears it.
type delivery struct {
	at    time.Time // when the commit was heard of
	left  atomic.Int64
	stats *stats
}

// done is told of each socket that has its frame, or will never have it.
func (d *delivery) done(n int64) {
	if d != nil && d.left.Add(-n) == 0 {
		d.stats.finished(time.Since(d.at))
	}
}

// message is one event's payload, drawn, and its frames as they are asked for. It belongs to the goroutine of events.
type message struct {
	event   string
	payload []byte // nil: none
	of      *delivery
	ws      map[string]*frame // by stream
	chunked *frame
	plain   *frame
}

// frame is the message as a connection reads it: on a WebSocket it bears the stream's name.
func (m *message) frame(c *conn, stream string) *frame {
	switch c.kind {
	case kindSocket:
		if f := m.ws[stream]; f != nil {
			return f
		}
		if m.ws == nil {
			m.ws = map[string]*frame{}
		}
		f := &frame{b: textFrame(envelope(stream, m.event, m.payload)), of: m.of}
		m.ws[stream] = f
		return f
	case kindChunked:
		if m.chunked == nil {
			m.chunked = &frame{b: chunk(sse(m.event, m.payload)), of: m.of}
		}
		return m.chunked
	}
	if m.plain == nil {
		m.plain = &frame{b: sse(m.event, m.payload), of: m.of}
	}
	return m.plain
}

// envelope is what a WebSocket carries; stream is a JSON array already (Mastodon API: streaming).
func envelope(stream, event string, payload []byte) []byte {
	b := make([]byte, 0, len(payload)+len(payload)/4+len(stream)+64)
	b = append(b, `{"stream":`...)
	b = append(b, stream...)
	b = append(b, `,"event":"`...)
	b = append(b, event...)
	b = append(b, '"')
	if payload != nil {
		b = append(b, `,"payload":"`...)
		b = appendQuoted(b, payload)
		b = append(b, '"')
	}
	return append(b, '}')
}

// appendQuoted writes JSON into a JSON string: it has no control characters, so quotes and backslashes are all there is.
func appendQuoted(dst, json []byte) []byte {
	start := 0
	for i, c := range json {
		if c == '"' || c == '\\' {
			dst = append(dst, json[start:i]...)
			dst = append(dst, '\\')
			start = i
		}
	}
	return append(dst, json[start:]...)
}

// sse is an event of a stream of events (HTML: server-sent events).
func sse(event string, payload []byte) []byte {
	b := make([]byte, 0, len(payload)+len(event)+24)
	b = append(b, "event: "...)
	b = append(b, event...)
	b = append(b, "\ndata: "...)
	if payload == nil {
		b = append(b, "undefined"...) // without data browsers drop the event; Mastodon's documents spell it so
	}
	b = append(b, payload...)
	return append(b, "\n\n"...)
}

// chunk frames bytes for Transfer-Encoding: chunked (RFC 9112 §7.1).
func chunk(b []byte) []byte {
	out := strconv.AppendInt(make([]byte, 0, len(b)+12), int64(len(b)), 16)
	out = append(out, "\r\n"...)
	out = append(out, b...)
	return append(out, "\r\n"...)
}
