package store

import (
	"maps"
	"slices"

	"gomphothere/internal/model"
)

// StatusFor finds a status that the viewer (nil: a visitor) may see.
func (q *Q) StatusFor(viewer *model.Account, id model.ID) (*model.Status, error) {
	var who model.ID
	if viewer != nil {
		who = viewer.ID
	}
	if !q.cached || who == 0 {
		if _, err := one[model.ID](q, `select s.id from statuses s where s.id = $2 and `+visible, who, id); err != nil {
			return nil, err
		}
		s, err := q.StatusByID(id)
		if err != nil || s.Reblog == nil {
			return s, err
		}
		// Whoever shared it, the author of the original decides.
		_, err = q.StatusFor(viewer, s.ReblogOfID)
		return s, err
	}
	s, err := q.StatusByID(id)
	if err != nil {
		return nil, err
	}
	rel, err := q.Relations(who)
	if err != nil {
		return nil, err
	}
	if !rel.Visible(s) || s.Reblog != nil && !rel.Visible(s.Reblog) {
		return nil, model.ErrNotFound()
	}
	return s, nil
}

// LockStatus keeps other transactions from changing a status before this one ends. SQLite's one writer is alone anyway.
func (tx *Tx) LockStatus(id model.ID) error { return tx.lock("statuses", id) }

func (tx *Tx) lock(table string, id model.ID) error {
	if !tx.db.postgres {
		return nil
	}
	_, err := all[model.ID](&tx.Q, `select id from `+table+` where id = $1 for update`, id)
	return err
}

// StatusByID finds a status whoever asks; the caller has checked, or acts for the server.
func (q *Q) StatusByID(id model.ID) (*model.Status, error) {
	list, err := q.Statuses([]model.ID{id})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, model.ErrNotFound()
	}
	return list[0], nil
}

// StatusByURI finds by ActivityPub id, whoever asks.
func (q *Q) StatusByURI(uri string) (*model.Status, error) {
	id, err := one[model.ID](q, `select id from statuses where uri = $1`, uri)
	if err != nil {
		return nil, err
	}
	return q.StatusByID(id)
}

// AddStatus writes a new status with its mentions and tags, and counts it. It is a conflict when the id or the URI are
// in use, which happens to those of other servers alone.
func (tx *Tx) AddStatus(s *model.Status) error {
	added, err := tx.insert("statuses", s, "on conflict do nothing")
	if err == nil && !added {
		err = &model.Error{Kind: model.KindConflict, Text: "This status is known"}
	}
	if err != nil {
		return err
	}
	if err := tx.mention(s); err != nil {
		return err
	}
	if err := tx.tagStatus(s); err != nil {
		return err
	}
	if err := tx.featuredUse(s, 1); err != nil {
		return err
	}
	if err := tx.indexStatus(s); err != nil {
		return err
	}
	if s.InReplyToID != 0 && distributable(s) {
		if err := tx.count("replies_count", s.InReplyToID, 1); err != nil {
			return err
		}
	}
	if s.ReblogOfID != 0 {
		if err := tx.count("reblogs_count", s.ReblogOfID, 1); err != nil {
			return err
		}
		tx.touch(model.TouchMarks, s.AccountID, s.ReblogOfID)
	}
	if s.Visibility != model.Direct {
		if err := tx.CountStatus(s.AccountID, 1, s.CreatedAt); err != nil {
			return err
		}
	}
	tx.Publish(model.Event{Type: model.TouchAdded, Account: s.AccountID, ID: s.ID, Of: model.PlaceOf(s)})
	tx.touch(model.TouchStatus, 0, s.ID)
	return nil
}

// mention writes whom a status addresses, however many, in a statement.
func (tx *Tx) mention(s *model.Status) error {
	if len(s.Mentions) == 0 {
		return nil
	}
	var all, silent []model.ID
	for _, m := range s.Mentions {
		all = append(all, m.AccountID)
		if m.Silent {
			silent = append(silent, m.AccountID)
		}
	}
	_, err := tx.exec(`
		insert into mentions (status_id, account_id, silent)
		select cast($1 as bigint), id, id in $3
		from accounts
		where id in $2
		on conflict do nothing`, s.ID, all, silent)
	return err
}

// distributable: only what anybody may see counts as a reply (Mastodon: Status#increment_counter_caches).
func distributable(s *model.Status) bool {
	return s.Visibility == model.Public || s.Visibility == model.Unlisted
}

// tagStatus writes a status's tags and counts their use today.
func (tx *Tx) tagStatus(s *model.Status) error {
	if len(s.Tags) == 0 {
		return nil
	}
	ids := make([]model.ID, len(s.Tags))
	for i, t := range s.Tags {
		ids[i] = t.ID
	}
	if _, err := tx.exec(`
		insert into status_tags (tag_id, status_id)
		select id, cast($2 as bigint)
		from tags
		where id in $1
		on conflict do nothing`, ids, s.ID); err != nil {
		return err
	}
	if s.Visibility != model.Public {
		return nil
	}
	if _, err := tx.exec(`
		insert into tag_days (tag_id, day, account_id, uses)
		select id, cast($2 as bigint), cast($3 as bigint), 1
		from tags
		where id in $1
		on conflict (tag_id, day, account_id) do update set uses = tag_days.uses + 1`, ids, dayOf(s.CreatedAt), s.AccountID); err != nil {
		return err
	}
	_, err := tx.exec(`update tags set last_status_at = $2 where id in $1 and last_status_at < $2`, ids, s.CreatedAt)
	return err
}

// dayOf counts days in UTC since 1970.
func dayOf(t model.Time) int64 { return int64(t) / 86_400_000 }

// TagsNamed finds or makes the tags of these names; the key is the folded name, the value how it is written.
func (tx *Tx) TagsNamed(names map[string]string) ([]model.Tag, error) {
	if len(names) == 0 {
		return nil, nil
	}
	keys := slices.Sorted(maps.Keys(names)) // in one order, so that two at once do not wait for each other
	found, err := all[model.Tag](&tx.Q, `select * from tags where name in $1 order by id`, keys)
	if err != nil || len(found) == len(keys) {
		return found, err
	}
	for _, name := range keys {
		if slices.ContainsFunc(found, func(t model.Tag) bool { return t.Name == name }) {
			continue
		}
		if _, err := tx.exec(`
			insert into tags (id, name, display_name, created_at)
			values ($1, $2, $3, $4)
			on conflict (name) do nothing`, tx.NewID(), name, names[name], tx.now); err != nil {
			return nil, err
		}
	}
	return all[model.Tag](&tx.Q, `select * from tags where name in $1 order by id`, keys)
}

// count adds n to one of a status's counters and never goes below zero.
func (tx *Tx) count(column string, status model.ID, n int) error {
	_, err := tx.exec(`
		update statuses
		set `+column+` = case when `+column+` + $2 < 0 then 0 else `+column+` + $2 end
		where id = $1`, status, n)
	tx.touch(model.TouchStatus, 0, status)
	return err
}
