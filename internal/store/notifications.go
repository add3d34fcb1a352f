package store

import (
	"cmp"
	"slices"

	"gomphothere/internal/model"
)

// AddNotification says whether it was new; the same thing is told once.
func (tx *Tx) AddNotification(n *model.Notification) (bool, error) {
	added, err := tx.insert("notifications", n, "on conflict do nothing")
	if added {
		tx.touch(model.TouchTold, n.AccountID, 0)
	}
	return added, err
}

// Subscribers are the local accounts that asked to be told of every status of an author.
func (q *Q) Subscribers(author model.ID) ([]model.ID, error) {
	return all[model.ID](q, `
		select f.account_id
		from follows f
		join accounts a on a.id = f.account_id
		where f.target_id = $1 and f.notify and a.domain = ''`, author)
}

// Rapport is all that decides whether one account is told what another did.
type Rapport struct {
	Domain            string // whom it tells
	SuspendedAt       model.Time
	Blocked           bool // either way
	Muted             bool // with notifications
	DomainBlocked     bool
	ConversationMuted bool
	Following         bool
	FollowedAt        model.Time // 0: is not followed
	Permitted         bool       // let through for good
	Position          int64      // of the role of whom it tells
	FromPosition      int64      // of the role of who did it
	Pushes            bool       // an app of theirs gets push messages
	Settings          model.UserSettings
	model.NotificationPolicy
}

// Rapport reads how to stands to from; conversation is that of the status concerned, or 0.
func (q *Q) Rapport(to model.ID, from *model.Account, conversation model.ID) (Rapport, error) {
	return one[Rapport](q, `
		select a.id as account_id, a.domain, a.suspended_at,
			(
				exists (select 1 from blocks where account_id = $1 and target_id = $2)
				or exists (select 1 from blocks where account_id = $2 and target_id = $1)
			) as blocked,
			exists (
				select 1
				from mutes
				where account_id = $1 and target_id = $2 and hide_notifications and (expires_at = 0 or expires_at > $3)
			) as muted,
			exists (select 1 from account_domain_blocks where account_id = $1 and domain = $4) as domain_blocked,
			exists (select 1 from conversation_mutes where account_id = $1 and conversation_id = $5) as conversation_muted,
			exists (select 1 from follows where account_id = $1 and target_id = $2) as following,
			coalesce((select created_at from follows where account_id = $2 and target_id = $1), 0) as followed_at,
			exists (select 1 from notification_permissions where account_id = $1 and from_id = $2) as permitted,
			coalesce((select r.position from users u join roles r on r.id = u.role_id where u.account_id = $1), -1) as position,
			coalesce((select r.position from users u join roles r on r.id = u.role_id where u.account_id = $2), -1) as from_position,
			exists (select 1 from push_subscriptions where account_id = $1) as pushes,
			coalesce((select settings from users where account_id = $1), '') as settings,
			coalesce(p.for_not_following, '') as for_not_following, coalesce(p.for_not_followers, '') as for_not_followers,
			coalesce(p.for_new_accounts, '') as for_new_accounts, coalesce(p.for_private_mentions, '') as for_private_mentions,
			coalesce(p.for_limited_accounts, '') as for_limited_accounts, coalesce(p.for_bots, '') as for_bots
		from accounts a
		left join notification_policies p on p.account_id = a.id
		where a.id = $1`, to, from.ID, q.Now(), from.Domain, conversation)
}

// AvoidsAny tells whether an account blocks any of these, or mutes their notifications.
func (q *Q) AvoidsAny(account model.ID, others []model.ID) (bool, error) {
	if len(others) == 0 {
		return false, nil
	}
	return one[bool](q, `
		select (
			exists (select 1 from blocks where account_id = $1 and target_id in $2)
			or exists (
				select 1
				from mutes
				where account_id = $1 and target_id in $2 and hide_notifications and (expires_at = 0 or expires_at > $3)
			)
		) as avoids`, account, others, q.Now())
}

// AnswersPrivately tells whether a status stands in a thread in which a direct status mentioned its author before.
// Mastodon looks 100 statuses up.
func (q *Q) AnswersPrivately(parent, author model.ID) (bool, error) {
	return one[bool](q, `
		with recursive ancestors (id, depth) as (
			select cast($1 as bigint), 0
			union all
			select s.in_reply_to_id, a.depth + 1
			from ancestors a
			join statuses s on s.id = a.id
			where s.in_reply_to_id <> 0 and a.depth < 100
		)
		select exists (
			select 1
			from ancestors a
			join statuses s on s.id = a.id
			join mentions m on m.status_id = s.id
			where s.visibility = 'direct' and m.account_id = $2 and not m.silent
		) as answers`, parent, author)
}

// GroupKeyOf finds which of these keys is in use for an account; "" for none.
func (q *Q) GroupKeyOf(account model.ID, keys []string) (string, error) {
	key, _, err := maybe[string](q, `
		select group_key
		from notifications
		where account_id = $1 and group_key in $2 and group_key <> ''
		limit 1`, account, keys)
	return key, err
}

// NotificationFilter narrows a list of notifications.
type NotificationFilter struct {
	Types    []string // nil: all
	From     model.ID // of one account; held-back ones too
	Filtered bool     // held-back ones too
}

// Notifications pages through somebody's notifications, newest first, as rows alone. Groups named in without are
// left out.
func (q *Q) Notifications(account model.ID, f NotificationFilter, without []string, p model.Page) ([]model.Notification, error) {
	if f.From != 0 {
		return q.notifications(`account_id = $1 and from_id = $2`, []any{account, f.From}, f.Types, without, p)
	}
	if q.cached && f.Types == nil && !f.Filtered && len(without) == 0 && p.First() && p.Limit <= newestTold {
		return q.newest(account, p.Limit)
	}
	out, err := q.notifications(`account_id = $1 and filtered = false`, []any{account}, f.Types, without, p)
	if err != nil || !f.Filtered {
		return out, err
	}
	// Two adjacent pages merged are cheaper than one sorted.
	held, err := q.notifications(`account_id = $1 and filtered = true`, []any{account}, f.Types, without, p)
	if err != nil || len(held) == 0 {
		return out, err
	}
	out = append(out, held...)
	slices.SortFunc(out, func(a, b model.Notification) int { return cmp.Compare(b.ID, a.ID) })
	if len(out) <= p.Limit {
		return out, nil
	}
	if p.Ascending() {
		return out[len(out)-p.Limit:], nil
	}
	return out[:p.Limit], nil
}

// newestTold is how many of somebody's newest notifications are kept: a page, which is what apps ask for again and again.
const newestTold = 40

// newest is the first page, kept until something is told or taken back. Rows cost SQLite's driver more than all else in
// the answer. What the page speaks of is read anew each time, so a status or sender that is gone is gone from it.
func (q *Q) newest(account model.ID, limit int) ([]model.Notification, error) {
	told := q.db.Cache.told
	rows, ok := told.get(account)
	if !ok {
		begun := told.begin(account)
		var err error
		if rows, err = q.notifications(`account_id = $1 and filtered = false`, []any{account}, nil, nil, model.Page{Limit: newestTold}); err != nil {
			return nil, err
		}
		told.put(account, rows, begun)
	}
	return slices.Clone(rows[:min(limit, len(rows))]), nil // the caller writes relations into them
}

func (q *Q) notifications(where string, args []any, types, without []string, p model.Page) ([]model.Notification, error) {
	text, args := narrowed(`select * from notifications where `+where, args, types, without)
	text, args = span(text, "id", args, p)
	list, err := all[model.Notification](q, text, args...)
	if p.Ascending() {
		slices.Reverse(list)
	}
	return list, err
}

// narrowed adds the conditions that are set; few texts come of it.
func narrowed(text string, args []any, types, without []string) (string, []any) {
	if types != nil {
		args = append(args, types)
		text += ` and type in $` + itoa(len(args))
	}
	if len(without) > 0 {
		args = append(args, without)
		text += ` and group_key not in $` + itoa(len(args))
	}
	return text, args
}

// Notification finds one of an account's notifications.
func (q *Q) Notification(account, id model.ID) (*model.Notification, error) {
	n, err := one[model.Notification](q, `select * from notifications where id = $2 and account_id = $1`, account, id)
	return &n, err
}

// NotificationsOfGroup pages through a group, newest first.
func (q *Q) NotificationsOfGroup(account model.ID, key string, p model.Page) ([]model.Notification, error) {
	return q.notifications(`account_id = $1 and group_key = $2 and group_key <> ''`, []any{account, key}, nil, nil, p)
}

// NotificationGroup is what is counted of a group.
type NotificationGroup struct {
	GroupKey string
	Count    int64
	MinID    model.ID // the oldest within the page
	MaxID    model.ID // the newest within the page
	Sample   []model.ID
}

const sampleAccounts = 8 // Mastodon: NotificationGroup::SAMPLE_ACCOUNTS_SIZE

// NotificationGroups counts groups among the notifications up to top, and finds who was newest in each; the oldest is
// looked for from floor on.
func (q *Q) NotificationGroups(account model.ID, keys []string, floor, top model.ID) (map[string]*NotificationGroup, error) {
	out := make(map[string]*NotificationGroup, len(keys))
	if len(keys) == 0 {
		return out, nil
	}
	type counted struct {
		GroupKey string
		Count    int64
		MinID    model.ID
		MaxID    model.ID
	}
	if err := each(q, `
		select group_key, count(*) as count, max(id) as max_id,
			coalesce(min(case when id >= $3 then id end), 0) as min_id
		from notifications
		where account_id = $1 and group_key in $2 and group_key <> '' and id <= $4
		group by group_key`, []any{account, keys, floor, top}, func(g *counted) {
		out[g.GroupKey] = &NotificationGroup{GroupKey: g.GroupKey, Count: g.Count, MinID: g.MinID, MaxID: g.MaxID}
	}); err != nil {
		return nil, err
	}
	for _, g := range out {
		var err error
		if g.Sample, err = all[model.ID](q, `
			select from_id
			from notifications
			where account_id = $1 and group_key = $2 and group_key <> '' and id <= $3
			order by id desc
			limit $4`, account, g.GroupKey, top, sampleAccounts); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CountNotifications counts what is above since, up to limit.
func (q *Q) CountNotifications(account model.ID, f NotificationFilter, since model.ID, limit int) (int64, error) {
	where, args := `account_id = $1 and filtered = false`, []any{account}
	switch {
	case f.From != 0:
		where, args = `account_id = $1 and from_id = $2`, []any{account, f.From}
	case f.Filtered:
		where = `account_id = $1`
	}
	text, args := narrowed(`select count(*) from (select id from notifications where `+where, args, f.Types, nil)
	args = append(args, since, limit)
	return one[int64](q, text+` and id > $`+itoa(len(args)-1)+` limit $`+itoa(len(args))+`) n`, args...)
}

// DismissNotification takes away one and says whether it was there.
func (tx *Tx) DismissNotification(account, id model.ID) (bool, error) {
	return tx.untell(account, `id = $2 and account_id = $1`, account, id)
}

// DismissNotificationGroup takes away a group and says whether it was there.
func (tx *Tx) DismissNotificationGroup(account model.ID, key string) (bool, error) {
	return tx.untell(account, `account_id = $1 and group_key = $2 and group_key <> ''`, account, key)
}

// ClearNotifications takes away all.
func (tx *Tx) ClearNotifications(account model.ID) error {
	_, err := tx.untell(account, `account_id = $1`, account)
	return err
}

// ForgetUpdates takes back what was told of earlier edits of a status: only the newest is news.
func (tx *Tx) ForgetUpdates(statuses []model.ID, typ string) error {
	_, err := tx.untell(0, `status_id in $1 and type = $2`, statuses, typ)
	return err
}

// untell takes notifications away, all of one account (to) or of several (0), and says whether there were any. No
// other statement deletes them, so that what is kept of a list never outlives it.
func (tx *Tx) untell(to model.ID, where string, args ...any) (bool, error) {
	text := `delete from notifications where ` + where
	if to != 0 {
		n, err := tx.exec(text, args...)
		tx.touch(model.TouchTold, to, 0)
		return n > 0, err
	}
	told := map[model.ID]bool{}
	err := each(&tx.Q, text+` returning account_id`, args, func(id *model.ID) { told[*id] = true })
	for id := range told {
		tx.touch(model.TouchTold, id, 0)
	}
	return len(told) > 0, err
}
