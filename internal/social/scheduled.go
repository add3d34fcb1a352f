package social

import (
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Mastodon's bounds (ScheduledStatus).
const (
	minScheduleAhead   = 5 * time.Minute
	maxScheduled       = 300
	maxScheduledPerDay = 25
)

// schedule keeps a draft for later.
func (s *Social) schedule(tx *store.Tx, author *model.Account, d Draft) (*Posted, error) {
	if d.ScheduledAt < tx.Now().Add(minScheduleAhead) {
		return nil, model.Invalidf("Validation failed: Scheduled at must be in the future")
	}
	day := d.ScheduledAt - d.ScheduledAt%86_400_000
	total, that, err := tx.CountScheduled(author.ID, day)
	switch {
	case err != nil:
		return nil, err
	case total >= maxScheduled:
		return nil, model.Invalidf("Validation failed: You have exceeded the limit of %d scheduled posts", maxScheduled)
	case that >= maxScheduledPerDay:
		return nil, model.Invalidf("Validation failed: You have exceeded the limit of %d scheduled posts for that day", maxScheduledPerDay)
	}
	sc := &model.ScheduledStatus{ID: tx.NewID(), AccountID: author.ID, ScheduledAt: d.ScheduledAt, CreatedAt: tx.Now(), Params: d.params()}
	if err := tx.AddScheduled(sc); err != nil {
		return nil, err
	}
	if d.Idempotency != "" {
		if err := tx.AddIdempotency(author.ID, d.Idempotency, sc.ID); err != nil {
			return nil, err
		}
	}
	return &Posted{Scheduled: sc}, tx.EnqueueAt(sc.ScheduledAt, "", model.PublishScheduled{Scheduled: sc.ID})
}

// params is the draft as it is kept and shown.
func (d *Draft) params() model.ScheduledParams {
	p := model.ScheduledParams{
		Text: d.Text, MediaIDs: d.MediaIDs, Sensitive: d.Sensitive, Visibility: d.Visibility, Language: d.Language,
		InReplyToID: int64(d.InReplyToID), ApplicationID: int64(d.AppID), Idempotency: d.Idempotency,
		QuotedStatusID: d.QuotedID, QuoteApprovalPolicy: d.QuotePolicy,
	}
	if d.SpoilerText != "" {
		p.SpoilerText = &d.SpoilerText
	}
	if d.AllowedMentions != nil {
		p.AllowedMentions = *d.AllowedMentions
	}
	if d.Poll != nil {
		p.Poll = &model.ScheduledPoll{Options: d.Poll.Options, ExpiresIn: int64(d.Poll.ExpiresIn / time.Second), Multiple: d.Poll.Multiple, HideTotals: d.Poll.HideTotals}
	}
	return p
}
