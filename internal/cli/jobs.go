package cli

import (
	"fmt"
	"strings"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// maxBuriedListed is how many jobs given up are listed at once, newest first.
const maxBuriedListed = 1000

// jobDoc is a job given up, in --json answers.
type jobDoc struct {
	ID       model.ID   `json:"id"`
	Kind     string     `json:"kind"`
	Lane     string     `json:"lane"`
	Attempts int        `json:"attempts"`
	BuriedAt model.Time `json:"buried_at"`
	Error    string     `json:"error"`
	Args     string     `json:"args"` // JSON
}

func newJobDoc(j store.QueuedJob) jobDoc {
	return jobDoc{ID: j.ID, Kind: j.Kind, Lane: j.Lane, Attempts: j.Attempts, BuriedAt: j.BuriedAt, Error: j.Error, Args: j.Args}
}

func (d jobDoc) line() string {
	reason, _, _ := strings.Cut(d.Error, "\n")
	return fmt.Sprintf("%s  %-18s given up %s after %d tries: %s", d.ID, d.Kind, d.BuriedAt.Std().Format(time.DateTime), d.Attempts, reason)
}

func jobsBuried(c *call) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // nothing was written
	list, err := a.Queue().Buried(c.ctx, 0, maxBuriedListed)
	if err != nil {
		return err
	}
	docs, lines := []jobDoc{}, []string{}
	for _, j := range list {
		if kind := c.given["kind"]; kind != "" && kind != j.Kind {
			continue
		}
		docs = append(docs, newJobDoc(j))
		lines = append(lines, newJobDoc(j).line())
	}
	if len(lines) == 0 {
		lines = []string{"No job was given up."}
	}
	return c.print(strings.Join(lines, "\n"), docs)
}

func jobsReplay(c *call) error {
	return c.eachJob("%d jobs will be tried again.", true)
}

func jobsForget(c *call) error {
	return c.eachJob("%d jobs are forgotten.", false)
}

// eachJob replays or forgets the jobs named, or all of a kind.
func (c *call) eachJob(said string, replay bool) error {
	if (len(c.args) > 0) == c.has("kind") {
		return usagef("%s needs the IDs of jobs or --kind KIND", c.cmd.name)
	}
	var ids []model.ID
	for _, s := range c.args {
		id, err := model.ParseID(s)
		if err != nil {
			return usagef("%s is not the ID of a job", s)
		}
		ids = append(ids, id)
	}
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // what was written is on disk
	q := a.Queue()
	one, all := q.Remove, q.RemoveAll
	if replay {
		one, all = q.Replay, q.ReplayAll
	}
	n := len(ids)
	if c.has("kind") {
		if n, err = all(c.ctx, c.given["kind"]); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if err := one(c.ctx, id); err != nil {
			return fmt.Errorf("job %s: %w", id, err)
		}
	}
	return c.print(fmt.Sprintf(said, n), map[string]int{"jobs": n})
}
