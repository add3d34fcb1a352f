package model

// Site is what rooms must know of the server's configuration: plain values, set at start.
type Site struct {
	Domain       string // in handles
	Base         string // https://web.domain, no slash at the end
	Title        string
	Description  string
	ContactEmail string
	Languages    []string
	Development  bool
	Version      string

	MailsNotifications bool // a mail server takes our mails
	MailsPerHour       int  // about notifications, of all people together

	Registrations  string // open, approval, invite, closed
	ReasonRequired bool

	Allowlist       bool   // only domains let in by name may talk to us
	AuthorizedFetch bool   // statuses and people are shown to servers that say who they are
	ShowBlocks      string // domain blocks are public for: nobody, users, all
	ShowReasons     string // and why; likewise

	MaxCharacters           int
	MaxPollOptions          int
	MaxPollOptionCharacters int
	MaxPinned               int
}
