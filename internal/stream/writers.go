package stream

import (
	"runtime"
	"sync"
)

// writers are a few goroutines that write to all sockets. Who has something to write waits in rounds: one event's
// sockets are a round, and rounds take turns, so that an event to forty thousand delays one to ten by less than a
// millisecond. What comes for a socket that waits already goes with what waits there: order is kept, and one write
// carries both.
type writers struct {
	mu     sync.Mutex
	wake   *sync.Cond
	rounds []*round
	unsent int
	ended  bool
	wg     sync.WaitGroup
}

// round is the sockets of one event, or a part of the heartbeat's.
type round struct {
	conns []*conn
	next  int
}

// turn is how many sockets are written to before another round has its turn and other goroutines theirs: 64 writes are
// some 0.7 ms.
const turn = 64

// start starts as many writers as half the processors: requests are answered by the other half meanwhile.
func (w *writers) start() {
	w.wake = sync.NewCond(&w.mu)
	for range max(1, runtime.GOMAXPROCS(0)/2) {
		w.wg.Go(w.work)
	}
}

func (w *writers) add(conns []*conn) {
	if len(conns) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rounds = append(w.rounds, &round{conns: conns})
	w.unsent += len(conns)
	w.wake.Signal()
}

func (w *writers) waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.unsent
}

// take gives the next turn of the first round, which then waits behind the others; nil: the end.
func (w *writers) take() []*conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.rounds) == 0 {
		if w.ended {
			return nil
		}
		w.wake.Wait()
	}
	r := w.rounds[0]
	w.rounds[0] = nil
	w.rounds = w.rounds[1:]
	part := r.conns[r.next:min(r.next+turn, len(r.conns))]
	if r.next += len(part); r.next < len(r.conns) {
		w.rounds = append(w.rounds, r)
		w.wake.Signal()
	}
	w.unsent -= len(part)
	return part
}

func (w *writers) work() {
	own := newWriter()
	for {
		part := w.take()
		if part == nil {
			return
		}
		for i, c := range part {
			c.flush(own)
			part[i] = nil
		}
		if cap(own.buf) > maxJoined {
			own.buf = nil
		}
		runtime.Gosched()
	}
}

// maxJoined is how much of a buffer for joined frames a writer keeps.
const maxJoined = 256 << 10

// stop ends the writers when nothing waits.
func (w *writers) stop() {
	w.mu.Lock()
	w.ended = true
	w.wake.Broadcast()
	w.mu.Unlock()
	w.wg.Wait()
}
