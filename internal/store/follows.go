package store

import "gomphothere/internal/model"

// Follows tells whether one account follows another.
func (q *Q) Follows(account, target model.ID) (bool, error) {
	_, found, err := maybe[model.ID](q, `select id from follows where account_id = $1 and target_id = $2`, account, target)
	return found, err
}
