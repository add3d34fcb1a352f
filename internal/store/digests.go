package store

import "gomphothere/internal/model"

// Digest is what of somebody's notifications went out by mail; zero when nothing did.
func (q *Q) Digest(account model.ID) (model.Digest, error) {
	d, _, err := maybe[model.Digest](q, `select * from digests where account_id = $1`, account)
	d.AccountID = account
	return d, err
}

// SetDigest writes it.
func (tx *Tx) SetDigest(d model.Digest) error {
	_, err := tx.insert("digests", d, `
		on conflict (account_id) do update
		set through_id = excluded.through_id, sent_at = excluded.sent_at`)
	return err
}

// DigestsSince counts whom mails about notifications went to after a time.
func (q *Q) DigestsSince(t model.Time) (int, error) {
	return one[int](q, `select count(*) from digests where sent_at > $1`, t)
}
