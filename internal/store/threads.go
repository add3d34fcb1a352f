package store

import (
	"cmp"
	"slices"

	"gomphothere/internal/model"
)

// Ancestors are the ids of what a status answers, the beginning of the thread first, at most so many next to it.
func (q *Q) Ancestors(status model.ID, most int) ([]model.ID, error) {
	type up struct {
		ID    model.ID
		Depth int64
	}
	list, err := all[up](q, `
		with recursive up (id, parent, depth) as (
			select s.id, s.in_reply_to_id, 0
			from statuses s
			where s.id = $1
			union all
			select s.id, s.in_reply_to_id, up.depth + 1
			from up
			join statuses s on s.id = up.parent
			where up.parent <> 0 and up.depth < $2
		)
		select id, depth from up where depth > 0 order by depth desc`, status, most)
	out := make([]model.ID, len(list))
	for i, u := range list {
		out[i] = u.ID
	}
	return out, err
}

// mostReplies is how many replies of a thread are read before they are put in order; Mastodon shows no more either.
const mostReplies = 4096

// Descendants are the ids of what answers a status, and of what answers that, down to a depth: each branch whole
// before the next, older ones first, at most so many (Mastodon: ThreadingConcern).
func (q *Q) Descendants(status model.ID, most, depth int) ([]model.ID, error) {
	type reply struct {
		ID     model.ID
		Parent model.ID
	}
	list, err := all[reply](q, `
		with recursive down (id, parent, depth) as (
			select s.id, s.in_reply_to_id, 1
			from statuses s
			where s.in_reply_to_id = $1 and s.in_reply_to_id <> 0
			union all
			select s.id, s.in_reply_to_id, down.depth + 1
			from down
			join statuses s on s.in_reply_to_id = down.id and s.in_reply_to_id <> 0
			where down.depth < $2
		)
		select id, parent from down limit $3`, status, depth, mostReplies)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b reply) int { return cmp.Compare(a.ID, b.ID) })
	replies := map[model.ID][]model.ID{}
	for _, r := range list {
		replies[r.Parent] = append(replies[r.Parent], r.ID)
	}
	var out []model.ID
	// A stack instead of recursion: a thread may be as deep as it is long.
	stack := []model.ID{status}
	for len(stack) > 0 && len(out) <= most {
		id := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if id != status {
			out = append(out, id)
		}
		for _, r := range slices.Backward(replies[id]) {
			stack = append(stack, r)
		}
	}
	return out[:min(len(out), most)], nil
}

// SetRepliesFetched notes that the replies of a status are asked for, and says whether they were not since before.
func (tx *Tx) SetRepliesFetched(status model.ID, before model.Time) (bool, error) {
	n, err := tx.exec(`update statuses set replies_fetched_at = $2 where id = $1 and replies_fetched_at <= $3`, status, tx.now, before)
	tx.touch(model.TouchStatus, 0, status)
	return n > 0, err
}
