package store

import (
	"slices"

	"gomphothere/internal/model"
)

// Tag finds by key (text.TagKey).
func (q *Q) Tag(key string) (model.Tag, error) {
	return one[model.Tag](q, `select * from tags where name = $1`, key)
}

// TagIDs finds the ids of keys, leaving out the unknown.
func (q *Q) TagIDs(keys []string) ([]model.ID, error) {
	return all[model.ID](q, `select id from tags where name in $1 order by id`, keys)
}

const historyDays = 7 // Mastodon API: entities/Tag#history

// TagViews adds to tags what a viewer (0: a visitor) sees of them, in two queries for all.
func (q *Q) TagViews(viewer model.ID, tags []model.Tag) ([]model.TagView, error) {
	out := make([]model.TagView, len(tags))
	byID := map[model.ID]*model.TagView{}
	var ids []model.ID
	today := dayOf(q.Now())
	for i, t := range tags {
		out[i].Tag = t
		for d := range int64(historyDays) {
			out[i].History = append(out[i].History, model.TagDay{TagID: t.ID, Day: today - d})
		}
		if t.ID != 0 {
			byID[t.ID] = &out[i]
			ids = append(ids, t.ID)
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	err := each(q, `
		select tag_id, day, cast(sum(uses) as bigint) as uses, count(*) as accounts
		from tag_days
		where tag_id in $1 and day > $2
		group by tag_id, day`, []any{ids, today - historyDays}, func(d *model.TagDay) {
		if at := today - d.Day; at >= 0 {
			byID[d.TagID].History[at] = *d
		}
	})
	if err != nil || viewer == 0 {
		return out, err
	}
	type mark struct {
		ID       model.ID
		Featured int64
	}
	err = each(q, `
		select tag_id as id, 0 as featured from tag_follows where account_id = $1 and tag_id in $2
		union all select tag_id, 1 from featured_tags where account_id = $1 and tag_id in $2`, []any{viewer, ids}, func(m *mark) {
		if m.Featured != 0 {
			byID[m.ID].Featuring = true
		} else {
			byID[m.ID].Following = true
		}
	})
	return out, err
}

// AddTagFollow follows a tag.
func (tx *Tx) AddTagFollow(account, tag model.ID) error {
	_, err := tx.exec(`
		insert into tag_follows (id, account_id, tag_id, created_at)
		values ($1, $2, $3, $4)
		on conflict do nothing`, tx.NewID(), account, tag, tx.now)
	tx.touchRelations(account)
	return err
}

// RemoveTagFollow unfollows a tag.
func (tx *Tx) RemoveTagFollow(account, tag model.ID) error {
	_, err := tx.exec(`delete from tag_follows where account_id = $1 and tag_id = $2`, account, tag)
	tx.touchRelations(account)
	return err
}

// FollowedTags pages through the tags somebody follows, by the id of the follow; cursors go with the tags.
func (q *Q) FollowedTags(account model.ID, p model.Page) (tags []model.Tag, cursors []model.ID, err error) {
	type row struct {
		FollowID model.ID
		model.Tag
	}
	text, args := span(`
		select f.id as follow_id, t.*
		from tag_follows f
		join tags t on t.id = f.tag_id
		where f.account_id = $1`, "f.id", []any{account}, p)
	err = each(q, text, args, func(r *row) {
		tags = append(tags, r.Tag)
		cursors = append(cursors, r.FollowID)
	})
	if p.Ascending() {
		slices.Reverse(tags)
		slices.Reverse(cursors)
	}
	return tags, cursors, err
}

// FeaturedTags are the tags on somebody's profile, the most used first.
func (q *Q) FeaturedTags(account model.ID) ([]model.FeaturedTag, error) {
	return all[model.FeaturedTag](q, `select * from featured_tags where account_id = $1 order by statuses_count desc, id`, account)
}

// FeaturedTag finds one of somebody's by its tag.
func (q *Q) FeaturedTag(account, tag model.ID) (*model.FeaturedTag, error) {
	f, err := one[model.FeaturedTag](q, `select * from featured_tags where account_id = $1 and tag_id = $2`, account, tag)
	return &f, err
}

// AddFeaturedTag puts a tag on a profile and counts its use there. It does so by the account's statuses, which are
// fewer than a popular tag's.
func (tx *Tx) AddFeaturedTag(f *model.FeaturedTag) error {
	type use struct {
		N    int64
		Last model.Time
	}
	u, err := one[use](&tx.Q, `
		select count(*) as n, coalesce(max(s.id), 0) / 65536 as last
		from statuses s
		where s.account_id = $1 and s.visibility in ('public', 'unlisted') and s.reblog_of_id = 0
			and exists (select 1 from status_tags t where t.tag_id = $2 and t.status_id = s.id)`, f.AccountID, f.TagID)
	if err != nil {
		return err
	}
	f.StatusesCount, f.LastStatusAt = u.N, u.Last
	_, err = tx.insert("featured_tags", f, "")
	return err
}

// RemoveFeaturedTag takes a tag off a profile; id is the featured tag's. It says whether it was there.
func (tx *Tx) RemoveFeaturedTag(account, id model.ID) (bool, error) {
	n, err := tx.exec(`delete from featured_tags where account_id = $1 and id = $2`, account, id)
	return n > 0, err
}

// featuredUse keeps the counts of the author's featured tags: n is 1 for a new status, -1 for one that goes (call it
// while its row is still there or not; it is not counted either way). Editing takes the old away and adds the new.
func (tx *Tx) featuredUse(s *model.Status, n int) error {
	if len(s.Tags) == 0 || !distributable(s) {
		return nil
	}
	ids := make([]model.ID, len(s.Tags))
	for i, t := range s.Tags {
		ids[i] = t.ID
	}
	changed, err := tx.exec(`
		update featured_tags
		set statuses_count = case when statuses_count + $3 < 0 then 0 else statuses_count + $3 end,
			last_status_at = case when $4 > last_status_at then $4 else last_status_at end
		where account_id = $1 and tag_id in $2`, s.AccountID, ids, n, s.ID.Time())
	if err != nil || changed == 0 || n > 0 {
		return err
	}
	_, err = tx.exec(`
		update featured_tags
		set last_status_at = coalesce((
			select max(s.id)
			from statuses s
			where s.account_id = $1 and s.id <> $3 and s.visibility in ('public', 'unlisted')
				and exists (select 1 from status_tags t where t.tag_id = featured_tags.tag_id and t.status_id = s.id)
		), 0) / 65536
		where account_id = $1 and tag_id in $2`, s.AccountID, ids, s.ID)
	return err
}

// RecentTags are the tags of somebody's newest statuses that they do not feature yet, the most used first (Mastodon:
// Tag.suggestions_for_account).
func (q *Q) RecentTags(account model.ID, statuses, limit int) ([]model.Tag, error) {
	return all[model.Tag](q, `
		select t.*
		from tags t
		join (
			select st.tag_id, count(*) as n
			from (select id from statuses where account_id = $1 order by id desc limit $2) s
			join status_tags st on st.status_id = s.id
			where not exists (select 1 from featured_tags f where f.account_id = $1 and f.tag_id = st.tag_id)
			group by st.tag_id
		) u on u.tag_id = t.id
		order by u.n desc, t.id
		limit $3`, account, statuses, limit)
}
