package store

import (
	"gomphothere/internal/model"
)

// Lists are an account's lists, oldest first.
func (q *Q) Lists(account model.ID) ([]model.List, error) {
	return all[model.List](q, `select * from lists where account_id = $1 order by id`, account)
}

// List finds a list of the owner's.
func (q *Q) List(owner, id model.ID) (*model.List, error) {
	l, err := one[model.List](q, `select * from lists where id = $2 and account_id = $1`, owner, id)
	return &l, err
}

// ListsWith are the owner's lists that an account is on.
func (q *Q) ListsWith(owner, account model.ID) ([]model.List, error) {
	return all[model.List](q, `
		select l.*
		from lists l
		join list_accounts m on m.list_id = l.id
		where l.account_id = $1 and m.account_id = $2
		order by l.id`, owner, account)
}

// ListMembers pages through the members of a list by account id.
func (q *Q) ListMembers(list model.ID, p model.Page) ([]model.ID, error) {
	return q.ids(`
		select m.account_id
		from list_accounts m
		join accounts a on a.id = m.account_id
		where m.list_id = $1 and a.suspended_at = 0`, "m.account_id", []any{list}, p)
}

// OnList are those of the accounts that are on a list.
func (q *Q) OnList(list model.ID, accounts []model.ID) (map[model.ID]bool, error) {
	on := map[model.ID]bool{}
	err := each(q, `select account_id from list_accounts where list_id = $1 and account_id in $2`, []any{list, accounts}, func(id *model.ID) { on[*id] = true })
	return on, err
}

// AddList writes a new list.
func (tx *Tx) AddList(l *model.List) error {
	_, err := tx.insert("lists", l, "")
	return err
}

// SetList changes a list.
func (tx *Tx) SetList(l *model.List) error {
	_, err := tx.exec(`update lists set title = $2, replies_policy = $3, exclusive = $4 where id = $1`, l.ID, l.Title, l.RepliesPolicy, l.Exclusive)
	tx.touchRelations(l.AccountID)
	return err
}

// RemoveList deletes a list.
func (tx *Tx) RemoveList(l *model.List) error {
	_, err := tx.exec(`delete from lists where id = $1`, l.ID)
	tx.touchRelations(l.AccountID)
	return err
}

// AddToList says whether the account was not on the list before.
func (tx *Tx) AddToList(l *model.List, account model.ID) (bool, error) {
	n, err := tx.exec(`insert into list_accounts (list_id, account_id, id) values ($1, $2, $3) on conflict do nothing`, l.ID, account, tx.NewID())
	tx.touchRelations(l.AccountID)
	return n > 0, err
}

// RemoveFromList takes accounts off a list.
func (tx *Tx) RemoveFromList(l *model.List, accounts []model.ID) error {
	_, err := tx.exec(`delete from list_accounts where list_id = $1 and account_id in $2`, l.ID, accounts)
	tx.touchRelations(l.AccountID)
	return err
}

// FollowsOrAsked are those of the accounts that somebody follows or asked to follow.
func (q *Q) FollowsOrAsked(account model.ID, targets []model.ID) (map[model.ID]bool, error) {
	found := map[model.ID]bool{}
	err := each(q, `
		select target_id from follows where account_id = $1 and target_id in $2
		union all select target_id from follow_requests where account_id = $1 and target_id in $2`,
		[]any{account, targets}, func(id *model.ID) { found[*id] = true })
	return found, err
}
