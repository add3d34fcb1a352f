package queue_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gomphothere/internal/queue"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// killedIn names the data directory to the process that is to be killed.
const killedIn = "GOMPHOTHERE_TEST_KILLED_IN"

const kills = 25

// TestKilledAtAnyMomentNoJobIsLost starts a process that enqueues and runs jobs, and kills it with SIGKILL again and
// again. Every job whose commit was acknowledged runs, and runs again only because it was in hand at a kill.
func TestKilledAtAnyMomentNoJobIsLost(t *testing.T) {
	if dir := os.Getenv(killedIn); dir != "" {
		beKilled(t, dir)
		return
	}
	t.Parallel()
	dir := t.TempDir()
	for range kills {
		child := exec.Command(os.Args[0], "-test.run=^TestKilledAtAnyMomentNoJobIsLost$")
		child.Env = append(os.Environ(), killedIn+"="+dir)
		var said bytes.Buffer
		child.Stderr = &said
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		// The child says a line for everything it does; it dies after some of them, soon or late.
		lines := bufio.NewScanner(out)
		for range rand.IntN(300) {
			if !lines.Scan() {
				break
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatalf("the child ended by itself: %v\n%s", err, said.String())
		}
		_, _ = io.Copy(io.Discard, out) // until the pipe is closed: it is gone
		var killed *exec.ExitError
		if err := child.Wait(); !errors.As(err, &killed) || killed.Exited() {
			t.Fatalf("the child ended by itself: %v\n%s", err, said.String())
		}
	}

	db := testkit.Open(t, store.Options{Dir: dir})
	q := &queue.Queue{DB: db, Kinds: killedKinds(t, dir, io.Discard)}
	last := make(chan struct{})
	q.Kinds = append(q.Kinds, queue.Handle(queue.Kind{}, func(ctx context.Context, _ stamp) error {
		counts, err := db.Read(ctx).JobCounts()
		if err != nil {
			return err
		}
		for _, c := range counts {
			if c.Kind != (stamp{}).Kind() && c.Waiting > 0 {
				return db.Enqueue(ctx, stamp{}) // look again
			}
		}
		close(last)
		return nil
	}))
	stop := start(t, q)
	if err := db.Enqueue(t.Context(), stamp{}); err != nil {
		t.Fatal(err)
	}
	<-last
	stop()
	if got := kinds(t, db); len(got) > 0 {
		t.Errorf("waiting and buried: %v, want none", got)
	}

	ran := map[int]int{}
	for _, n := range numbers(t, dir, "ran") {
		ran[n]++
	}
	enqueued := numbers(t, dir, "enqueued")
	for _, n := range enqueued {
		if ran[n] == 0 {
			t.Errorf("job %d was acknowledged and never ran", n)
		}
	}
	again, worst := 0, 0
	for _, times := range ran {
		again += times - 1
		worst = max(worst, times)
	}
	// In hand at a kill: some lanes of some jobs each.
	if most := kills * 64 * 20; again > most || worst > kills {
		t.Errorf("%d runs too many, one job ran %d times; want at most %d", again, worst, most)
	}
	if len(enqueued) < kills {
		t.Errorf("only %d jobs were enqueued: nothing was tested", len(enqueued))
	}
	t.Logf("%d jobs enqueued, %d ran, %d runs were repeated, at most %d of one job", len(enqueued), len(ran), again, worst-1)
}

// stamp is a job that looks whether all others are done.
type stamp struct{}

func (stamp) Kind() string { return "stamp" }

// beKilled enqueues and runs jobs until somebody kills it.
func beKilled(t *testing.T, dir string) {
	db := testkit.Open(t, store.Options{Dir: dir})
	q := &queue.Queue{DB: db, Kinds: killedKinds(t, dir, os.Stdout)}
	go func() { t.Error(q.Run(t.Context())) }()
	enqueued := diary(t, dir, "enqueued")
	first := len(numbers(t, dir, "ran")) + 1_000_000*rand.IntN(1_000_000)
	for n := first; ; n++ {
		err := db.Write(t.Context(), func(tx *store.Tx) error {
			switch n % 3 {
			case 0:
				return tx.Enqueue(parcel{n})
			case 1:
				return tx.EnqueueAt(tx.Now(), strconv.Itoa(n%5), letter{n})
			}
			return tx.EnqueueOnce(strconv.Itoa(n), 5*time.Millisecond, letter{n})
		})
		if err != nil {
			t.Fatal(err)
		}
		note(t, enqueued, n)
		fmt.Println("enqueued", n)
	}
}

// killedKinds write every run durably into a diary beside the database.
func killedKinds(t *testing.T, dir string, out io.Writer) []queue.Kind {
	ran := diary(t, dir, "ran")
	one := func(n int) error {
		note(t, ran, n)
		_, err := fmt.Fprintln(out, "ran", n)
		return err
	}
	return []queue.Kind{
		queue.Handle(queue.Kind{}, func(_ context.Context, l letter) error { return one(l.N) }),
		queue.Handle(queue.Kind{}, func(_ context.Context, p parcel) error { return one(p.N) }),
	}
}

func diary(t *testing.T, dir, name string) *os.File {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func note(t *testing.T, f *os.File, n int) {
	if _, err := fmt.Fprintf(f, "%d\n", n); err != nil { // one write: it is there or not, also for who outlives us
		t.Error(err)
	}
}

func numbers(t *testing.T, dir, name string) (out []int) {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range slices.Collect(strings.Lines(string(b))) {
		n, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}
