package ap

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"gomphothere/internal/model"
)

// Drawer writes documents: pure functions from rows to bytes. Rows are hydrated as store gives them; addresses that a
// row has are taken from it, never made up anew, so that whatever scheme made them holds.
type Drawer struct {
	Base      string // https://web.domain, no slash at the end
	Domain    string // in handles
	MediaBase string // what a file's key is appended to
}

// terms are the extension terms that a document uses; its @context declares these and no more.
type terms uint32

const (
	tOstatus terms = 1 << iota
	tToot
	tSchema
	tMisskey
	tFedibird
	tGts
	tSensitive
	tConversation
	tHashtag
	tEmoji
	tFocalPoint
	tBlurhash
	tVotersCount
	tLocked
	tActor // what only actors have
	tPropertyValue
	tMoved
	tKnownAs
	tFeatured
	tMemorial
	tSuspended
	tAttribution
	tQuote
	tQuoteAuthorization
	tQuoteRequest
	tPolicy
	tInteracting
	tMultikey
	tSecurity // named contexts from here
	tWebfinger
)

// constant: Go has no constant slices. The order is that of the @context; a term needs the prefix before it.
var vocabularies = []struct {
	bits terms
	json string
}{
	{tOstatus | tConversation, `"ostatus":"http://ostatus.org#"`},
	{tToot | tEmoji | tFocalPoint | tBlurhash | tVotersCount | tActor | tFeatured | tMemorial | tSuspended | tAttribution, `"toot":"http://joinmastodon.org/ns#"`},
	{tSchema | tPropertyValue, `"schema":"http://schema.org#"`},
	{tGts | tPolicy | tInteracting, `"gts":"https://gotosocial.org/ns#"`},
	{tSensitive, `"sensitive":"as:sensitive"`},
	{tConversation, `"conversation":"ostatus:conversation"`},
	{tHashtag, `"Hashtag":"as:Hashtag"`},
	{tEmoji, `"Emoji":"toot:Emoji"`},
	{tFocalPoint, `"focalPoint":{"@container":"@list","@id":"toot:focalPoint"}`},
	{tBlurhash, `"blurhash":"toot:blurhash"`},
	{tVotersCount, `"votersCount":"toot:votersCount"`},
	{tLocked, `"manuallyApprovesFollowers":"as:manuallyApprovesFollowers"`},
	{tFeatured, `"featured":{"@id":"toot:featured","@type":"@id"},"featuredTags":{"@id":"toot:featuredTags","@type":"@id"}`},
	{tActor, `"discoverable":"toot:discoverable","indexable":"toot:indexable","showFeatured":"toot:showFeatured","showMedia":"toot:showMedia","showRepliesInMedia":"toot:showRepliesInMedia"`},
	{tMemorial, `"memorial":"toot:memorial"`},
	{tSuspended, `"suspended":"toot:suspended"`},
	{tAttribution, `"attributionDomains":{"@id":"toot:attributionDomains","@type":"@id"}`},
	{tKnownAs, `"alsoKnownAs":{"@id":"as:alsoKnownAs","@type":"@id"}`},
	{tMoved, `"movedTo":{"@id":"as:movedTo","@type":"@id"}`},
	// Multikeys (FEP-521a) term by term: the contexts that have them bring a hundred others.
	{tMultikey, `"Multikey":"https://w3id.org/security#Multikey","assertionMethod":{"@container":"@set","@id":"https://w3id.org/security#assertionMethod","@type":"@id"},"controller":{"@id":"https://w3id.org/security#controller","@type":"@id"},"publicKeyMultibase":{"@id":"https://w3id.org/security#publicKeyMultibase","@type":"https://w3id.org/security#multibase"}`},
	{tPropertyValue, `"PropertyValue":"schema:PropertyValue","value":"schema:value"`},
	{tQuote, `"quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote"`},
	{tQuoteAuthorization, `"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"}`},
	{tQuoteRequest, `"QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest"`},
	{tInteracting, `"QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"}`},
	{tPolicy, `"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"canQuote":{"@id":"gts:canQuote","@type":"@id"},"automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"manualApproval":{"@id":"gts:manualApproval","@type":"@id"}`},
}

// drawing is a document being written.
type drawing struct {
	b    []byte
	uses terms
}

// document draws an object with its @context.
func document(size int, draw func(*drawing)) []byte {
	w := drawing{b: make([]byte, 0, size)}
	w.object(func() { draw(&w) })
	out := make([]byte, 0, len(w.b)+1200)
	out = append(out, `{"@context":`...)
	out = w.uses.appendContext(out)
	if len(w.b) > 2 {
		out = append(out, ',')
	}
	return append(out, w.b[1:]...)
}

// appendContext writes the @context that declares the terms.
func (t terms) appendContext(b []byte) []byte {
	const streams = `"` + namespace + `"`
	if t == 0 {
		return append(b, streams...)
	}
	b = append(b, '[')
	b = append(b, streams...)
	for _, named := range [...]struct {
		bit  terms
		json string
	}{
		{tSecurity, `"https://w3id.org/security/v1"`},
		{tWebfinger, `"https://purl.archive.org/socialweb/webfinger"`},
	} {
		if t&named.bit != 0 {
			b = append(append(b, ','), named.json...)
		}
	}
	first := true
	for _, v := range vocabularies {
		if t&v.bits == 0 {
			continue
		}
		if first {
			b = append(b, ',', '{')
			first = false
		} else {
			b = append(b, ',')
		}
		b = append(b, v.json...)
	}
	if !first {
		b = append(b, '}')
	}
	return append(b, ']')
}

// comma separates from what is before.
func (w *drawing) comma() {
	if n := len(w.b); n > 0 && w.b[n-1] != '{' && w.b[n-1] != '[' && w.b[n-1] != ':' {
		w.b = append(w.b, ',')
	}
}

func (w *drawing) object(members func()) {
	w.comma()
	w.b = append(w.b, '{')
	members()
	w.b = append(w.b, '}')
}

func (w *drawing) array(elements func()) {
	w.comma()
	w.b = append(w.b, '[')
	elements()
	w.b = append(w.b, ']')
}

// name writes a member's name; a value follows.
func (w *drawing) name(name string) {
	w.comma()
	w.b = append(w.b, '"')
	w.b = append(w.b, name...) // ours: nothing to escape
	w.b = append(w.b, '"', ':')
}

// string writes a text. Bytes that are no UTF-8 become U+FFFD.
func (w *drawing) string(s string) {
	w.comma()
	w.b, _ = jsontext.AppendQuote(w.b, s)
}

func (w *drawing) set(name, value string) {
	w.name(name)
	w.string(value)
}

// text writes a member that may be missing, as null then.
func (w *drawing) text(name, value string) {
	w.name(name)
	if value == "" {
		w.b = append(w.b, "null"...)
		return
	}
	w.string(value)
}

// some writes a member that is left away when empty.
func (w *drawing) some(name, value string) {
	if value != "" {
		w.set(name, value)
	}
}

func (w *drawing) bool(name string, is bool) {
	w.name(name)
	w.b = strconv.AppendBool(w.b, is)
}

func (w *drawing) int(name string, n int64) {
	w.name(name)
	w.b = strconv.AppendInt(w.b, n, 10)
}

func (w *drawing) float(f float64) {
	w.comma()
	w.b = strconv.AppendFloat(w.b, f, 'f', -1, 64)
}

func (w *drawing) strings(name string, all []string) {
	w.name(name)
	w.array(func() {
		for _, s := range all {
			w.string(s)
		}
	})
}

// time writes a date, to the second as Mastodon does.
func (w *drawing) time(name string, t model.Time) {
	w.name(name)
	w.b = append(w.b, '"')
	w.b = t.Std().AppendFormat(w.b, "2006-01-02T15:04:05Z")
	w.b = append(w.b, '"')
}

// collection writes a member that only counts.
func (w *drawing) collection(name, id string, total int64) {
	w.name(name)
	w.object(func() {
		w.set("id", id)
		w.set("type", "Collection")
		w.int("totalItems", total)
	})
}

// file is the address of a stored file, or what it falls back to.
func (d Drawer) file(key, fallback string) string {
	if key == "" {
		return fallback
	}
	return d.MediaBase + key
}
