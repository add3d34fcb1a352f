package store

import (
	"slices"

	"gomphothere/internal/model"
)

// MutedMember is an entry of the list of mutes.
type MutedMember struct {
	Member
	ExpiresAt model.Time
}

// Mutes pages through whom an account mutes now.
func (q *Q) Mutes(account model.ID, p model.Page) ([]MutedMember, error) {
	text, args := span(`
		select m.id, m.target_id as account_id, m.expires_at
		from mutes m
		join accounts a on a.id = m.target_id
		where m.account_id = $1 and (m.expires_at = 0 or m.expires_at > $2) and a.suspended_at = 0`, "m.id", []any{account, q.Now()}, p)
	list, err := all[MutedMember](q, text, args...)
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
	over, err := all[Member](&tx.Q, `
		select id, account_id
		from mutes
		where expires_at <> 0 and expires_at <= $1
		order by expires_at
		limit $2`, tx.now, limit)
	if err != nil || len(over) == 0 {
		return 0, err
	}
	ids := make([]model.ID, len(over))
	for i, m := range over {
		ids[i] = m.ID
		tx.touchRelations(m.AccountID)
	}
	_, err = tx.exec(`delete from mutes where id in $1 and expires_at <> 0 and expires_at <= $2`, ids, tx.now)
	return len(over), err
}
