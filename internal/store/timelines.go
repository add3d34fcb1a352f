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
	return q.ids(f.narrow(text), "s.id", nil, p)
}

// NewestIDs calls f for the newest n statuses below max, whoever wrote them, and returns the last one's id; 0 when
// there are no more.
func (q *Q) NewestIDs(max model.ID, n int, f func(id, author model.ID)) (floor model.ID, err error) {
	type row struct{ ID, AccountID model.ID }
	count := 0
	err = each(q, `
		select id, account_id
		from statuses
		where id < $1
		order by id desc
		limit $2`, []any{max, n}, func(r *row) {
		count++
		floor = r.ID
		f(r.ID, r.AccountID)
	})
	if count < n {
		floor = 0
	}
	return floor, err
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

// TagFilter says which statuses belong in a hashtag's timeline (Mastodon: TagFeed).
type TagFilter struct {
	Any  []model.ID // at least one of these tags
	All  []model.ID // and all of these
	None []model.ID // and none of these
	PublicFilter
}

// TaggedIDs pages through the public statuses with a tag: read tag by tag in the order of the index, and merged.
func (q *Q) TaggedIDs(f TagFilter, p model.Page) ([]model.ID, error) {
	var out []model.ID
	for _, tag := range f.Any {
		text, args := f.text(tag)
		ids, err := q.ids(text, "st.status_id", args, p)
		if err != nil {
			return nil, err
		}
		out = append(out, ids...)
	}
	slices.SortFunc(out, func(a, b model.ID) int { return cmp.Compare(b, a) })
	out = slices.Compact(out)
	if len(out) <= p.Limit {
		return out, nil
	}
	if p.Ascending() {
		return out[len(out)-p.Limit:], nil
	}
	return out[:p.Limit], nil
}

// text is a timeline of one tag; "cross join" keeps SQLite reading it from the tag's end.
func (f TagFilter) text(tag model.ID) (string, []any) {
	text := `
		select st.status_id
		from status_tags st
		cross join statuses s
		where st.tag_id = $1 and s.id = st.status_id and s.visibility = 'public'`
	args := []any{tag}
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	if len(f.All) > 0 {
		text += ` and (select count(*) from status_tags o where o.status_id = st.status_id and o.tag_id in ` + arg(f.All) + `) = ` + arg(len(f.All))
	}
	if len(f.None) > 0 {
		text += ` and not exists (select 1 from status_tags o where o.status_id = st.status_id and o.tag_id in ` + arg(f.None) + `)`
	}
	return f.narrow(text), args
}

// narrow adds the conditions of the public timelines.
func (f PublicFilter) narrow(text string) string {
	if f.Local {
		text += ` and s.local = true`
	}
	if f.Remote {
		text += ` and s.local = false`
	}
	if f.OnlyMedia {
		text += ` and s.media_ids <> '[]'`
	}
	return text
}

// ListedIDs gives at most limit ids of the members of a list next to a bound, looking at no more than perAuthor of
// each. Downwards: below bound, newest first; upwards: above bound, oldest first. Between bound and edge nothing is left
// out; edge 0: to the end.
func (q *Q) ListedIDs(list, bound model.ID, up bool, perAuthor, limit int) (ids []model.ID, edge model.ID, err error) {
	if bound == 0 && !up {
		bound = 1<<63 - 1
	}
	op, order := "<", "desc"
	if up {
		op, order = ">", "asc"
	}
	next := `select id from statuses where account_id = f.account_id and id ` + op + ` $2 order by id ` + order + ` limit $3`
	type row struct{ Source, ID model.ID }
	counts := map[model.ID]int{}
	err = each(q, `
		select f.account_id as source, s.id
		from list_accounts f `+q.db.pick(`
		cross join statuses s on s.id in (`+next+`)`, `
		cross join lateral (`+next+`) s`)+`
		where f.list_id = $1
		order by s.id `+order+`
		limit $4`, []any{list, bound, perAuthor, limit}, func(r *row) {
		if edge != 0 {
			return
		}
		ids = append(ids, r.ID)
		// After so many of one author there may be more of them before the next author's.
		if counts[r.Source]++; counts[r.Source] == perAuthor || len(ids) == limit {
			edge = r.ID
		}
	})
	return ids, edge, err
}

// AccountFilter says which of an account's statuses are wanted, and which the viewer may have (Mastodon:
// AccountStatusesFilter).
type AccountFilter struct {
	Account model.ID
	Viewer  model.ID // 0: a visitor
	Follows bool     // the viewer follows the account

	Pinned         bool
	OnlyMedia      bool
	ExcludeReplies bool
	ExcludeReblogs bool
	ExcludeDirect  bool
	Tag            model.ID // 0: any
}

// AccountIDs pages through an account's statuses. All conditions but the tag are answered by the index.
func (q *Q) AccountIDs(f AccountFilter, p model.Page) ([]model.ID, error) {
	text, args := f.text()
	return q.ids(text, "s.id", args, p)
}

func (f AccountFilter) text() (string, []any) {
	text := `
		select s.id
		from statuses s
		where s.account_id = $1`
	args := []any{f.Account}
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	if f.Pinned {
		text += ` and s.id in (select status_id from pins where account_id = $1)`
	}
	switch mine := f.Viewer == f.Account; {
	case mine:
	case f.Viewer == 0:
		text += ` and s.visibility in ('public', 'unlisted')`
	case f.Follows:
		text += ` and (s.visibility in ('public', 'unlisted', 'private') or exists (select 1 from mentions m where m.status_id = s.id and m.account_id = ` + arg(f.Viewer) + `))`
	default:
		text += ` and (s.visibility in ('public', 'unlisted') or exists (select 1 from mentions m where m.status_id = s.id and m.account_id = ` + arg(f.Viewer) + `))`
	}
	if f.OnlyMedia {
		text += ` and s.media_ids <> '[]'`
	}
	if f.ExcludeReplies {
		text += ` and (not s.is_reply or s.in_reply_to_account_id = s.account_id)`
	}
	if f.ExcludeReblogs {
		text += ` and s.reblog_of_id = 0`
	}
	if f.ExcludeDirect {
		text += ` and s.visibility <> 'direct'`
	}
	if f.Tag != 0 {
		text += ` and exists (select 1 from status_tags t where t.tag_id = ` + arg(f.Tag) + ` and t.status_id = s.id)`
	}
	return text, args
}
