package social

import (
	"slices"
	"strings"

	"github.com/maypok86/otter/v2"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

// matchers keep people's filters made ready to search. A kept one is used only while it was made of the very filters
// that the store has now.
type matchers struct {
	c *otter.Cache[model.ID, *readyFilters]
}

// Keywords are searched for by whoever reads now; a matcher of a hundred keywords takes some 100 KB.
const maxMatchers = 500

func newMatchers() *matchers {
	return &matchers{otter.Must(&otter.Options[model.ID, *readyFilters]{MaximumSize: maxMatchers})}
}

func (m *matchers) forget(events []model.Event) {
	for _, e := range events {
		switch e.Type {
		case model.TouchFilters:
			m.c.Invalidate(e.Account)
		case model.TouchAll:
			m.c.InvalidateAll()
		}
	}
}

// readyFilters are one person's filters, ready.
type readyFilters struct {
	of      []*model.Filter
	matcher *text.Matcher // all keywords of all filters: one walk over a text
	owner   []int         // of each keyword: its filter
	byID    map[model.ID][]int
}

func (m *matchers) ready(account model.ID, list []*model.Filter) *readyFilters {
	if r, ok := m.c.GetIfPresent(account); ok && len(r.of) == len(list) && r.of[0] == list[0] {
		return r
	}
	r := &readyFilters{of: list, byID: map[model.ID][]int{}}
	var words []text.Keyword
	for i, f := range list {
		for _, k := range f.Keywords {
			words = append(words, text.Keyword{Phrase: k.Keyword, WholeWord: k.WholeWord})
			r.owner = append(r.owner, i)
		}
		for _, st := range f.Statuses {
			r.byID[st.StatusID] = append(r.byID[st.StatusID], i)
		}
	}
	r.matcher = text.NewMatcher(words)
	m.c.Set(account, r)
	return r
}

// filtered finds which of these statuses (as shown) the viewer's filters match . A person's own are never
// filtered.
func (s *Social) filtered(q *store.Q, me *model.Account, shown []*model.Status) (map[model.ID][]model.FilterResult, error) {
	list, err := q.Filters(me.ID)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	now := q.Now()
	if !slices.ContainsFunc(list, func(f *model.Filter) bool { return applies(f, now) }) {
		return nil, nil
	}
	r := s.matchers.ready(me.ID, list)
	out := map[model.ID][]model.FilterResult{}
	for _, st := range shown {
		if st.AccountID == me.ID || out[st.ID] != nil {
			continue
		}
		if found := r.match(st, now); found != nil {
			out[st.ID] = found
		}
	}
	return out, nil
}

// applies tells whether a filter is in force.
func applies(f *model.Filter, now model.Time) bool { return f.ExpiresAt == 0 || f.ExpiresAt > now }

// match finds the filters that a status meets, each with the first of its keywords found (Mastodon:
// CustomFilter.apply_cached_filters).
func (r *readyFilters) match(st *model.Status, now model.Time) []model.FilterResult {
	var out []model.FilterResult
	of := func(i int) *model.FilterResult {
		f := r.of[i]
		if !applies(f, now) {
			return nil
		}
		for j := range out {
			if out[j].Filter.ID == f.ID {
				return &out[j]
			}
		}
		out = append(out, model.FilterResult{Filter: *f})
		return &out[len(out)-1]
	}
	for _, m := range r.matcher.Match(searchable(st)) {
		if res := of(r.owner[m.Keyword]); res != nil && res.KeywordMatches == nil {
			res.KeywordMatches = []string{m.Text}
		}
	}
	for _, i := range r.byID[st.ID] {
		if res := of(i); res != nil {
			res.StatusMatches = []model.ID{st.ID}
		}
	}
	slices.SortFunc(out, func(a, b model.FilterResult) int { return int(a.Filter.ID - b.Filter.ID) })
	return out
}

// searchable is the text that filters look through (Mastodon: Status#searchable_text), made once per version of the
// row.
func searchable(st *model.Status) string {
	if b := st.Plain.Get(); b != nil {
		return string(b)
	}
	parts := []string{st.SpoilerText, text.Plain(st.Content)}
	if st.Poll != nil {
		parts = append(parts, st.Poll.Options...)
	}
	for _, m := range st.Media {
		parts = append(parts, m.Description)
	}
	whole := strings.Join(parts, "\n\n")
	st.Plain.Set([]byte(whole))
	return whole
}
