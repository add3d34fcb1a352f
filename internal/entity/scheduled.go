package entity

import "gomphothere/internal/model"

// ScheduledStatus is a status to come (Mastodon API: entities/ScheduledStatus).
type ScheduledStatus struct {
	ID          model.ID          `json:"id"`
	ScheduledAt model.Time        `json:"scheduled_at"`
	Params      ScheduledParams   `json:"params"`
	Media       []MediaAttachment `json:"media_attachments"`
}

// ScheduledParams is what will be posted (Mastodon API: entities/ScheduledStatus#params). Some ids are numbers, as
// Mastodon has them.
type ScheduledParams struct {
	Text                string               `json:"text"`
	Poll                *model.ScheduledPoll `json:"poll"`
	MediaIDs            []model.ID           `json:"media_ids"` // null: none
	Sensitive           *bool                `json:"sensitive"`
	SpoilerText         *string              `json:"spoiler_text"`
	Visibility          model.Visibility     `json:"visibility"`
	InReplyToID         *int64               `json:"in_reply_to_id"`
	Language            *string              `json:"language"`
	ApplicationID       int64                `json:"application_id"`
	ScheduledAt         *none                `json:"scheduled_at"` // always null, Mastodon keeps it outside
	Idempotency         *string              `json:"idempotency"`
	WithRateLimit       bool                 `json:"with_rate_limit"` // always false, a thing of Mastodon's inside
	QuotedStatusID      *model.ID            `json:"quoted_status_id"`
	QuoteApprovalPolicy string               `json:"quote_approval_policy"`
	AllowedMentions     []model.ID           `json:"allowed_mentions"` // null: everybody
}

// ScheduledStatus draws a draft with a time.
func (d *Drawer) ScheduledStatus(s *model.ScheduledStatus) ScheduledStatus {
	p := s.Params
	e := ScheduledParams{
		Text: p.Text, Poll: p.Poll, MediaIDs: p.MediaIDs, Sensitive: p.Sensitive, SpoilerText: p.SpoilerText,
		Visibility: p.Visibility, Language: orNull(p.Language), ApplicationID: p.ApplicationID,
		Idempotency: orNull(p.Idempotency), QuotedStatusID: p.QuotedStatusID.OrNull(),
		QuoteApprovalPolicy: p.QuoteApprovalPolicy, AllowedMentions: p.AllowedMentions,
	}
	if len(p.MediaIDs) == 0 {
		e.MediaIDs = nil
	}
	if p.InReplyToID != 0 {
		e.InReplyToID = &p.InReplyToID
	}
	if e.Visibility == "" {
		e.Visibility = model.Public
	}
	if e.QuoteApprovalPolicy == "" {
		e.QuoteApprovalPolicy = "nobody" // Mastodon's word for no policy
	}
	if e.Poll != nil {
		poll := *e.Poll
		poll.Options = list(poll.Options)
		e.Poll = &poll
	}
	return ScheduledStatus{s.ID, s.ScheduledAt, e, each(s.Media, d.Media)}
}
