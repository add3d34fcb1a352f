package social

import (
	"context"
	"reflect"
	"slices"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// maxVersions is how many versions of another server's status are kept; its author may edit on.
const maxVersions = 200

// UpdateStatus takes in that a status of another server's was edited, or that the tallies of its poll or the approval
// of its quote are others now. What was said later already is not taken back by what comes late.
// Mastodon: ActivityPub::ProcessStatusUpdateService
func (s *Social) UpdateStatus(ctx context.Context, author *model.Account, r RemoteStatus) (*model.Status, error) {
	in, err := s.receive(ctx, author, r)
	if err != nil {
		return nil, err
	}
	var id model.ID
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		old, err := tx.StatusNamed(in.URI)
		if err != nil {
			return err
		}
		if old.AccountID != author.ID || old.ReblogOfID != 0 {
			return model.ErrForbidden()
		}
		id = old.ID
		return s.update(tx, author, old, in)
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).StatusByID(id)
}

func (s *Social) update(tx *store.Tx, author *model.Account, old *model.Status, in *incoming) error {
	at := min(in.EditedAt, tx.Now())
	if at < old.EditedAt {
		return nil // a newer version is here
	}
	uris := []string{in.URI}
	if in.Quote != nil {
		uris = append(uris, in.Quote.URI)
	}
	known, err := tx.Known(uris, "", 0)
	if err != nil {
		return err
	}
	st := *old
	if err := s.updateQuote(tx, author, &st, in, known, at > old.EditedAt); err != nil {
		return err
	}
	if at == old.EditedAt {
		return s.refresh(tx, author, old, &st, in)
	}
	return s.rewrite(tx, author, old, &st, in, at)
}

// refresh takes in what changes without an edit: a poll's tallies and who may quote.
func (s *Social) refresh(tx *store.Tx, author *model.Account, old, st *model.Status, in *incoming) error {
	changed, err := s.recount(tx, old, in.Poll)
	if err != nil {
		return err
	}
	if st.QuotePolicy = in.QuotePolicy; st.QuotePolicy != old.QuotePolicy {
		changed = true
		if err := tx.SetQuotePolicy(st.ID, st.QuotePolicy); err != nil {
			return err
		}
	}
	if changed || !sameQuote(old.Quote, st.Quote) {
		tx.Publish(model.Event{Type: "status.update", Stream: "public", Account: author.ID, ID: st.ID})
	}
	return nil
}

func sameQuote(a, b *model.Quote) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.ID == b.ID && a.State == b.State
}

// recount takes in a poll's tallies, if it is the same poll.
func (s *Social) recount(tx *store.Tx, st *model.Status, told *RemotePoll) (changed bool, err error) {
	if st.Poll == nil || told == nil || !slices.Equal(st.Poll.Options, told.Options) || st.Poll.Multiple != told.Multiple {
		return false, nil
	}
	p, err := tx.LockPoll(st.PollID)
	if err != nil {
		return false, err
	}
	ends := told.ends(tx.Now())
	changed = !slices.Equal(p.Tallies, told.Tallies) || p.VotersCount != told.Voters || p.ExpiresAt != ends
	moved := p.ExpiresAt != ends && p.ClosedAt == 0
	if told.ClosedAt == 1 && p.ExpiresAt != 0 && p.ExpiresAt <= tx.Now() {
		ends, moved = p.ExpiresAt, false // over it was
	}
	p.Tallies, p.VotesCount, p.VotersCount, p.ExpiresAt, p.FetchedAt = told.Tallies, told.votes(), told.Voters, ends, tx.Now()
	if err := tx.SetPoll(p); err != nil || !moved || ends == 0 {
		return changed, err
	}
	return changed, s.endForVoters(tx, p)
}

// endForVoters sees to it that those of ours who voted hear of a poll's end.
func (s *Social) endForVoters(tx *store.Tx, p *model.Poll) error {
	voters, err := tx.LocalVoters(p.ID)
	if err != nil || len(voters) == 0 {
		return err
	}
	return closeLater(tx, p)
}

// rewrite takes in an edit, with a version of what was before, if a reader would see a difference.
func (s *Social) rewrite(tx *store.Tx, author *model.Account, old, st *model.Status, in *incoming, at model.Time) error {
	if _, err := tx.KnowEmojis(author.Domain, in.emojis); err != nil {
		return err
	}
	next := &in.status
	st.Content, st.SpoilerText, st.Sensitive, st.Mentions = next.Content, next.SpoilerText, next.Sensitive, next.Mentions
	st.QuotePolicy = next.QuotePolicy
	if next.Language != "" {
		st.Language = next.Language
	}
	var err error
	if st.Tags, err = tx.TagsNamed(in.tags); err != nil {
		return err
	}
	refiled, err := s.refile(tx, st, in.media)
	if err != nil {
		return err
	}
	polled, err := s.repoll(tx, st, in.Poll)
	if err != nil {
		return err
	}
	if !refiled && !polled && st.Content == old.Content && st.SpoilerText == old.SpoilerText && st.Sensitive == old.Sensitive &&
		st.Language == old.Language && st.QuoteID == old.QuoteID {
		return s.refresh(tx, author, old, st, in)
	}
	if err := s.keepVersion(tx, old, old.CreatedAt, true); err != nil {
		return err
	}
	st.EditedAt = at
	if err := tx.SetStatus(st); err != nil {
		return err
	}
	if _, err := s.linkUp(tx, st); err != nil {
		return err
	}
	if err := s.keepVersion(tx, st, at, false); err != nil {
		return err
	}
	tx.Publish(model.Event{Type: "status.update", Stream: "public", Account: author.ID, ID: st.ID})
	if !news(&model.Status{CreatedAt: at}, in.Fetched, tx.Now()) {
		return nil
	}
	return s.tellOfEdit(tx, author, old, st)
}

// keepVersion keeps what a status is; the first version only where there is none.
func (s *Social) keepVersion(tx *store.Tx, st *model.Status, at model.Time, first bool) error {
	n, err := tx.Versions(st.ID)
	if err != nil || n >= maxVersions || first && n > 0 {
		return err
	}
	v := snapshot(st, at)
	v.ID = tx.NewID()
	return tx.AddEdit(v)
}

// refile makes a status's files those that its server now tells of, and says whether a reader sees a difference. A file
// is the same when its address is.
func (s *Social) refile(tx *store.Tx, st *model.Status, told []model.MediaAttachment) (changed bool, err error) {
	before := st.Media
	beforeIDs := st.MediaIDs
	st.Media, st.MediaIDs = nil, nil
	for _, m := range told {
		i := slices.IndexFunc(before, func(b model.MediaAttachment) bool { return b.RemoteURL == m.RemoteURL })
		if i < 0 {
			m.ID, m.StatusID, m.CreatedAt = tx.NewID(), st.ID, tx.Now()
			if err := tx.AddMedia(&m); err != nil {
				return false, err
			}
		} else {
			kept := before[i]
			described := kept.Description != m.Description
			if described || kept.Blurhash != m.Blurhash || !reflect.DeepEqual(kept.Meta["focus"], m.Meta["focus"]) {
				kept.Description, kept.Blurhash = m.Description, m.Blurhash
				if focus := m.Meta["focus"]; focus != nil {
					kept.Meta = cloned(kept.Meta)
					kept.Meta["focus"] = focus
				}
				if err := tx.DescribeRemoteMedia(&kept); err != nil {
					return false, err
				}
			}
			changed = changed || described
			m = kept
		}
		st.Media, st.MediaIDs = append(st.Media, m), append(st.MediaIDs, m.ID)
	}
	return changed || !slices.Equal(beforeIDs, st.MediaIDs), nil
}

func cloned(m map[string]any) map[string]any {
	out := make(map[string]any, len(m)+1)
	for k, v := range m {
		out[k] = v
	}
	return out
}

// repoll makes a status's poll that of its server, and says whether it is another. Other choices make the votes so far
// meaningless.
func (s *Social) repoll(tx *store.Tx, st *model.Status, told *RemotePoll) (changed bool, err error) {
	switch {
	case told == nil && st.Poll == nil:
		return false, nil
	case told == nil:
		p := st.Poll
		st.Poll, st.PollID = nil, 0
		return true, tx.RemovePoll(p)
	case st.Poll == nil:
		st.Poll = told.of(tx, st)
		st.PollID = st.Poll.ID
		return true, tx.AddPoll(st.Poll)
	case slices.Equal(st.Poll.Options, told.Options) && st.Poll.Multiple == told.Multiple:
		_, err := s.recount(tx, st, told)
		return false, err
	}
	p, err := tx.LockPoll(st.PollID)
	if err != nil {
		return false, err
	}
	if err := tx.ForgetVotes(p); err != nil {
		return false, err
	}
	fresh := told.of(tx, st)
	fresh.ID, fresh.CreatedAt = p.ID, p.CreatedAt
	st.Poll = fresh
	return true, tx.SetPoll(fresh)
}

// updateQuote makes a status's quote what its server now says. What it quotes changes by an edit alone; its approval
// also without.
func (s *Social) updateQuote(tx *store.Tx, author *model.Account, st *model.Status, in *incoming, known *store.Known, edited bool) error {
	old, told := st.Quote, in.Quote
	same := old != nil && told != nil && (old.QuotedURI == told.URI || known.Statuses[told.URI].ID != 0 && known.Statuses[told.URI].ID == old.QuotedStatusID)
	switch {
	case old == nil && told == nil:
		return nil
	case same:
		return s.reapprove(tx, st, told)
	case !edited:
		return nil
	}
	if old != nil {
		if err := tx.RemoveQuote(old); err != nil {
			return err
		}
		st.Quote, st.QuoteID = nil, 0
	}
	if told == nil {
		return nil
	}
	st.Quote = s.quoteOf(tx, author, st, told, known)
	st.QuoteID = st.Quote.ID
	if err := tx.AddQuote(st.Quote); err != nil {
		return err
	}
	return s.verifyQuote(tx, st.Quote, told)
}

// reapprove takes in what a status now shows as the approval of its quote. A quote of one of ours is approved by our own
// row, whatever it shows.
func (s *Social) reapprove(tx *store.Tx, st *model.Status, told *RemoteQuote) error {
	c := *st.Quote
	st.Quote = &c
	approval := optional(told.ApprovalURI)
	if c.QuotedAccountID == c.AccountID || c.State == "revoked" || c.State == "deleted" || told.Legacy {
		return nil
	}
	if c.QuotedAccountID != 0 {
		ours, err := tx.Ours(c.QuotedAccountID)
		if err != nil || ours {
			return err
		}
	}
	if c.ApprovalURI == approval && !(told.Verified && c.State == "pending") {
		return nil
	}
	state := "pending"
	if told.Verified && approval != "" && c.QuotedStatusID != 0 {
		state = "accepted"
	}
	if err := tx.SetQuoteState(&c, state); err != nil {
		return err
	}
	c.State, c.ApprovalURI = state, approval
	if err := tx.SetQuote(&c); err != nil {
		return err
	}
	return s.verifyQuote(tx, &c, told)
}

func (s *Social) verifyQuote(tx *store.Tx, c *model.Quote, told *RemoteQuote) error {
	if !verifiable(c, told) {
		return nil
	}
	return tx.EnqueueOnce(c.ID.String(), 0, model.VerifyQuote{Quote: c.ID})
}
