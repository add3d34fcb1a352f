package model

// Visibility says whom a status is for (Mastodon API: entities/Status#visibility).
type Visibility string

// The visibilities.
const (
	Public   Visibility = "public"
	Unlisted Visibility = "unlisted"
	Private  Visibility = "private"
	Direct   Visibility = "direct"
	// Limited is another server's: for those it addresses, some of whom it does not name. The API says private.
	Limited Visibility = "limited"
)

// Valid tells whether v is one of the four that people here can choose.
func (v Visibility) Valid() bool {
	return v == Public || v == Unlisted || v == Private || v == Direct
}

// Status is a post, ours or remote; with ReblogOfID it is somebody's sharing of another.
type Status struct {
	ID        ID
	AccountID ID
	URI       string
	URL       string
	Local     bool

	Text        string // ours: what they typed
	Content     string // HTML, safe to show
	SpoilerText string
	Sensitive   bool
	Language    string
	Visibility  Visibility

	InReplyToID        ID
	InReplyToAccountID ID
	InReplyToURI       string // remote: what it replies to, here or not
	IsReply            bool   // stays when the status replied to is deleted
	ConversationID     ID
	ReblogOfID         ID
	ReblogOfAccountID  ID
	PollID             ID
	AppID              ID
	CardID             ID
	QuoteID            ID // row of quotes
	QuotePolicy        QuotePolicy
	MediaIDs           []ID // in the order shown

	RepliesCount    int64
	ReblogsCount    int64
	FavouritesCount int64
	QuotesCount     int64

	EditedAt         Time
	CreatedAt        Time
	RepliesFetchedAt Time // remote: when its replies were asked for

	// Relations, filled by store.Hydrate.
	Account  *Account          `db:"-"`
	Reblog   *Status           `db:"-"`
	Poll     *Poll             `db:"-"`
	Media    []MediaAttachment `db:"-"`
	Mentions []Mention         `db:"-"`
	Tags     []Tag             `db:"-"`
	Emojis   []CustomEmoji     `db:"-"`
	App      *App              `db:"-"` // only when its author shows it
	Quote    *Quote            `db:"-"`
	Card     *Card             `db:"-"`
	Drawn    *Slot             `db:"-"` // the drawn entity; lives and dies with this row in the cache
	Plain    *Slot             `db:"-"` // the words that filters look through; likewise
}

// Shown is what a reader sees: the status itself, or what it reblogs.
func (s *Status) Shown() *Status {
	if s.Reblog != nil {
		return s.Reblog
	}
	return s
}

// Mention is somebody addressed by a status. Silent: addressed, not named in the text.
type Mention struct {
	StatusID  ID
	AccountID ID
	Silent    bool
	Username  string `db:"username"`
	Domain    string `db:"domain"`
	URL       string `db:"url"`
}

// Acct is the mentioned handle.
func (m Mention) Acct() string {
	if m.Domain == "" {
		return m.Username
	}
	return m.Username + "@" + m.Domain
}

// Tag is a hashtag. Name is the key (folded), DisplayName as first or best written.
type Tag struct {
	ID           ID
	Name         string
	DisplayName  string
	Usable       bool
	Trendable    bool
	Listable     bool
	LastStatusAt Time
	CreatedAt    Time
}

// Shown is the name to show.
func (t Tag) Shown() string {
	if t.DisplayName != "" {
		return t.DisplayName
	}
	return t.Name
}

// StatusEdit is what a status was at one time (Mastodon API: entities/StatusEdit).
type StatusEdit struct {
	ID                ID
	StatusID          ID
	AccountID         ID
	Text              string
	Content           string
	SpoilerText       string
	Sensitive         bool
	MediaIDs          []ID
	MediaDescriptions []string
	PollOptions       []string
	QuoteID           ID
	CreatedAt         Time

	Media []MediaAttachment `db:"-"` // as described then
}

// Poll is a question on a status.
type Poll struct {
	ID          ID
	StatusID    ID
	AccountID   ID
	Options     []string
	Tallies     []int64
	Multiple    bool
	HideTotals  bool
	VotesCount  int64
	VotersCount int64
	ExpiresAt   Time // 0: never
	ClosedAt    Time // when its end was announced
	FetchedAt   Time
	CreatedAt   Time
}

// Expired tells whether voting is over at now.
func (p *Poll) Expired(now Time) bool { return p.ExpiresAt != 0 && p.ExpiresAt <= now }

// MediaAttachment is a file on a status.
type MediaAttachment struct {
	ID                 ID
	AccountID          ID
	StatusID           ID
	ScheduledID        ID
	Type               string // image, gifv, video, audio, unknown
	File               string // key in blob
	Thumbnail          string // key in blob
	RemoteURL          string
	ThumbnailRemoteURL string
	ContentType        string
	Size               int64
	Description        string
	Blurhash           string
	Meta               map[string]any
	Processing         string // "", queued, running, failed; removed: its author deleted it, the file may go
	CreatedAt          Time
}

// QuotePolicy says who may quote: bits of automatic approval << 16 | bits of manual approval, Mastodon's layout.
type QuotePolicy int64

// The bits of each half.
const (
	QuoteUnsupported QuotePolicy = 1
	QuotePublic      QuotePolicy = 2
	QuoteFollowers   QuotePolicy = 4
	QuoteFollowing   QuotePolicy = 8
)

// Automatic is who may quote without asking.
func (p QuotePolicy) Automatic() QuotePolicy { return p >> 16 }

// Manual is who may ask.
func (p QuotePolicy) Manual() QuotePolicy { return p & 0xffff }

// Quote ties a status to the one it quotes.
type Quote struct {
	ID              ID
	StatusID        ID
	AccountID       ID
	QuotedStatusID  ID
	QuotedAccountID ID
	QuotedURI       string // remote: what it quotes, here or not
	State           string // pending, accepted, rejected, revoked, deleted
	ActivityURI     string
	ApprovalURI     string
	CreatedAt       Time

	Quoted *Status `db:"-"` // hydrated one level deep
}

// Viewer is what one reader adds to a page of statuses: their own marks, read in one go for the page.
// A nil *Viewer is a visitor.
type Viewer struct {
	Account   *Account // nil: a visitor
	Relations *Relations
	Now       Time
	Marks     map[ID]Marks          // by status shown
	Votes     map[ID][]int          // by poll
	Filtered  map[ID][]FilterResult // by status shown
}

// Marks are a viewer's flags on a status.
type Marks uint8

// The marks.
const (
	Favourited Marks = 1 << iota
	Reblogged
	Bookmarked
	Muted // its conversation
	Pinned
)

// Context is a thread around a status.
type Context struct {
	Ancestors   []*Status
	Descendants []*Status
}

// CustomEmoji is a small picture with a name (Mastodon API: entities/CustomEmoji).
type CustomEmoji struct {
	ID              ID
	Shortcode       string
	Domain          string
	File            string
	StaticFile      string
	RemoteURL       string
	Category        string
	VisibleInPicker bool
	Disabled        bool
	UpdatedAt       Time
}
