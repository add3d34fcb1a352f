package model

// Event is a hint that something was committed: who listens re-reads. It is at most once; data never depends on it.
// It carries ids, not rows: between nodes it must stay small.
type Event struct {
	Type    string `json:"t"`           // see the constants
	Stream  string `json:"s,omitempty"` // for streaming: user, public, list …; "" for the house's own
	Account ID     `json:"a,omitempty"` // whom it concerns, if one account
	ID      ID     `json:"i,omitempty"` // the row
	Name    string `json:"n,omitempty"` // of what is named rather than numbered: a reaction
	Of      *Place `json:"o,omitempty"` // of a status whose row is gone, or that nobody should have to look up
}

// Place is what decides in whose timelines a status stands.
type Place struct {
	Visibility Visibility `json:"v,omitempty"`
	Local      bool       `json:"l,omitempty"`
	Media      bool       `json:"m,omitempty"`
	Shared     bool       `json:"r,omitempty"` // it is a reblog
	Reply      bool       `json:"y,omitempty"` // to somebody else
	TagIDs     []ID       `json:"g,omitempty"`
	Tags       []string   `json:"h,omitempty"` // their keys
	Mentions   []ID       `json:"w,omitempty"` // people here
}

// PlaceOf is a hydrated status's.
func PlaceOf(s *Status) *Place {
	p := &Place{
		Visibility: s.Visibility, Local: s.Local, Media: len(s.MediaIDs) > 0, Shared: s.ReblogOfID != 0,
		Reply: s.IsReply && s.InReplyToAccountID != s.AccountID,
	}
	for _, t := range s.Tags {
		p.TagIDs, p.Tags = append(p.TagIDs, t.ID), append(p.Tags, t.Name)
	}
	for _, m := range s.Mentions {
		if m.Domain == "" {
			p.Mentions = append(p.Mentions, m.AccountID)
		}
	}
	return p
}

// Public tells whether it stands in public timelines: no reblogs, no replies to others (Mastodon: PublicFeed).
func (p *Place) Public() bool { return p.Visibility == Public && !p.Shared && !p.Reply }

// Events that clients see (Mastodon API: streaming events).
const (
	EventUpdate              = "update"
	EventStatusUpdate        = "status.update"
	EventDelete              = "delete"
	EventNotification        = "notification"
	EventNotificationsMerged = "notifications_merged"
	EventFiltersChanged      = "filters_changed"
	EventConversation        = "conversation"
	EventAnnouncement        = "announcement"
	EventReaction            = "announcement.reaction"
	EventAnnouncementDelete  = "announcement.delete"
)

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
	TouchAdded     = "touch.added"     // Account: its author; ID: a new status; Of: where it stands
	TouchAll       = "touch.all"       // events were lost: everything that was derived is forgotten
)

// Job is work that must happen after a commit, at least once. A kind is one struct; its JSON is the row.
type Job interface {
	// Kind is the stable name in the jobs table.
	Kind() string
}
