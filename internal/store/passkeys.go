package store

import "gomphothere/internal/model"

// Passkeys lists somebody's passkeys, oldest first.
func (q *Q) Passkeys(user model.ID) ([]*model.Passkey, error) {
	return pointers[model.Passkey](q, `select * from passkeys where user_id = $1 order by id`, user)
}

// AddPasskey writes a passkey; false says that it is known already.
func (tx *Tx) AddPasskey(p *model.Passkey) (bool, error) {
	return tx.insert("passkeys", p, "on conflict do nothing")
}

// SetPasskeyUsed keeps what a passkey's use changed, its counter above all.
func (tx *Tx) SetPasskeyUsed(user model.ID, externalID, credential string) error {
	_, err := tx.exec(`
		update passkeys
		set credential = $3, last_used_at = $4
		where external_id = $2 and user_id = $1`, user, externalID, credential, tx.now)
	return err
}

// RemovePasskey deletes one of somebody's passkeys; false says that it was not there.
func (tx *Tx) RemovePasskey(user, id model.ID) (bool, error) {
	n, err := tx.exec(`delete from passkeys where id = $1 and user_id = $2`, id, user)
	return n > 0, err
}
