package api

import (
	"gomphothere/internal/social"
)

// report — Mastodon API: POST /api/v1/reports
func (a *API) report(r *request) (any, error) {
	target, err := r.params.id("account_id")
	if err != nil {
		return nil, err
	}
	made, err := a.Social.Report(r.Context(), r.me, social.NewReport{
		Target: target, Statuses: r.ids("status_ids"), Comment: r.str("comment"), Category: r.str("category"),
		Rules: r.ids("rule_ids"), Forward: r.flag("forward"), ForwardDomains: r.strs("forward_to_domains"),
	})
	if err != nil {
		return nil, err
	}
	about, err := a.DB.Read(r.Context()).Account(made.TargetID)
	if err != nil {
		return nil, err
	}
	return a.Draw.Report(made, about), nil
}
