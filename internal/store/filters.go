package store

import "gomphothere/internal/model"

// Filters reads all of an account's filters with their keywords and statuses, expired ones too. Nobody changes what
// it returns.
func (q *Q) Filters(account model.ID) ([]*model.Filter, error) {
	c := &q.db.Cache.filters
	if q.cached {
		if list, ok := c.get(account); ok {
			return list, nil
		}
	}
	begun := c.begin(account)
	list, err := q.loadFilters(account)
	if err != nil {
		return nil, err
	}
	if q.cached {
		c.put(account, list, begun)
	}
	return list, nil
}

func (q *Q) loadFilters(account model.ID) ([]*model.Filter, error) {
	list, err := pointers[model.Filter](q, `select * from filters where account_id = $1 order by id`, account)
	if err != nil || len(list) == 0 {
		return list, err
	}
	byID := make(map[model.ID]*model.Filter, len(list))
	for _, f := range list {
		byID[f.ID] = f
	}
	if err := each(q, `
		select k.*
		from filters f
		join filter_keywords k on k.filter_id = f.id
		where f.account_id = $1
		order by k.id`, []any{account}, func(k *model.FilterKeyword) {
		byID[k.FilterID].Keywords = append(byID[k.FilterID].Keywords, *k)
	}); err != nil {
		return nil, err
	}
	return list, each(q, `
		select s.*
		from filters f
		join filter_statuses s on s.filter_id = f.id
		where f.account_id = $1
		order by s.id`, []any{account}, func(s *model.FilterStatus) {
		byID[s.FilterID].Statuses = append(byID[s.FilterID].Statuses, *s)
	})
}

// Filter finds one of an account's filters.
func (q *Q) Filter(account, id model.ID) (*model.Filter, error) {
	return q.filterWith(account, func(f *model.Filter) bool { return f.ID == id })
}

// FilterOfKeyword finds an account's filter with this keyword, and the keyword.
func (q *Q) FilterOfKeyword(account, id model.ID) (*model.Filter, *model.FilterKeyword, error) {
	var found *model.FilterKeyword
	f, err := q.filterWith(account, func(f *model.Filter) bool {
		for i := range f.Keywords {
			if f.Keywords[i].ID == id {
				found = &f.Keywords[i]
			}
		}
		return found != nil
	})
	return f, found, err
}

// FilterOfStatus finds an account's filter with this row of a status, and the row.
func (q *Q) FilterOfStatus(account, id model.ID) (*model.Filter, *model.FilterStatus, error) {
	var found *model.FilterStatus
	f, err := q.filterWith(account, func(f *model.Filter) bool {
		for i := range f.Statuses {
			if f.Statuses[i].ID == id {
				found = &f.Statuses[i]
			}
		}
		return found != nil
	})
	return f, found, err
}

// filterWith looks through an account's filters; there are few and they are cached.
func (q *Q) filterWith(account model.ID, is func(*model.Filter) bool) (*model.Filter, error) {
	list, err := q.Filters(account)
	if err != nil {
		return nil, err
	}
	for _, f := range list {
		if is(f) {
			return f, nil
		}
	}
	return nil, model.ErrNotFound()
}

// AddFilter writes a new filter; its keywords are added one by one.
func (tx *Tx) AddFilter(f *model.Filter) error {
	_, err := tx.insert("filters", f, "")
	tx.touch(model.TouchFilters, f.AccountID, 0)
	return err
}

// SetFilter writes what its owner edits.
func (tx *Tx) SetFilter(f *model.Filter) error {
	context, err := jsonText(f.Context)
	if err != nil {
		return err
	}
	_, err = tx.exec(`
		update filters
		set title = $3, context = $4, action = $5, expires_at = $6, updated_at = $7
		where id = $2 and account_id = $1`, f.AccountID, f.ID, f.Title, context, f.Action, f.ExpiresAt, tx.now)
	tx.touch(model.TouchFilters, f.AccountID, 0)
	return err
}

// RemoveFilter takes a filter away with all that hangs on it.
func (tx *Tx) RemoveFilter(account, id model.ID) error {
	_, err := tx.exec(`delete from filters where id = $2 and account_id = $1`, account, id)
	tx.touch(model.TouchFilters, account, 0)
	return err
}

// SetKeyword writes a keyword of one of the account's filters, new or edited.
func (tx *Tx) SetKeyword(account model.ID, k *model.FilterKeyword) error {
	_, err := tx.insert("filter_keywords", k, "on conflict (id) do update set keyword = excluded.keyword, whole_word = excluded.whole_word")
	tx.touch(model.TouchFilters, account, 0)
	return err
}

// RemoveKeyword takes a keyword away.
func (tx *Tx) RemoveKeyword(account model.ID, k *model.FilterKeyword) error {
	_, err := tx.exec(`delete from filter_keywords where id = $1 and filter_id = $2`, k.ID, k.FilterID)
	tx.touch(model.TouchFilters, account, 0)
	return err
}

// AddFilterStatus names a status in one of the account's filters and says whether it was not there before.
func (tx *Tx) AddFilterStatus(account model.ID, s *model.FilterStatus) (bool, error) {
	added, err := tx.insert("filter_statuses", s, "on conflict (filter_id, status_id) do nothing")
	tx.touch(model.TouchFilters, account, 0)
	return added, err
}

// RemoveFilterStatus takes it away.
func (tx *Tx) RemoveFilterStatus(account model.ID, s *model.FilterStatus) error {
	_, err := tx.exec(`delete from filter_statuses where id = $1 and filter_id = $2`, s.ID, s.FilterID)
	tx.touch(model.TouchFilters, account, 0)
	return err
}
