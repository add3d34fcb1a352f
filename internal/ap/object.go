// Package ap reads and writes ActivityPub documents: tolerant of how other software spells them, exact in its own.
package ap

import (
	"encoding/json"

	"gomphothere/internal/model"
)

// Public is the address of everybody (ActivityPub §5.6). It is also written as:Public and Public.
const Public = "https://www.w3.org/ns/activitystreams#Public"

// Object is a document or a part of one: the properties this server uses, each in one spelling. Parse makes it.
type Object struct {
	ID   string
	Type string   // the first type this server knows, else the first
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
	Quote                string // of quote, _misskey_quote, quoteUrl, quoteUri: the first there is
	QuoteLegacy          bool   // it came without "quote"
	QuoteAuthorization   string
	InteractingObject    string
	InteractionTarget    string
	CanQuote             *Policy
	Reaction             string // content or _misskey_reaction of a Like, EmojiReact
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

	Raw json.RawMessage // as it came
}

// Ref is something named by its id or given whole.
type Ref struct {
	ID     string
	Object *Object // nil: only named
}

// Refs is none, one or many.
type Refs []Ref

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
