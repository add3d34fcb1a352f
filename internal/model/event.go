package model

// Event is a hint that something was committed: who listens re-reads. It is at most once; data never depends on it.
type Event struct {
	Type    string // see the constants
	Stream  string // for streaming: user, public, list …; "" for the house's own
	Account ID     // whom it concerns, if one account
	ID      ID     // the row
}

// Events of the house itself: what caches must forget. Other processes on the same database send them too.
const (
	TouchStatus    = "touch.status"    // ID: the status
	TouchAccount   = "touch.account"   // ID: the account
	TouchRelations = "touch.relations" // Account: whose circle
	TouchMarks     = "touch.marks"     // Account: whose; ID: the status, or 0 for all
	TouchFilters   = "touch.filters"   // Account: whose
	TouchPlace     = "touch.place"     // ID: a status that may have entered or left home feeds: edited or gone
	TouchFeed      = "touch.feed"      // Account: whose home feed must be rebuilt
	TouchTold      = "touch.told"      // Account: whose notifications changed
	TouchTokens    = "touch.tokens"    // Account: whose tokens changed; 0: any
	TouchSite      = "touch.site"      // settings, rules, emoji, announcements
	TouchKeys      = "touch.keys"      // ID: the account whose keys changed
	TouchDomains   = "touch.domains"   // which domains are blocked or let in
	TouchPeers     = "touch.peers"     // somebody decided over a peer
	TouchQueue     = "touch.queue"     // a job was enqueued
)

// Job is work that must happen after a commit, at least once. A kind is one struct; its JSON is the row.
type Job interface {
	// Kind is the stable name in the jobs table.
	Kind() string
}
