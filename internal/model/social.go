package model

// List is a person's named selection of those they follow (Mastodon API: entities/List).
type List struct {
	ID            ID     `json:"id"`
	AccountID     ID     `json:"-"`
	Title         string `json:"title"`
	RepliesPolicy string `json:"replies_policy"` // list, followed, none
	Exclusive     bool   `json:"exclusive"`
	CreatedAt     Time   `json:"-"`
}

// Filter hides or warns about statuses with certain words (Mastodon API: entities/Filter).
type Filter struct {
	ID        ID
	AccountID ID
	Title     string
	Context   []string // home, notifications, public, thread, account
	Action    string   // warn, hide, blur
	ExpiresAt Time
	CreatedAt Time
	UpdatedAt Time

	Keywords []FilterKeyword `db:"-"`
	Statuses []FilterStatus  `db:"-"`
}

// FilterKeyword is a phrase of a filter (Mastodon API: entities/FilterKeyword).
type FilterKeyword struct {
	ID        ID     `json:"id"`
	FilterID  ID     `json:"-"`
	Keyword   string `json:"keyword"`
	WholeWord bool   `json:"whole_word"`
	CreatedAt Time   `json:"-"`
}

// FilterStatus is one status that a filter names (Mastodon API: entities/FilterStatus).
type FilterStatus struct {
	ID        ID   `json:"id"`
	FilterID  ID   `json:"-"`
	StatusID  ID   `json:"status_id"`
	CreatedAt Time `json:"-"`
}

// FilterResult says which filter matched a status, and why (Mastodon API: entities/FilterResult).
type FilterResult struct {
	Filter         Filter
	KeywordMatches []string
	StatusMatches  []ID
}

// Marker remembers where somebody stopped reading (Mastodon API: entities/Marker).
type Marker struct {
	AccountID  ID     `json:"-"`
	Timeline   string `json:"-"`
	LastReadID ID     `json:"last_read_id"`
	Version    int64  `json:"version"`
	UpdatedAt  Time   `json:"updated_at"`
}

// Conversation is a thread of direct statuses as one of its people sees it (Mastodon API: entities/Conversation).
type Conversation struct {
	ID             ID // row of account_conversations
	AccountID      ID
	ConversationID ID
	ParticipantIDs []ID
	LastStatusID   ID
	Unread         bool
	CreatedAt      Time

	Participants []*Account `db:"-"`
	LastStatus   *Status    `db:"-"`
}

// ScheduledStatus is a draft with a time (Mastodon API: entities/ScheduledStatus).
type ScheduledStatus struct {
	ID          ID
	AccountID   ID
	ScheduledAt Time
	Params      ScheduledParams
	CreatedAt   Time

	Media []MediaAttachment `db:"-"`
}

// ScheduledParams is what will be posted; the JSON is the entity's "params".
type ScheduledParams struct {
	Text                string         `json:"text"`
	Poll                *ScheduledPoll `json:"poll"`
	MediaIDs            []ID           `json:"media_ids"`
	Sensitive           *bool          `json:"sensitive"`
	SpoilerText         *string        `json:"spoiler_text"`
	Visibility          Visibility     `json:"visibility"`
	InReplyToID         int64          `json:"in_reply_to_id"`
	Language            string         `json:"language"`
	ApplicationID       int64          `json:"application_id"`
	Idempotency         string         `json:"idempotency"`
	QuotedStatusID      ID             `json:"quoted_status_id"`
	QuoteApprovalPolicy string         `json:"quote_approval_policy"`
	AllowedMentions     []ID           `json:"allowed_mentions"`
}

// ScheduledPoll is the poll of a scheduled status.
type ScheduledPoll struct {
	Options    []string `json:"options"`
	ExpiresIn  int64    `json:"expires_in"` // seconds
	Multiple   bool     `json:"multiple"`
	HideTotals bool     `json:"hide_totals"`
}

// FeaturedTag is a hashtag on somebody's profile.
type FeaturedTag struct {
	ID            ID
	AccountID     ID
	TagID         ID
	Name          string // as its owner writes it
	StatusesCount int64
	LastStatusAt  Time
	CreatedAt     Time
}

// Notification tells somebody what happened (Mastodon API: entities/Notification).
type Notification struct {
	ID        ID
	AccountID ID // whom it tells
	FromID    ID // who did it
	Type      string
	StatusID  ID
	AboutID   ID // a report or a severance, as the type says
	GroupKey  string
	Filtered  bool
	CreatedAt Time

	From      *Account   `db:"-"`
	Status    *Status    `db:"-"`
	Report    *Report    `db:"-"`
	Reported  *Account   `db:"-"` // of the report
	Severance *Severance `db:"-"`
}

// Line says in a few words what happened; name is who did it.
func (n *Notification) Line(name string) string {
	switch n.Type {
	case NotifyMention:
		return name + " mentioned you"
	case NotifyStatus:
		return name + " just posted"
	case NotifyReblog:
		return name + " boosted your post"
	case NotifyFollow:
		return name + " is now following you"
	case NotifyFollowRequest:
		return name + " asks to follow you"
	case NotifyFavourite:
		return name + " favourited your post"
	case NotifyPoll:
		if n.AccountID == n.FromID {
			return "Your poll has ended"
		}
		return "A poll by " + name + " has ended"
	case NotifyUpdate:
		return name + " edited a post"
	case NotifyQuote:
		return name + " quoted your post"
	case NotifyQuotedUpdate:
		return name + " edited a post that you quoted"
	case NotifyAdminSignUp:
		return name + " signed up"
	case NotifyAdminReport:
		return name + " filed a report"
	case NotifySevered:
		return "You have lost followers and follows"
	}
	return "You have a notification"
}

// The types of notification that today's verbs make (Mastodon API: entities/Notification#type).
const (
	NotifyMention       = "mention"
	NotifyStatus        = "status"
	NotifyReblog        = "reblog"
	NotifyFollow        = "follow"
	NotifyFollowRequest = "follow_request"
	NotifyFavourite     = "favourite"
	NotifyPoll          = "poll"
	NotifyUpdate        = "update"
	NotifyQuote         = "quote"
	NotifyQuotedUpdate  = "quoted_update"
	NotifyAdminSignUp   = "admin.sign_up"
	NotifyAdminReport   = "admin.report"
	NotifySevered       = "severed_relationships"
)

// NotificationPolicy says which notifications are held back (Mastodon API: entities/NotificationPolicy).
// Values are accept, filter or drop; "" is the default: filter for limited accounts and private mentions, else accept.
type NotificationPolicy struct {
	AccountID          ID
	ForNotFollowing    string
	ForNotFollowers    string
	ForNewAccounts     string
	ForPrivateMentions string
	ForLimitedAccounts string
	ForBots            string
}

// NotificationRequest gathers held-back notifications of one sender (Mastodon API: entities/NotificationRequest).
type NotificationRequest struct {
	ID                 ID
	AccountID          ID
	FromID             ID
	LastStatusID       ID
	NotificationsCount int64
	CreatedAt          Time
	UpdatedAt          Time

	From       *Account `db:"-"`
	LastStatus *Status  `db:"-"`
}

// Announcement is a notice from the admins (Mastodon API: entities/Announcement).
type Announcement struct {
	ID          ID
	Text        string // what the admin typed
	Content     string // HTML
	Published   bool
	AllDay      bool
	StartsAt    Time
	EndsAt      Time
	ScheduledAt Time
	PublishedAt Time
	UpdatedAt   Time
	CreatedAt   Time

	Read      bool       `db:"-"`
	Reactions []Reaction `db:"-"`
}

// Reaction counts one emoji on an announcement (Mastodon API: entities/Reaction).
type Reaction struct {
	AnnouncementID ID
	Name           string
	Count          int64
	Me             bool
	Emoji          *CustomEmoji `db:"-"`
}

// Rule is a rule of the house (Mastodon API: entities/Rule).
type Rule struct {
	ID        ID
	Text      string
	Hint      string
	Priority  int64
	CreatedAt Time
}

// TagDay is how often a tag was used on a day, and by how many (Mastodon API: entities/Tag#history).
type TagDay struct {
	TagID    ID
	Day      int64 // days since 1970 in UTC
	Uses     int64
	Accounts int64
}

// TagView is a tag as a viewer meets it (Mastodon API: entities/Tag).
type TagView struct {
	Tag
	History   []TagDay // seven days, today first
	Following bool
	Featuring bool
}

// Suggestion is somebody worth following, and why (Mastodon API: entities/Suggestion).
type Suggestion struct {
	Account *Account
	Sources []string // friends_of_friends, most_followed
}
