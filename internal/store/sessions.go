package store

import "gomphothere/internal/model"

// SessionByHash finds a signed-in browser.
func (q *Q) SessionByHash(hash string) (*model.Session, error) {
	s, err := one[model.Session](q, `select * from sessions where hash = $1`, hash)
	return &s, err
}

// Sessions lists somebody's signed-in browsers, newest first.
func (q *Q) Sessions(user model.ID) ([]*model.Session, error) {
	return pointers[model.Session](q, `select * from sessions where user_id = $1 order by id desc`, user)
}

// AddSession writes a session; of one person only the newest keep are left.
func (tx *Tx) AddSession(s *model.Session, keep int) error {
	if _, err := tx.insert("sessions", s, ""); err != nil {
		return err
	}
	_, err := tx.exec(`
		delete from sessions
		where user_id = $1 and id < (
			select min(id)
			from (select id from sessions where user_id = $1 order by id desc limit $2) newest)`, s.UserID, keep)
	return err
}

// SetSessionUsed notes when and from where a session was last used.
func (tx *Tx) SetSessionUsed(id model.ID, ip string) error {
	_, err := tx.exec(`update sessions set last_used_at = $2, ip = $3 where id = $1`, id, tx.now, ip)
	return err
}

// RemoveSession signs one of somebody's browsers out.
func (tx *Tx) RemoveSession(user, id model.ID) error {
	_, err := tx.exec(`delete from sessions where id = $1 and user_id = $2`, id, user)
	return err
}

// RemoveSessions signs all of somebody's browsers out, but for one (0: none).
func (tx *Tx) RemoveSessions(user, but model.ID) error {
	_, err := tx.exec(`delete from sessions where user_id = $1 and id <> $2`, user, but)
	return err
}

// RemoveIdleSessions signs out browsers not seen since a time.
func (tx *Tx) RemoveIdleSessions(before model.Time) error {
	_, err := tx.exec(`delete from sessions where last_used_at < $1`, before)
	return err
}
