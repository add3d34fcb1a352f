package api

import (
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

const maxIdempotencyKey = 255 // apps send a UUID or a hash

// postStatus — Mastodon API: POST /api/v1/statuses
func (a *API) postStatus(r *request) (any, error) {
	d, err := r.draft()
	if err != nil {
		return nil, err
	}
	if d.Idempotency = r.Header.Get("Idempotency-Key"); len(d.Idempotency) > maxIdempotencyKey || !validText(d.Idempotency) {
		return nil, model.BadRequestf("The idempotency key is longer than %d bytes or not valid UTF-8", maxIdempotencyKey)
	}
	d.AppID = r.who.Token.AppID
	if err := a.meetMentioned(r, d.Text); err != nil {
		return nil, err
	}
	made, err := a.Social.Post(r.Context(), r.me, d)
	if err != nil {
		return nil, err
	}
	if made.Scheduled != nil {
		return a.Draw.ScheduledStatus(made.Scheduled), nil
	}
	return a.status(r, made.Status, nil)
}

// draft reads a status form.
func (r *request) draft() (d social.Draft, err error) {
	d = social.Draft{
		Text: r.str("status"), SpoilerText: r.str("spoiler_text"), Sensitive: r.flagPtr("sensitive"),
		Visibility: model.Visibility(r.str("visibility")), Language: r.str("language"),
		QuotePolicy: r.str("quote_approval_policy"), MediaIDs: r.ids("media_ids"),
	}
	if d.InReplyToID, err = r.params.id("in_reply_to_id"); err != nil {
		return d, model.NotFound("The post you are trying to reply to does not appear to exist.")
	}
	if d.QuotedID, err = r.params.id("quoted_status_id"); err != nil {
		return d, model.NotFound("The post you are trying to quote does not appear to exist.")
	}
	if d.ScheduledAt, err = r.time("scheduled_at"); err != nil {
		return d, err
	}
	if r.has("allowed_mentions") {
		allowed := r.ids("allowed_mentions")
		d.AllowedMentions = &allowed
	}
	if p := r.sub("poll"); p != nil {
		d.Poll = &social.PollDraft{Options: p.strs("options"), Multiple: p.flag("multiple"), HideTotals: p.flag("hide_totals")}
		d.Poll.ExpiresIn, _ = p.seconds("expires_in") // what is no number is too soon
	}
	return d, nil
}

// getStatus — Mastodon API: GET /api/v1/statuses/:id
func (a *API) getStatus(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	s, err := a.DB.Read(r.Context()).StatusFor(r.me, id)
	return a.status(r, s, err)
}

// favourite — Mastodon API: POST /api/v1/statuses/:id/favourite
func (a *API) favourite(r *request) (any, error) { return a.setFavourite(r, true) }

// unfavourite — Mastodon API: POST /api/v1/statuses/:id/unfavourite
func (a *API) unfavourite(r *request) (any, error) { return a.setFavourite(r, false) }

func (a *API) setFavourite(r *request, on bool) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	s, err := a.Social.Favourite(r.Context(), r.me, id, on)
	return a.status(r, s, err)
}

// status draws one status for who asks; err is the verb's, so that a handler ends in one line.
func (a *API) status(r *request, s *model.Status, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	v, err := a.Social.View(r.Context(), r.me, []*model.Status{s})
	if err != nil {
		return nil, err
	}
	return a.page(func(dst []byte) []byte { return a.Draw.AppendStatus(dst, s, v) }), nil
}

// statuses draws a page of statuses.
func (a *API) statuses(r *request, list []*model.Status) (any, error) {
	v, err := a.Social.View(r.Context(), r.me, list)
	if err != nil {
		return nil, err
	}
	return a.page(func(dst []byte) []byte { return a.Draw.AppendStatuses(dst, list, v) }), nil
}
