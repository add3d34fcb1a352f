package social

import (
	"context"
	"slices"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Poll finds the status of a poll that the viewer may see (Mastodon API: GET /api/v1/polls/:id).
func (s *Social) Poll(ctx context.Context, me *model.Account, id model.ID) (*model.Status, error) {
	q := s.DB.Read(ctx)
	p, err := q.PollByID(id)
	if err != nil {
		return nil, err
	}
	return q.StatusFor(me, p.StatusID)
}

// Vote chooses in a poll (Mastodon API: POST /api/v1/polls/:id/votes). In a poll with several choices somebody may
// come back and choose more.
func (s *Social) Vote(ctx context.Context, voter *model.Account, id model.ID, choices []int) (*model.Status, error) {
	var status model.ID
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		p, err := tx.LockPoll(id)
		if err != nil {
			return err
		}
		status = p.StatusID
		if _, err := tx.StatusFor(voter, p.StatusID); err != nil {
			return err
		}
		return s.vote(tx, voter, p, choices)
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).StatusByID(status)
}

func (s *Social) vote(tx *store.Tx, voter *model.Account, p *model.Poll, choices []int) error {
	if len(choices) == 0 {
		return nil
	}
	for _, pair := range [][2]model.ID{{voter.ID, p.AccountID}, {p.AccountID, voter.ID}} {
		blocked, err := tx.Blocking(pair[0], pair[1])
		if err != nil {
			return err
		}
		if blocked {
			return model.ErrForbidden()
		}
	}
	votes, err := tx.OwnVotes(voter.ID, []model.ID{p.ID})
	if err != nil {
		return err
	}
	before := votes[p.ID]
	if err := mayVote(p, voter, before, choices, tx.Now()); err != nil {
		return err
	}
	for _, c := range choices {
		if err := tx.AddVote(p, voter.ID, c); err != nil {
			return err
		}
		p.Tallies[c]++
		p.VotesCount++
	}
	if len(before) == 0 {
		p.VotersCount++
	}
	if err := tx.SetPoll(p); err != nil {
		return err
	}
	tx.Publish(model.Event{Type: "status.update", Stream: "public", Account: p.AccountID, ID: p.StatusID})
	if p.ExpiresAt == 0 {
		return nil
	}
	return closeLater(tx, p) // of a remote poll nobody else would tell
}

// mayVote is Mastodon's VoteValidator.
func mayVote(p *model.Poll, voter *model.Account, before, choices []int, now model.Time) error {
	seen := slices.Clone(before)
	for i, c := range choices {
		switch {
		case p.Expired(now):
			return model.Invalidf("Validation failed: The poll has already ended")
		case c < 0 || c >= len(p.Options) || c >= len(p.Tallies):
			return model.Invalidf("Validation failed: The chosen vote option does not exist")
		case voter.ID == p.AccountID:
			return model.Invalidf("Validation failed: You cannot vote in your own polls")
		case slices.Contains(seen, c), !p.Multiple && (len(before) > 0 || i > 0):
			return model.Invalidf("Validation failed: You have already voted on this poll")
		}
		seen = append(seen, c)
	}
	return nil
}

// ClosePoll tells the author and those of us who voted that a poll has ended; once.
func (s *Social) ClosePoll(ctx context.Context, job model.ClosePoll) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		p, err := tx.LockPoll(job.Poll)
		if model.IsNotFound(err) {
			return nil
		}
		if err != nil || p.ClosedAt != 0 || p.ExpiresAt == 0 {
			return err
		}
		if !p.Expired(tx.Now()) { // an edit moved the end
			return closeLater(tx, p)
		}
		p.ClosedAt = tx.Now()
		if err := tx.SetPoll(p); err != nil {
			return err
		}
		st, err := tx.StatusByID(p.StatusID)
		if err != nil {
			return err
		}
		voters, err := tx.LocalVoters(p.ID)
		if err != nil {
			return err
		}
		if !slices.Contains(voters, p.AccountID) {
			voters = append(voters, p.AccountID)
		}
		for _, v := range voters {
			if err := s.notify(tx, v, st.Account, model.NotifyPoll, st); err != nil {
				return err
			}
		}
		tx.Publish(model.Event{Type: "status.update", Stream: "public", Account: st.AccountID, ID: st.ID})
		return nil
	})
}
