package social

import (
	"context"
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
	total, that, err := tx.CountScheduled(author.ID, dayOf(d.ScheduledAt))
	if err != nil {
		return nil, err
	}
	if err := maySchedule(d.ScheduledAt, tx.Now(), total, that); err != nil {
		return nil, err
	}
	sc := &model.ScheduledStatus{ID: tx.NewID(), AccountID: author.ID, ScheduledAt: d.ScheduledAt, CreatedAt: tx.Now(), Params: d.params()}
	if err := tx.AddScheduled(sc); err != nil {
		return nil, err
	}
	if len(d.MediaIDs) > 0 {
		n, err := tx.ReserveMedia(author.ID, sc.ID, d.MediaIDs)
		if err != nil {
			return nil, err
		}
		if n != len(d.MediaIDs) {
			return nil, model.Invalidf("Validation failed: Media not found, already used, or not finished processing")
		}
	}
	if d.Idempotency != "" {
		if err := tx.AddIdempotency(author.ID, d.Idempotency, sc.ID); err != nil {
			return nil, err
		}
	}
	if err := publishLater(tx, sc); err != nil {
		return nil, err
	}
	sc, err = tx.ScheduledStatus(author.ID, sc.ID)
	return &Posted{Scheduled: sc}, err
}

// dayOf is the beginning of a time's day in UTC.
func dayOf(t model.Time) model.Time { return t - t%86_400_000 }

// maySchedule is Mastodon's ScheduledStatus validations: total and that count what is scheduled, in all and for the day.
func maySchedule(at, now model.Time, total, that int64) error {
	switch {
	case at < now.Add(minScheduleAhead):
		return model.Invalidf("Validation failed: Scheduled at must be in the future")
	case total >= maxScheduled:
		return model.Invalidf("Validation failed: You have exceeded the limit of %d scheduled posts", maxScheduled)
	case that >= maxScheduledPerDay:
		return model.Invalidf("Validation failed: You have exceeded the limit of %d scheduled posts for that day", maxScheduledPerDay)
	}
	return nil
}

// publishLater sees to it that a scheduled status is posted when its time comes, and no earlier.
func publishLater(tx *store.Tx, sc *model.ScheduledStatus) error {
	return tx.EnqueueMoved(sc.ScheduledAt, sc.ID.String(), model.PublishScheduled{Scheduled: sc.ID})
}

// Reschedule moves a scheduled status to another time; 0 leaves it where it is
// (Mastodon API: PUT /api/v1/scheduled_statuses/:id).
func (s *Social) Reschedule(ctx context.Context, me *model.Account, id model.ID, at model.Time) (*model.ScheduledStatus, error) {
	var sc *model.ScheduledStatus
	err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if err := tx.LockScheduled(id); err != nil {
			return err
		}
		if sc, err = tx.ScheduledStatus(me.ID, id); err != nil || at == 0 || at == sc.ScheduledAt {
			return err
		}
		_, that, err := tx.CountScheduled(me.ID, dayOf(at))
		if err != nil {
			return err
		}
		if dayOf(at) == dayOf(sc.ScheduledAt) {
			that-- // itself
		}
		if err := maySchedule(at, tx.Now(), 0, that); err != nil {
			return err
		}
		sc.ScheduledAt = at
		if err := tx.SetScheduledAt(id, at); err != nil {
			return err
		}
		return publishLater(tx, sc)
	})
	return sc, err
}

// CancelScheduled deletes a scheduled status (Mastodon API: DELETE /api/v1/scheduled_statuses/:id).
func (s *Social) CancelScheduled(ctx context.Context, me *model.Account, id model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockScheduled(id); err != nil {
			return err
		}
		sc, err := tx.ScheduledStatus(me.ID, id)
		if err != nil {
			return err
		}
		return tx.RemoveScheduled(sc)
	})
}

// PublishScheduled posts a scheduled status whose time has come; the schedule ends in the same transaction, so that it
// is posted once. One that cannot be posted any more stays in its author's list, and the job says why.
func (s *Social) PublishScheduled(ctx context.Context, job model.PublishScheduled) error {
	q := s.DB.Read(ctx)
	sc, err := q.ScheduledByID(job.Scheduled)
	if model.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	author, err := q.Account(sc.AccountID)
	if err != nil {
		return err
	}
	user, err := q.UserOf(author.ID)
	if model.IsNotFound(err) {
		return nil // they deleted their account
	}
	if err != nil {
		return err
	}
	d := draftOf(sc)
	if err := s.check(&d); err != nil {
		return err
	}
	applyDefaults(&d, author, user)
	c, err := s.compose(d.Text, s.known(ctx))
	if err != nil {
		return err
	}
	if err := d.allows(c.mentions); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error { return s.publish(tx, author, user, job.Scheduled, d, c) })
}

func (s *Social) publish(tx *store.Tx, author *model.Account, user *model.User, id model.ID, d Draft, c composed) error {
	if err := tx.LockScheduled(id); err != nil {
		return err
	}
	sc, err := tx.ScheduledByID(id)
	if model.IsNotFound(err) {
		return nil // posted or cancelled meanwhile
	}
	if err != nil {
		return err
	}
	if sc.ScheduledAt > tx.Now() {
		return publishLater(tx, sc) // moved meanwhile
	}
	if author.Suspended() || user.Disabled {
		return tx.RemoveScheduled(sc)
	}
	if d.InReplyToID != 0 {
		if _, err := tx.StatusFor(author, d.InReplyToID); model.IsNotFound(err) {
			d.InReplyToID = 0 // what it answers is gone; Mastodon posts it all the same
		} else if err != nil {
			return err
		}
	}
	if err := tx.RemoveScheduled(sc); err != nil {
		return err
	}
	st, err := s.post(tx, author, user, d, c)
	if err != nil || d.Idempotency == "" {
		return err
	}
	// An app that asks once more shall hear of the status.
	return tx.AddIdempotency(author.ID, d.Idempotency, st.ID)
}

// draftOf is what was scheduled.
func draftOf(sc *model.ScheduledStatus) Draft {
	p := sc.Params
	d := Draft{
		Text: p.Text, MediaIDs: p.MediaIDs, Sensitive: p.Sensitive, Visibility: p.Visibility, Language: p.Language,
		InReplyToID: model.ID(p.InReplyToID), AppID: model.ID(p.ApplicationID), Idempotency: p.Idempotency,
		QuotedID: p.QuotedStatusID, QuotePolicy: p.QuoteApprovalPolicy,
	}
	if p.SpoilerText != nil {
		d.SpoilerText = *p.SpoilerText
	}
	if p.AllowedMentions != nil {
		d.AllowedMentions = &p.AllowedMentions
	}
	if p.Poll != nil {
		d.Poll = &PollDraft{Options: p.Poll.Options, ExpiresIn: time.Duration(p.Poll.ExpiresIn) * time.Second, Multiple: p.Poll.Multiple, HideTotals: p.Poll.HideTotals}
	}
	return d
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
		p.AllowedMentions = append([]model.ID{}, *d.AllowedMentions...) // nobody is not anybody
	}
	if d.Poll != nil {
		p.Poll = &model.ScheduledPoll{Options: d.Poll.Options, ExpiresIn: int64(d.Poll.ExpiresIn / time.Second), Multiple: d.Poll.Multiple, HideTotals: d.Poll.HideTotals}
	}
	return p
}
