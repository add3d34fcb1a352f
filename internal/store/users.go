package store

import "gomphothere/internal/model"

// UserOf finds the login of a local account.
func (q *Q) UserOf(account model.ID) (*model.User, error) {
	u, err := one[model.User](q, `select * from users where account_id = $1`, account)
	return &u, err
}

// AddUser writes a new login.
func (tx *Tx) AddUser(u *model.User) error {
	_, err := tx.insert("users", u, "")
	tx.touch(model.TouchAccount, 0, u.AccountID)
	return err
}
