package cli

import (
	"fmt"
	"strings"
	"time"

	"gomphothere/internal/model"
)

// peerDoc is another server in --json answers.
type peerDoc struct {
	Host         string      `json:"host"`
	Software     string      `json:"software"`
	Version      string      `json:"version"`
	LastReached  *model.Time `json:"last_reached_at"`
	LastHeard    *model.Time `json:"last_heard_at"`
	FailingSince *model.Time `json:"failing_since"`
	FailingDays  int64       `json:"failing_days"`
	GivenUpAt    *model.Time `json:"given_up_at"`
	LastError    string      `json:"last_error"`
}

func newPeerDoc(p model.Peer) peerDoc {
	when := func(t model.Time) *model.Time {
		if t == 0 {
			return nil
		}
		return &t
	}
	return peerDoc{
		Host: p.Host, Software: p.Software, Version: p.Version, LastReached: when(p.LastReached), LastHeard: when(p.LastHeard),
		FailingSince: when(p.FailingSince), FailingDays: p.FailingDays, GivenUpAt: when(p.GivenUpAt), LastError: p.LastError,
	}
}

func (d peerDoc) line() string {
	day := func(t *model.Time) string {
		if t == nil {
			return "never"
		}
		return t.Std().UTC().Format(time.DateOnly)
	}
	state := "well"
	switch {
	case d.GivenUpAt != nil:
		state = "given up on " + day(d.GivenUpAt)
	case d.FailingSince != nil:
		state = fmt.Sprintf("failing since %s, on %d days", day(d.FailingSince), d.FailingDays)
	}
	line := fmt.Sprintf("%-32s %-24s reached %-10s heard %-10s %s", d.Host, strings.TrimSpace(d.Software+" "+d.Version), day(d.LastReached), day(d.LastHeard), state)
	if d.LastError != "" {
		line += ": " + d.LastError
	}
	return line
}

// maxPeersListed keeps an answer to what a terminal and a script can bear; the database has them all.
const maxPeersListed = 100_000

func peersList(c *call) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // nothing was written
	docs, lines := []peerDoc{}, []string{}
	for after := ""; len(docs) < maxPeersListed; {
		const page = 500
		list, err := a.DB.Read(c.ctx).KnownPeers(after, page)
		if err != nil {
			return err
		}
		for _, p := range list {
			docs, after = append(docs, newPeerDoc(p)), p.Host
		}
		if len(list) < page {
			break
		}
	}
	for _, d := range docs {
		lines = append(lines, d.line())
	}
	return c.print(strings.Join(append(lines, fmt.Sprintf("%d servers", len(docs))), "\n"), docs)
}

func peersFailing(c *call) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // nothing was written
	list, err := a.DB.Read(c.ctx).FailingPeers(maxPeersListed)
	if err != nil {
		return err
	}
	docs, lines := []peerDoc{}, []string{}
	for _, p := range list {
		d := newPeerDoc(p)
		docs, lines = append(docs, d), append(lines, d.line())
	}
	return c.print(strings.Join(append(lines, fmt.Sprintf("%d servers do not answer", len(docs))), "\n"), docs)
}

func peersReset(c *call) error {
	if len(c.args) != 1 {
		return usagef("peers reset needs one HOST")
	}
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // the verb has committed
	if err := a.Social.RetryPeer(c.ctx, c.args[0]); err != nil {
		if model.IsNotFound(err) {
			return fmt.Errorf("no server is known as %s; 'gomphothere peers list' shows them", c.args[0])
		}
		return err
	}
	p, err := a.DB.Read(c.ctx).Peer(strings.ToLower(c.args[0]))
	if err != nil {
		return err
	}
	return c.print(p.Host+" is tried again from now on", newPeerDoc(*p))
}
