package social

import (
	"context"
	"slices"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Public is a page of the public timeline (Mastodon API: timelines/public).
func (s *Social) Public(ctx context.Context, me *model.Account, f store.PublicFilter, p model.Page) ([]*model.Status, error) {
	return s.timeline(ctx, me, p, func(q *store.Q, p model.Page) ([]model.ID, error) { return q.PublicIDs(f, p) },
		func(rel *model.Relations, st *model.Status, now model.Time) bool {
			return mayPublic(rel, st, now)
		})
}

// mayPublic tells whether a public status belongs in the viewer's public timelines (Mastodon: PublicFeed).
func mayPublic(rel *model.Relations, st *model.Status, now model.Time) bool {
	if st.Account.Silenced() && !rel.Follows(st.AccountID) && st.AccountID != rel.AccountID {
		return false
	}
	if len(rel.Languages) > 0 && st.Language != "" && !rel.Languages[st.Language] {
		return false
	}
	return rel.Visible(st) && !rel.Hides(st.Account, now)
}

const maxRefills = 6 // chunks read to fill one page; only who hides nearly everybody gets a short one

// timeline reads a page of ids, drops what the viewer may not or does not want to see, and reads on until the page
// is full or the list ends.
func (s *Social) timeline(ctx context.Context, me *model.Account, p model.Page, read func(*store.Q, model.Page) ([]model.ID, error),
	keep func(*model.Relations, *model.Status, model.Time) bool) ([]*model.Status, error) {
	rel, err := s.relations(ctx, me)
	if err != nil {
		return nil, err
	}
	q, next := s.DB.Read(ctx), p
	now := q.Now()
	var out []*model.Status
	for range maxRefills {
		ids, err := read(q, next)
		if err != nil {
			return nil, err
		}
		list, err := q.Statuses(ids)
		if err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(list, func(st *model.Status) bool { return !keep(rel, st, now) })
		if p.Ascending() {
			out = append(list, out...)
		} else {
			out = append(out, list...)
		}
		if len(out) >= p.Limit || len(ids) < next.Limit {
			break
		}
		if p.Ascending() {
			next.MinID = ids[0]
		} else {
			next.MaxID = ids[len(ids)-1]
		}
		next.Limit = p.Limit * 2
	}
	if len(out) <= p.Limit {
		return out, nil
	}
	if p.Ascending() {
		return out[len(out)-p.Limit:], nil
	}
	return out[:p.Limit], nil
}
