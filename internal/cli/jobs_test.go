package cli

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"gomphothere/internal/app"
	"gomphothere/internal/config"
	"gomphothere/internal/model"
	"gomphothere/internal/testkit"
)

func TestWhatWasGivenUpIsSeenReplayedAndForgotten(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	loaded, err := config.Load(config.Sources{Env: s.env})
	if err != nil {
		t.Fatal(err)
	}
	giveUp := func(jobs int) { // works until so many jobs are given up
		t.Helper()
		a, err := app.New(t.Context(), loaded.Config, app.Options{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		if jobs == 2 {
			for range jobs {
				if err := a.DB.Enqueue(ctx, model.Ingest{Body: "this is no activity"}); err != nil {
					t.Fatal(err)
				}
			}
		}
		go func() { ended <- a.Work(ctx) }()
		testkit.Eventually(t, "the jobs are given up", func() bool {
			list, err := a.Queue().Buried(ctx, 0, 10)
			return err == nil && len(list) == jobs
		})
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
	giveUp(2)
	var list []jobDoc
	s.json(&list, "jobs", "buried", "--kind", "ingest")
	if len(list) != 2 || list[0].Kind != "ingest" || !strings.Contains(list[0].Error, "cannot be read") {
		t.Fatalf("given up: %+v", list)
	}
	var done struct{ Jobs int }
	s.json(&done, "jobs", "forget", list[0].ID.String())
	s.json(&list, "jobs", "buried")
	if done.Jobs != 1 || len(list) != 1 {
		t.Fatalf("after forgetting one: %+v", list)
	}
	s.json(&done, "jobs", "replay", "--kind", "ingest")
	s.json(&list, "jobs", "buried")
	if done.Jobs != 1 || len(list) != 0 {
		t.Fatalf("after replaying the other: %+v", list)
	}
	giveUp(1) // it was tried again, and is no better
	for _, args := range [][]string{{"jobs", "replay"}, {"jobs", "forget", "x"}, {"jobs", "forget", "1", "--kind", "ingest"}} {
		if _, errs, code := s.run(args...); code != exitUsage {
			t.Errorf("%v: exit %d: %s", args, code, errs)
		}
	}
	if _, errs, code := s.run("jobs", "replay", "12345"); code != exitFail || !strings.Contains(errs, "12345") {
		t.Errorf("a job that is not there: exit %d: %s", code, errs)
	}
}
