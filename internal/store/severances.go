package store

import "gomphothere/internal/model"

// Lost is how many follows somebody here loses, each way.
type Lost struct {
	AccountID model.ID
	Followers int64
	Following int64
}

// LostWithDomain counts for everybody here the follows with a domain.
func (q *Q) LostWithDomain(domain string) ([]Lost, error) {
	return all[Lost](q, `
		select account_id, cast(sum(followers) as bigint) as followers, cast(sum(following) as bigint) as following
		from (
			select f.account_id, 0 as followers, 1 as following
			from accounts them
			join follows f on f.target_id = them.id
			join accounts me on me.id = f.account_id
			where them.domain = $1 and me.domain = ''
			union all
			select f.target_id, 1, 0
			from accounts them
			join follows f on f.account_id = them.id
			join accounts me on me.id = f.target_id
			where them.domain = $1 and me.domain = ''
		) lost
		group by account_id
		order by account_id`, domain)
}

// LostWithAccount counts for everybody here the follows with an account.
func (q *Q) LostWithAccount(account model.ID) ([]Lost, error) {
	return all[Lost](q, `
		select account_id, cast(sum(followers) as bigint) as followers, cast(sum(following) as bigint) as following
		from (
			select f.account_id, 0 as followers, 1 as following
			from follows f
			join accounts me on me.id = f.account_id
			where f.target_id = $1 and me.domain = ''
			union all
			select f.target_id, 1, 0
			from follows f
			join accounts me on me.id = f.target_id
			where f.account_id = $1 and me.domain = ''
		) lost
		group by account_id
		order by account_id`, account)
}

// AddSeverance writes what somebody lost.
func (tx *Tx) AddSeverance(s *model.Severance) error {
	_, err := tx.insert("severances", s, "")
	return err
}

// SeverancesByID finds many by id; the missing are missing.
func (q *Q) SeverancesByID(ids []model.ID) (map[model.ID]*model.Severance, error) {
	list, err := pointers[model.Severance](q, `select * from severances where id in $1`, ids)
	out := make(map[model.ID]*model.Severance, len(list))
	for _, s := range list {
		out[s.ID] = s
	}
	return out, err
}

// ReportsByID finds many by id; the missing are missing.
func (q *Q) ReportsByID(ids []model.ID) (map[model.ID]*model.Report, error) {
	list, err := pointers[model.Report](q, `select * from reports where id in $1`, ids)
	out := make(map[model.ID]*model.Report, len(list))
	for _, r := range list {
		out[r.ID] = r
	}
	return out, err
}
