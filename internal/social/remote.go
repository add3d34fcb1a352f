package social

import "gomphothere/internal/model"

// RemoteAccount is what another server says of an account of its own, checked by the door it came through: the
// document is from the account's own host or proven, and its handle leads back to it.
type RemoteAccount struct {
	Account      model.Account // without ID, counters and dates of ours; HTML as it came
	Keys         []model.Key
	Emojis       []model.CustomEmoji
	MovedToURI   string
	MovedTo      model.ID // where that account is known
	Suspended    bool     // by its own server
	FeaturedTags []string // nil: not told
	// Origin is the domain whose activity led here, "" when somebody of ours asked: one server makes only so many
	// accounts known at once.
	Origin string
}

// RemoteStatus is what another server says of a status of its own, checked by the door it came through: authors and
// mentioned people are known, the document is from the author's host or proven. It is a peer's Draft.
type RemoteStatus struct {
	URI, URL        string
	Content         string // HTML as it came; the verb makes it safe
	SpoilerText     string
	Sensitive       bool
	Language        string
	Visibility      model.Visibility
	InReplyToURI    string // here or not
	ConversationURI string
	Mentions        []model.Mention // also silent ones: addressed, not named
	Tags            []string
	Media           []model.MediaAttachment // RemoteURL and what is told of it
	Emojis          []model.CustomEmoji
	Poll            *RemotePoll
	Quote           *RemoteQuote
	QuotePolicy     model.QuotePolicy
	CreatedAt       model.Time // 0: now
	EditedAt        model.Time
	// Fetched: it was looked for rather than sent. It notifies nobody, and enters no home feed but by its date.
	Fetched bool
}

// RemotePoll is another server's poll.
type RemotePoll struct {
	Options  []string
	Tallies  []int64
	Multiple bool
	Voters   int64
	EndsAt   model.Time // 0: never
	ClosedAt model.Time
}

// RemoteQuote is what a status of another server quotes.
type RemoteQuote struct {
	URI         string // of the quoted status, here or not
	ApprovalURI string
	Legacy      bool // spelled in a way that knows no approval
	Verified    bool // the approval was fetched from the quoted author's server and says so
}
