package federation

import (
	"sync"
)

// Tally counts what came in and what became of it, by kind and outcome. Both come from tables of ours, never from
// strangers, so it stays small.
type Tally struct {
	mu sync.Mutex
	n  map[Outcome]int64
}

// Outcome is what became of an activity of some kind.
type Outcome struct{ Activity, Result string }

// add counts one.
func (t *Tally) add(activity, result string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == nil {
		t.n = map[Outcome]int64{}
	}
	t.n[Outcome{activity, result}]++
}

// All is what was counted since the start.
func (t *Tally) All() map[Outcome]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make(map[Outcome]int64, len(t.n))
	for k, n := range t.n {
		out[k] = n
	}
	return out
}
