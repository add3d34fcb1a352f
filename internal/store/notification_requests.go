package store

import (
	"slices"
	"strconv"

	"gomphothere/internal/model"
)

func itoa(n int) string { return strconv.Itoa(n) }

const (
	// Beyond so many, the number says nothing more (Mastodon: MAX_MEANINGFUL_COUNT).
	meaningfulCount = 100
)

// NotificationPolicy reads what somebody holds back; nobody's choice is the default.
func (q *Q) NotificationPolicy(account model.ID) (*model.NotificationPolicy, error) {
	p, _, err := maybe[model.NotificationPolicy](q, `select * from notification_policies where account_id = $1`, account)
	p.AccountID = account
	return &p, err
}

// SetNotificationPolicy writes it.
func (tx *Tx) SetNotificationPolicy(p *model.NotificationPolicy) error {
	_, err := tx.insert("notification_policies", p, `
		on conflict (account_id) do update set
			for_not_following = excluded.for_not_following, for_not_followers = excluded.for_not_followers,
			for_new_accounts = excluded.for_new_accounts, for_private_mentions = excluded.for_private_mentions,
			for_limited_accounts = excluded.for_limited_accounts, for_bots = excluded.for_bots`)
	return err
}

// PendingRequests counts the requests that wait and what they hold, up to a hundred requests.
func (q *Q) PendingRequests(account model.ID) (requests, notifications int64, err error) {
	type counts struct{ Requests, Notifications int64 }
	c, err := one[counts](q, `
		select count(*) as requests, cast(coalesce(sum(n), 0) as bigint) as notifications
		from (
			select r.notifications_count as n
			from notification_requests r
			join accounts a on a.id = r.from_id
			where r.account_id = $1 and a.suspended_at = 0
			limit $2
		) c`, account, meaningfulCount)
	return c.Requests, c.Notifications, err
}

// HoldBack counts one more held-back status of a sender. Only mentions and quotes ask to be let through.
func (tx *Tx) HoldBack(account, from, status model.ID) error {
	_, err := tx.exec(`
		insert into notification_requests (id, account_id, from_id, last_status_id, notifications_count, created_at, updated_at)
		values ($1, $2, $3, $4, 1, $5, $5)
		on conflict (account_id, from_id) do update set
			last_status_id = excluded.last_status_id, updated_at = excluded.updated_at,
			notifications_count = case
				when notification_requests.notifications_count < $6 then notification_requests.notifications_count + 1
				else notification_requests.notifications_count
			end`, tx.NewID(), account, from, status, tx.now, meaningfulCount)
	return err
}

// NotificationRequests pages through who waits to be let through, hydrated with accounts and last statuses.
func (q *Q) NotificationRequests(account model.ID, p model.Page) ([]*model.NotificationRequest, error) {
	text, args := span(`
		select r.*
		from notification_requests r
		join accounts a on a.id = r.from_id
		where r.account_id = $1 and a.suspended_at = 0`, "r.id", []any{account}, p)
	list, err := pointers[model.NotificationRequest](q, text, args...)
	if err != nil {
		return nil, err
	}
	if p.Ascending() {
		slices.Reverse(list)
	}
	return list, q.hydrateRequests(list)
}

// NotificationRequest finds one.
func (q *Q) NotificationRequest(account, id model.ID) (*model.NotificationRequest, error) {
	list, err := pointers[model.NotificationRequest](q, `
		select *
		from notification_requests
		where id = $2 and account_id = $1`, account, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, model.ErrNotFound()
	}
	return list[0], q.hydrateRequests(list)
}

// NotificationRequestsByID finds which of these ids are requests to an account, as rows alone.
func (q *Q) NotificationRequestsByID(account model.ID, ids []model.ID) ([]model.NotificationRequest, error) {
	return all[model.NotificationRequest](q, `
		select *
		from notification_requests
		where account_id = $1 and id in $2
		order by id`, account, ids)
}

func (q *Q) hydrateRequests(list []*model.NotificationRequest) error {
	var who, statuses []model.ID
	for _, r := range list {
		who = append(who, r.FromID)
		statuses = append(statuses, r.LastStatusID)
	}
	accounts, err := q.accounts(who)
	if err != nil {
		return err
	}
	found, err := q.Statuses(statuses)
	if err != nil {
		return err
	}
	byID := make(map[model.ID]*model.Status, len(found))
	for _, s := range found {
		byID[s.ID] = s
	}
	for _, r := range list {
		r.From, r.LastStatus = accounts[r.FromID], byID[r.LastStatusID]
	}
	return nil
}

// LetThrough lets a sender through for good and shows what was held back; the newest direct statuses among it are
// returned, oldest first, because they belong in conversations.
func (tx *Tx) LetThrough(account, from model.ID) (direct []model.ID, err error) {
	if _, err := tx.exec(`
		insert into notification_permissions (account_id, from_id)
		values ($1, $2)
		on conflict do nothing`, account, from); err != nil {
		return nil, err
	}
	const most = 100 // conversations show only their newest status
	direct, err = all[model.ID](&tx.Q, `
		select n.status_id
		from notifications n
		join statuses s on s.id = n.status_id
		where n.account_id = $1 and n.from_id = $2 and n.filtered = true and n.type = 'mention' and s.visibility = 'direct'
		order by n.id desc
		limit $3`, account, from, most)
	if err != nil {
		return nil, err
	}
	slices.Reverse(direct)
	if _, err := tx.exec(`
		update notifications
		set filtered = false
		where account_id = $1 and from_id = $2 and filtered = true`, account, from); err != nil {
		return nil, err
	}
	tx.touch(model.TouchTold, account, 0)
	_, err = tx.exec(`delete from notification_requests where account_id = $1 and from_id = $2`, account, from)
	return direct, err
}

// DropRequest takes away a request and what was held back.
func (tx *Tx) DropRequest(account, from model.ID) error {
	if _, err := tx.untell(account, `account_id = $1 and from_id = $2 and filtered = true`, account, from); err != nil {
		return err
	}
	_, err := tx.exec(`delete from notification_requests where account_id = $1 and from_id = $2`, account, from)
	return err
}
