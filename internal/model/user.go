package model

import "slices"

// User is a login; it belongs to one local account.
type User struct {
	ID               ID
	AccountID        ID
	Email            string // lower case
	UnconfirmedEmail string // asked for, waiting for its confirmation
	PasswordHash     string // argon2id or bcrypt, self-describing
	RoleID           ID
	Locale           string
	Approved         bool
	Disabled         bool
	ConfirmedAt      Time
	TOTPSecret       string   // base32; "" is off
	TOTPLastStep     int64    // the last time step used: a code works once
	RecoveryCodes    []string // hashes, each works once
	WebauthnID       string   // user handle, base64url
	Settings         UserSettings
	InviteID         ID
	AppID            ID     // the app that signed them up
	Reason           string // why they want to join
	SignUpIP         string
	LastSignInAt     Time
	LastActiveAt     Time
	CreatedAt        Time

	Role *Role `db:"-"`
}

// MayAct tells whether the person may use the API at all.
func (u *User) MayAct() bool { return u.ConfirmedAt != 0 && u.Approved && !u.Disabled }

// UserSettings are a person's preferences; zero values are the defaults.
type UserSettings struct {
	DefaultPrivacy     Visibility `json:"default_privacy,omitempty"` // "": public, or private when locked
	DefaultSensitive   bool       `json:"default_sensitive,omitempty"`
	DefaultLanguage    string     `json:"default_language,omitempty"`
	DefaultQuotePolicy string     `json:"default_quote_policy,omitempty"` // public, followers, nobody
	ExpandMedia        string     `json:"expand_media,omitempty"`         // default, show_all, hide_all
	ExpandSpoilers     bool       `json:"expand_spoilers,omitempty"`
	AutoplayGIFs       bool       `json:"autoplay_gifs,omitempty"`
	Noindex            bool       `json:"noindex,omitempty"`
	HideApplication    bool       `json:"hide_application,omitempty"`
	ChosenLanguages    []string   `json:"chosen_languages,omitempty"`
	AlwaysSendEmails   bool       `json:"always_send_emails,omitempty"` // also to who gets push messages
	// By type of notification, where it is not the default: MailedByDefault.
	NotificationEmails map[string]bool `json:"notification_emails,omitempty"`
}

// MailableTypes are the notifications that can come by mail (Mastodon: NotificationMailer, and AdminMailer's reports).
func MailableTypes() []string {
	return []string{NotifyMention, NotifyQuote, NotifyFollow, NotifyFollowRequest, NotifyReblog, NotifyFavourite, NotifyAdminReport}
}

// MailedByDefault tells whether a type comes by mail to who chose nothing (Mastodon: UserSettings, notification_emails).
func MailedByDefault(typ string) bool {
	switch typ {
	case NotifyMention, NotifyQuote, NotifyFollow, NotifyFollowRequest, NotifyAdminReport:
		return true
	}
	return false
}

// Mails tells whether somebody wants notifications of a type by mail.
func (s *UserSettings) Mails(typ string) bool {
	if on, chosen := s.NotificationEmails[typ]; chosen {
		return on && slices.Contains(MailableTypes(), typ)
	}
	return MailedByDefault(typ)
}

// Role is what a user may do (Mastodon API: entities/Role). Permissions are Mastodon's bits.
type Role struct {
	ID              ID
	Name            string
	Color           string
	Permissions     int64
	Position        int64
	Highlighted     bool
	Require2FA      bool `db:"require_2fa"`
	CollectionLimit int64
}

// Ids of the roles every server has.
const (
	RoleEveryone  ID = -99
	RoleModerator ID = 1
	RoleAdmin     ID = 2
	RoleOwner     ID = 3
)

// Permission bits (Mastodon API: entities/Role).
const (
	PermAdministrator        = 1 << 0
	PermDevops               = 1 << 1
	PermViewAuditLog         = 1 << 2
	PermViewDashboard        = 1 << 3
	PermManageReports        = 1 << 4
	PermManageFederation     = 1 << 5
	PermManageSettings       = 1 << 6
	PermManageBlocks         = 1 << 7
	PermManageTaxonomies     = 1 << 8
	PermManageAppeals        = 1 << 9
	PermManageUsers          = 1 << 10
	PermManageInvites        = 1 << 11
	PermManageRules          = 1 << 12
	PermManageAnnouncements  = 1 << 13
	PermManageCustomEmojis   = 1 << 14
	PermManageWebhooks       = 1 << 15
	PermInviteUsers          = 1 << 16
	PermManageRoles          = 1 << 17
	PermManageUserAccess     = 1 << 18
	PermDeleteUserData       = 1 << 19
	PermViewFeeds            = 1 << 20
	PermInviteBypassApproval = 1 << 21
)

// Can tells whether the role grants a permission; administrators may all.
func (r *Role) Can(perm int64) bool {
	return r != nil && (r.Permissions&PermAdministrator != 0 || r.Permissions&perm != 0)
}

// App is an OAuth application (Mastodon API: entities/Application).
type App struct {
	ID           ID
	Name         string
	Website      string
	RedirectURIs []string
	Scopes       string // space-separated
	ClientID     string
	SecretHash   string // sha256, hex
	CreatedAt    Time
}

// Token is an OAuth access token. Only its hash is kept.
type Token struct {
	ID         ID
	Hash       string // sha256 of the token, hex
	AppID      ID
	UserID     ID // 0: a token of the app itself
	AccountID  ID
	Scopes     string
	CreatedAt  Time
	LastUsedAt Time
	LastUsedIP string
}

// Grant is an authorization code, waiting to be exchanged for a token. Only its hash is kept.
type Grant struct {
	Hash            string
	AppID           ID
	UserID          ID
	RedirectURI     string
	Scopes          string
	Challenge       string // PKCE, RFC 7636
	ChallengeMethod string // S256 or ""
	ExpiresAt       Time
	UsedAt          Time
	TokenID         ID // what it was exchanged for
	CreatedAt       Time
}

// MailToken is a secret that is good once and for a while: a link in a mail, a sign-in that waits for its second
// factor. Only its hash is kept.
type MailToken struct {
	Hash      string
	Kind      string
	UserID    ID
	Email     string
	Data      string
	ExpiresAt Time
	CreatedAt Time
}

// Kinds of MailToken.
const (
	TokenConfirm      = "confirm"       // an address
	TokenReset        = "reset"         // a password
	TokenOwner        = "owner"         // the first account
	TokenSecondFactor = "second_factor" // a sign-in whose password was right
	TokenPasskey      = "passkey"       // a passkey's challenge
)

// Session is a browser signed in to the server's own pages. Only the cookie's hash is kept.
type Session struct {
	ID         ID
	Hash       string
	UserID     ID
	IP         string
	UserAgent  string
	CreatedAt  Time
	LastUsedAt Time
}

// Invite lets somebody sign up.
type Invite struct {
	ID         ID
	UserID     ID
	Code       string
	Comment    string
	MaxUses    int64 // 0: no limit
	Uses       int64
	Autofollow bool
	ExpiresAt  Time // 0: never
	CreatedAt  Time
}

// Passkey is a WebAuthn credential.
type Passkey struct {
	ID         ID
	UserID     ID
	ExternalID string // base64url
	Nickname   string
	Credential string // the library's JSON
	CreatedAt  Time
	LastUsedAt Time
}

// Mail is a message to a person, kept until it was handed to the mail server; without one it waits here for
// the owner to read.
type Mail struct {
	ID          ID
	To          string `db:"recipient"`
	Subject     string
	Unsubscribe string // where mails of this kind are stopped; "": they cannot be
	Text        string
	HTML        string
	SentAt      Time
	Error       string
	CreatedAt   Time
}
