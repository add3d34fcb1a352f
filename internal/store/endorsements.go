package store

import "gomphothere/internal/model"

// Endorsed pages through whom an account features on its profile.
func (q *Q) Endorsed(account model.ID, p model.Page) ([]Entry, error) {
	return q.entries(`
		select e.id as cursor, e.target_id as id
		from endorsements e
		join accounts a on a.id = e.target_id
		where e.account_id = $1 and a.suspended_at = 0`, "e.id", []any{account}, p)
}

// AddEndorsement features somebody on a profile.
func (tx *Tx) AddEndorsement(account, target model.ID) error {
	_, err := tx.insert("endorsements", pairing{tx.NewID(), account, target, tx.now}, "on conflict (account_id, target_id) do nothing")
	return err
}

// RemoveEndorsement takes somebody off a profile.
func (tx *Tx) RemoveEndorsement(account, target model.ID) error {
	_, err := tx.exec(`delete from endorsements where account_id = $1 and target_id = $2`, account, target)
	return err
}

// SetNote keeps a private note about somebody; "" removes it.
func (tx *Tx) SetNote(account, target model.ID, comment string) error {
	if comment == "" {
		_, err := tx.exec(`delete from account_notes where account_id = $1 and target_id = $2`, account, target)
		return err
	}
	_, err := tx.exec(`
		insert into account_notes (account_id, target_id, comment)
		values ($1, $2, $3)
		on conflict (account_id, target_id) do update set comment = excluded.comment`, account, target, comment)
	return err
}
