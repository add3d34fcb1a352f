package store

import "gomphothere/internal/model"

// AddPoll writes a new poll.
func (tx *Tx) AddPoll(p *model.Poll) error {
	_, err := tx.insert("polls", p, "")
	return err
}

// PollByID finds a poll whoever asks; its status decides who may see it.
func (q *Q) PollByID(id model.ID) (*model.Poll, error) {
	p, err := one[model.Poll](q, `select * from polls where id = $1`, id)
	return &p, err
}

// LockPoll finds a poll and keeps other transactions from changing it before this one ends.
func (tx *Tx) LockPoll(id model.ID) (*model.Poll, error) {
	if err := tx.lock("polls", id); err != nil {
		return nil, err
	}
	return tx.PollByID(id)
}

// SetPoll writes what an edit or votes changed of a poll.
func (tx *Tx) SetPoll(p *model.Poll) error {
	options, err := jsonText(p.Options)
	if err != nil {
		return err
	}
	tallies, err := jsonText(p.Tallies)
	if err != nil {
		return err
	}
	_, err = tx.exec(`
		update polls
		set options = $2, tallies = $3, multiple = $4, hide_totals = $5, votes_count = $6, voters_count = $7,
			expires_at = $8, closed_at = $9, fetched_at = $10
		where id = $1`, p.ID, options, tallies, p.Multiple, p.HideTotals, p.VotesCount, p.VotersCount, p.ExpiresAt, p.ClosedAt, p.FetchedAt)
	tx.touch(model.TouchStatus, 0, p.StatusID)
	return err
}

// RemovePoll deletes a poll with its votes.
func (tx *Tx) RemovePoll(p *model.Poll) error {
	_, err := tx.exec(`delete from polls where id = $1`, p.ID)
	tx.touch(model.TouchStatus, 0, p.StatusID)
	return err
}

// AddVote writes one choice of one voter and gives the row.
func (tx *Tx) AddVote(p *model.Poll, voter model.ID, choice int) (model.ID, error) {
	id := tx.NewID()
	_, err := tx.exec(`insert into poll_votes (poll_id, account_id, choice, id) values ($1, $2, $3, $4)`, p.ID, voter, choice, id)
	return id, err
}

// ForgetVotes deletes all votes of a poll.
func (tx *Tx) ForgetVotes(p *model.Poll) error {
	_, err := tx.exec(`delete from poll_votes where poll_id = $1`, p.ID)
	return err
}

// LocalVoters are our accounts that voted in a poll.
func (q *Q) LocalVoters(poll model.ID) ([]model.ID, error) {
	return all[model.ID](q, `
		select distinct v.account_id
		from poll_votes v
		join accounts a on a.id = v.account_id
		where v.poll_id = $1 and a.domain = ''`, poll)
}
