package store

import "gomphothere/internal/model"

// Follows tells whether one account follows another.
func (q *Q) Follows(account, target model.ID) (bool, error) {
	_, found, err := maybe[model.ID](q, `select id from follows where account_id = $1 and target_id = $2`, account, target)
	return found, err
}

// Blocking tells whether one account blocks another.
func (q *Q) Blocking(account, target model.ID) (bool, error) {
	_, found, err := maybe[model.ID](q, `select id from blocks where account_id = $1 and target_id = $2`, account, target)
	return found, err
}

// AddFollow writes a follow, counts it, and says whether it was new. An existing one takes the new options.
func (tx *Tx) AddFollow(f *model.Follow) error {
	added, err := tx.insert("follows", f, "on conflict (account_id, target_id) do nothing")
	if err != nil {
		return err
	}
	tx.touchRelations(f.AccountID)
	if !added {
		return nil
	}
	return tx.CountFollow(f.AccountID, f.TargetID, 1)
}
