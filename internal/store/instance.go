package store

import "gomphothere/internal/model"

// Rules are the rules of the house in their order.
func (q *Q) Rules() ([]model.Rule, error) {
	return all[model.Rule](q, `select * from rules order by priority, id`)
}

// SetRule writes a rule, new or edited.
func (tx *Tx) SetRule(r *model.Rule) error {
	_, err := tx.insert("rules", r, "on conflict (id) do update set text = excluded.text, hint = excluded.hint, priority = excluded.priority")
	tx.touch(model.TouchSite, 0, 0)
	return err
}

// RemoveRule takes a rule away and says whether it was there.
func (tx *Tx) RemoveRule(id model.ID) (bool, error) {
	n, err := tx.exec(`delete from rules where id = $1`, id)
	tx.touch(model.TouchSite, 0, 0)
	return n > 0, err
}

// Usage is how much a server is used (Mastodon API: entities/Instance#usage, NodeInfo#usage).
type Usage struct {
	Users          int64
	ActiveMonth    int64
	ActiveHalfyear int64
	Statuses       int64
	Domains        int64
}

// Usage counts people, what they wrote and the servers known. It reads every user once: keep the answer a while.
func (q *Q) Usage(month, halfyear model.Time) (Usage, error) {
	u, err := one[Usage](q, `
		select count(*) as users,
			coalesce(sum(case when last_active_at > $1 then 1 else 0 end), 0) as active_month,
			coalesce(sum(case when last_active_at > $2 then 1 else 0 end), 0) as active_halfyear
		from users
		where confirmed_at <> 0 and approved and not disabled`, month, halfyear)
	if err != nil {
		return u, err
	}
	if u.Statuses, err = one[int64](q, `
		select cast(coalesce(sum(statuses_count), 0) as bigint) as n
		from accounts
		where domain = ''`); err != nil {
		return u, err
	}
	// One step of the index a domain, however many accounts each has.
	u.Domains, err = one[int64](q, `
		with recursive known (domain) as (
			select min(domain) from accounts where domain > ''
			union all
			select (select min(a.domain) from accounts a where a.domain > k.domain)
			from known k
			where k.domain is not null
		)
		select count(*) as n from known where domain is not null`)
	return u, err
}

// Peers are the domains of all accounts known, up to limit.
func (q *Q) Peers(limit int) ([]string, error) {
	return all[string](q, `
		with recursive known (domain) as (
			select min(domain) from accounts where domain > ''
			union all
			select (select min(a.domain) from accounts a where a.domain > k.domain)
			from known k
			where k.domain is not null
		)
		select domain from known where domain is not null limit $1`, limit)
}

// Week is what happened here from one Monday to the next.
type Week struct {
	Week          int64 // its Monday, days since 1970
	Statuses      int64
	Logins        int64
	Registrations int64
}

// Weeks are those since the Monday given, without the empty ones.
func (q *Q) Weeks(since int64) ([]Week, error) {
	return all[Week](q, `select * from activity_weeks where week >= $1 order by week desc`, since)
}

// CountWeek adds the local statuses made in [from, to) to their week, and counts who signed in and up in it anew.
func (tx *Tx) CountWeek(week int64, from, to model.Time) error {
	start := model.Time(week * 86_400_000)
	n, err := one[int64](&tx.Q, `
		select count(*) as n
		from statuses
		where id >= $1 and id < $2 and local = true`, model.IDAt(from), model.IDAt(to))
	if err != nil {
		return err
	}
	type people struct{ Logins, Registrations int64 }
	p, err := one[people](&tx.Q, `
		select coalesce(sum(case when last_active_at >= $1 then 1 else 0 end), 0) as logins,
			coalesce(sum(case when created_at >= $1 and created_at < $2 then 1 else 0 end), 0) as registrations
		from users`, start, start+7*86_400_000)
	if err != nil {
		return err
	}
	_, err = tx.exec(`
		insert into activity_weeks (week, statuses, logins, registrations)
		values ($1, $2, $3, $4)
		on conflict (week) do update set
			statuses = activity_weeks.statuses + excluded.statuses,
			logins = case when excluded.logins > activity_weeks.logins then excluded.logins else activity_weeks.logins end,
			registrations = excluded.registrations`, week, n, p.Logins, p.Registrations)
	return err
}

// ForgetWeeks drops what happened before a Monday.
func (tx *Tx) ForgetWeeks(before int64) error {
	_, err := tx.exec(`delete from activity_weeks where week < $1`, before)
	return err
}

// LocalEmojis are the server's own custom emoji that may be used.
func (q *Q) LocalEmojis() ([]model.CustomEmoji, error) {
	return all[model.CustomEmoji](q, `
		select *
		from custom_emojis
		where domain = '' and not disabled
		order by shortcode`)
}

// LocalEmoji finds one of them by name.
func (q *Q) LocalEmoji(shortcode string) (*model.CustomEmoji, error) {
	e, err := one[model.CustomEmoji](q, `
		select *
		from custom_emojis
		where shortcode = $1 and domain = '' and not disabled`, shortcode)
	return &e, err
}

// Contact is whom to ask: the first owner; nil while there is none.
func (q *Q) Contact() (*model.Account, error) {
	id, found, err := maybe[model.ID](q, `
		select account_id
		from users
		where role_id = $1 and confirmed_at <> 0 and not disabled
		order by id
		limit 1`, model.RoleOwner)
	if err != nil || !found {
		return nil, err
	}
	return q.Account(id)
}

// EveryoneMay tells whether people without a role of their own have a permission.
func (q *Q) EveryoneMay(perm int64) (bool, error) {
	r, err := one[model.Role](q, `select * from roles where id = $1`, model.RoleEveryone)
	return r.Can(perm), err
}
