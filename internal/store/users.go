package store

import "gomphothere/internal/model"

// UserOf finds the login of a local account.
func (q *Q) UserOf(account model.ID) (*model.User, error) {
	u, err := one[model.User](q, `select * from users where account_id = $1`, account)
	return &u, err
}
