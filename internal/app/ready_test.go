package app

import (
	"errors"
	"testing"
	"time"
)

func TestReadinessIsProbedOnceForManyWhoAsk(t *testing.T) {
	t.Parallel()
	var r readiness
	now := time.Unix(1000, 0)
	hangs := make(chan struct{})
	tries := 0
	slow := func() error { tries++; <-hangs; return errors.New("disk full") }
	first := r.ask(now, slow)
	if r.ask(now.Add(time.Hour), slow) != first {
		t.Error("a second probe was begun while the first hangs")
	}
	close(hangs)
	<-first.done
	if first.err == nil || tries != 1 {
		t.Errorf("the probe says %v after %d tries", first.err, tries)
	}
	if r.ask(now.Add(readyFor/2), slow) != first {
		t.Error("a probe is not remembered")
	}
	well := func() error { return nil }
	next := r.ask(now.Add(2*readyFor), well)
	<-next.done
	if next == first || next.err != nil {
		t.Errorf("an old probe was not made anew: %v", next.err)
	}
	back := r.ask(now.Add(-time.Hour), well)
	<-back.done
	if back == next {
		t.Error("a clock set back keeps an answer for ever")
	}
}
