package api

import (
	"time"

	"gomphothere/internal/entity"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// listFilters — Mastodon API: GET /api/v2/filters
func (a *API) listFilters(r *request) (any, error) {
	list, err := a.DB.Read(r.Context()).Filters(r.me.ID)
	out := make([]entity.Filter, len(list))
	for i, f := range list {
		out[i] = a.Draw.Filter(f)
	}
	return out, err
}

// getFilter — Mastodon API: GET /api/v2/filters/:id
func (a *API) getFilter(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	f, err := a.DB.Read(r.Context()).Filter(r.me.ID, id)
	return a.filter(f, err)
}

// addFilter — Mastodon API: POST /api/v2/filters
func (a *API) addFilter(r *request) (any, error) {
	c, err := r.filterChange()
	if err != nil {
		return nil, err
	}
	f, err := a.Social.AddFilter(r.Context(), r.me, c)
	return a.filter(f, err)
}

// editFilter — Mastodon API: PUT /api/v2/filters/:id
func (a *API) editFilter(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	c, err := r.filterChange()
	if err != nil {
		return nil, err
	}
	f, err := a.Social.EditFilter(r.Context(), r.me, id, c)
	return a.filter(f, err)
}

func (a *API) filter(f *model.Filter, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return a.Draw.Filter(f), nil
}

// filterChange reads a filter's form.
func (r *request) filterChange() (c social.FilterChange, err error) {
	c = social.FilterChange{Title: r.strPtr("title"), Action: r.strPtr("filter_action"), Context: r.context()}
	if c.ExpiresIn, err = r.expiresIn(); err != nil {
		return c, err
	}
	for _, p := range r.list("keywords_attributes") {
		k := p.keyword()
		if k.ID, err = p.id("id"); err != nil {
			return c, err
		}
		k.Remove = p.flag("_destroy")
		c.Keywords = append(c.Keywords, k)
	}
	return c, nil
}

// context reads the list of contexts; nil when it was not given.
func (r *request) context() []string {
	if !r.has("context") {
		return nil
	}
	return append([]string{}, r.strs("context")...)
}

// expiresIn reads a filter's life: nil when not given, 0 for empty or null, which is for ever.
func (r *request) expiresIn() (*time.Duration, error) {
	if !r.has("expires_in") {
		return nil, nil
	}
	var d time.Duration
	if r.str("expires_in") == "" {
		return &d, nil
	}
	d, ok := r.seconds("expires_in")
	if !ok {
		return nil, model.Invalidf("Validation failed: Expires in is not a number of seconds")
	}
	if d == 0 {
		d = time.Millisecond // as Mastodon: it has ended at once
	}
	return &d, nil
}

// keyword reads a keyword's form.
func (p params) keyword() social.KeywordChange {
	return social.KeywordChange{Keyword: p.strPtr("keyword"), WholeWord: p.flagPtr("whole_word")}
}

// removeFilter — Mastodon API: DELETE /api/v2/filters/:id
func (a *API) removeFilter(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return nil, a.Social.RemoveFilter(r.Context(), r.me, id)
}

// listKeywords — Mastodon API: GET /api/v2/filters/:filter_id/keywords
func (a *API) listKeywords(r *request) (any, error) {
	f, err := a.filterInPath(r)
	if err != nil {
		return nil, err
	}
	return append([]model.FilterKeyword{}, f.Keywords...), nil
}

// filterInPath finds the filter whose parts are asked for.
func (a *API) filterInPath(r *request) (*model.Filter, error) {
	id, err := r.pathID("filter_id")
	if err != nil {
		return nil, err
	}
	return a.DB.Read(r.Context()).Filter(r.me.ID, id)
}

// addKeyword — Mastodon API: POST /api/v2/filters/:filter_id/keywords
func (a *API) addKeyword(r *request) (any, error) {
	id, err := r.pathID("filter_id")
	if err != nil {
		return nil, err
	}
	return a.Social.AddKeyword(r.Context(), r.me, id, r.keyword())
}

// getKeyword — Mastodon API: GET /api/v2/filters/keywords/:id
func (a *API) getKeyword(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	_, k, err := a.DB.Read(r.Context()).FilterOfKeyword(r.me.ID, id)
	return k, err
}

// editKeyword — Mastodon API: PUT /api/v2/filters/keywords/:id
func (a *API) editKeyword(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return a.Social.EditKeyword(r.Context(), r.me, id, r.keyword())
}

// removeKeyword — Mastodon API: DELETE /api/v2/filters/keywords/:id
func (a *API) removeKeyword(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return nil, a.Social.RemoveKeyword(r.Context(), r.me, id)
}

// listFilterStatuses — Mastodon API: GET /api/v2/filters/:filter_id/statuses
func (a *API) listFilterStatuses(r *request) (any, error) {
	f, err := a.filterInPath(r)
	if err != nil {
		return nil, err
	}
	return append([]model.FilterStatus{}, f.Statuses...), nil
}

// addFilterStatus — Mastodon API: POST /api/v2/filters/:filter_id/statuses
func (a *API) addFilterStatus(r *request) (any, error) {
	id, err := r.pathID("filter_id")
	if err != nil {
		return nil, err
	}
	status, err := r.params.id("status_id")
	if err != nil {
		return nil, model.Invalidf("Validation failed: Status must exist")
	}
	return a.Social.FilterStatus(r.Context(), r.me, id, status)
}

// getFilterStatus — Mastodon API: GET /api/v2/filters/statuses/:id
func (a *API) getFilterStatus(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	_, s, err := a.DB.Read(r.Context()).FilterOfStatus(r.me.ID, id)
	return s, err
}

// removeFilterStatus — Mastodon API: DELETE /api/v2/filters/statuses/:id
func (a *API) removeFilterStatus(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return a.Social.UnfilterStatus(r.Context(), r.me, id)
}

// listPhrases — Mastodon API: GET /api/v1/filters
func (a *API) listPhrases(r *request) (any, error) {
	list, err := a.DB.Read(r.Context()).Filters(r.me.ID)
	out := []entity.V1Filter{}
	for _, f := range list {
		for _, k := range f.Keywords {
			out = append(out, a.Draw.V1Filter(f, k))
		}
	}
	return out, err
}

// getPhrase — Mastodon API: GET /api/v1/filters/:id
func (a *API) getPhrase(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return a.phrase(r, id, nil)
}

// addPhrase — Mastodon API: POST /api/v1/filters
func (a *API) addPhrase(r *request) (any, error) {
	c, err := r.phraseChange()
	if err != nil {
		return nil, err
	}
	f, err := a.Social.AddPhrase(r.Context(), r.me, c)
	if err != nil {
		return nil, err
	}
	return a.Draw.V1Filter(f, f.Keywords[0]), nil
}

// editPhrase — Mastodon API: PUT /api/v1/filters/:id
func (a *API) editPhrase(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	c, err := r.phraseChange()
	if err != nil {
		return nil, err
	}
	_, err = a.Social.EditPhrase(r.Context(), r.me, id, c)
	return a.phrase(r, id, err)
}

// phrase draws one keyword as the first version does.
func (a *API) phrase(r *request, id model.ID, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	f, k, err := a.DB.Read(r.Context()).FilterOfKeyword(r.me.ID, id)
	if err != nil {
		return nil, err
	}
	return a.Draw.V1Filter(f, *k), nil
}

func (r *request) phraseChange() (c social.PhraseChange, err error) {
	c = social.PhraseChange{
		Phrase: r.strPtr("phrase"), Context: r.context(), Irreversible: r.flagPtr("irreversible"), WholeWord: r.flagPtr("whole_word"),
	}
	c.ExpiresIn, err = r.expiresIn()
	return c, err
}

// removePhrase — Mastodon API: DELETE /api/v1/filters/:id
func (a *API) removePhrase(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return nil, a.Social.RemovePhrase(r.Context(), r.me, id)
}
