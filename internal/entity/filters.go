package entity

import "gomphothere/internal/model"

// Filter hides or warns of statuses (Mastodon API: entities/Filter).
type Filter struct {
	ID           model.ID              `json:"id"`
	Title        string                `json:"title"`
	Context      []string              `json:"context"`
	ExpiresAt    *model.Time           `json:"expires_at"`
	FilterAction string                `json:"filter_action"`
	Keywords     []model.FilterKeyword `json:"keywords,omitzero"` // not in a FilterResult
	Statuses     []model.FilterStatus  `json:"statuses,omitzero"` // not in a FilterResult
}

// FilterResult says which filter matched, and where (Mastodon API: entities/FilterResult).
type FilterResult struct {
	Filter         Filter     `json:"filter"`
	KeywordMatches []string   `json:"keyword_matches"` // null: none
	StatusMatches  []model.ID `json:"status_matches"`  // null: none
}

// V1Filter is one keyword of a filter, as the old API saw it (Mastodon API: entities/V1_Filter).
type V1Filter struct {
	ID           model.ID    `json:"id"` // the keyword's
	Phrase       string      `json:"phrase"`
	Context      []string    `json:"context"`
	ExpiresAt    *model.Time `json:"expires_at"`
	Irreversible bool        `json:"irreversible"`
	WholeWord    bool        `json:"whole_word"`
}

// Filter draws a filter with its rules.
func (d *Drawer) Filter(f *model.Filter) Filter {
	e := bareFilter(f)
	e.Keywords, e.Statuses = list(f.Keywords), list(f.Statuses)
	return e
}

func bareFilter(f *model.Filter) Filter {
	e := Filter{ID: f.ID, Title: f.Title, Context: list(f.Context), ExpiresAt: f.ExpiresAt.OrNull(), FilterAction: f.Action}
	if e.FilterAction == "" {
		e.FilterAction = "warn" // Mastodon's default
	}
	return e
}

// FilterResult draws a match, without the filter's rules.
func (d *Drawer) FilterResult(r model.FilterResult) FilterResult {
	e := FilterResult{Filter: bareFilter(&r.Filter)}
	if len(r.KeywordMatches) > 0 {
		e.KeywordMatches = r.KeywordMatches
	}
	if len(r.StatusMatches) > 0 {
		e.StatusMatches = r.StatusMatches
	}
	return e
}

// V1Filter draws a keyword of a filter.
func (d *Drawer) V1Filter(f *model.Filter, k model.FilterKeyword) V1Filter {
	return V1Filter{
		ID: k.ID, Phrase: k.Keyword, Context: list(f.Context), ExpiresAt: f.ExpiresAt.OrNull(),
		Irreversible: f.Action == "hide", WholeWord: k.WholeWord,
	}
}
