package entity

import (
	"slices"
	"strconv"

	"gomphothere/internal/model"
)

// Notification tells somebody what happened (Mastodon API: entities/Notification).
type Notification struct {
	ID        model.ID                    `json:"id"`
	Type      string                      `json:"type"`
	GroupKey  string                      `json:"group_key"`
	CreatedAt model.Time                  `json:"created_at"`
	Account   Account                     `json:"account"`
	Status    *Status                     `json:"status,omitempty"`
	Report    *Report                     `json:"report,omitempty"`
	Event     *RelationshipSeveranceEvent `json:"event,omitempty"`
	Filtered  bool                        `json:"filtered,omitempty"`
}

// NotificationGroup is several of the same kind (Mastodon API: entities/NotificationGroup). Whoever groups fills it.
type NotificationGroup struct {
	GroupKey                 string                      `json:"group_key"`
	NotificationsCount       int64                       `json:"notifications_count"`
	Type                     string                      `json:"type"`
	MostRecentNotificationID model.ID                    `json:"most_recent_notification_id"`
	PageMinID                model.ID                    `json:"page_min_id,omitzero"`
	PageMaxID                model.ID                    `json:"page_max_id,omitzero"`
	LatestPageNotificationAt model.Time                  `json:"latest_page_notification_at,omitzero"`
	SampleAccountIDs         []model.ID                  `json:"sample_account_ids"`
	StatusID                 model.ID                    `json:"status_id,omitzero"`
	Report                   *Report                     `json:"report,omitempty"`
	Event                    *RelationshipSeveranceEvent `json:"event,omitempty"`
}

// Grouped is a page of groups and whom and what they speak of, each once.
type Grouped struct {
	Accounts []*model.Account
	Partial  []*model.Account // only when the client asked for faces; nil otherwise
	Statuses []*model.Status
	Groups   []NotificationGroup
}

// GroupedNotificationsResults is a page of groups (Mastodon API: entities/GroupedNotificationsResults).
type GroupedNotificationsResults struct {
	Accounts           []Account                  `json:"accounts"`
	PartialAccounts    []PartialAccountWithAvatar `json:"partial_accounts,omitzero"`
	Statuses           []Status                   `json:"statuses"`
	NotificationGroups []NotificationGroup        `json:"notification_groups"`
}

// NotificationPolicy says what is held back (Mastodon API: entities/NotificationPolicy).
type NotificationPolicy struct {
	ForNotFollowing    string        `json:"for_not_following"`
	ForNotFollowers    string        `json:"for_not_followers"`
	ForNewAccounts     string        `json:"for_new_accounts"`
	ForPrivateMentions string        `json:"for_private_mentions"`
	ForLimitedAccounts string        `json:"for_limited_accounts"`
	ForBots            string        `json:"for_bots"`
	Summary            PolicySummary `json:"summary"`
}

// PolicySummary counts what is held back.
type PolicySummary struct {
	PendingRequestsCount      int64 `json:"pending_requests_count"`
	PendingNotificationsCount int64 `json:"pending_notifications_count"`
}

// V1NotificationPolicy is the older form, which knows only yes and no (Mastodon API: V1::NotificationPolicy).
type V1NotificationPolicy struct {
	FilterNotFollowing    bool          `json:"filter_not_following"`
	FilterNotFollowers    bool          `json:"filter_not_followers"`
	FilterNewAccounts     bool          `json:"filter_new_accounts"`
	FilterPrivateMentions bool          `json:"filter_private_mentions"`
	FilterBots            bool          `json:"filter_bots"`
	Summary               PolicySummary `json:"summary"`
}

// NotificationRequest gathers what one sender's notifications were held back (Mastodon API: entities/NotificationRequest).
type NotificationRequest struct {
	ID                 model.ID   `json:"id"`
	CreatedAt          model.Time `json:"created_at"`
	UpdatedAt          model.Time `json:"updated_at"`
	Account            Account    `json:"account"`
	NotificationsCount string     `json:"notifications_count"`
	LastStatus         *Status    `json:"last_status,omitempty"`
}

// NotificationRequestsMerged tells whether accepted requests have arrived among the notifications.
type NotificationRequestsMerged struct {
	Merged bool `json:"merged"`
}

// UnreadCount counts unread notifications.
type UnreadCount struct {
	Count int64 `json:"count"`
}

// aboutStatus tells whether a type of notification carries a status.
func aboutStatus(kind string) bool {
	return slices.Contains([]string{
		model.NotifyFavourite, model.NotifyReblog, model.NotifyStatus, model.NotifyMention, model.NotifyPoll,
		model.NotifyUpdate, model.NotifyQuote, model.NotifyQuotedUpdate,
	}, kind)
}

// GroupKey is the key of a notification's group, or of itself when it is in none.
func GroupKey(n *model.Notification) string {
	if n.GroupKey == "" {
		return "ungrouped-" + n.ID.String()
	}
	return n.GroupKey
}

// Notification draws a hydrated notification.
func (d *Drawer) Notification(n *model.Notification, v *model.Viewer) Notification {
	e := Notification{
		ID: n.ID, Type: n.Type, GroupKey: GroupKey(n), CreatedAt: n.CreatedAt, Account: d.Account(n.From), Filtered: n.Filtered,
	}
	if n.Status != nil && aboutStatus(n.Type) {
		s := d.Status(n.Status, v)
		e.Status = &s
	}
	e.Report, e.Event = d.About(n)
	return e
}

// About draws what a notification speaks of beside a status; nil for what it does not.
func (d *Drawer) About(n *model.Notification) (r *Report, s *RelationshipSeveranceEvent) {
	if n.Report != nil && n.Reported != nil {
		e := d.Report(n.Report, n.Reported)
		r = &e
	}
	if n.Severance != nil {
		e := d.Severance(n.Severance)
		s = &e
	}
	return r, s
}

// AppendNotification appends what Notification draws.
func (d *Drawer) AppendNotification(dst []byte, n *model.Notification, v *model.Viewer) []byte {
	dst = append(dst, `{"id":`...)
	dst = appendID(dst, n.ID)
	dst = append(dst, `,"type":`...)
	dst = appendString(dst, n.Type)
	dst = append(dst, `,"group_key":`...)
	if n.GroupKey == "" {
		dst = append(dst, `"ungrouped-`...)
		dst = append(strconv.AppendInt(dst, int64(n.ID), 10), '"')
	} else {
		dst = appendString(dst, n.GroupKey)
	}
	dst = append(dst, `,"created_at":"`...)
	dst = append(n.CreatedAt.Std().AppendFormat(dst, "2006-01-02T15:04:05.000Z"), '"')
	dst = append(dst, `,"account":`...)
	dst = d.AppendAccount(dst, n.From)
	if n.Status != nil && aboutStatus(n.Type) {
		dst = append(dst, `,"status":`...)
		dst = d.AppendStatus(dst, n.Status, v)
	}
	report, event := d.About(n)
	if report != nil {
		dst = appendJSON(append(dst, `,"report":`...), report)
	}
	if event != nil {
		dst = appendJSON(append(dst, `,"event":`...), event)
	}
	if n.Filtered {
		dst = append(dst, `,"filtered":true`...)
	}
	return append(dst, '}')
}

// AppendNotifications appends an array of notifications.
func (d *Drawer) AppendNotifications(dst []byte, list []*model.Notification, v *model.Viewer) []byte {
	return appendArray(dst, list, func(dst []byte, n *model.Notification) []byte { return d.AppendNotification(dst, n, v) })
}

// GroupedNotifications draws a page of groups.
func (d *Drawer) GroupedNotifications(g Grouped, v *model.Viewer) GroupedNotificationsResults {
	e := GroupedNotificationsResults{
		Accounts: d.Accounts(g.Accounts), Statuses: d.Statuses(g.Statuses, v), NotificationGroups: each(g.Groups, wholeGroup),
	}
	if g.Partial != nil {
		e.PartialAccounts = each(g.Partial, d.PartialAccount)
	}
	return e
}

func wholeGroup(g NotificationGroup) NotificationGroup {
	g.SampleAccountIDs = list(g.SampleAccountIDs)
	return g
}

// AppendGroupedNotifications appends what GroupedNotifications draws.
func (d *Drawer) AppendGroupedNotifications(dst []byte, g Grouped, v *model.Viewer) []byte {
	dst = append(dst, `{"accounts":`...)
	dst = d.AppendAccounts(dst, g.Accounts)
	if g.Partial != nil {
		dst = append(dst, `,"partial_accounts":`...)
		dst = appendJSON(dst, each(g.Partial, d.PartialAccount))
	}
	dst = append(dst, `,"statuses":`...)
	dst = d.AppendStatuses(dst, g.Statuses, v)
	dst = append(dst, `,"notification_groups":`...)
	dst = appendJSON(dst, each(g.Groups, wholeGroup))
	return append(dst, '}')
}

// Answers of a policy.
const (
	accept   = "accept"
	holdBack = "filter"
)

// NotificationPolicy draws a policy; "" is Mastodon's default.
func (d *Drawer) NotificationPolicy(p *model.NotificationPolicy, held PolicySummary) NotificationPolicy {
	or := func(value, standard string) string {
		if value == "" {
			return standard
		}
		return value
	}
	return NotificationPolicy{
		ForNotFollowing: or(p.ForNotFollowing, accept), ForNotFollowers: or(p.ForNotFollowers, accept),
		ForNewAccounts: or(p.ForNewAccounts, accept), ForPrivateMentions: or(p.ForPrivateMentions, holdBack),
		ForLimitedAccounts: or(p.ForLimitedAccounts, holdBack), ForBots: or(p.ForBots, accept), Summary: held,
	}
}

// V1NotificationPolicy draws the older form.
func (d *Drawer) V1NotificationPolicy(p *model.NotificationPolicy, held PolicySummary) V1NotificationPolicy {
	n := d.NotificationPolicy(p, held)
	return V1NotificationPolicy{
		FilterNotFollowing: n.ForNotFollowing != accept, FilterNotFollowers: n.ForNotFollowers != accept,
		FilterNewAccounts: n.ForNewAccounts != accept, FilterPrivateMentions: n.ForPrivateMentions != accept,
		FilterBots: n.ForBots != accept, Summary: held,
	}
}

// NotificationRequest draws what is held back of one sender.
func (d *Drawer) NotificationRequest(r *model.NotificationRequest, v *model.Viewer) NotificationRequest {
	e := NotificationRequest{
		ID: r.ID, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, Account: d.Account(r.From),
		NotificationsCount: strconv.FormatInt(r.NotificationsCount, 10),
	}
	if r.LastStatus != nil {
		s := d.Status(r.LastStatus, v)
		e.LastStatus = &s
	}
	return e
}
