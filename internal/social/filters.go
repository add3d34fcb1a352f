package social

import (
	"context"
	"slices"
	"strings"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

// FilterContexts are the places a filter applies in (Mastodon: CustomFilter::VALID_CONTEXTS).
func FilterContexts() []string {
	return []string{"home", "notifications", "public", "thread", "account"}
}

// FilterChange is what somebody asks of a filter; nil leaves a field as it is, or at its default in a new filter.
type FilterChange struct {
	Title     *string
	Context   []string
	Action    *string
	ExpiresIn *time.Duration // 0: never
	Keywords  []KeywordChange
}

// KeywordChange adds a keyword (ID 0), edits or removes one.
type KeywordChange struct {
	ID        model.ID
	Keyword   *string
	WholeWord *bool
	Remove    bool
}

// Bounds of filters: the lengths are Mastodon's (CustomFilter, CustomFilterKeyword), the numbers ours. All of a
// person's keywords are looked for in everything they read.
const (
	maxFilterTitle      = 256
	maxKeyword          = 512
	maxFilters          = 200
	maxKeywords         = 2000
	maxFilteredStatuses = 2000
)

// AddFilter makes a filter (Mastodon API: POST /api/v2/filters).
func (s *Social) AddFilter(ctx context.Context, me *model.Account, c FilterChange) (*model.Filter, error) {
	return s.writeFilter(ctx, me, func(tx *store.Tx) (model.ID, error) {
		f := &model.Filter{ID: tx.NewID(), AccountID: me.ID, Action: "warn", CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
		if err := c.apply(f, tx.Now()); err != nil {
			return 0, err
		}
		if err := mayAddFilter(&tx.Q, me); err != nil {
			return 0, err
		}
		if err := tx.AddFilter(f); err != nil {
			return 0, err
		}
		return f.ID, setKeywords(tx, f, c.Keywords)
	})
}

// EditFilter changes a filter (Mastodon API: PUT /api/v2/filters/:id).
func (s *Social) EditFilter(ctx context.Context, me *model.Account, id model.ID, c FilterChange) (*model.Filter, error) {
	return s.writeFilter(ctx, me, func(tx *store.Tx) (model.ID, error) {
		f, err := tx.Filter(me.ID, id)
		if err != nil {
			return 0, err
		}
		if err := c.apply(f, tx.Now()); err != nil {
			return 0, err
		}
		if err := tx.SetFilter(f); err != nil {
			return 0, err
		}
		return f.ID, setKeywords(tx, f, c.Keywords)
	})
}

// RemoveFilter takes a filter away (Mastodon API: DELETE /api/v2/filters/:id).
func (s *Social) RemoveFilter(ctx context.Context, me *model.Account, id model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Filter(me.ID, id); err != nil {
			return err
		}
		filtersChanged(tx, me)
		return tx.RemoveFilter(me.ID, id)
	})
}

// writeFilter runs a change and reads the filter it made.
func (s *Social) writeFilter(ctx context.Context, me *model.Account, do func(*store.Tx) (model.ID, error)) (*model.Filter, error) {
	var id model.ID
	err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		filtersChanged(tx, me)
		id, err = do(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).Filter(me.ID, id)
}

// filtersChanged tells the person's own clients (Mastodon streaming: filters_changed).
func filtersChanged(tx *store.Tx, me *model.Account) {
	tx.Publish(model.Event{Type: "filters_changed", Stream: "user", Account: me.ID})
}

// apply changes the filter's own columns and checks them.
func (c *FilterChange) apply(f *model.Filter, now model.Time) error {
	if c.Title != nil {
		f.Title = strings.TrimSpace(*c.Title)
	}
	if c.Context != nil {
		f.Context = nil
		for _, w := range c.Context {
			if w = strings.TrimSpace(w); w != "" && !slices.Contains(f.Context, w) {
				f.Context = append(f.Context, w)
			}
		}
	}
	if c.Action != nil {
		f.Action = *c.Action
	}
	if c.ExpiresIn != nil {
		if f.ExpiresAt = 0; *c.ExpiresIn != 0 {
			f.ExpiresAt = now.Add(*c.ExpiresIn)
		}
	}
	f.UpdatedAt = now
	return checkFilter(f)
}

func checkFilter(f *model.Filter) error {
	valid := FilterContexts()
	switch {
	case f.Title == "":
		return model.Invalidf("Validation failed: Title can't be blank")
	case text.Characters(f.Title) > maxFilterTitle:
		return model.Invalidf("Validation failed: Title is too long (maximum is %d characters)", maxFilterTitle)
	case len(f.Context) == 0:
		return model.Invalidf("Validation failed: Context can't be blank, Context None or invalid context supplied")
	case slices.ContainsFunc(f.Context, func(c string) bool { return !slices.Contains(valid, c) }):
		return model.Invalidf("Validation failed: Context None or invalid context supplied")
	case f.Action != "warn" && f.Action != "hide" && f.Action != "blur":
		return model.Invalidf("'%s' is not a valid action", f.Action)
	}
	return nil
}

// mayAddFilter keeps a person's filters within bounds.
func mayAddFilter(q *store.Q, me *model.Account) error {
	list, err := q.Filters(me.ID)
	if err == nil && len(list) >= maxFilters {
		return model.Invalidf("Validation failed: You have reached the limit of %d filters", maxFilters)
	}
	return err
}

// setKeywords adds, edits and removes keywords of a filter in one go.
func setKeywords(tx *store.Tx, f *model.Filter, changes []KeywordChange) error {
	for _, c := range changes {
		k := model.FilterKeyword{FilterID: f.ID, WholeWord: true, CreatedAt: tx.Now()}
		if c.ID != 0 {
			i := slices.IndexFunc(f.Keywords, func(k model.FilterKeyword) bool { return k.ID == c.ID })
			if i < 0 {
				return model.ErrNotFound()
			}
			k = f.Keywords[i]
		}
		if c.Remove {
			if k.ID == 0 {
				continue // as Rails: a new one marked to be removed is not made
			}
			if err := tx.RemoveKeyword(f.AccountID, &k); err != nil {
				return err
			}
			continue
		}
		if err := setKeyword(tx, f.AccountID, &k, c, "Keywords keyword"); err != nil {
			return err
		}
	}
	return nil
}

// setKeyword checks and writes one keyword; field is what a refusal calls it.
func setKeyword(tx *store.Tx, me model.ID, k *model.FilterKeyword, c KeywordChange, field string) error {
	if c.Keyword != nil {
		k.Keyword = strings.TrimSpace(*c.Keyword)
	}
	if c.WholeWord != nil {
		k.WholeWord = *c.WholeWord
	}
	switch {
	case k.Keyword == "":
		return model.Invalidf("Validation failed: %s can't be blank", field)
	case text.Characters(k.Keyword) > maxKeyword:
		return model.Invalidf("Validation failed: %s is too long (maximum is %d characters)", field, maxKeyword)
	}
	if k.ID == 0 {
		k.ID = tx.NewID()
		list, err := tx.Filters(me)
		if err != nil {
			return err
		}
		n := 0
		for _, f := range list {
			n += len(f.Keywords)
		}
		if n >= maxKeywords {
			return model.Invalidf("Validation failed: You have reached the limit of %d keywords", maxKeywords)
		}
	}
	return tx.SetKeyword(me, k)
}

// AddKeyword adds a keyword to a filter (Mastodon API: POST /api/v2/filters/:filter_id/keywords).
func (s *Social) AddKeyword(ctx context.Context, me *model.Account, filter model.ID, c KeywordChange) (*model.FilterKeyword, error) {
	k := &model.FilterKeyword{FilterID: filter, WholeWord: true}
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Filter(me.ID, filter); err != nil {
			return err
		}
		*k = model.FilterKeyword{FilterID: filter, WholeWord: true, CreatedAt: tx.Now()}
		filtersChanged(tx, me)
		return setKeyword(tx, me.ID, k, c, "Keyword")
	})
	return k, err
}

// EditKeyword changes a keyword (Mastodon API: PUT /api/v2/filters/keywords/:id).
func (s *Social) EditKeyword(ctx context.Context, me *model.Account, id model.ID, c KeywordChange) (*model.FilterKeyword, error) {
	var k *model.FilterKeyword
	err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if _, k, err = tx.FilterOfKeyword(me.ID, id); err != nil {
			return err
		}
		filtersChanged(tx, me)
		return setKeyword(tx, me.ID, k, c, "Keyword")
	})
	return k, err
}

// RemoveKeyword takes a keyword away (Mastodon API: DELETE /api/v2/filters/keywords/:id).
func (s *Social) RemoveKeyword(ctx context.Context, me *model.Account, id model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		_, k, err := tx.FilterOfKeyword(me.ID, id)
		if err != nil {
			return err
		}
		filtersChanged(tx, me)
		return tx.RemoveKeyword(me.ID, k)
	})
}

// FilterStatus names one status in a filter (Mastodon API: POST /api/v2/filters/:filter_id/statuses).
func (s *Social) FilterStatus(ctx context.Context, me *model.Account, filter, status model.ID) (*model.FilterStatus, error) {
	var row *model.FilterStatus
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		f, err := tx.Filter(me.ID, filter)
		if err != nil {
			return err
		}
		if _, err := tx.StatusFor(me, status); model.IsNotFound(err) {
			return model.Invalidf("Validation failed: Status must exist")
		} else if err != nil {
			return err
		}
		if len(f.Statuses) >= maxFilteredStatuses {
			return model.Invalidf("Validation failed: You have reached the limit of %d posts", maxFilteredStatuses)
		}
		row = &model.FilterStatus{ID: tx.NewID(), FilterID: filter, StatusID: status, CreatedAt: tx.Now()}
		filtersChanged(tx, me)
		added, err := tx.AddFilterStatus(me.ID, row)
		if err == nil && !added {
			return model.Invalidf("Validation failed: Status has already been taken")
		}
		return err
	})
	return row, err
}

// UnfilterStatus takes a status out of a filter (Mastodon API: DELETE /api/v2/filters/statuses/:id).
func (s *Social) UnfilterStatus(ctx context.Context, me *model.Account, id model.ID) (*model.FilterStatus, error) {
	var row *model.FilterStatus
	err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if _, row, err = tx.FilterOfStatus(me.ID, id); err != nil {
			return err
		}
		filtersChanged(tx, me)
		return tx.RemoveFilterStatus(me.ID, row)
	})
	return row, err
}

// PhraseChange is what apps of the first version ask: a filter is one phrase (Mastodon API: V1::Filter).
type PhraseChange struct {
	Phrase       *string
	Context      []string
	Irreversible *bool
	WholeWord    *bool
	ExpiresIn    *time.Duration
}

// filter is the part that the second version keeps in the filter.
func (c *PhraseChange) filter() FilterChange {
	out := FilterChange{Title: c.Phrase, Context: c.Context, ExpiresIn: c.ExpiresIn}
	if c.Irreversible != nil {
		action := "warn"
		if *c.Irreversible {
			action = "hide"
		}
		out.Action = &action
	}
	return out
}

// AddPhrase makes a filter of one keyword (Mastodon API: POST /api/v1/filters).
func (s *Social) AddPhrase(ctx context.Context, me *model.Account, c PhraseChange) (*model.Filter, error) {
	if c.Phrase == nil || strings.TrimSpace(*c.Phrase) == "" {
		return nil, model.Invalidf("Validation failed: Phrase can't be blank")
	}
	fc := c.filter()
	title := text.Truncate(*c.Phrase, maxFilterTitle) // a keyword may be longer than a title
	fc.Title, fc.Keywords = &title, []KeywordChange{{Keyword: c.Phrase, WholeWord: c.WholeWord}}
	return s.AddFilter(ctx, me, fc)
}

// EditPhrase changes a keyword and its filter, unless that would change other keywords too (Mastodon API:
// PUT /api/v1/filters/:id).
func (s *Social) EditPhrase(ctx context.Context, me *model.Account, id model.ID, c PhraseChange) (*model.Filter, error) {
	return s.writeFilter(ctx, me, func(tx *store.Tx) (model.ID, error) {
		f, k, err := tx.FilterOfKeyword(me.ID, id)
		if err != nil {
			return 0, err
		}
		before, fc := *f, c.filter()
		if fc.Title != nil {
			title := text.Truncate(*fc.Title, maxFilterTitle)
			fc.Title = &title
		}
		if err := fc.apply(f, tx.Now()); err != nil {
			return 0, err
		}
		changed := f.Title != before.Title || f.Action != before.Action || f.ExpiresAt != before.ExpiresAt || !slices.Equal(f.Context, before.Context)
		if changed && len(f.Keywords) > 1 {
			return 0, model.Invalidf("These parameters cannot be changed from this application because they apply to more than one filter keyword. Use a more recent application or the web interface.")
		}
		if err := setKeyword(tx, me.ID, k, KeywordChange{Keyword: c.Phrase, WholeWord: c.WholeWord}, "Phrase"); err != nil {
			return 0, err
		}
		return f.ID, tx.SetFilter(f)
	})
}

// RemovePhrase takes a keyword away, and its filter when nothing is left of it (Mastodon API:
// DELETE /api/v1/filters/:id).
func (s *Social) RemovePhrase(ctx context.Context, me *model.Account, id model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		f, k, err := tx.FilterOfKeyword(me.ID, id)
		if err != nil {
			return err
		}
		filtersChanged(tx, me)
		if len(f.Keywords) == 1 && len(f.Statuses) == 0 {
			return tx.RemoveFilter(me.ID, f.ID)
		}
		return tx.RemoveKeyword(me.ID, k)
	})
}
