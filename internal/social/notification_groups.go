package social

import (
	"context"
	"slices"
	"strings"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// NotificationGroup is notifications told as one (Mastodon API: entities/NotificationGroup).
type NotificationGroup struct {
	Key        string
	Type       string
	Count      int64
	MostRecent model.ID
	PageMin    model.ID // 0: not part of a page
	PageMax    model.ID
	LatestAt   model.Time
	Sample     []*model.Account
	Status     *model.Status
	Newest     *model.Notification // by which the group was met
}

const ungrouped = "ungrouped-" // Mastodon's key of what stands alone: with its id

// keyOf is the key under which a notification gathers when these types do.
func keyOf(n *model.Notification, grouped []string) string {
	if n.GroupKey != "" && slices.Contains(grouped, n.Type) {
		return n.GroupKey
	}
	return ungrouped + n.ID.String()
}

// gathering are the types that gather in an answer.
func (n *NotificationQuery) gathering() []string {
	if len(n.Grouped) == 0 {
		return groupable()
	}
	return n.Grouped
}

// GroupedNotifications is a page of groups, the one told of last first; cursors are notifications (Mastodon API:
// GET /api/v2/notifications).
func (s *Social) GroupedNotifications(ctx context.Context, me *model.Account, n NotificationQuery, p model.Page) ([]*NotificationGroup, []model.ID, error) {
	q := s.DB.Read(ctx)
	picked, err := s.pickGroups(q, me, n, p)
	if err != nil || len(picked) == 0 {
		return nil, nil, err
	}
	cursors := make([]model.ID, len(picked))
	for i, m := range picked {
		cursors[i] = m.ID
	}
	// What of each group belongs to the page: all between its ends, and on the last page to the end of the list.
	floor, top := picked[len(picked)-1].ID, picked[0].ID
	if len(picked) < p.Limit {
		if p.Ascending() {
			if top = 1<<63 - 1; p.MaxID != 0 {
				top = p.MaxID - 1
			}
		} else if floor = 0; p.SinceID != 0 {
			floor = p.SinceID + 1
		}
	}
	groups, err := s.gather(q, me, picked, n.gathering(), floor, top, true)
	return groups, cursors, err
}

// pickGroups reads a page in which every group appears once, by the first of its notifications met.
func (s *Social) pickGroups(q *store.Q, me *model.Account, n NotificationQuery, p model.Page) ([]*model.Notification, error) {
	rel, err := q.Relations(me.ID)
	if err != nil {
		return nil, err
	}
	f, grouped := n.filter(), n.gathering()
	seen := map[string]bool{}
	var without []string // groups met; the database passes over the rest of them
	var out []*model.Notification
	next := p
	for range maxRefills {
		rows, err := q.Notifications(me.ID, f, without, next)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			break
		}
		edge := rows[len(rows)-1].ID
		if p.Ascending() {
			edge = rows[0].ID
			slices.Reverse(rows)
		}
		full := len(rows) == next.Limit
		shown, err := hydrateNotifications(q, rel, rows)
		if err != nil {
			return nil, err
		}
		for _, m := range shown {
			key := keyOf(m, grouped)
			if seen[key] || len(out) == p.Limit {
				continue
			}
			seen[key] = true
			if key == m.GroupKey {
				without = append(without, key)
			}
			out = append(out, m)
		}
		if len(out) >= p.Limit || !full {
			break
		}
		if p.Ascending() {
			next.MinID = edge
		} else {
			next.MaxID = edge
		}
	}
	if p.Ascending() {
		slices.Reverse(out)
	}
	return out, nil
}

// gather makes groups of picked notifications, one each, counting those up to top.
func (s *Social) gather(q *store.Q, me *model.Account, picked []*model.Notification, grouped []string, floor, top model.ID, paged bool) ([]*NotificationGroup, error) {
	var keys []string
	for _, m := range picked {
		if key := keyOf(m, grouped); key == m.GroupKey {
			keys = append(keys, key)
		}
	}
	counted, err := q.NotificationGroups(me.ID, keys, floor, top)
	if err != nil {
		return nil, err
	}
	var who []model.ID
	for _, c := range counted {
		who = append(who, c.Sample...)
	}
	accounts, err := q.AccountsByID(who)
	if err != nil {
		return nil, err
	}
	out := make([]*NotificationGroup, 0, len(picked))
	for _, m := range picked {
		g := &NotificationGroup{
			Key: keyOf(m, grouped), Type: m.Type, Count: 1, MostRecent: m.ID, PageMin: m.ID, PageMax: m.ID,
			LatestAt: m.CreatedAt, Sample: []*model.Account{m.From}, Status: m.Status, Newest: m,
		}
		if c := counted[g.Key]; c != nil {
			g.Count, g.MostRecent, g.PageMin, g.PageMax = c.Count, c.MaxID, c.MinID, c.MaxID
			g.LatestAt = c.MaxID.Time()
			if c.MinID == 0 {
				g.PageMin = m.ID
			}
			g.Sample = g.Sample[:0]
			for _, id := range c.Sample {
				if a := accounts[id]; a != nil && !a.Suspended() && !slices.Contains(g.Sample, a) {
					g.Sample = append(g.Sample, a)
				}
			}
			if len(g.Sample) == 0 {
				g.Sample = []*model.Account{m.From}
			}
		}
		if !paged {
			g.PageMin, g.PageMax, g.LatestAt = 0, 0, 0
		}
		out = append(out, g)
	}
	return out, nil
}

// ofGroup finds a page of the notifications under a key, grouped or not.
func (s *Social) ofGroup(q *store.Q, me *model.Account, key string, p model.Page) ([]*model.Notification, error) {
	if one, alone := strings.CutPrefix(key, ungrouped); alone {
		id, err := model.ParseID(one)
		if err != nil {
			return nil, err
		}
		n, err := s.Notification(q.Context(), me, id)
		if err != nil {
			return nil, err
		}
		if !p.Has(n.ID) {
			return nil, nil
		}
		return []*model.Notification{n}, nil
	}
	return s.fillNotifications(q, me, p, func(p model.Page) ([]model.Notification, error) {
		return q.NotificationsOfGroup(me.ID, key, p)
	})
}

// NotificationGroup is one group (Mastodon API: GET /api/v2/notifications/:group_key).
func (s *Social) NotificationGroup(ctx context.Context, me *model.Account, key string) (*NotificationGroup, error) {
	q := s.DB.Read(ctx)
	list, err := s.ofGroup(q, me, key, model.Page{Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, model.ErrNotFound()
	}
	grouped := groupable()
	if strings.HasPrefix(key, ungrouped) {
		grouped = []string{}
	}
	groups, err := s.gather(q, me, list, grouped, 0, 1<<63-1, false)
	if err != nil {
		return nil, err
	}
	return groups[0], nil
}

// NotificationGroupAccounts is a page of who is behind a group; cursors are notifications (Mastodon API:
// GET /api/v2/notifications/:group_key/accounts).
func (s *Social) NotificationGroupAccounts(ctx context.Context, me *model.Account, key string, p model.Page) ([]*model.Account, []model.ID, error) {
	list, err := s.ofGroup(s.DB.Read(ctx), me, key, p)
	if err != nil {
		return nil, nil, err
	}
	var who []*model.Account
	var cursors []model.ID
	for _, n := range list {
		who = append(who, n.From)
		cursors = append(cursors, n.ID)
	}
	return who, cursors, nil
}

// UnreadNotificationGroups counts the groups told of since the marker, up to limit (Mastodon API:
// GET /api/v2/notifications/unread_count).
func (s *Social) UnreadNotificationGroups(ctx context.Context, me *model.Account, n NotificationQuery, limit int) (int64, error) {
	q := s.DB.Read(ctx)
	since, err := q.LastRead(me.ID, "notifications")
	if err != nil {
		return 0, err
	}
	f, grouped := n.filter(), n.gathering()
	const most = 5000 // notifications looked through; who has more unread is told of fewer groups
	rows, err := q.Notifications(me.ID, f, nil, model.Page{SinceID: since, Limit: most})
	if err != nil {
		return 0, err
	}
	seen := map[string]bool{}
	for i := range rows {
		if seen[keyOf(&rows[i], grouped)] = true; len(seen) == limit {
			break
		}
	}
	return int64(len(seen)), nil
}

// DismissNotificationGroup takes a group away (Mastodon API: POST /api/v2/notifications/:group_key/dismiss). As in
// Mastodon what is not there is dismissed already.
func (s *Social) DismissNotificationGroup(ctx context.Context, me *model.Account, key string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if one, alone := strings.CutPrefix(key, ungrouped); alone {
			id, err := model.ParseID(one)
			if err != nil {
				return err
			}
			_, err = tx.DismissNotification(me.ID, id)
			return err
		}
		_, err := tx.DismissNotificationGroup(me.ID, key)
		return err
	})
}
