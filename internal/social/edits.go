package social

import (
	"context"
	"maps"
	"slices"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

// MediaChange is what an edit says of a file on the status.
type MediaChange struct {
	ID          model.ID
	Description *string     // nil: as it is
	Focus       *[2]float64 // nil: as it is
}

// maxDescription is Mastodon's bound of a file's description (MediaAttachment::MAX_DESCRIPTION_LENGTH).
const maxDescription = 1500

// Edit rewrites one of the author's statuses (Mastodon API: PUT /api/v1/statuses/:id). What the draft leaves out is
// taken off the status; visibility, thread and quote stay what they are. An edit that changes nothing is none.
func (s *Social) Edit(ctx context.Context, author *model.Account, id model.ID, d Draft) (*model.Status, error) {
	q := s.DB.Read(ctx)
	st, err := q.StatusByID(id)
	if err != nil {
		return nil, err
	}
	if st.AccountID != author.ID || st.ReblogOfID != 0 {
		return nil, model.ErrNotFound()
	}
	d.Visibility = st.Visibility
	if st.Quote != nil {
		d.QuotedID = st.Quote.QuotedStatusID
	}
	if err := s.check(&d); err != nil {
		return nil, err
	}
	if err := checkQuotePolicy(d.QuotePolicy); err != nil {
		return nil, err
	}
	user, err := q.UserOf(author.ID)
	if err != nil {
		return nil, err
	}
	c, err := s.compose(d.Text, s.known(ctx))
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error { return s.edit(tx, author, user, id, d, c) })
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).StatusByID(id)
}

func (s *Social) edit(tx *store.Tx, author *model.Account, user *model.User, id model.ID, d Draft, c composed) error {
	old, err := ownStatus(tx, author, id)
	if err != nil {
		return err
	}
	st := *old
	st.Text, st.Content, st.SpoilerText, st.Mentions = d.Text, c.content, d.SpoilerText, c.mentions
	st.Sensitive = d.Sensitive != nil && *d.Sensitive || d.SpoilerText != ""
	st.Language = text.Language(d.Language)
	for _, l := range []string{old.Language, user.Settings.DefaultLanguage, text.Language(user.Locale), "en"} {
		if st.Language == "" {
			st.Language = l
		}
	}
	if d.QuotePolicy != "" {
		st.QuotePolicy = quotePolicy(d.QuotePolicy, st.Visibility)
	}
	if st.Tags, err = tx.TagsNamed(c.tags); err != nil {
		return err
	}
	edited, err := tx.Edited(id)
	if err != nil {
		return err
	}
	described, err := s.editMedia(tx, author, &st, d)
	if err != nil {
		return err
	}
	polled, err := s.editPoll(tx, &st, d.Poll)
	if err != nil {
		return err
	}
	if !described && !polled && st.Text == old.Text && st.SpoilerText == old.SpoilerText && st.Sensitive == old.Sensitive &&
		st.Language == old.Language && slices.Equal(st.MediaIDs, old.MediaIDs) {
		if st.QuotePolicy == old.QuotePolicy {
			return nil
		}
		if err := tx.SetQuotePolicy(id, st.QuotePolicy); err != nil {
			return err
		}
		return s.tellUpdate(tx, old)
	}
	if !edited {
		first := snapshot(old, old.CreatedAt)
		first.ID = tx.NewID()
		if err := tx.AddEdit(first); err != nil {
			return err
		}
	}
	st.EditedAt = tx.Now()
	if err := tx.SetStatus(&st); err != nil {
		return err
	}
	if _, err := s.linkUp(tx, &st); err != nil {
		return err
	}
	now := snapshot(&st, st.EditedAt)
	now.ID = tx.NewID()
	if err := tx.AddEdit(now); err != nil {
		return err
	}
	tx.Publish(model.Event{Type: "status.update", Stream: "public", Account: author.ID, ID: id})
	if err := s.tellOfEdit(tx, author, old, &st); err != nil {
		return err
	}
	if !leaves(old) && !leaves(&st) {
		return nil
	}
	return s.tellUpdate(tx, &st)
}

// tellUpdate tells other servers that a status of ours is not what it was.
func (s *Social) tellUpdate(tx *store.Tx, st *model.Status) error {
	return s.tell(tx, model.Distribute{Activity: "Update", Actor: st.AccountID, Status: st.ID})
}

// snapshot is what a status is at one time.
func snapshot(st *model.Status, at model.Time) *model.StatusEdit {
	e := &model.StatusEdit{
		StatusID: st.ID, AccountID: st.AccountID, Text: st.Text, Content: st.Content, SpoilerText: st.SpoilerText,
		Sensitive: st.Sensitive, MediaIDs: st.MediaIDs, QuoteID: st.QuoteID, CreatedAt: at, Media: st.Media,
	}
	for _, m := range st.Media {
		e.MediaDescriptions = append(e.MediaDescriptions, m.Description)
	}
	if st.Poll != nil {
		e.PollOptions = st.Poll.Options
	}
	return e
}

// editMedia puts the files on the status that the edit names, and tells whether one of them is described anew.
func (s *Social) editMedia(tx *store.Tx, author *model.Account, st *model.Status, d Draft) (bool, error) {
	st.MediaIDs, st.Media = d.MediaIDs, nil
	if len(d.MediaIDs) == 0 {
		return false, nil
	}
	n, err := tx.AttachMedia(author.ID, st.ID, d.MediaIDs)
	if err != nil {
		return false, err
	}
	if n != len(d.MediaIDs) {
		return false, model.Invalidf("Validation failed: Media not found, already used, or not finished processing")
	}
	if st.Media, err = tx.MediaOf(author.ID, d.MediaIDs); err != nil {
		return false, err
	}
	changed := false
	for i := range st.Media {
		m := &st.Media[i]
		for _, c := range d.MediaChanges {
			if c.ID != m.ID || !c.apply(m) {
				continue
			}
			if text.Characters(m.Description) > maxDescription {
				return false, model.Invalidf("Validation failed: Description is too long (maximum is %d characters)", maxDescription)
			}
			changed = true
			if err := tx.DescribeMedia(m); err != nil {
				return false, err
			}
		}
	}
	return changed, nil
}

// apply tells whether it changed something.
func (c MediaChange) apply(m *model.MediaAttachment) bool {
	changed := false
	if c.Description != nil && *c.Description != m.Description {
		m.Description, changed = *c.Description, true
	}
	if c.Focus != nil {
		m.Meta = maps.Clone(m.Meta)
		if m.Meta == nil {
			m.Meta = map[string]any{}
		}
		before, _ := m.Meta["focus"].(map[string]any)
		if before == nil || before["x"] != c.Focus[0] || before["y"] != c.Focus[1] {
			m.Meta["focus"], changed = map[string]any{"x": c.Focus[0], "y": c.Focus[1]}, true
		}
	}
	return changed
}

// editPoll makes the status's poll what the edit says, and tells whether it changed. Other choices make the votes so
// far meaningless (Mastodon: UpdateStatusService#update_poll!).
func (s *Social) editPoll(tx *store.Tx, st *model.Status, d *PollDraft) (bool, error) {
	if d == nil {
		if st.Poll == nil {
			return false, nil
		}
		p := st.Poll
		st.Poll, st.PollID = nil, 0
		return true, tx.RemovePoll(p)
	}
	if st.Poll == nil {
		s.ask(tx, st, d)
		if err := tx.AddPoll(st.Poll); err != nil {
			return false, err
		}
		return true, closeLater(tx, st.Poll)
	}
	p, err := tx.LockPoll(st.PollID)
	if err != nil {
		return false, err
	}
	before := p.ExpiresAt
	reset := !slices.Equal(p.Options, d.Options) || p.Multiple != d.Multiple
	p.Options, p.Multiple, p.HideTotals, p.ExpiresAt = d.Options, d.Multiple, d.HideTotals, tx.Now().Add(d.ExpiresIn)
	p.ClosedAt = 0
	if reset {
		p.Tallies, p.VotesCount, p.VotersCount = make([]int64, len(p.Options)), 0, 0
		if err := tx.ForgetVotes(p); err != nil {
			return false, err
		}
	}
	st.Poll = p
	if err := tx.SetPoll(p); err != nil {
		return false, err
	}
	return reset || before != p.ExpiresAt, closeLater(tx, p)
}

// closeLater sees to it that a poll's end is announced.
func closeLater(tx *store.Tx, p *model.Poll) error {
	return tx.EnqueueMoved(p.ExpiresAt, p.ID.String(), model.ClosePoll{Poll: p.ID})
}

// tellOfEdit tells whom the text newly names, and those of us who shared or quoted the status
// (Mastodon: FanOutOnWriteService#notify_about_update!).
func (s *Social) tellOfEdit(tx *store.Tx, author *model.Account, old, st *model.Status) error {
	named := map[model.ID]bool{}
	for _, m := range old.Mentions {
		named[m.AccountID] = !m.Silent
	}
	var fresh []model.Mention
	for _, m := range st.Mentions {
		if !named[m.AccountID] {
			fresh = append(fresh, m)
		}
	}
	for _, m := range fresh {
		if err := s.notify(tx, m.AccountID, author, model.NotifyMention, st); err != nil {
			return err
		}
	}
	if st.Visibility == model.Direct && len(fresh) > 0 {
		if err := s.converseWith(tx, author, st, fresh); err != nil {
			return err
		}
	}
	rebloggers, err := tx.LocalRebloggers(st.ID)
	if err != nil {
		return err
	}
	if err := tx.ForgetUpdates([]model.ID{st.ID}, model.NotifyUpdate); err != nil {
		return err
	}
	for _, who := range rebloggers {
		if err := s.notify(tx, who, author, model.NotifyUpdate, st); err != nil {
			return err
		}
	}
	quotes, err := tx.LocalQuotes(st.ID)
	if err != nil {
		return err
	}
	for _, c := range quotes {
		if err := tx.ForgetUpdates([]model.ID{c.StatusID}, model.NotifyQuotedUpdate); err != nil {
			return err
		}
		// Their own status is what it is about: the one that quotes.
		if err := s.notify(tx, c.AccountID, author, model.NotifyQuotedUpdate, &model.Status{ID: c.StatusID}); err != nil {
			return err
		}
	}
	return nil
}

// converseWith shows a direct status to whom an edit added to it.
func (s *Social) converseWith(tx *store.Tx, author *model.Account, st *model.Status, fresh []model.Mention) error {
	for _, m := range fresh {
		a, err := tx.Account(m.AccountID)
		if err != nil {
			return err
		}
		if !a.Local() || a.ID == author.ID {
			continue
		}
		others := []model.ID{author.ID}
		for _, o := range st.Mentions {
			if o.AccountID != a.ID && o.AccountID != author.ID {
				others = append(others, o.AccountID)
			}
		}
		if err := tx.AddToConversation(a.ID, st, others, true); err != nil {
			return err
		}
	}
	return nil
}

// History is what a status was, oldest first, with what it is now at the end
// (Mastodon API: GET /api/v1/statuses/:id/history).
func (s *Social) History(ctx context.Context, me *model.Account, id model.ID) (*model.Status, []*model.StatusEdit, error) {
	q := s.DB.Read(ctx)
	st, err := q.StatusFor(me, id)
	if err != nil {
		return nil, nil, err
	}
	edits, err := q.Edits(id)
	if err != nil || len(edits) > 0 {
		return st, edits, err
	}
	at := st.EditedAt
	if at == 0 {
		at = st.CreatedAt
	}
	return st, []*model.StatusEdit{snapshot(st, at)}, nil
}
