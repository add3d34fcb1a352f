package federation

import (
	"net/http"
	"slices"

	"gomphothere/internal/model"
)

// Routes is the table of what other servers ask here and bring here.
func (f *Federation) Routes() []Route {
	rows := []Route{
		{"GET", "/.well-known/webfinger", http.HandlerFunc(f.webfinger)},
		{"GET", "/.well-known/host-meta", http.HandlerFunc(f.hostMeta)},
		{"GET", "/.well-known/host-meta.json", http.HandlerFunc(f.hostMetaJSON)},
		{"GET", "/.well-known/nodeinfo", http.HandlerFunc(f.nodeInfoDiscovery)},
		{"GET", "/nodeinfo/2.0", f.nodeInfo("2.0")},
		{"GET", "/nodeinfo/2.1", f.nodeInfo("2.1")},
	}
	for _, d := range documents() {
		for _, at := range d.at {
			rows = append(rows, Route{"GET", at, f.served(d)})
		}
	}
	return slices.Concat(rows, f.inboxRoutes())
}

// document is a kind of document of ours: where it stands and how it is drawn.
type document struct {
	at    []string // patterns
	whose bool     // its address names an account of ours, by {name} or {id}
	kept  kind     // kept drawn while everybody may see it; 0: not
	page  bool     // people find a page about it: the account's, or the status'
	open  bool     // to whoever asks, even where requests must be signed
	draw  func(*asked) (*answer, error)
}

// documents is the table of all that are served by ActivityPub ids.
func documents() []document {
	return []document{
		actorDocument(),
		noteDocument(),
		{at: of("/followers"), whose: true, draw: (*asked).followers},
		{at: of("/following"), whose: true, draw: (*asked).following},
		{at: of("/outbox"), whose: true, draw: (*asked).outbox},
		{at: of("/collections/featured"), whose: true, draw: (*asked).featured},
		{at: of("/collections/tags"), whose: true, draw: (*asked).featuredTags},
		{at: of("/followers_synchronization"), whose: true, draw: (*asked).followersSync},
		{at: of("/quote_authorizations/{quote}"), whose: true, draw: (*asked).quoteAuthorization},
		{at: of("/statuses/{status}/activity"), whose: true, kept: keptActivity, page: true, draw: (*asked).activity},
		{at: of("/statuses/{status}/replies"), whose: true, draw: (*asked).replies},
		{at: of("/statuses/{status}/likes"), whose: true, draw: (*asked).likes},
		{at: of("/statuses/{status}/shares"), whose: true, draw: (*asked).shares},
		{at: []string{"/actor"}, open: true, draw: (*asked).instanceActor},
		{at: []string{"/actor/outbox"}, open: true, draw: (*asked).instanceOutbox},
		{at: []string{"/contexts/{context}"}, draw: (*asked).context},
		{at: []string{"/contexts/{context}/items"}, draw: (*asked).contextItems},
		{at: []string{"/emojis/{emoji}"}, open: true, draw: (*asked).emoji},
	}
}

func actorDocument() document {
	return document{at: of(""), whose: true, kept: keptActor, page: true, draw: (*asked).actor}
}

func noteDocument() document {
	return document{at: of("/statuses/{status}"), whose: true, kept: keptNote, page: true, draw: (*asked).note}
}

// of are both of Mastodon's addresses of something that belongs to an account: by number since its 4.5, by name before.
func of(path string) []string { return []string{"/ap/users/{id}" + path, "/users/{name}" + path} }

// kind is a kind of document that is kept drawn.
type kind uint8

const (
	keptActor kind = iota + 1
	keptNote
	keptActivity
)

// keptAs is the name of a kept document: its kind and the row's id, whichever address was asked.
type keptAs struct {
	kind kind
	id   model.ID
}
