package cli

import (
	"fmt"
	"strings"

	"gomphothere/internal/model"
)

// relayDoc is a relay in --json answers.
type relayDoc struct {
	Inbox     string     `json:"inbox"`
	Actor     string     `json:"actor,omitempty"`
	State     string     `json:"state"`
	CreatedAt model.Time `json:"created_at"`
}

func relayAdd(c *call) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // what was written is on disk
	r, err := a.Social.AddRelay(c.ctx, c.args[0], c.given["actor"])
	if err != nil {
		return err
	}
	return c.print("Asked "+r.InboxURL+"; it is used once it accepts.", relayDoc{r.InboxURL, r.ActorURI, r.State, r.CreatedAt})
}

func relayRemove(c *call) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // what was written is on disk
	r, err := a.DB.Read(c.ctx).RelayByInbox(c.args[0])
	if model.IsNotFound(err) {
		return fmt.Errorf("there is no relay %s", c.args[0])
	}
	if err != nil {
		return err
	}
	if err := a.Social.RemoveRelay(c.ctx, r.ID); err != nil {
		return err
	}
	return c.print("Left "+r.InboxURL+".", map[string]string{"removed": r.InboxURL})
}

func relayList(c *call) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	defer a.Close() // nothing was written
	list, err := a.DB.Read(c.ctx).Relays()
	if err != nil {
		return err
	}
	docs := []relayDoc{}
	var lines []string
	for _, r := range list {
		docs = append(docs, relayDoc{r.InboxURL, r.ActorURI, r.State, r.CreatedAt})
		lines = append(lines, fmt.Sprintf("%-60s %s", r.InboxURL, r.State))
	}
	return c.print(strings.Join(lines, "\n"), docs)
}
