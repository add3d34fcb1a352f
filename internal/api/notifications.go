package api

import (
	"gomphothere/internal/entity"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// Mastodon's page sizes for notifications and requests, and for counting unread ones.
const (
	notificationsPage = 40
	notificationsMost = 80
	unreadPage        = 100
	unreadMost        = 1000
)

// notificationQuery reads what narrows a list of notifications.
func (r *request) notificationQuery() (social.NotificationQuery, error) {
	from, err := r.params.id("account_id")
	return social.NotificationQuery{
		Types: r.strs("types"), Exclude: r.strs("exclude_types"), From: from, Filtered: r.flag("include_filtered"),
		Grouped: r.strs("grouped_types"),
	}, err
}

// listNotifications — Mastodon API: GET /api/v1/notifications
func (a *API) listNotifications(r *request) (any, error) {
	p, err := r.page(notificationsPage, notificationsMost)
	if err != nil {
		return nil, err
	}
	n, err := r.notificationQuery()
	if err != nil {
		return nil, err
	}
	list, err := a.Social.Notifications(r.Context(), r.me, n, p)
	if err != nil {
		return nil, err
	}
	cursors := make([]model.ID, len(list))
	statuses := make([]*model.Status, 0, len(list))
	for i, n := range list {
		cursors[i] = n.ID
		if n.Status != nil {
			statuses = append(statuses, n.Status)
		}
	}
	r.link(a, p, "min_id", cursors)
	v, err := a.Social.View(r.Context(), r.me, statuses)
	if err != nil {
		return nil, err
	}
	return a.page(func(dst []byte) []byte { return a.Draw.AppendNotifications(dst, list, v) }), nil
}

// getNotification — Mastodon API: GET /api/v1/notifications/:id
func (a *API) getNotification(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	n, err := a.Social.Notification(r.Context(), r.me, id)
	if err != nil {
		return nil, err
	}
	var statuses []*model.Status
	if n.Status != nil {
		statuses = append(statuses, n.Status)
	}
	v, err := a.Social.View(r.Context(), r.me, statuses)
	if err != nil {
		return nil, err
	}
	return a.page(func(dst []byte) []byte { return a.Draw.AppendNotification(dst, n, v) }), nil
}

// clearNotifications — Mastodon API: POST /api/v1/notifications/clear
func (a *API) clearNotifications(r *request) (any, error) {
	return nil, a.Social.ClearNotifications(r.Context(), r.me)
}

// dismissNotification — Mastodon API: POST /api/v1/notifications/:id/dismiss
func (a *API) dismissNotification(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return nil, a.Social.DismissNotification(r.Context(), r.me, id)
}

// unreadNotifications — Mastodon API: GET /api/v1/notifications/unread_count
func (a *API) unreadNotifications(r *request) (any, error) {
	p, err := r.page(unreadPage, unreadMost)
	if err != nil {
		return nil, err
	}
	n, err := r.notificationQuery()
	if err != nil {
		return nil, err
	}
	count, err := a.Social.UnreadNotifications(r.Context(), r.me, n, p.Limit)
	return entity.UnreadCount{Count: count}, err
}

// getPolicy — Mastodon API: GET /api/v2/notifications/policy
func (a *API) getPolicy(r *request) (any, error) {
	p, err := a.Social.Policy(r.Context(), r.me)
	return a.policy(p, err)
}

// setPolicy — Mastodon API: PATCH /api/v2/notifications/policy
func (a *API) setPolicy(r *request) (any, error) {
	p, err := a.Social.SetPolicy(r.Context(), r.me, social.PolicyChange{
		ForNotFollowing: r.strPtr("for_not_following"), ForNotFollowers: r.strPtr("for_not_followers"),
		ForNewAccounts: r.strPtr("for_new_accounts"), ForPrivateMentions: r.strPtr("for_private_mentions"),
		ForLimitedAccounts: r.strPtr("for_limited_accounts"), ForBots: r.strPtr("for_bots"),
	})
	return a.policy(p, err)
}

func (a *API) policy(p *social.NotificationPolicy, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return a.Draw.NotificationPolicy(&p.NotificationPolicy, entity.PolicySummary{
		PendingRequestsCount: p.PendingRequests, PendingNotificationsCount: p.PendingNotifications,
	}), nil
}

// getPolicyV1 — Mastodon API: GET /api/v1/notifications/policy
func (a *API) getPolicyV1(r *request) (any, error) {
	p, err := a.Social.Policy(r.Context(), r.me)
	return a.policyV1(p, err)
}

// setPolicyV1 — Mastodon API: PATCH /api/v1/notifications/policy
func (a *API) setPolicyV1(r *request) (any, error) {
	word := func(name string) *string {
		b := r.flagPtr(name)
		if b == nil {
			return nil
		}
		w := "accept"
		if *b {
			w = "filter"
		}
		return &w
	}
	p, err := a.Social.SetPolicy(r.Context(), r.me, social.PolicyChange{
		ForNotFollowing: word("filter_not_following"), ForNotFollowers: word("filter_not_followers"),
		ForNewAccounts: word("filter_new_accounts"), ForPrivateMentions: word("filter_private_mentions"),
		ForBots: word("filter_bots"),
	})
	return a.policyV1(p, err)
}

func (a *API) policyV1(p *social.NotificationPolicy, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return a.Draw.V1NotificationPolicy(&p.NotificationPolicy, entity.PolicySummary{
		PendingRequestsCount: p.PendingRequests, PendingNotificationsCount: p.PendingNotifications,
	}), nil
}

// listRequests — Mastodon API: GET /api/v1/notifications/requests
func (a *API) listRequests(r *request) (any, error) {
	p, err := r.page(notificationsPage, notificationsMost)
	if err != nil {
		return nil, err
	}
	list, err := a.Social.Requests(r.Context(), r.me, p)
	if err != nil {
		return nil, err
	}
	cursors := make([]model.ID, len(list))
	for i, q := range list {
		cursors[i] = q.ID
	}
	r.link(a, p, "min_id", cursors)
	return a.requests(r, list)
}

// getRequest — Mastodon API: GET /api/v1/notifications/requests/:id
func (a *API) getRequest(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	q, err := a.Social.Request(r.Context(), r.me, id)
	if err != nil {
		return nil, err
	}
	list, err := a.requests(r, []*model.NotificationRequest{q})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

func (a *API) requests(r *request, list []*model.NotificationRequest) ([]entity.NotificationRequest, error) {
	var statuses []*model.Status
	for _, q := range list {
		if q.LastStatus != nil {
			statuses = append(statuses, q.LastStatus)
		}
	}
	v, err := a.Social.View(r.Context(), r.me, statuses)
	if err != nil {
		return nil, err
	}
	out := make([]entity.NotificationRequest, len(list))
	for i, q := range list {
		out[i] = a.Draw.NotificationRequest(q, v)
	}
	return out, nil
}

// acceptRequest — Mastodon API: POST /api/v1/notifications/requests/:id/accept
func (a *API) acceptRequest(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return nil, a.Social.AcceptRequest(r.Context(), r.me, id)
}

// dismissRequest — Mastodon API: POST /api/v1/notifications/requests/:id/dismiss
func (a *API) dismissRequest(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return nil, a.Social.DismissRequest(r.Context(), r.me, id)
}

// acceptRequests — Mastodon API: POST /api/v1/notifications/requests/accept
func (a *API) acceptRequests(r *request) (any, error) {
	return nil, a.Social.AcceptRequests(r.Context(), r.me, r.ids("id"))
}

// dismissRequests — Mastodon API: POST /api/v1/notifications/requests/dismiss
func (a *API) dismissRequests(r *request) (any, error) {
	return nil, a.Social.DismissRequests(r.Context(), r.me, r.ids("id"))
}

// requestsMerged — Mastodon API: GET /api/v1/notifications/requests/merged
//
// What was held back is shown in the transaction that accepts it, so it is always merged.
func (a *API) requestsMerged(*request) (any, error) {
	return entity.NotificationRequestsMerged{Merged: true}, nil
}
