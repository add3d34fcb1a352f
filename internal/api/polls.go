package api

import (
	"strconv"

	"gomphothere/internal/model"
)

// getPoll — Mastodon API: GET /api/v1/polls/:id
func (a *API) getPoll(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	s, err := a.Social.Poll(r.Context(), r.me, id)
	return a.poll(r, s, err)
}

// vote — Mastodon API: POST /api/v1/polls/:id/votes
func (a *API) vote(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	var choices []int
	for _, c := range r.strs("choices") {
		n, err := strconv.Atoi(c)
		if err != nil {
			n = -1 // no option has it: the verb says so
		}
		choices = append(choices, n)
	}
	s, err := a.Social.Vote(r.Context(), r.me, id, choices)
	return a.poll(r, s, err)
}

// poll draws a status's poll; err is the verb's.
func (a *API) poll(r *request, s *model.Status, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	v, err := a.Social.View(r.Context(), r.me, []*model.Status{s})
	if err != nil {
		return nil, err
	}
	return a.page(func(dst []byte) []byte { return a.Draw.AppendPoll(dst, s, v) }), nil
}
