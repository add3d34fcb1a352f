package api

import (
	"strconv"
	"strings"

	"gomphothere/internal/entity"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// editStatus — Mastodon API: PUT /api/v1/statuses/:id
func (a *API) editStatus(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	d, err := r.draft()
	if err != nil {
		return nil, err
	}
	if d.MediaChanges, err = r.mediaChanges(); err != nil {
		return nil, err
	}
	if err := a.meetMentioned(r, d.Text); err != nil {
		return nil, err
	}
	s, err := a.Social.Edit(r.Context(), r.me, id, d)
	return a.status(r, s, err)
}

// mediaChanges reads what an edit says of files.
func (r *request) mediaChanges() ([]social.MediaChange, error) {
	var out []social.MediaChange
	for _, p := range r.list("media_attributes") {
		id, err := p.id("id")
		if err != nil {
			continue // of no file that is on the status
		}
		c := social.MediaChange{ID: id}
		if p.has("description") {
			text := p.str("description")
			c.Description = &text
		}
		if c.Focus, err = focus(p.str("focus")); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// focus reads a focal point, "x,y" with both from -1 to 1 (Mastodon API: focal points).
func focus(s string) (*[2]float64, error) {
	if s == "" {
		return nil, nil
	}
	x, y, _ := strings.Cut(s, ",")
	var at [2]float64
	for i, part := range []string{x, y} {
		f, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || !(f >= -1 && f <= 1) {
			return nil, model.Invalidf("Validation failed: Focus must be two numbers between -1 and 1")
		}
		at[i] = f
	}
	return &at, nil
}

// statusHistory — Mastodon API: GET /api/v1/statuses/:id/history
func (a *API) statusHistory(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	s, edits, err := a.Social.History(r.Context(), r.me, id)
	if err != nil {
		return nil, err
	}
	v, err := a.Social.View(r.Context(), r.me, []*model.Status{s})
	if err != nil {
		return nil, err
	}
	out := make([]entity.StatusEdit, len(edits))
	for i, e := range edits {
		out[i] = a.Draw.StatusEdit(e, s, e.Media, v)
	}
	return out, nil
}

// statusSource — Mastodon API: GET /api/v1/statuses/:id/source
func (a *API) statusSource(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	s, err := a.DB.Read(r.Context()).StatusFor(r.me, id)
	if err != nil {
		return nil, err
	}
	return a.Draw.StatusSource(s.Shown()), nil
}
