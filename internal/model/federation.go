package model

// Key is a key of an account's: of ours with its private half, of others' as their documents told it.
type Key struct {
	ID        ID
	AccountID ID
	KeyID     string // the URI that signatures name
	Algorithm KeyAlgorithm
	Public    string // PEM, SubjectPublicKeyInfo
	Private   string // PEM, PKCS #8; "" for others'
	ExpiresAt Time   // 0: never
	CreatedAt Time
}

// KeyAlgorithm is what a key is for.
type KeyAlgorithm string

// The algorithms peers use.
const (
	RSA     KeyAlgorithm = "rsa"
	Ed25519 KeyAlgorithm = "ed25519"
)

// InstanceActorID is the account that speaks for the server itself: it signs what nobody of ours asked for, and reports.
const InstanceActorID ID = -99

// Peer is another server as we know it from talking to it.
type Peer struct {
	Host         string // authority of its URLs, lower-case; with a port in development only
	Software     string // of its NodeInfo
	Version      string
	Signature    string // the signatures it accepts: "" not known yet, else cavage or rfc9421
	LastReached  Time   // it took something from us
	LastHeard    Time   // it sent something signed
	FailingSince Time   // 0: it answers
	FailingDays  int64  // distinct days on which it failed since
	LastFailed   Time
	GivenUpAt    Time // nothing is sent until it is heard from; 0: not given up
	LastError    string
	DescribedAt  Time // when its NodeInfo was asked for
	CreatedAt    Time
}

// Severity is how far a domain is kept away.
type Severity string

// The severities (Mastodon API: entities/Admin_DomainBlock#severity).
const (
	Silence Severity = "silence"
	Suspend Severity = "suspend"
	Noop    Severity = "noop"
)

// DomainBlock keeps a domain and all its subdomains away, as the server's moderators wish.
type DomainBlock struct {
	ID             ID
	Domain         string
	Severity       Severity
	RejectMedia    bool
	RejectReports  bool
	Obfuscate      bool
	PublicComment  string
	PrivateComment string
	CreatedAt      Time
}

// DomainAllow lets a domain in where only named ones are.
type DomainAllow struct {
	ID        ID
	Domain    string
	CreatedAt Time
}

// Relay is a server that passes public statuses on to others.
type Relay struct {
	ID        ID
	InboxURL  string
	ActorURI  string // LitePub style: the actor followed; "": Mastodon style
	FollowURI string
	State     string // idle, pending, accepted, rejected
	CreatedAt Time
}

// Report is somebody's complaint about an account, ours or from another server (Mastodon API: entities/Report).
type Report struct {
	ID            ID
	URI           string // of the Flag; "" for ours that was not forwarded
	AccountID     ID     // who complains; another server's instance actor for its people
	TargetID      ID
	StatusIDs     []ID
	Comment       string
	Category      string // other, spam, legal, violation
	RuleIDs       []ID
	Forwarded     bool
	ActionTakenAt Time
	ActionTakenBy ID
	AssignedID    ID
	CreatedAt     Time
}

// Ingest acts on an activity that another server sent. The lane is the sender's host and a slot of it, so that one
// server never takes all workers and what one actor does stays in order.
type Ingest struct {
	Order  string // the first field: jobs with the same word run one after another. Letters and digits
	Signer ID     // account whose key signed the request
	Body   string // as it came
	From   string // the signer's host
	Inbox  ID     `json:",omitzero"` // ours whose own inbox it came to; 0: the shared one
	At     Time   // when it was accepted
	Aside  bool   `json:",omitzero"` // it failed once and waits beside its lane
}

// Kind names the job.
func (Ingest) Kind() string { return "ingest" }

// Distribute tells other servers what an account of ours did. Which fields an activity needs stands in federation's
// table of outgoing activities. What may be gone when it runs is carried, all else is read then. The lane is the actor.
type Distribute struct {
	Activity  string // Create, Update, Delete, Announce, Like, Follow, "Undo Like" …
	Actor     ID
	Status    ID     `json:",omitzero"` // the status it is about
	Account   ID     `json:",omitzero"` // the account it is about or meant for
	Row       ID     `json:",omitzero"` // the follow, favourite, block, quote or report
	URI       string `json:",omitzero"` // the activity's id, or that of the one it answers or undoes
	Object    string `json:",omitzero"` // the id of what it acts on, where no row says so any more
	Inbox     string `json:",omitzero"` // where it goes, where no row says so any more: a relay that is left
	Rows      []ID   `json:",omitzero"` // votes
	To        []ID   `json:",omitzero"` // further accounts that hear of it
	Followers bool   `json:",omitzero"` // where no row says so any more: the actor's followers hear of it
	Public    bool   `json:",omitzero"` // likewise: everybody may see it
}

// Kind names the job.
func (Distribute) Kind() string { return "distribute" }

// Forward passes on what another server sent, as it came, to those who have what it is about: followers of the author
// it replies to, of who reblogged or quoted it.
type Forward struct {
	Body string // with a signature or proof of its own
	From ID     // who sent it; their server has it
	Of   []ID   // accounts of ours whose followers hear of it; the first one's key signs the requests
}

// Kind names the job.
func (Forward) Kind() string { return "forward" }

// Deliver brings an activity to one inbox. The lane is the inbox's host.
type Deliver struct {
	Activity ID // row of activities
	Actor    ID // whose: their activities arrive in the order they were made
	Inbox    string
}

// Kind names the job.
func (Deliver) Kind() string { return "deliver" }

// DeliverLater is Deliver for what everybody is told and nobody waits for: it is spread over time.
type DeliverLater struct {
	Activity ID
	Inbox    string
}

// Kind names the job.
func (DeliverLater) Kind() string { return "deliver_later" }

// OutgoingActivity is a document on its way to other servers, kept once for all its deliveries.
type OutgoingActivity struct {
	ID        ID // of the job that distributes it
	AccountID ID // whose key signs
	Body      string
	Sync      bool   // each request tells who of the receiver's follows the account (FEP-8fcf)
	Reached   string // inboxes up to this one, in order, have their delivery; what a crash interrupted goes on here
	CreatedAt Time
}

// InboxOf is where an account of another server hears of things.
type InboxOf struct {
	ID             ID // to read on from: of the account, or of its follow
	Domain         string
	InboxURL       string
	SharedInboxURL string
}

// RefreshAccount asks an account's server for its newest state.
type RefreshAccount struct{ Account ID }

// Kind names the job.
func (RefreshAccount) Kind() string { return "refresh_account" }

// FetchFeatured asks for what an account has pinned and featured.
type FetchFeatured struct{ Account ID }

// Kind names the job.
func (FetchFeatured) Kind() string { return "fetch_featured" }

// ResolveThread asks for the status that one of another server replies to, and so on upward.
type ResolveThread struct {
	Status ID
	Above  int `json:",omitzero"` // how many of the thread were asked for before
}

// Kind names the job.
func (ResolveThread) Kind() string { return "resolve_thread" }

// FetchReplies asks for the replies of a status that its server knows.
type FetchReplies struct{ Status ID }

// Kind names the job.
func (FetchReplies) Kind() string { return "fetch_replies" }

// VerifyQuote asks the quoted author's server whether a quote is approved.
type VerifyQuote struct{ Quote ID }

// Kind names the job.
func (VerifyQuote) Kind() string { return "verify_quote" }

// FetchStatus asks for a status that another one names.
type FetchStatus struct{ URI string }

// Kind names the job.
func (FetchStatus) Kind() string { return "fetch_status" }

// PullOutbox asks for what a followed account wrote while this server was away.
type PullOutbox struct {
	Account ID
	Since   Time
}

// Kind names the job.
func (PullOutbox) Kind() string { return "pull_outbox" }

// SyncFollowers compares who of ours follows an account with what its server says (FEP-8fcf).
type SyncFollowers struct {
	Account ID
	URL     string
	Digest  string
}

// Kind names the job.
func (SyncFollowers) Kind() string { return "sync_followers" }

// Refollow asks an account anew on behalf of those of ours who follow it: its server has forgotten them.
type Refollow struct{ Account ID }

// Kind names the job.
func (Refollow) Kind() string { return "refollow" }

// MoveFollowers lets those of ours who follow an account follow the one it moved to.
type MoveFollowers struct{ From, To ID }

// Kind names the job.
func (MoveFollowers) Kind() string { return "move_followers" }

// SuspendDomain brings the accounts we know of a domain and its subdomains in line with the domain blocks that stand,
// a few at a time: after a block as after its end.
type SuspendDomain struct{ Domain string }

// Kind names the job.
func (SuspendDomain) Kind() string { return "suspend_domain" }
