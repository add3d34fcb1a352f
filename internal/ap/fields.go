package ap

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"gomphothere/internal/model"
)

// fields are what of an object can only be understood when all of it was read.
type fields struct {
	again []again
	// Natural language by map, used where the plain property says nothing.
	nameMap, summaryMap, contentMap Text
	// Quotes by spelling, in order of preference (Mastodon: quote, _misskey_quote, quoteUrl, quoteUri).
	quote    Refs
	misskey  string
	url, uri string
	reaction string
	pem      string
	base     string // publicKeyMultibase
	expires  model.Time
}

// field reads a property into the object; known is false when it has no such property, and then nothing was read.
func (p *parser) field(o *Object, name []byte, late *fields) (known bool, err error) {
	switch string(name) {
	case "id":
		switch p.dec.PeekKind() {
		case '"':
			o.ID, err = p.address()
		case 'n': // Akkoma's emojis have none
			err = p.skip()
		default:
			err = refused("an id is no string")
		}
	case "type":
		err = p.types(o)
	case "actor":
		o.Actor, err = p.refs(o.Actor, maxTags)
	case "object":
		o.Object, err = p.refs(o.Object, maxNames)
	case "target":
		o.Target, err = p.refs(o.Target, maxTags)
	case "instrument":
		o.Instrument, err = p.refs(o.Instrument, maxTags)
	case "result":
		o.Result, err = p.refs(o.Result, maxTags)
	case "attributedTo":
		o.AttributedTo, err = p.refs(o.AttributedTo, maxTags)
	case "to":
		o.To, err = p.refs(o.To, maxNames)
	case "cc":
		o.Cc, err = p.refs(o.Cc, maxNames)
	case "audience":
		o.Audience, err = p.refs(o.Audience, maxTags)
	case "inReplyTo":
		o.InReplyTo, err = p.refs(o.InReplyTo, maxTags)
	case "context":
		o.Context, err = p.address()
	case "conversation":
		o.Conversation, err = p.address()
	case "language", "inLanguage":
		o.Language, err = p.language()
	case "name":
		o.Name, err = p.words()
	case "nameMap":
		late.nameMap, err = p.mapped()
	case "summary":
		o.Summary, err = p.words()
	case "summaryMap":
		late.summaryMap, err = p.mapped()
	case "content":
		o.Content, err = p.words()
	case "contentMap":
		late.contentMap, err = p.mapped()
	case "source":
		o.Source, err = p.source()
	case "mediaType":
		o.MediaType, err = p.text()
	case "url":
		o.URL, err = p.links()
	case "href":
		o.Href, err = p.address()
	case "published":
		o.Published, err = p.time()
	case "updated":
		o.Updated, err = p.time()
	case "endTime":
		o.EndTime, err = p.time()
	case "closed":
		o.Closed, err = p.closed()
	case "sensitive":
		err = p.flag(&o.Sensitive)
	case "attachment":
		o.Attachment, err = p.list(maxAttachments)
	case "tag":
		o.Tag, err = p.list(maxTags)
	case "icon":
		o.Icon, err = p.list(maxPictures)
	case "image":
		o.Image, err = p.list(maxPictures)
	case "oneOf":
		o.OneOf, err = p.list(maxOptions)
	case "anyOf":
		o.AnyOf, err = p.list(maxOptions)
	case "votersCount":
		o.VotersCount, err = p.count()
	case "_misskey_votes":
		o.Votes, err = p.count()
	case "replies":
		o.Replies, err = p.one()
	case "likes":
		o.Likes, err = p.one()
	case "shares":
		o.Shares, err = p.one()
	case "items":
		o.Items, err = p.refs(o.Items, maxNames)
	case "orderedItems":
		o.OrderedItems, err = p.refs(o.OrderedItems, maxNames)
	case "first":
		o.First, err = p.one()
	case "next":
		o.Next, err = p.one()
	case "partOf":
		o.PartOf, err = p.one()
	case "totalItems":
		o.TotalItems, err = p.count()
	case "width":
		err = p.size(&o.Width)
	case "height":
		err = p.size(&o.Height)
	case "duration":
		o.Duration, err = p.text()
	case "blurhash":
		o.Blurhash, err = p.text()
	case "focalPoint":
		o.FocalPoint, err = p.floats(2)
	case "value":
		o.Value, err = p.text()
	case "quote":
		late.quote, err = p.quote()
	case "_misskey_quote":
		late.misskey, err = p.address()
	case "quoteUrl", "quoteURL": // quoteURL: Fedibird of old
		late.url, err = p.address()
	case "quoteUri", "quoteURI":
		late.uri, err = p.address()
	case "quoteAuthorization":
		o.QuoteAuthorization, err = p.address()
	case "interactingObject":
		o.InteractingObject, err = p.address()
	case "interactionTarget":
		o.InteractionTarget, err = p.address()
	case "interactionPolicy":
		err = p.policies(o)
	case "_misskey_reaction":
		late.reaction, err = p.text()
	case "approvedBy":
		o.ApprovedBy, err = p.address()
	case "featuredObject":
		o.FeaturedObject, err = p.address()
	case "featureAuthorization":
		o.FeatureAuthorization, err = p.address()
	case "featuredCollections":
		o.FeaturedCollections, err = p.address()
	case "topic":
		var topics []*Object
		if topics, err = p.list(1); len(topics) > 0 {
			o.Topic = topics[0]
		}
	case "preferredUsername":
		var t Text
		t, err = p.words()
		o.PreferredUsername = t.Value
	case "webfinger":
		o.Webfinger, err = p.text()
	case "inbox":
		o.Inbox, err = p.address()
	case "outbox":
		o.Outbox, err = p.address()
	case "sharedInbox":
		o.SharedInbox, err = p.address()
	case "endpoints":
		var e *Ref
		if e, err = p.one(); e != nil && e.Object != nil && o.SharedInbox == "" {
			o.SharedInbox = e.Object.SharedInbox
		}
	case "followers":
		o.Followers, err = p.address()
	case "following":
		o.Following, err = p.address()
	case "featured":
		o.Featured, err = p.one()
	case "featuredTags":
		o.FeaturedTags, err = p.address()
	case "publicKey", "assertionMethod":
		err = p.keys(o)
	case "publicKeyPem":
		late.pem, err = p.text()
	case "publicKeyMultibase":
		late.base, err = p.text()
	case "expires":
		late.expires, err = p.time()
	case "owner", "controller":
		var s string
		if s, err = p.address(); s != "" {
			o.Owner = s
		}
	case "alsoKnownAs":
		o.AlsoKnownAs, err = p.strings(maxAliases)
	case "movedTo":
		o.MovedTo, err = p.address()
	case "attributionDomains":
		o.AttributionDomains, err = p.strings(maxAliases)
	case "manuallyApprovesFollowers":
		err = p.flag(&o.ManuallyApproves)
	case "discoverable":
		err = p.flag(&o.Discoverable)
	case "indexable":
		err = p.flag(&o.Indexable)
	case "memorial":
		err = p.flag(&o.Memorial)
	case "suspended":
		err = p.flag(&o.Suspended)
	case "invisible":
		err = p.flag(&o.Invisible)
	case "showFeatured":
		err = p.maybe(&o.ShowFeatured)
	case "showMedia":
		err = p.maybe(&o.ShowMedia)
	case "showRepliesInMedia":
		err = p.maybe(&o.ShowRepliesInMedia)
	default:
		return false, nil
	}
	return true, err
}

// finish settles what needed the whole object.
func (p *parser) finish(o *Object, late *fields) error {
	if len(late.again) > 0 {
		if err := p.lateFields(o, late); err != nil {
			return err
		}
	}
	settle(&o.Name, late.nameMap)
	settle(&o.Summary, late.summaryMap)
	settle(&o.Content, late.contentMap)
	o.Reaction = late.reaction
	if o.Reaction == "" && o.Is("Like", "EmojiReact", "Dislike") {
		o.Reaction = o.Content.Value
	}
	if o.TotalItems == nil && o.Votes != nil {
		o.TotalItems = o.Votes
	}
	if key := publicKey(o, late); key != nil {
		o.PublicKeys = append(o.PublicKeys, *key)
	}
	p.settleQuote(o, late)
	return nil
}

// settle fills a text's gaps with what its map of languages says: a plain property wins over its map, which then tells
// only the language.
func settle(t *Text, m Text) {
	if t.Value == "" {
		*t = m
		return
	}
	if t.Language == "" {
		t.Language = m.Language
	}
}

// lateFields reads properties spelt with a prefix or in full, where the plain spelling is absent.
func (p *parser) lateFields(o *Object, late *fields) error {
	again := late.again
	late.again = nil
	present := map[string]bool{}
	d := jsontext.NewDecoder(bytes.NewBuffer(o.Raw))
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		present[name.String()] = true
		if err := d.SkipValue(); err != nil {
			return err
		}
	}
	for _, a := range again {
		if present[a.name] {
			continue
		}
		present[a.name] = true
		sub := parser{b: a.value, dec: jsontext.NewDecoder(bytes.NewBuffer(a.value)), objects: p.objects + 1, names: p.names}
		if _, err := sub.field(o, []byte(a.name), late); err != nil {
			return err
		}
		p.objects, p.names = sub.objects, sub.names
	}
	return nil
}

// types reads "type": a string or a list of them. A number is refused.
func (p *parser) types(o *Object) error {
	return p.each(func() error {
		switch p.dec.PeekKind() {
		case '"':
			s, err := p.text()
			if s = term(s); s == "" || len(s) > 256 || len(o.All) >= maxTypes {
				return err
			}
			o.All = append(o.All, s)
			if o.Type == "" || !knownType(o.Type) && knownType(s) {
				o.Type = s
			}
			return err
		case '0', 't', 'f':
			return refused("a type is no string")
		}
		return p.skip()
	})
}

// knownType tells the types that this server acts upon.
func knownType(t string) bool {
	switch t {
	case "Accept", "Add", "Announce", "Block", "Create", "Delete", "EmojiReact", "Dislike", "Flag", "Follow", "Like",
		"Move", "QuoteRequest", "FeatureRequest", "Reject", "Remove", "Undo", "Update",
		"Note", "Question", "Article", "Page", "Image", "Audio", "Video", "Event", "Document", "Tombstone",
		"Person", "Service", "Group", "Application", "Organization",
		"Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage",
		"QuoteAuthorization", "FeatureAuthorization", "FeaturedCollection", "FeaturedItem",
		"Mention", "Hashtag", "Emoji", "Link", "PropertyValue", "Key", "CryptographicKey", "Multikey":
		return true
	}
	return false
}

// mapped reads a map of languages; anything else says nothing.
func (p *parser) mapped() (Text, error) {
	if p.dec.PeekKind() != '{' {
		return Text{}, p.skip()
	}
	return p.languages()
}

// language reads a language as a string, or as PeerTube and Lemmy write it: {"identifier": "en"}, one or several.
func (p *parser) language() (tag string, err error) {
	err = p.each(func() error {
		var found string
		var err error
		switch p.dec.PeekKind() {
		case '"':
			found, err = p.text()
		case '{':
			if _, err = p.enter(); err != nil {
				return err
			}
			for p.dec.PeekKind() == '"' {
				name, err := p.name()
				if err != nil {
					return err
				}
				if string(name) != "identifier" {
					if err := p.skip(); err != nil {
						return err
					}
					continue
				}
				if found, err = p.text(); err != nil {
					return err
				}
			}
			_, err = p.leave()
		default:
			return p.skip()
		}
		if tag == "" {
			tag = languageOf(found)
		}
		return err
	})
	return tag, err
}

// source reads what a text was written as: {content, mediaType}, or the text alone (Pleroma of old).
func (p *parser) source() (*Source, error) {
	ref, err := p.sourceText()
	if err != nil || ref.Content == "" {
		return nil, err
	}
	return &ref, nil
}

func (p *parser) sourceText() (s Source, err error) {
	switch p.dec.PeekKind() {
	case '"':
		s.Content, err = p.text()
		return s, err
	case '{':
		if p.objects++; p.objects > maxObjects {
			return s, refused("the document has more than %d objects", maxObjects)
		}
		if _, err := p.enter(); err != nil {
			return s, err
		}
		for p.dec.PeekKind() == '"' {
			name, err := p.name()
			if err != nil {
				return s, err
			}
			switch string(name) {
			case "content":
				s.Content, err = p.text()
			case "mediaType":
				s.MediaType, err = p.text()
			default:
				err = p.skip()
			}
			if err != nil {
				return s, err
			}
		}
		_, err = p.leave()
		return s, err
	}
	return s, p.skip()
}

// closed reads when a poll was closed; 1 when it is only said that it was.
func (p *parser) closed() (model.Time, error) {
	switch p.dec.PeekKind() {
	case '"':
		s, err := p.text()
		t := parseTime(s)
		if t == 0 && s != "" && s != "false" {
			t = 1
		}
		return t, err
	case 't', '{':
		return 1, p.skip()
	}
	return 0, p.skip()
}

// links reads addresses: strings, Link objects, or a list of them, PeerTube's playlists within.
func (p *parser) links() (out []Link, err error) {
	err = p.each(func() error {
		if len(out) >= maxLinks {
			return p.skip()
		}
		switch p.dec.PeekKind() {
		case '"':
			s, err := p.text()
			if s = address(s); s != "" {
				out = append(out, Link{Href: s})
			}
			return err
		case '{':
			l, err := p.link()
			if l.Href != "" {
				out = append(out, l)
			}
			return err
		}
		return p.skip()
	})
	return out, err
}

func (p *parser) link() (l Link, err error) {
	if p.objects++; p.objects > maxObjects {
		return l, refused("the document has more than %d objects", maxObjects)
	}
	if _, err := p.enter(); err != nil {
		return l, err
	}
	var other string
	for p.dec.PeekKind() == '"' {
		name, err := p.name()
		if err != nil {
			return l, err
		}
		switch string(name) {
		case "href", "@id":
			l.Href, err = p.address()
		case "url", "id":
			other, err = p.address()
		case "mediaType":
			l.MediaType, err = p.text()
		case "mimeType": // PeerTube of old
			var s string
			if s, err = p.text(); l.MediaType == "" {
				l.MediaType = s
			}
		case "rel":
			var rels []string
			if rels, err = p.strings(maxTypes); len(rels) > 0 {
				l.Rel = rels[0]
			}
		case "name":
			var t Text
			t, err = p.words()
			l.Name = t.Value
		case "width":
			err = p.size(&l.Width)
		case "height":
			err = p.size(&l.Height)
		case "tag":
			l.Tags, err = p.links()
		default:
			err = p.skip()
		}
		if err != nil {
			return l, err
		}
	}
	if l.Href == "" {
		l.Href = other
	}
	_, err = p.leave()
	return l, err
}

// quote reads "quote", which is an id, an object, or with BookWyrm a text and then nothing.
func (p *parser) quote() (Refs, error) {
	if p.dec.PeekKind() != '"' {
		return p.refs(nil, 1)
	}
	s, err := p.text()
	if s = address(s); !isWeb(s) {
		return nil, err
	}
	return Refs{{ID: s}}, err
}

// settleQuote chooses among the spellings of a quote, Link tags of FEP-e232 last.
func (p *parser) settleQuote(o *Object, late *fields) {
	if len(late.quote) > 0 {
		q := late.quote[0]
		o.Quote = q.ID
		if q.Object != nil && q.Object.Is("Tombstone") {
			o.QuoteGone = true
		}
		return
	}
	for _, s := range []string{late.misskey, late.url, late.uri} {
		if isWeb(s) {
			o.Quote, o.QuoteLegacy = s, true
			return
		}
	}
	for _, t := range o.Tag {
		if t.Type == "Link" && isWeb(t.Href) && isDocument(t.MediaType) && strings.HasPrefix(t.Name.Value, "RE:") {
			o.Quote, o.QuoteLegacy = t.Href, true
			return
		}
	}
}

// isDocument tells the media types of ActivityPub documents.
func isDocument(mediaType string) bool {
	return strings.HasPrefix(mediaType, "application/activity+json") ||
		strings.HasPrefix(mediaType, "application/ld+json") && strings.Contains(mediaType, namespace)
}

// policies reads an interactionPolicy (GoToSocial; FEP-044f).
func (p *parser) policies(o *Object) error {
	if p.dec.PeekKind() != '{' {
		return p.skip()
	}
	if _, err := p.enter(); err != nil {
		return err
	}
	for p.dec.PeekKind() == '"' {
		name, err := p.name()
		if err != nil {
			return err
		}
		switch term(string(name)) {
		case "canQuote":
			o.CanQuote, err = p.policy()
		case "canFeature":
			o.CanFeature, err = p.policy()
		default:
			err = p.skip()
		}
		if err != nil {
			return err
		}
	}
	_, err := p.leave()
	return err
}

func (p *parser) policy() (*Policy, error) {
	if p.dec.PeekKind() != '{' {
		return nil, p.skip()
	}
	if _, err := p.enter(); err != nil {
		return nil, err
	}
	out := &Policy{}
	for p.dec.PeekKind() == '"' {
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		switch term(string(name)) {
		case "automaticApproval", "always": // always: GoToSocial before 0.20
			out.Automatic, err = p.strings(maxPolicy)
		case "manualApproval", "approvalRequired":
			out.Manual, err = p.strings(maxPolicy)
		default:
			err = p.skip()
		}
		if err != nil {
			return nil, err
		}
	}
	_, err := p.leave()
	return out, err
}
