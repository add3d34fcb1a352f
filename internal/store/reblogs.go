package store

import "gomphothere/internal/model"

// ReblogOf finds an account's reblog of a status; 0 is none.
func (q *Q) ReblogOf(account, status model.ID) (model.ID, error) {
	id, _, err := maybe[model.ID](q, `select id from statuses where reblog_of_id = $2 and reblog_of_id <> 0 and account_id = $1`, account, status)
	return id, err
}

// LocalRebloggers are our accounts that shared a status.
func (q *Q) LocalRebloggers(status model.ID) ([]model.ID, error) {
	return all[model.ID](q, `
		select s.account_id
		from statuses s
		join accounts a on a.id = s.account_id
		where s.reblog_of_id = $1 and s.reblog_of_id <> 0 and a.domain = ''`, status)
}
