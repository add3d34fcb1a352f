package store

import (
	"slices"

	"gomphothere/internal/model"
)

// Muted is an entry of the list of mutes.
type Muted struct {
	Entry
	ExpiresAt model.Time
}

// Mutes pages through whom an account mutes now.
func (q *Q) Mutes(account model.ID, p model.Page) ([]Muted, error) {
	text, args := span(`
		select m.id as cursor, m.target_id as id, m.expires_at
		from mutes m
		join accounts a on a.id = m.target_id
		where m.account_id = $1 and (m.expires_at = 0 or m.expires_at > $2) and a.suspended_at = 0`, "m.id", []any{account, q.Now()}, p)
	list, err := all[Muted](q, text, args...)
	if p.Ascending() {
		slices.Reverse(list)
	}
	return list, err
}

// AddMute writes a mute; one that exists takes the new options.
func (tx *Tx) AddMute(m *model.Mute) error {
	_, err := tx.insert("mutes", m, `
		on conflict (account_id, target_id) do update
		set hide_notifications = excluded.hide_notifications, expires_at = excluded.expires_at`)
	tx.touchRelations(m.AccountID)
	return err
}

// RemoveMute takes a mute back.
func (tx *Tx) RemoveMute(account, target model.ID) error {
	_, err := tx.exec(`delete from mutes where account_id = $1 and target_id = $2`, account, target)
	tx.touchRelations(account)
	return err
}

// RemoveExpiredMutes drops mutes whose time is over, at most limit of them, and says how many.
func (tx *Tx) RemoveExpiredMutes(limit int) (int, error) {
	over, err := all[Entry](&tx.Q, `
		select id as cursor, account_id as id
		from mutes
		where expires_at <> 0 and expires_at <= $1
		order by expires_at
		limit $2`, tx.now, limit)
	if err != nil || len(over) == 0 {
		return 0, err
	}
	ids := make([]model.ID, len(over))
	for i, m := range over {
		ids[i] = m.Cursor
		tx.touchRelations(m.ID)
	}
	_, err = tx.exec(`delete from mutes where id in $1 and expires_at <> 0 and expires_at <= $2`, ids, tx.now)
	return len(over), err
}

// Muting tells whether one account mutes another.
func (q *Q) Muting(account, target model.ID) (bool, error) {
	_, found, err := maybe[model.ID](q, `select id from mutes where account_id = $1 and target_id = $2`, account, target)
	return found, err
}
