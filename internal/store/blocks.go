package store

import "gomphothere/internal/model"

// pairing is a row that ties two accounts.
type pairing struct {
	ID        model.ID
	AccountID model.ID
	TargetID  model.ID
	CreatedAt model.Time
}

// Barred tells whether one of two accounts blocks the other, or the other's domain.
func (q *Q) Barred(a, b *model.Account) (bool, error) {
	_, found, err := maybe[int64](q, `
		select 1 from blocks where account_id = $1 and target_id = $2
		union all
		select 1 from blocks where account_id = $2 and target_id = $1
		union all
		select 1 from account_domain_blocks where account_id = $1 and domain = $4
		union all
		select 1 from account_domain_blocks where account_id = $2 and domain = $3
		limit 1`, a.ID, b.ID, a.Domain, b.Domain)
	return found, err
}

// Blocks pages through whom an account blocks.
func (q *Q) Blocks(account model.ID, p model.Page) ([]Entry, error) {
	return q.entries(`
		select b.id as cursor, b.target_id as id
		from blocks b
		join accounts a on a.id = b.target_id
		where b.account_id = $1 and a.suspended_at = 0`, "b.id", []any{account}, p)
}

// AddBlock writes a block; both circles change.
func (tx *Tx) AddBlock(account, target model.ID) error {
	_, err := tx.insert("blocks", pairing{tx.NewID(), account, target, tx.now}, "on conflict (account_id, target_id) do nothing")
	tx.touchRelations(account, target)
	return err
}

// RemoveBlock takes a block back.
func (tx *Tx) RemoveBlock(account, target model.ID) error {
	_, err := tx.exec(`delete from blocks where account_id = $1 and target_id = $2`, account, target)
	tx.touchRelations(account, target)
	return err
}

// ForgetSender drops what an account was told by another: notifications, and conversations with them.
// Mastodon: AfterBlockService
func (tx *Tx) ForgetSender(account, from model.ID) error {
	if _, err := tx.untell(account, `account_id = $1 and from_id = $2`, account, from); err != nil {
		return err
	}
	for _, text := range []string{
		`delete from notification_requests where account_id = $1 and from_id = $2`,
	} {
		if _, err := tx.exec(text, account, from); err != nil {
			return err
		}
	}
	_, err := tx.exec(`delete from account_conversations where account_id = $1 and participant_ids like $2`,
		account, `%"`+from.String()+`"%`)
	return err
}

// Blocking tells whether one account blocks another.
func (q *Q) Blocking(account, target model.ID) (bool, error) {
	_, found, err := maybe[model.ID](q, `select id from blocks where account_id = $1 and target_id = $2`, account, target)
	return found, err
}
