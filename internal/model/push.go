package model

// PushSubscription is where messages for one app of one person go (Mastodon API: entities/WebPushSubscription).
type PushSubscription struct {
	ID         ID
	TokenID    ID
	AccountID  ID
	Endpoint   string
	P256DH     string          `db:"key_p256dh"` // the app's public key, base64url
	Auth       string          `db:"key_auth"`   // its secret, base64url
	Standard   bool            // RFC 8291; otherwise the draft before it
	Alerts     map[string]bool // by type of notification
	Policy     string          // all, followed, follower, none
	Sealed     string          // the access token, which messages carry
	Refusals   int64           // in a row
	LastSentAt Time
	LastError  string
	CreatedAt  Time
	UpdatedAt  Time
}

// PushKeys are the server's own, by which push services know it (RFC 8292). Made once.
type PushKeys struct {
	Public  string `json:"public"`  // uncompressed point, base64url
	Private string `json:"private"` // scalar, base64url
}

// SendPush brings one notification to one subscription. The lane is the push service's host.
type SendPush struct {
	Subscription ID
	Notification ID
}

// Kind names the job.
func (SendPush) Kind() string { return "send_push" }

// Severance is what somebody lost when follows were ended for them (Mastodon API: entities/RelationshipSeveranceEvent).
type Severance struct {
	ID             ID
	AccountID      ID
	Type           string // domain_block, user_domain_block, account_suspension
	TargetName     string // the domain, or the handle
	Purged         bool
	FollowersCount int64
	FollowingCount int64
	CreatedAt      Time
}

// The types of severance.
const (
	SeveredByServer     = "domain_block"
	SeveredByOneself    = "user_domain_block"
	SeveredBySuspension = "account_suspension"
)

// MailNotifications writes somebody one mail about what they were told since the last. The lane is the account.
type MailNotifications struct{ Account ID }

// Kind names the job.
func (MailNotifications) Kind() string { return "mail_notifications" }

// SendDigest hands a mail about notifications to the mail server: a kind of its own, so that mails about the safety of
// an account never wait behind it.
type SendDigest struct{ Mail ID }

// Kind names the job.
func (SendDigest) Kind() string { return "send_digest" }

// Digest is what of somebody's notifications went out by mail.
type Digest struct {
	AccountID ID
	ThroughID ID // the newest notification looked at
	SentAt    Time
}
