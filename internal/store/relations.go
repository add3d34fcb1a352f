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
	found, err := q.RelationsOf([]model.ID{account})
	return found[account], err
}

// RelationsOf reads the circles of several viewers (500 at most) past the cache, in as many queries as one takes.
func (q *Q) RelationsOf(viewers []model.ID) (map[model.ID]*model.Relations, error) {
	out := make(map[model.ID]*model.Relations, len(viewers))
	for _, v := range viewers {
		out[v] = &model.Relations{
			AccountID: v,
			Following: map[model.ID]model.Follow{}, Blocking: map[model.ID]bool{}, BlockedBy: map[model.ID]bool{},
			Muting: map[model.ID]model.Mute{}, Domains: map[string]bool{}, Tags: map[model.ID]bool{},
			Exclusive: map[model.ID]bool{}, Languages: map[string]bool{},
		}
	}
	if err := each(q, `select * from follows where account_id in $1`, []any{viewers}, func(f *model.Follow) { out[f.AccountID].Following[f.TargetID] = *f }); err != nil {
		return nil, err
	}
	if err := each(q, `select * from mutes where account_id in $1`, []any{viewers}, func(m *model.Mute) { out[m.AccountID].Muting[m.TargetID] = *m }); err != nil {
		return nil, err
	}
	type pair struct{ Viewer, ID model.ID }
	for _, s := range []struct {
		text string
		into func(*model.Relations) map[model.ID]bool
	}{
		{`select account_id as viewer, target_id as id from blocks where account_id in $1`, func(r *model.Relations) map[model.ID]bool { return r.Blocking }},
		{`select target_id as viewer, account_id as id from blocks where target_id in $1`, func(r *model.Relations) map[model.ID]bool { return r.BlockedBy }},
		{`select account_id as viewer, tag_id as id from tag_follows where account_id in $1`, func(r *model.Relations) map[model.ID]bool { return r.Tags }},
		{`select l.account_id as viewer, m.account_id as id from lists l join list_accounts m on m.list_id = l.id where l.account_id in $1 and l.exclusive`, func(r *model.Relations) map[model.ID]bool { return r.Exclusive }},
	} {
		if err := each(q, s.text, []any{viewers}, func(p *pair) { s.into(out[p.Viewer])[p.ID] = true }); err != nil {
			return nil, err
		}
	}
	type domain struct {
		AccountID model.ID
		Domain    string
	}
	if err := each(q, `select account_id, domain from account_domain_blocks where account_id in $1`, []any{viewers}, func(d *domain) { out[d.AccountID].Domains[d.Domain] = true }); err != nil {
		return nil, err
	}
	type chosen struct {
		AccountID model.ID
		Settings  model.UserSettings
	}
	err := each(q, `select account_id, settings from users where account_id in $1`, []any{viewers}, func(c *chosen) {
		for _, l := range c.Settings.ChosenLanguages {
			out[c.AccountID].Languages[l] = true
		}
	})
	return out, err
}

// TouchRelations is told by every verb that changes somebody's circle; their home feed is built anew.
func (tx *Tx) touchRelations(accounts ...model.ID) {
	for _, a := range accounts {
		tx.touch(model.TouchRelations, a, 0)
		tx.touch(model.TouchFeed, a, 0)
	}
}
