package store

import "gomphothere/internal/model"

// Relations reads one viewer's whole circle. Nobody changes what it returns.
func (q *Q) Relations(account model.ID) (*model.Relations, error) {
	c := &q.db.Cache.relations
	if q.cached {
		if r, ok := c.get(account); ok {
			return r, nil
		}
	}
	begun := c.begin(account)
	r, err := q.loadRelations(account)
	if err != nil {
		return nil, err
	}
	if q.cached {
		c.put(account, r, begun)
	}
	return r, nil
}

func (q *Q) loadRelations(account model.ID) (*model.Relations, error) {
	r := &model.Relations{
		AccountID: account,
		Following: map[model.ID]model.Follow{}, Blocking: map[model.ID]bool{}, BlockedBy: map[model.ID]bool{},
		Muting: map[model.ID]model.Mute{}, Domains: map[string]bool{}, Tags: map[model.ID]bool{},
		Exclusive: map[model.ID]bool{}, Languages: map[string]bool{},
	}
	if err := each(q, `select * from follows where account_id = $1`, []any{account}, func(f *model.Follow) { r.Following[f.TargetID] = *f }); err != nil {
		return nil, err
	}
	if err := each(q, `select * from mutes where account_id = $1`, []any{account}, func(m *model.Mute) { r.Muting[m.TargetID] = *m }); err != nil {
		return nil, err
	}
	for _, s := range []struct {
		text string
		into map[model.ID]bool
	}{
		{`select target_id from blocks where account_id = $1`, r.Blocking},
		{`select account_id from blocks where target_id = $1`, r.BlockedBy},
		{`select tag_id from tag_follows where account_id = $1`, r.Tags},
		{`select m.account_id from lists l join list_accounts m on m.list_id = l.id where l.account_id = $1 and l.exclusive`, r.Exclusive},
	} {
		if err := each(q, s.text, []any{account}, func(id *model.ID) { s.into[*id] = true }); err != nil {
			return nil, err
		}
	}
	if err := each(q, `select domain from account_domain_blocks where account_id = $1`, []any{account}, func(d *string) { r.Domains[*d] = true }); err != nil {
		return nil, err
	}
	type chosen struct{ Settings model.UserSettings }
	err := each(q, `select settings from users where account_id = $1`, []any{account}, func(c *chosen) {
		for _, l := range c.Settings.ChosenLanguages {
			r.Languages[l] = true
		}
	})
	return r, err
}

// TouchRelations is told by every verb that changes somebody's circle; their home feed is built anew.
func (tx *Tx) touchRelations(accounts ...model.ID) {
	for _, a := range accounts {
		tx.touch(model.TouchRelations, a, 0)
		tx.touch(model.TouchFeed, a, 0)
	}
}
