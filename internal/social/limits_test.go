package social

import (
	"strconv"
	"testing"
	"time"

	"gomphothere/internal/model"
)

func TestALimitGivesBackStepByStep(t *testing.T) {
	t.Parallel()
	var l Limits
	r := Rate{"x", 5, 30 * time.Minute}
	now := model.Time(1_000_000_000)
	for i := range 5 {
		if _, ok := l.Allow(now, r, "a"); !ok {
			t.Fatalf("attempt %d was refused", i)
		}
	}
	if wait, ok := l.Allow(now, r, "a"); ok || wait != 6*time.Minute {
		t.Errorf("the sixth: allowed %v, wait %v, want refused for 6m", ok, wait)
	}
	if _, ok := l.Allow(now, r, "b"); !ok {
		t.Error("somebody else was refused")
	}
	now = now.Add(6 * time.Minute)
	if _, ok := l.Allow(now, r, "a"); !ok {
		t.Error("refused after the wait")
	}
	if _, ok := l.Allow(now, r, "a"); ok {
		t.Error("one wait gave two attempts")
	}
}

func TestAnAttackFromManyAddressesTakesLittleMemory(t *testing.T) {
	t.Parallel()
	var l Limits
	r := Rate{"x", 5, 30 * time.Minute}
	for i := range maxLimitKeys + 1000 {
		if _, ok := l.Allow(1, r, strconv.Itoa(i)); !ok {
			t.Fatalf("address %d was refused", i)
		}
	}
	if len(l.m) > maxLimitKeys {
		t.Errorf("%d keys are kept, want at most %d", len(l.m), maxLimitKeys)
	}
}
