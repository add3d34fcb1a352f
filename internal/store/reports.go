package store

import "gomphothere/internal/model"

// Report finds one by id.
func (q *Q) Report(id model.ID) (*model.Report, error) {
	r, err := one[model.Report](q, `select * from reports where id = $1`, id)
	return &r, err
}

// AddReport writes a report; one that came before under the same address about the same account stays as it is. It
// says whether it is new.
func (tx *Tx) AddReport(r *model.Report) (bool, error) {
	return tx.insert("reports", r, "on conflict (uri, target_id) where uri <> '' do nothing")
}

// StatusesOfNamed are the statuses of one account among these addresses.
func (q *Q) StatusesOfNamed(account model.ID, uris []string) ([]model.ID, error) {
	return all[model.ID](q, `select id from statuses where uri in $1 and account_id = $2 order by id`, uris, account)
}

// AnswersUs tells whether one of these statuses replies to somebody here.
func (q *Q) AnswersUs(statuses []model.ID) (bool, error) {
	_, found, err := maybe[int64](q, `
		select 1
		from statuses s
		join accounts a on a.id = s.in_reply_to_account_id
		where s.id in $1 and a.domain = ''
		limit 1`, statuses)
	return found, err
}

// AnsweredElsewhere are the accounts on these domains that the statuses reply to.
func (q *Q) AnsweredElsewhere(statuses []model.ID, domains []string) ([]model.ID, error) {
	return all[model.ID](q, `
		select distinct a.id
		from statuses s
		join accounts a on a.id = s.in_reply_to_account_id
		where s.id in $1 and a.domain in $2 and a.domain <> ''
		order by a.id`, statuses, domains)
}

// CountReports is how many reports there are.
func (q *Q) CountReports() (int64, error) { return one[int64](q, `select count(*) as n from reports`) }
