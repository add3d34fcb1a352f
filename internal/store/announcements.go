package store

import "gomphothere/internal/model"

// Announcements are what the admins say now, oldest first, as one person sees them.
func (q *Q) Announcements(account model.ID) ([]*model.Announcement, error) {
	list, err := pointers[model.Announcement](q, `
		select *
		from announcements
		where published = true
		order by case
			when starts_at <> 0 then starts_at
			when scheduled_at <> 0 then scheduled_at
			when published_at <> 0 then published_at
			else created_at
		end, id`)
	if err != nil || len(list) == 0 {
		return list, err
	}
	ids := make([]model.ID, len(list))
	byID := map[model.ID]*model.Announcement{}
	for i, a := range list {
		ids[i], byID[a.ID] = a.ID, a
	}
	if err := each(q, `
		select announcement_id
		from announcement_reads
		where account_id = $1 and announcement_id in $2`, []any{account, ids}, func(id *model.ID) { byID[*id].Read = true }); err != nil {
		return nil, err
	}
	return list, q.fillReactions(account, ids, byID)
}

func (q *Q) fillReactions(account model.ID, ids []model.ID, byID map[model.ID]*model.Announcement) error {
	var names []string
	if err := each(q, `
		select announcement_id, name, count(*) as count,
			max(case when account_id = $1 then 1 else 0 end) = 1 as me
		from announcement_reactions
		where announcement_id in $2
		group by announcement_id, name
		order by min(id)`, []any{account, ids}, func(r *model.Reaction) {
		a := byID[r.AnnouncementID]
		a.Reactions = append(a.Reactions, *r)
		names = append(names, r.Name)
	}); err != nil || len(names) == 0 {
		return err
	}
	found, err := all[model.CustomEmoji](q, `
		select *
		from custom_emojis
		where domain = '' and not disabled and shortcode in $1`, names)
	if err != nil {
		return err
	}
	for _, a := range byID {
		for i := range a.Reactions {
			for j := range found {
				if found[j].Shortcode == a.Reactions[i].Name {
					a.Reactions[i].Emoji = &found[j]
				}
			}
		}
	}
	return nil
}

// Announcement finds one that is published.
func (q *Q) Announcement(id model.ID) (*model.Announcement, error) {
	a, err := one[model.Announcement](q, `select * from announcements where id = $1 and published = true`, id)
	return &a, err
}

// AnnouncementsForAdmins are all, newest first.
func (q *Q) AnnouncementsForAdmins(limit int) ([]model.Announcement, error) {
	return all[model.Announcement](q, `select * from announcements order by id desc limit $1`, limit)
}

// AddAnnouncement writes a new one.
func (tx *Tx) AddAnnouncement(a *model.Announcement) error {
	_, err := tx.insert("announcements", a, "")
	tx.touch(model.TouchSite, 0, 0)
	return err
}

// RemoveAnnouncement takes one away and says whether it was there.
func (tx *Tx) RemoveAnnouncement(id model.ID) (bool, error) {
	n, err := tx.exec(`delete from announcements where id = $1`, id)
	tx.touch(model.TouchSite, 0, 0)
	return n > 0, err
}

// DueAnnouncements are those whose time has come and that are not published yet.
func (q *Q) DueAnnouncements() ([]model.Announcement, error) {
	return all[model.Announcement](q, `
		select *
		from announcements
		where published = false and scheduled_at <> 0 and scheduled_at <= $1
		order by id`, q.Now())
}

// PublishAnnouncement shows a scheduled one.
func (tx *Tx) PublishAnnouncement(id model.ID) error {
	_, err := tx.exec(`
		update announcements
		set published = true, published_at = $2, updated_at = $2, scheduled_at = 0
		where id = $1`, id, tx.now)
	tx.touch(model.TouchSite, 0, 0)
	return err
}

// ExpireAnnouncements takes back those that have ended and gives their ids.
func (tx *Tx) ExpireAnnouncements() ([]model.ID, error) {
	ids, err := all[model.ID](&tx.Q, `
		select id
		from announcements
		where published = true and ends_at <> 0 and ends_at <= $1`, tx.now)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	_, err = tx.exec(`update announcements set published = false, scheduled_at = 0, updated_at = $2 where id in $1`, ids, tx.now)
	tx.touch(model.TouchSite, 0, 0)
	return ids, err
}

// ReadAnnouncement remembers that somebody has seen one.
func (tx *Tx) ReadAnnouncement(account, id model.ID) error {
	_, err := tx.exec(`
		insert into announcement_reads (account_id, announcement_id)
		values ($1, $2)
		on conflict do nothing`, account, id)
	return err
}

// ReactionNames are the different reactions to an announcement.
func (q *Q) ReactionNames(id model.ID) ([]string, error) {
	return all[string](q, `select distinct name from announcement_reactions where announcement_id = $1`, id)
}

// AddReaction says whether it was not there before.
func (tx *Tx) AddReaction(account, id model.ID, name string) (bool, error) {
	n, err := tx.exec(`
		insert into announcement_reactions (announcement_id, account_id, name, id)
		values ($1, $2, $3, $4)
		on conflict do nothing`, id, account, name, tx.NewID())
	return n > 0, err
}

// RemoveReaction says whether it was there.
func (tx *Tx) RemoveReaction(account, id model.ID, name string) (bool, error) {
	n, err := tx.exec(`
		delete from announcement_reactions
		where announcement_id = $1 and account_id = $2 and name = $3`, id, account, name)
	return n > 0, err
}
