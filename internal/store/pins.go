package store

import "gomphothere/internal/model"

// Pins counts what an account pinned, and tells whether this status is among it.
func (q *Q) Pins(account, status model.ID) (n int64, pinned bool, err error) {
	type pins struct{ Total, That int64 }
	p, err := one[pins](q, `
		select count(*) as total, coalesce(sum(case when status_id = $2 then 1 else 0 end), 0) as that
		from pins
		where account_id = $1`, account, status)
	return p.Total, p.That > 0, err
}

// AddPin puts a status on top of its author's profile.
func (tx *Tx) AddPin(account, status model.ID) error {
	_, err := tx.exec(`
		insert into pins (account_id, status_id, id)
		values ($1, $2, $3)
		on conflict (account_id, status_id) do nothing`, account, status, tx.NewID())
	tx.touch(model.TouchMarks, account, status)
	return err
}

// RemovePin takes it down again and says whether it was up.
func (tx *Tx) RemovePin(account, status model.ID) (bool, error) {
	n, err := tx.exec(`delete from pins where account_id = $1 and status_id = $2`, account, status)
	tx.touch(model.TouchMarks, account, status)
	return n > 0, err
}

// Pinned are the statuses an account pinned.
func (q *Q) Pinned(account model.ID) ([]model.ID, error) {
	return all[model.ID](q, `select status_id from pins where account_id = $1 order by id`, account)
}
