package stream

import (
	"context"
	"log/slog"
	"time"
)

const (
	// Connections said good-bye to in a second, at least: a server with a few hundred stops at once.
	partings = 500
	// Of the time there is, what good-byes are spread over; the rest is for clients to hear them.
	partingShare = 0.7
	// How often the log tells who is still here.
	partingLines = time.Second
)

// Drain says good-bye to everybody, spread over the time until ctx ends, so that they do not come back all at once, and
// waits until they have gone. Nobody new comes in.
func (h *Hub) Drain(ctx context.Context) {
	h.mu.Lock()
	h.draining = true
	h.mu.Unlock()
	conns := h.all()
	if len(conns) == 0 {
		return
	}
	spread := time.Duration(len(conns)) * time.Second / partings
	if end, ok := ctx.Deadline(); ok {
		spread = min(spread, time.Duration(float64(time.Until(end))*partingShare))
	}
	h.Log.Info("streams are ending", "connections", len(conns), "over", spread)
	begun, told := time.Now(), time.Now()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	tell := func() {
		if time.Since(told) >= partingLines {
			told = time.Now()
			h.Log.Info("streams are ending", "connections", h.live.Load())
		}
	}
	for said := 0; said < len(conns); {
		due := len(conns)
		if spread > 0 {
			due = min(due, 1+int(float64(len(conns))*float64(time.Since(begun))/float64(spread)))
		}
		for ; said < due; said++ {
			conns[said].leaves(byServer, codeGoingAway, "the server restarts; come back in some seconds")
		}
		tell()
		select {
		case <-ctx.Done():
			said = len(conns)
		case <-tick.C:
		}
	}
	for h.live.Load() > 0 && ctx.Err() == nil {
		tell()
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	if left := h.live.Load(); left > 0 {
		h.quiet.say(slog.LevelWarn, "streams were cut off", "connections", left)
	}
}
