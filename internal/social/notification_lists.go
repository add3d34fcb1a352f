package social

import (
	"context"
	"slices"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// NotificationQuery narrows a list of notifications as clients ask for it (Mastodon API: GET notifications).
type NotificationQuery struct {
	Types    []string // nil: all
	Exclude  []string
	From     model.ID
	Filtered bool
	Grouped  []string // grouped lists: the types that gather; nil: all that can
}

// NotificationTypes are all there are (Mastodon: Notification::TYPES).
func NotificationTypes() []string {
	return []string{
		"mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update", "severed_relationships",
		"moderation_warning", "annual_report", "admin.sign_up", "admin.report", "quote", "quoted_update",
		"added_to_collection", "collection_update",
	}
}

// groupable are the types that gather.
func groupable() []string {
	return []string{model.NotifyFavourite, model.NotifyReblog, model.NotifyFollow, model.NotifyAdminSignUp}
}

// filter turns the question into the store's: what is asked for and not excluded, of the types there are.
func (n *NotificationQuery) filter() store.NotificationFilter {
	f := store.NotificationFilter{From: n.From, Filtered: n.Filtered}
	if len(n.Types) == 0 && len(n.Exclude) == 0 {
		return f
	}
	f.Types = slices.DeleteFunc(NotificationTypes(), func(t string) bool {
		return len(n.Types) > 0 && !slices.Contains(n.Types, t) || slices.Contains(n.Exclude, t)
	})
	return f
}

// Notifications is a page of somebody's notifications (Mastodon API: GET notifications), without those of suspended
// people and those about statuses that are gone or hidden from them.
func (s *Social) Notifications(ctx context.Context, me *model.Account, n NotificationQuery, p model.Page) ([]*model.Notification, error) {
	q, f := s.DB.Read(ctx), n.filter()
	return s.fillNotifications(q, me, p, func(p model.Page) ([]model.Notification, error) {
		return q.Notifications(me.ID, f, nil, p)
	})
}

// fillNotifications reads pages until one is full of what may be shown, or the list ends.
func (s *Social) fillNotifications(q *store.Q, me *model.Account, p model.Page, read func(model.Page) ([]model.Notification, error)) ([]*model.Notification, error) {
	rel, err := q.Relations(me.ID)
	if err != nil {
		return nil, err
	}
	var out []*model.Notification
	next := p
	for range maxRefills {
		rows, err := read(next)
		if err != nil {
			return nil, err
		}
		shown, err := hydrateNotifications(q, rel, rows)
		if err != nil {
			return nil, err
		}
		if p.Ascending() {
			out = append(shown, out...)
		} else {
			out = append(out, shown...)
		}
		if len(out) >= p.Limit || len(rows) < next.Limit {
			break
		}
		if p.Ascending() {
			next.MinID = rows[0].ID
		} else {
			next.MaxID = rows[len(rows)-1].ID
		}
	}
	switch {
	case len(out) <= p.Limit:
		return out, nil
	case p.Ascending():
		return out[len(out)-p.Limit:], nil
	}
	return out[:p.Limit], nil
}

// hydrateNotifications fills in people and statuses, and leaves out what may not be shown.
func hydrateNotifications(q *store.Q, rel *model.Relations, rows []model.Notification) ([]*model.Notification, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	who, statuses := make([]model.ID, 0, len(rows)), make([]model.ID, 0, len(rows))
	for i := range rows {
		who = append(who, rows[i].FromID)
		if id := rows[i].StatusID; id != 0 && !slices.Contains(statuses, id) {
			statuses = append(statuses, id)
		}
	}
	accounts, err := q.AccountsByID(who)
	if err != nil {
		return nil, err
	}
	list, err := q.Statuses(statuses)
	if err != nil {
		return nil, err
	}
	byID := make(map[model.ID]*model.Status, len(list))
	for _, st := range list {
		byID[st.ID] = st
	}
	about, err := readAbout(q, rows)
	if err != nil {
		return nil, err
	}
	out := make([]*model.Notification, 0, len(rows))
	for i := range rows {
		n := &rows[i]
		if !about.fill(n) {
			continue
		}
		if n.From = accounts[n.FromID]; n.From == nil || n.From.Suspended() {
			continue
		}
		if n.StatusID != 0 {
			if n.Status = byID[n.StatusID]; n.Status == nil || !rel.Visible(n.Status) {
				continue
			}
		}
		out = append(out, n)
	}
	return out, nil
}

// Notification is one of somebody's notifications (Mastodon API: GET notifications/:id).
func (s *Social) Notification(ctx context.Context, me *model.Account, id model.ID) (*model.Notification, error) {
	q := s.DB.Read(ctx)
	n, err := q.Notification(me.ID, id)
	if err != nil {
		return nil, err
	}
	rel, err := q.Relations(me.ID)
	if err != nil {
		return nil, err
	}
	shown, err := hydrateNotifications(q, rel, []model.Notification{*n})
	if err != nil {
		return nil, err
	}
	if len(shown) == 0 {
		return nil, model.ErrNotFound()
	}
	return shown[0], nil
}

// UnreadNotifications counts what came since the marker, up to limit (Mastodon API: GET notifications/unread_count).
func (s *Social) UnreadNotifications(ctx context.Context, me *model.Account, n NotificationQuery, limit int) (int64, error) {
	q := s.DB.Read(ctx)
	since, err := q.LastRead(me.ID, "notifications")
	if err != nil {
		return 0, err
	}
	return q.CountNotifications(me.ID, n.filter(), since, limit)
}

// DismissNotification takes away one notification (Mastodon API: POST notifications/:id/dismiss).
func (s *Social) DismissNotification(ctx context.Context, me *model.Account, id model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		found, err := tx.DismissNotification(me.ID, id)
		if err == nil && !found {
			return model.ErrNotFound()
		}
		return err
	})
}

// ClearNotifications takes all away (Mastodon API: POST notifications/clear).
func (s *Social) ClearNotifications(ctx context.Context, me *model.Account) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.ClearNotifications(me.ID) })
}
