package store

import "gomphothere/internal/model"

// AddPoll writes a new poll.
func (tx *Tx) AddPoll(p *model.Poll) error {
	_, err := tx.insert("polls", p, "")
	return err
}
