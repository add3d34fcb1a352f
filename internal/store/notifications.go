package store

import "gomphothere/internal/model"

// AddNotification says whether it was new; the same thing is told once.
func (tx *Tx) AddNotification(n *model.Notification) (bool, error) {
	return tx.insert("notifications", n, "on conflict do nothing")
}

// Subscribers are the local accounts that asked to be told of every status of an author.
func (q *Q) Subscribers(author model.ID) ([]model.ID, error) {
	return all[model.ID](q, `
		select f.account_id
		from follows f
		join accounts a on a.id = f.account_id
		where f.target_id = $1 and f.notify and a.domain = ''`, author)
}

// ForgetUpdates takes back what was told of earlier edits of a status: only the newest is news.
func (tx *Tx) ForgetUpdates(statuses []model.ID, typ string) error {
	_, err := tx.exec(`delete from notifications where status_id in $1 and type = $2`, statuses, typ)
	return err
}
