package model

import "cmp"

// Account is somebody, ours or remote.
type Account struct {
	ID       ID
	Username string // original case; unique with Domain without regard to case
	Domain   string // "" is ours; else lower-case punycode

	DisplayName string
	Note        string // HTML, safe to show
	NoteText    string // ours: what they typed
	Fields      []Field
	URI         string // ActivityPub id
	URL         string // web page
	ActorType   string // Person, Service, Group, Application, Organization

	InboxURL        string
	SharedInboxURL  string
	OutboxURL       string
	FollowersURL    string
	FollowingURL    string
	FeaturedURL     string
	FeaturedTagsURL string

	Avatar            string // file key in blob; "" is the default picture
	AvatarStatic      string
	AvatarRemoteURL   string
	AvatarDescription string
	Header            string
	HeaderStatic      string
	HeaderRemoteURL   string
	HeaderDescription string

	Locked             bool
	Discoverable       bool
	Indexable          bool
	HideCollections    bool
	Memorial           bool
	ShowMedia          bool
	ShowMediaReplies   bool
	ShowFeatured       bool
	AttributionDomains []string
	AlsoKnownAs        []string
	MovedToID          ID
	MovedAt            Time // the last move that was believed

	SilencedAt   Time
	SilencedBy   string // here, domain (a domain block)
	SuspendedAt  Time
	SuspendedBy  string // here, origin (their own server), domain (a domain block)
	SensitizedAt Time

	FollowersCount int64
	FollowingCount int64
	StatusesCount  int64
	LastStatusAt   Time

	CreatedAt Time
	UpdatedAt Time
	FetchedAt Time // remote: when last asked

	// Relations, filled by store.
	MovedTo *Account      `db:"-"`
	Role    *Role         `db:"-"` // ours: the highlighted role, if any
	Noindex bool          `db:"-"` // ours: the person's setting
	Pending bool          `db:"-"` // ours: waits for approval or for its address to be confirmed; nobody meets it yet
	Emojis  []CustomEmoji `db:"-"`
	Drawn   *Slot         `db:"-"` // the drawn entity; lives and dies with this row in the cache
}

// Field is a row of the table on a profile.
type Field struct {
	Name       string `json:"name"`
	Value      string `json:"value"`          // HTML, safe to show
	Text       string `json:"text,omitempty"` // ours: what they typed
	VerifiedAt Time   `json:"verified_at,omitempty"`
}

// Local tells whether the account is ours.
func (a *Account) Local() bool { return a.Domain == "" }

// Acct is the handle as people here write it: name, or name@domain.
func (a *Account) Acct() string {
	if a.Domain == "" {
		return a.Username
	}
	return a.Username + "@" + a.Domain
}

// Named is what people call the account: its display name, or else its username.
func (a *Account) Named() string { return cmp.Or(a.DisplayName, a.Username) }

// Bot tells whether the account says it is automated.
func (a *Account) Bot() bool { return a.ActorType == "Service" || a.ActorType == "Application" }

// Group tells whether the account is a group.
func (a *Account) Group() bool { return a.ActorType == "Group" }

// Suspended tells whether nobody may see the account.
func (a *Account) Suspended() bool { return a.SuspendedAt != 0 }

// Silenced tells whether only followers see the account (API: limited).
func (a *Account) Silenced() bool { return a.SilencedAt != 0 }

// Follow is a standing wish to see somebody's statuses. FollowRequest has the same columns.
type Follow struct {
	ID          ID
	AccountID   ID
	TargetID    ID
	ShowReblogs bool
	Notify      bool
	Languages   []string // empty: all
	URI         string
	CreatedAt   Time
}

// Mute hides somebody from one account.
type Mute struct {
	ID                ID
	AccountID         ID
	TargetID          ID
	HideNotifications bool
	ExpiresAt         Time // 0: until taken back
	CreatedAt         Time
}

// Relationship is how two accounts stand to each other, as one of them may know it
// (Mastodon API: entities/Relationship).
type Relationship struct {
	ID                  ID       `json:"id"`
	Following           bool     `json:"following"`
	ShowingReblogs      bool     `json:"showing_reblogs"`
	Notifying           bool     `json:"notifying"`
	Languages           []string `json:"languages"` // null: all
	FollowedBy          bool     `json:"followed_by"`
	Blocking            bool     `json:"blocking"`
	BlockedBy           bool     `json:"blocked_by"`
	Muting              bool     `json:"muting"`
	MutingNotifications bool     `json:"muting_notifications"`
	MutingExpiresAt     *Time    `json:"muting_expires_at"`
	Requested           bool     `json:"requested"`
	RequestedBy         bool     `json:"requested_by"`
	DomainBlocking      bool     `json:"domain_blocking"`
	Endorsed            bool     `json:"endorsed"`
	Note                string   `json:"note"`
}

// Relations is one viewer's circle, whole: what decides which statuses reach them and how. It is a snapshot;
// nobody changes it after it was read.
type Relations struct {
	AccountID ID
	Following map[ID]Follow
	Blocking  map[ID]bool
	BlockedBy map[ID]bool
	Muting    map[ID]Mute
	Domains   map[string]bool // domains the viewer blocks
	Tags      map[ID]bool     // followed tags
	Exclusive map[ID]bool     // members of the viewer's exclusive lists
	Languages map[string]bool // the viewer's chosen languages; empty: all
}
