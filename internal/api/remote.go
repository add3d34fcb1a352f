package api

import (
	"context"
	"time"

	"gomphothere/internal/social"
)

const (
	// Whoever searches waits for another server this long; what comes later is there the next time.
	searchPatience = 15 * time.Second
	// Whoever posts waits this long for the people they mention; who is not found by then is not told.
	postPatience = 5 * time.Second
	// Strangers a post may have looked up; a text of 500 characters hardly names more.
	maxStrangers = 20
)

// lookUp asks other servers for what a search names by its address or handle, if whoever searches wants that. What is
// not found there is not here either, so no error ends a search.
func (a *API) lookUp(r *request, s *social.Search) {
	if !s.Resolve || r.me == nil || s.Page.Offset > 0 {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), searchPatience)
	defer cancel()
	found, err := a.Federation.Find(ctx, s.Text, s.Type == "" || s.Type == "accounts")
	if found != "" {
		s.Text = found // how it is known here
	}
	if err != nil {
		a.Log.Debug("not found elsewhere", "error", err)
	}
}

// meetMentioned has the strangers that a text mentions looked up, so that they are known when it is posted.
func (a *API) meetMentioned(r *request, source string) error {
	strange, err := a.Social.Strange(r.Context(), source)
	if err != nil || len(strange) == 0 {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), postPatience)
	defer cancel()
	for acct, err := range a.Federation.Meet(ctx, strange[:min(len(strange), maxStrangers)]) {
		a.Log.Debug("a mentioned person was not found", "acct", acct, "error", err)
	}
	return nil
}
