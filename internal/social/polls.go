package social

import (
	"context"
	"slices"
	"time"

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

// VoteNamed counts the vote of somebody of another server in a poll of ours: votes travel by the words of the choice,
// one each. One that comes again counts once. Mastodon: ActivityPub::Activity::Create#poll_vote?
func (s *Social) VoteNamed(ctx context.Context, voter *model.Account, id model.ID, choice string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		p, err := tx.LockPoll(id)
		if err != nil {
			return err
		}
		st, err := tx.StatusFor(voter, p.StatusID)
		if err != nil {
			return err
		}
		i := slices.Index(p.Options, choice)
		if !st.Local || i < 0 {
			return model.Invalidf("Validation failed: The chosen vote option does not exist")
		}
		votes, err := tx.OwnVotes(voter.ID, []model.ID{p.ID})
		if err != nil || slices.Contains(votes[p.ID], i) {
			return err
		}
		return s.vote(tx, voter, p, []int{i})
	})
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
	var rows []model.ID
	for _, c := range choices {
		row, err := tx.AddVote(p, voter.ID, c)
		if err != nil {
			return err
		}
		rows = append(rows, row)
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
	if err := s.tellOfVotes(tx, voter, p, rows); err != nil {
		return err
	}
	if p.ExpiresAt == 0 || !voter.Local() {
		return nil
	}
	return closeLater(tx, p) // of a remote poll nobody else would tell
}

// pollPause is how long votes are gathered before those who have the poll hear of them (Mastodon:
// PollValidator, DistributePollUpdateWorker: 3 minutes).
const pollPause = 3 * time.Minute

// tellOfVotes brings votes to the poll's own server, and the tallies of a poll of ours to those who have it.
func (s *Social) tellOfVotes(tx *store.Tx, voter *model.Account, p *model.Poll, rows []model.ID) error {
	ours, err := tx.Ours(p.AccountID)
	if err != nil {
		return err
	}
	if !ours {
		return s.tell(tx, model.Distribute{Activity: "Vote", Actor: voter.ID, Status: p.StatusID, Rows: rows})
	}
	if known, err := tx.AnyRemote(); err != nil || !known {
		return err
	}
	return tx.EnqueueOnce("poll/"+p.ID.String(), pollPause, model.Distribute{Activity: "Update", Actor: p.AccountID, Status: p.StatusID})
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
		return s.tell(tx, model.Distribute{Activity: "Update", Actor: st.AccountID, Status: st.ID})
	})
}
