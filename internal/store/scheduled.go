package store

import "gomphothere/internal/model"

// AddScheduled writes a scheduled status.
func (tx *Tx) AddScheduled(s *model.ScheduledStatus) error {
	_, err := tx.insert("scheduled_statuses", s, "")
	return err
}

// ScheduledStatus finds one of an account's scheduled statuses.
func (q *Q) ScheduledStatus(account, id model.ID) (*model.ScheduledStatus, error) {
	s, err := one[model.ScheduledStatus](q, `select * from scheduled_statuses where id = $2 and account_id = $1`, account, id)
	return &s, err
}

// CountScheduled says how many statuses an account has scheduled, in all and for the day that begins at day.
func (q *Q) CountScheduled(account model.ID, day model.Time) (total, that int64, err error) {
	type counts struct{ Total, That int64 }
	c, err := one[counts](q, `
		select count(*) as total, coalesce(sum(case when scheduled_at >= $2 and scheduled_at < $3 then 1 else 0 end), 0) as that
		from scheduled_statuses
		where account_id = $1`, account, day, day+86_400_000)
	return c.Total, c.That, err
}
