package store

import (
	"slices"

	"gomphothere/internal/model"
)

// Keys are an account's keys, oldest first. Nobody changes what it returns.
func (q *Q) Keys(account model.ID) ([]model.Key, error) {
	c := &q.db.Cache.keys
	if q.cached {
		if list, ok := c.get(account); ok {
			return list, nil
		}
	}
	begun := c.begin(account)
	list, err := all[model.Key](q, `select * from keys where account_id = $1 order by id`, account)
	if err != nil {
		return nil, err
	}
	if q.cached {
		c.put(account, list, begun)
		for _, k := range list {
			q.db.Cache.keyOwners.Set(k.KeyID, account)
		}
	}
	return list, nil
}

// KeyByID finds a key by the address that signatures name.
func (q *Q) KeyByID(keyID string) (*model.Key, error) {
	if q.cached {
		// Whose key it is may have changed since; their keys in memory are always those that stand.
		if owner, ok := q.db.Cache.keyOwners.GetIfPresent(keyID); ok {
			list, err := q.Keys(owner)
			if err != nil {
				return nil, err
			}
			if k := keyNamed(list, keyID); k != nil {
				return k, nil
			}
		}
	}
	k, err := one[model.Key](q, `select * from keys where key_id = $1`, keyID)
	if err != nil {
		return nil, err
	}
	if q.cached {
		q.db.Cache.keyOwners.Set(keyID, k.AccountID)
	}
	return &k, nil
}

func keyNamed(list []model.Key, keyID string) *model.Key {
	for i := range list {
		if list[i].KeyID == keyID {
			return &list[i]
		}
	}
	return nil
}

// SetKeys gives an account these keys and no others, and says whether anything changed. A key that another account has
// under the same address moves: the caller has checked that its owner lists it.
func (tx *Tx) SetKeys(account model.ID, keys []model.Key) (bool, error) {
	was, err := tx.Keys(account)
	if err != nil {
		return false, err
	}
	same := func(k model.Key) func(model.Key) bool {
		return func(o model.Key) bool {
			return o.KeyID == k.KeyID && o.Algorithm == k.Algorithm && o.Public == k.Public && o.Private == k.Private && o.ExpiresAt == k.ExpiresAt
		}
	}
	changed := false
	for _, k := range was {
		if slices.ContainsFunc(keys, same(k)) {
			continue
		}
		if _, err := tx.exec(`delete from keys where id = $1`, k.ID); err != nil {
			return false, err
		}
		changed = true
	}
	for _, k := range keys {
		if slices.ContainsFunc(was, same(k)) {
			continue
		}
		others, err := all[model.ID](&tx.Q, `select account_id from keys where key_id = $1`, k.KeyID)
		if err != nil {
			return false, err
		}
		for _, id := range others {
			tx.touch(model.TouchKeys, 0, id)
		}
		if _, err := tx.exec(`delete from keys where key_id = $1`, k.KeyID); err != nil {
			return false, err
		}
		k.ID, k.AccountID, k.CreatedAt = tx.NewID(), account, tx.now
		if _, err := tx.insert("keys", k, ""); err != nil {
			return false, err
		}
		changed = true
	}
	if changed {
		tx.touch(model.TouchKeys, 0, account)
	}
	return changed, nil
}

// AddKey writes a key of one of ours unless there is one under its address.
func (tx *Tx) AddKey(k model.Key) error {
	k.ID, k.CreatedAt = tx.NewID(), tx.now
	_, err := tx.insert("keys", k, "on conflict (key_id) do nothing")
	tx.touch(model.TouchKeys, 0, k.AccountID)
	return err
}

// PruneKeys drops keys that nothing can need any more, at most limit of them, and says how many: of accounts that are
// gone, and of those deleted before a time, by when their Delete is delivered or given up.
func (tx *Tx) PruneKeys(before model.Time, limit int) (int, error) {
	old, err := all[pairing](&tx.Q, `
		select k.id, k.account_id
		from keys k
		left join accounts a on a.id = k.account_id
		where a.id is null
			or a.suspended_at <> 0 and a.suspended_at < $1 and a.actor_type <> 'Application' and (
				a.domain = '' and not exists (select 1 from users u where u.account_id = a.id)
				or a.domain <> '' and a.inbox_url = ''
			)
		limit $2`, before, limit)
	if err != nil || len(old) == 0 {
		return 0, err
	}
	ids := make([]model.ID, len(old))
	for i, k := range old {
		ids[i] = k.ID
		tx.touch(model.TouchKeys, 0, k.AccountID)
	}
	_, err = tx.exec(`delete from keys where id in $1`, ids)
	return len(old), err
}
