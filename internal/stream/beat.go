package stream

import (
	"time"
)

const (
	// A visit to each connection: event streams get a comment, WebSockets a ping at every second visit
	// (Mastodon: 15 and 30 seconds).
	beatTime = 15 * time.Second
	// The connections are spread over so many parts of it, so that pings never come in a flood.
	beatSlots = 150
)

// place is where a connection stands among the beats.
type place struct {
	slot int // from 1; 0: nowhere
	at   int
}

// beats are the connections by the moment of their visit.
type beats struct {
	slots [beatSlots + 1][]*conn
	next  int
}

func (b *beats) add(c *conn) {
	b.next = b.next%beatSlots + 1
	c.beat = place{b.next, len(b.slots[b.next])}
	b.slots[b.next] = append(b.slots[b.next], c)
}

func (b *beats) remove(c *conn) {
	s := b.slots[c.beat.slot]
	last := len(s) - 1
	s[c.beat.at] = s[last]
	s[c.beat.at].beat.at = c.beat.at
	s[last] = nil
	b.slots[c.beat.slot] = s[:last]
	c.beat = place{}
}

func (b *beats) all() []*conn {
	var out []*conn
	for _, s := range b.slots {
		out = append(out, s...)
	}
	return out
}

// beat visits every connection in its turn.
func (h *Hub) beat() {
	tick := time.NewTicker(beatTime / beatSlots)
	defer tick.Stop()
	frames := heartbeats{
		socket: &frame{b: appendFrame(nil, opPing, nil)}, chunked: &frame{b: chunk([]byte(":thump\n\n"))}, plain: &frame{b: []byte(":thump\n\n")},
	}
	slot := 0
	for {
		select {
		case <-h.began.Done():
			return
		case <-tick.C:
		}
		if h.live.Load() == 0 {
			continue
		}
		slot = slot%beatSlots + 1
		h.mu.Lock()
		conns := append([]*conn(nil), h.beats.slots[slot]...)
		h.mu.Unlock()
		h.visit(conns, frames)
	}
}

type heartbeats struct{ socket, chunked, plain *frame }

// visit sends heartbeats and ends the connections that did not answer the last.
func (h *Hub) visit(conns []*conn, f heartbeats) {
	var mine []*conn
	for _, c := range conns {
		beat := f.plain
		switch c.kind {
		case kindChunked:
			beat = f.chunked
		case kindSocket:
			beat = f.socket
			c.mu.Lock()
			c.offBeat = !c.offBeat
			skip, dead := !c.offBeat, c.offBeat && c.unheard
			if c.offBeat {
				c.unheard = true
			}
			c.mu.Unlock()
			if dead {
				c.close(byDead, nil)
			}
			if skip || dead {
				continue
			}
		}
		if c.push(beat) {
			mine = append(mine, c)
		}
	}
	h.writers.add(mine)
}

// reportTime is how often the log tells how streaming stands, while anybody listens.
const reportTime = 10 * time.Minute

func (h *Hub) report() {
	tick := time.NewTicker(reportTime)
	defer tick.Stop()
	for {
		select {
		case <-h.began.Done():
			return
		case <-tick.C:
		}
		f := h.Figures()
		if f.Connections == 0 {
			continue
		}
		h.Log.Info("streaming", "connections", f.Connections, "events", f.Events, "messages", f.Messages, "writes", f.Writes,
			"messages_per_event", f.PerEvent, "largest_share", f.LargestShare, "dropped", f.Dropped,
			"slowest_reader_ms", f.SlowestMS, "longest_commit_to_last_socket_ms", f.LongestMS)
	}
}
