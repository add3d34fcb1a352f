package store

import "gomphothere/internal/model"

// Idempotent finds what an account made with a key before; 0 is nothing.
func (q *Q) Idempotent(account model.ID, key string) (model.ID, error) {
	id, _, err := maybe[model.ID](q, `select status_id from idempotency where account_id = $1 and key = $2`, account, key)
	return id, err
}

// AddIdempotency remembers what a key made.
func (tx *Tx) AddIdempotency(account model.ID, key string, made model.ID) error {
	_, err := tx.exec(`
		insert into idempotency (account_id, key, status_id, created_at)
		values ($1, $2, $3, $4)
		on conflict (account_id, key) do update set status_id = excluded.status_id, created_at = excluded.created_at`, account, key, made, tx.now)
	return err
}

// ForgetIdempotency drops keys made before t.
func (tx *Tx) ForgetIdempotency(t model.Time) error {
	_, err := tx.exec(`delete from idempotency where created_at < $1`, t)
	return err
}
