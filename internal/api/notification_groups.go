package api

import (
	"gomphothere/internal/entity"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// listGroups — Mastodon API: GET /api/v2/notifications
func (a *API) listGroups(r *request) (any, error) {
	partial, err := r.partialAvatars()
	if err != nil {
		return nil, err
	}
	p, err := r.page(notificationsPage, notificationsMost)
	if err != nil {
		return nil, err
	}
	n, err := r.notificationQuery()
	if err != nil {
		return nil, err
	}
	groups, cursors, err := a.Social.GroupedNotifications(r.Context(), r.me, n, p)
	if err != nil {
		return nil, err
	}
	r.link(a, p, "min_id", cursors)
	return a.groups(r, groups, partial)
}

// partialAvatars tells whether whoever is not the face of a group is drawn as an avatar alone.
func (r *request) partialAvatars() (bool, error) {
	switch s := r.str("expand_accounts"); s {
	case "", "full":
		return false, nil
	case "partial_avatars":
		return true, nil
	default:
		return false, model.BadRequestf("Invalid value for 'expand_accounts': '%s', allowed values are 'full' and 'partial_avatars'", s)
	}
}

// groups draws groups, everybody and everything they speak of once.
func (a *API) groups(r *request, list []*social.NotificationGroup, partial bool) (any, error) {
	g := entity.Grouped{Accounts: []*model.Account{}}
	people, statuses := map[model.ID]bool{}, map[model.ID]bool{}
	for _, n := range list {
		for i, who := range n.Sample {
			if (i == 0 || !partial) && !people[who.ID] {
				people[who.ID] = true
				g.Accounts = append(g.Accounts, who)
			}
		}
	}
	if partial {
		g.Partial = []*model.Account{}
	}
	for _, n := range list {
		e := entity.NotificationGroup{
			GroupKey: n.Key, NotificationsCount: n.Count, Type: n.Type, MostRecentNotificationID: n.MostRecent,
			PageMinID: n.PageMin, PageMaxID: n.PageMax, LatestPageNotificationAt: n.LatestAt,
		}
		e.Report, e.Event = a.Draw.About(n.Newest)
		for _, who := range n.Sample {
			e.SampleAccountIDs = append(e.SampleAccountIDs, who.ID)
			if partial && !people[who.ID] {
				people[who.ID] = true
				g.Partial = append(g.Partial, who)
			}
		}
		if n.Status != nil {
			e.StatusID = n.Status.ID
			if !statuses[n.Status.ID] {
				statuses[n.Status.ID] = true
				g.Statuses = append(g.Statuses, n.Status)
			}
		}
		g.Groups = append(g.Groups, e)
	}
	v, err := a.Social.View(r.Context(), r.me, g.Statuses)
	if err != nil {
		return nil, err
	}
	return a.page(func(dst []byte) []byte { return a.Draw.AppendGroupedNotifications(dst, g, v) }), nil
}

// getGroup — Mastodon API: GET /api/v2/notifications/:group_key
func (a *API) getGroup(r *request) (any, error) {
	partial, err := r.partialAvatars()
	if err != nil {
		return nil, err
	}
	g, err := a.Social.NotificationGroup(r.Context(), r.me, r.PathValue("group_key"))
	if err != nil {
		return nil, err
	}
	return a.groups(r, []*social.NotificationGroup{g}, partial)
}

// groupAccounts — Mastodon API: GET /api/v2/notifications/:group_key/accounts
func (a *API) groupAccounts(r *request) (any, error) {
	p, err := r.page(notificationsPage, notificationsMost)
	if err != nil {
		return nil, err
	}
	who, cursors, err := a.Social.NotificationGroupAccounts(r.Context(), r.me, r.PathValue("group_key"), p)
	if err != nil {
		return nil, err
	}
	r.link(a, p, "min_id", cursors)
	return a.page(func(dst []byte) []byte { return a.Draw.AppendAccounts(dst, who) }), nil
}

// dismissGroup — Mastodon API: POST /api/v2/notifications/:group_key/dismiss
func (a *API) dismissGroup(r *request) (any, error) {
	return nil, a.Social.DismissNotificationGroup(r.Context(), r.me, r.PathValue("group_key"))
}

// unreadGroups — Mastodon API: GET /api/v2/notifications/unread_count
func (a *API) unreadGroups(r *request) (any, error) {
	p, err := r.page(unreadPage, unreadMost)
	if err != nil {
		return nil, err
	}
	n, err := r.notificationQuery()
	if err != nil {
		return nil, err
	}
	count, err := a.Social.UnreadNotificationGroups(r.Context(), r.me, n, p.Limit)
	return entity.UnreadCount{Count: count}, err
}
