// Package ap reads and writes ActivityPub documents: tolerant of how other software spells them, exact in its own.
package ap

import (
	"encoding/json"
	"slices"

	"gomphothere/internal/model"
)

// Public is the address of everybody (ActivityPub §5.6). It is also written as:Public and Public.
const Public = "https://www.w3.org/ns/activitystreams#Public"

// Object is a document or a part of one: the properties this server uses, each in one spelling. Parse makes it.
type Object struct {
	ID   string
	Type string   // the first type this server knows, else the first; without prefix or namespace
	All  []string // all types

	Actor      Refs
	Object     Refs
	Target     Refs
	Instrument Refs
	Result     Refs

	AttributedTo Refs
	To, Cc       Refs
	Audience     Refs
	InReplyTo    Refs
	Context      string // FEP-7888; not @context
	Conversation string
	Language     string // "language" of PeerTube and Lemmy

	Name, Summary, Content Text
	Source                 *Source
	MediaType              string
	URL                    []Link
	Href                   string
	Published, Updated     model.Time // 0: absent or unreadable
	EndTime                model.Time
	Closed                 model.Time // 1 when it is only said that it is closed
	Sensitive              bool

	Attachment, Tag      []*Object
	Icon, Image          []*Object
	OneOf, AnyOf         []*Object
	VotersCount          *int64
	Replies              *Ref
	Likes, Shares        *Ref
	Items, OrderedItems  Refs
	First, Next, PartOf  *Ref
	TotalItems           *int64
	Width, Height        int64
	Duration             string
	Blurhash             string
	FocalPoint           []float64
	Value                string // PropertyValue: HTML
	Votes                *int64 // _misskey_votes of a poll's choice
	Quote                string // of quote, _misskey_quote, quoteUrl, quoteUri: the first there is
	QuoteLegacy          bool   // it came without "quote"
	QuoteGone            bool   // "quote" is a Tombstone: what it quoted was deleted
	QuoteAuthorization   string
	InteractingObject    string
	InteractionTarget    string
	CanQuote             *Policy
	CanFeature           *Policy
	Reaction             string  // _misskey_reaction or content of a Like, EmojiReact, Dislike
	ApprovedBy           string  // GoToSocial: what approves a reply, like or boost
	FeaturedObject       string  // FEP-7aa9: of a FeaturedItem
	FeatureAuthorization string  // FEP-7aa9: of a FeaturedItem
	FeaturedCollections  string  // FEP-7aa9: of an actor
	Topic                *Object // FEP-7aa9: of a FeaturedCollection
	Owner                string  // of a key: owner or controller
	PreferredUsername    string
	Webfinger            string
	Inbox, Outbox        string
	SharedInbox          string
	Followers, Following string
	Featured             *Ref
	FeaturedTags         string
	PublicKeys           []PublicKey // publicKey and assertionMethod, at most ten
	AlsoKnownAs          []string
	MovedTo              string
	AttributionDomains   []string

	ManuallyApproves, Discoverable, Indexable, Memorial, Suspended, Invisible bool
	ShowFeatured, ShowMedia, ShowRepliesInMedia                               *bool

	Raw json.RawMessage // as it came: a part of what Parse was given
}

// Is tells whether the object says it is one of these types.
func (o *Object) Is(types ...string) bool {
	if slices.Contains(types, o.Type) {
		return true
	}
	return slices.ContainsFunc(o.All, func(t string) bool { return slices.Contains(types, t) })
}

// Ref is something named by its id or given whole.
type Ref struct {
	ID     string
	Object *Object // nil: only named
}

// Refs is none, one or many.
type Refs []Ref

// ID is the first id, "" for none.
func (r Refs) ID() string {
	if len(r) == 0 {
		return ""
	}
	return r[0].ID
}

// Object is the first that was given whole, nil when all are only named.
func (r Refs) Object() *Object {
	for _, ref := range r {
		if ref.Object != nil {
			return ref.Object
		}
	}
	return nil
}

// IDs are all ids there are.
func (r Refs) IDs() []string {
	var ids []string
	for _, ref := range r {
		if ref.ID != "" {
			ids = append(ids, ref.ID)
		}
	}
	return ids
}

// Text is a natural-language value: one text, or one a language.
type Text struct {
	Value    string
	Language string // of the value, "" when not told
}

// Source is what a text was written as.
type Source struct{ Content, MediaType string }

// Link is an address and what is there.
type Link struct {
	Href, MediaType, Rel, Name string
	Width, Height              int64
	Tags                       []Link // PeerTube nests playlists
}

// PublicKey is a key as a document shows it.
type PublicKey struct {
	ID, Owner string
	Algorithm model.KeyAlgorithm
	PEM       string // SubjectPublicKeyInfo
	Expires   model.Time
}

// Policy says who may do something (GoToSocial's interactionPolicy, FEP-044f).
type Policy struct{ Automatic, Manual []string }
