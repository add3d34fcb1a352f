package store

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"gomphothere/internal/model"
)

// span adds a page's bounds, order and limit to a query of ids. Its text depends only on which bounds are set, so few
// statements stay prepared. column is the cursor; args are those of the text so far.
func span(text, column string, args []any, p model.Page) (string, []any) {
	var b strings.Builder
	b.WriteString(text)
	add := func(op string, id model.ID) {
		args = append(args, id)
		b.WriteString(" and " + column + op + "$" + strconv.Itoa(len(args)))
	}
	if p.MaxID != 0 {
		add(" < ", p.MaxID)
	}
	if f := p.Floor(); f != 0 {
		add(" > ", f)
	}
	order := " desc"
	if p.Ascending() {
		order = " asc"
	}
	args = append(args, p.Limit)
	b.WriteString(" order by " + column + order + " limit $" + strconv.Itoa(len(args)))
	return b.String(), args
}

// ids runs a paged query of ids; the answer is newest first.
func (q *Q) ids(text, column string, args []any, p model.Page) ([]model.ID, error) {
	text, args = span(text, column, args, p)
	ids, err := all[model.ID](q, text, args...)
	if p.Ascending() {
		slices.Reverse(ids)
	}
	return ids, err
}

// PublicFilter narrows the public timelines.
type PublicFilter struct {
	Local     bool
	Remote    bool
	OnlyMedia bool
}

// PublicIDs pages through the public timeline: no reblogs, no replies to others (Mastodon: PublicFeed).
func (q *Q) PublicIDs(f PublicFilter, p model.Page) ([]model.ID, error) {
	text := `
		select s.id
		from statuses s
		where s.visibility = 'public' and s.reblog_of_id = 0 and (not s.is_reply or s.in_reply_to_account_id = s.account_id)`
	if f.Local {
		text += ` and s.local = true`
	}
	if f.Remote {
		text += ` and s.local = false`
	}
	if f.OnlyMedia {
		text += ` and s.media_ids <> '[]'`
	}
	return q.ids(text, "s.id", nil, p)
}

// FollowedIDs gives the newest ids below max (0: from the top) of whom the account follows, its own, and public ones
// with its followed tags. It reads at most perAccount of each author: ids at or above floor are all there, below it
// some may be missing; floor is 0 when nothing is.
func (q *Q) FollowedIDs(account, max model.ID, perAccount int) (ids []model.ID, floor model.ID, err error) {
	if max == 0 {
		max = 1<<63 - 1
	}
	type row struct {
		Source model.ID
		ID     model.ID
	}
	counts := map[model.ID]int{}
	last := map[model.ID]model.ID{}
	seen := map[model.ID]bool{}
	err = each(q, q.db.pick(`
		with sources as (
			select target_id as source from follows where account_id = $1
			union all select $1
		)
		select s.account_id as source, s.id
		from sources f
		join statuses s on s.id in (
			select id from statuses where account_id = f.source and id < $2 order by id desc limit $3
		)
		union all
		select * from (
			select 0 as source, st.status_id as id
			from tag_follows f
			join status_tags st on st.tag_id = f.tag_id
			where f.account_id = $1 and st.status_id < $2
			order by st.status_id desc
			limit $3
		)`, `
		with sources as (
			select target_id as source from follows where account_id = $1
			union all select $1
		)
		select f.source, s.id
		from sources f
		cross join lateral (
			select id from statuses where account_id = f.source and id < $2 order by id desc limit $3
		) s
		union all
		(
			select 0 as source, st.status_id as id
			from tag_follows f
			join status_tags st on st.tag_id = f.tag_id
			where f.account_id = $1 and st.status_id < $2
			order by st.status_id desc
			limit $3
		)`), []any{account, max, perAccount}, func(r *row) {
		counts[r.Source]++
		if l := last[r.Source]; l == 0 || r.ID < l {
			last[r.Source] = r.ID
		}
		if !seen[r.ID] {
			seen[r.ID] = true
			ids = append(ids, r.ID)
		}
	})
	for source, n := range counts {
		if n >= perAccount && last[source] > floor {
			floor = last[source]
		}
	}
	slices.SortFunc(ids, func(a, b model.ID) int { return cmp.Compare(b, a) })
	return ids, floor, err
}
