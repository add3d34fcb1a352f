package queue_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gomphothere/internal/queue"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// BenchmarkQueue runs jobs that do nothing, with a backlog behind them, and prints jobs per second and CPU per job.
func BenchmarkQueue(b *testing.B) {
	for _, backlog := range []int{20_000, 500_000} {
		for _, lanes := range []int{2000, 0} {
			name := fmt.Sprintf("backlog=%d/lanes=%d", backlog, lanes)
			if lanes == 0 {
				name = fmt.Sprintf("backlog=%d/without-keys", backlog)
			}
			b.Run(name, func(b *testing.B) { benchmark(b, backlog, lanes) })
		}
	}
}

const benchJobs = 20_000 // run and measured of each backlog

func benchmark(b *testing.B, backlog, lanes int) {
	var enqueued, ran, cpuIn, cpuOut time.Duration
	jobs := 0
	for b.Loop() {
		db := testkit.Open(b, store.Options{Dir: b.TempDir()})
		start, cpu := time.Now(), cpuTime(b)
		for n := 0; n < backlog; {
			write(b, db, func(tx *store.Tx) error {
				for range 1000 {
					key := ""
					if lanes > 0 {
						key = fmt.Sprintf("host%d.example", n%lanes)
					}
					if err := tx.EnqueueAt(tx.Now(), key, letter{n}); err != nil {
						return err
					}
					n++
				}
				return nil
			})
		}
		enqueued += time.Since(start) * benchJobs / time.Duration(backlog)
		cpuIn += (cpuTime(b) - cpu) * benchJobs / time.Duration(backlog)

		var done atomic.Int64
		enough := make(chan struct{})
		ctx, cancel := context.WithCancel(b.Context())
		q := &queue.Queue{DB: db, Kinds: []queue.Kind{queue.Handle(queue.Kind{}, func(context.Context, letter) error {
			if done.Add(1) == benchJobs {
				close(enough)
			}
			return nil
		})}}
		start, cpu = time.Now(), cpuTime(b)
		stopped := make(chan error, 1)
		go func() { stopped <- q.Run(ctx) }()
		<-enough
		ran += time.Since(start)
		cpuOut += cpuTime(b) - cpu
		jobs += benchJobs
		cancel()
		if err := <-stopped; err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(jobs)/enqueued.Seconds(), "enqueued/s")
	b.ReportMetric(float64(jobs)/ran.Seconds(), "jobs/s")
	b.ReportMetric(float64(cpuIn.Microseconds())/float64(jobs), "cpu-µs/enqueue")
	b.ReportMetric(float64(cpuOut.Microseconds())/float64(jobs), "cpu-µs/job")
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
