package store

import (
	"slices"

	"gomphothere/internal/model"
)

// AddScheduled writes a scheduled status.
func (tx *Tx) AddScheduled(s *model.ScheduledStatus) error {
	_, err := tx.insert("scheduled_statuses", s, "")
	return err
}

// ScheduledStatus finds one of an account's scheduled statuses, with its files.
func (q *Q) ScheduledStatus(account, id model.ID) (*model.ScheduledStatus, error) {
	s, err := one[model.ScheduledStatus](q, `select * from scheduled_statuses where id = $2 and account_id = $1`, account, id)
	if err != nil {
		return nil, err
	}
	return &s, q.fillScheduled([]*model.ScheduledStatus{&s})
}

// ScheduledByID finds a scheduled status, whoever asks; for its job.
func (q *Q) ScheduledByID(id model.ID) (*model.ScheduledStatus, error) {
	s, err := one[model.ScheduledStatus](q, `select * from scheduled_statuses where id = $1`, id)
	return &s, err
}

// LockScheduled keeps other transactions from changing or posting a scheduled status before this one ends.
func (tx *Tx) LockScheduled(id model.ID) error { return tx.lock("scheduled_statuses", id) }

// ScheduledStatuses pages through an account's scheduled statuses.
func (q *Q) ScheduledStatuses(account model.ID, p model.Page) ([]*model.ScheduledStatus, error) {
	text, args := span(`select * from scheduled_statuses where account_id = $1`, "id", []any{account}, p)
	list, err := pointers[model.ScheduledStatus](q, text, args...)
	if err != nil {
		return nil, err
	}
	if p.Ascending() {
		slices.Reverse(list)
	}
	return list, q.fillScheduled(list)
}

// fillScheduled reads the files of scheduled statuses.
func (q *Q) fillScheduled(list []*model.ScheduledStatus) error {
	var ids []model.ID
	for _, s := range list {
		ids = append(ids, s.Params.MediaIDs...)
	}
	if len(ids) == 0 {
		return nil
	}
	found := map[model.ID]model.MediaAttachment{}
	if err := each(q, `select * from media_attachments where id in $1`, []any{ids}, func(m *model.MediaAttachment) { found[m.ID] = *m }); err != nil {
		return err
	}
	for _, s := range list {
		for _, id := range s.Params.MediaIDs {
			if m, ok := found[id]; ok && m.ScheduledID == s.ID {
				s.Media = append(s.Media, m)
			}
		}
	}
	return nil
}

// SetScheduledAt moves a scheduled status in time.
func (tx *Tx) SetScheduledAt(id model.ID, at model.Time) error {
	_, err := tx.exec(`update scheduled_statuses set scheduled_at = $2 where id = $1`, id, at)
	return err
}

// RemoveScheduled deletes a scheduled status and sets its files free.
func (tx *Tx) RemoveScheduled(s *model.ScheduledStatus) error {
	if err := tx.ReleaseMedia(s.AccountID, s.ID); err != nil {
		return err
	}
	_, err := tx.exec(`delete from scheduled_statuses where id = $1`, s.ID)
	return err
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
