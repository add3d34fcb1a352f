package ap

import (
	"cmp"
	"slices"
	"strings"

	"gomphothere/internal/model"
)

// What an account may have of each; Mastodon's limits for what others send.
const (
	maxUsername   = 2048
	maxName       = 2048
	maxBio        = 20000 // bytes
	maxFields     = 50
	maxFieldText  = 2047
	maxDomainName = 255
)

// Profile is a document that becomes an account, tidied: what social.RemoteAccount needs. Addresses are checked to be
// of the web; HTML is as it came; whether the handle leads back here is the caller's to find out.
type Profile struct {
	// Account has what documents tell: Username, Domain as claimed (webfinger property, else the id's host),
	// DisplayName, Note, Fields, URI, URL, ActorType, the URLs of inboxes and collections, pictures, flags,
	// AttributionDomains, AlsoKnownAs, CreatedAt (0: not told).
	Account      model.Account
	Keys         []model.Key // KeyID, Algorithm, Public, ExpiresAt; only keys that say they are this actor's
	Emojis       []model.CustomEmoji
	MovedTo      string
	Suspended    bool
	Invisible    bool     // a relay of Pleroma's, not to be shown
	FeaturedTags []string // hashtags of the profile, without #
	Featured     *Ref     // Bridgy Fed gives the collection whole
	Updated      model.Time
	CanFeature   *Policy
}

// IsActor tells whether Profile would see an account in it, by type.
func (o *Object) IsActor() bool {
	switch o.Type {
	case "Person", "Service", "Group", "Application", "Organization":
		return true
	}
	return false
}

// Profile is the account that a document tells of. It refuses documents without id, inbox, name, or a type that is one.
func (o *Object) Profile() (*Profile, error) {
	switch {
	case !o.IsActor():
		return nil, refused("a %s is no account", cmp.Or(o.Type, "thing without type"))
	case !isWeb(o.ID):
		return nil, refused("the account has no id")
	case !SameHost(o.Inbox, o.ID) && !isWeb(o.Inbox):
		return nil, refused("the account has no inbox")
	}
	username, domain := o.PreferredUsername, Host(o.ID)
	if name, host, ok := strings.Cut(strings.TrimPrefix(o.Webfinger, "acct:"), "@"); ok && name != "" && handleHost(host) != "" {
		username, domain = name, handleHost(host) // FEP-2c59
	}
	if username == "" || len(username) > maxUsername {
		return nil, refused("the account has no name")
	}
	p := &Profile{
		Account: model.Account{
			Username: username, Domain: domain,
			DisplayName: clip(o.Name.Value, maxName), Note: clip(o.Summary.Value, maxBio),
			URI: o.ID, URL: webPage(o.URL, o.ID), ActorType: o.Type,
			InboxURL: o.Inbox, SharedInboxURL: web(o.SharedInbox), OutboxURL: web(o.Outbox),
			FollowersURL: web(o.Followers), FollowingURL: web(o.Following), FeaturedTagsURL: web(o.FeaturedTags),
			Locked: o.ManuallyApproves, Discoverable: o.Discoverable, Indexable: o.Indexable, Memorial: o.Memorial,
			ShowMedia: yes(o.ShowMedia), ShowMediaReplies: yes(o.ShowRepliesInMedia), ShowFeatured: yes(o.ShowFeatured),
			CreatedAt: o.Published,
		},
		MovedTo: web(o.MovedTo), Suspended: o.Suspended, Invisible: o.Invisible, Featured: o.Featured, Updated: o.Updated,
		CanFeature: o.CanFeature,
	}
	a := &p.Account
	if o.Featured != nil {
		a.FeaturedURL = web(o.Featured.ID)
	}
	for _, alias := range o.AlsoKnownAs {
		if isWeb(alias) && !slices.Contains(a.AlsoKnownAs, alias) {
			a.AlsoKnownAs = append(a.AlsoKnownAs, alias)
		}
	}
	for _, d := range o.AttributionDomains {
		if d = strings.ToLower(strings.TrimSpace(d)); d != "" && len(d) <= maxDomainName && !slices.Contains(a.AttributionDomains, d) {
			a.AttributionDomains = append(a.AttributionDomains, d)
		}
	}
	a.AvatarRemoteURL, a.AvatarDescription = portrait(o.Icon)
	a.HeaderRemoteURL, a.HeaderDescription = portrait(o.Image)
	p.readFields(o)
	p.readTags(o)
	for _, k := range o.PublicKeys {
		// A key is believed of the actor that lists it, when it names no other as its owner and is of the actor's host.
		if k.ID == "" || k.Owner != "" && k.Owner != o.ID || !SameHost(k.ID, o.ID) || hasKey(p.Keys, k.ID) {
			continue
		}
		p.Keys = append(p.Keys, model.Key{KeyID: k.ID, Algorithm: k.Algorithm, Public: k.PEM, ExpiresAt: k.Expires})
	}
	return p, nil
}

func hasKey(keys []model.Key, id string) bool {
	return slices.ContainsFunc(keys, func(k model.Key) bool { return k.KeyID == id })
}

// handleHost is the host of a handle as it is compared, with its port in development; "" for what is none.
func handleHost(s string) string {
	if strings.ContainsAny(s, "/?#@ ") {
		return ""
	}
	return Host("https://" + s)
}

func yes(b *bool) bool { return b == nil || *b }

// portrait is the first picture that has an address, and its description.
func portrait(pictures []*Object) (url, description string) {
	for _, o := range pictures {
		if url = picture(o); url != "" {
			return url, clip(cmp.Or(o.Summary.Value, o.Name.Value), maxDescription)
		}
	}
	return "", ""
}

// readFields takes the table of the profile.
func (p *Profile) readFields(o *Object) {
	for _, f := range o.Attachment {
		if !f.Is("PropertyValue") || len(p.Account.Fields) == maxFields {
			continue
		}
		if f.Name.Value == "" && f.Value == "" {
			continue
		}
		p.Account.Fields = append(p.Account.Fields, model.Field{Name: clip(f.Name.Value, maxFieldText), Value: clip(f.Value, maxFieldText)})
	}
}

func (p *Profile) readTags(o *Object) {
	var n Note
	n.readTags(o)
	p.Emojis, p.FeaturedTags = n.Emojis, n.Hashtags
}

// Page is one page of a collection, or a collection that comes without pages.
type Page struct {
	Items []Ref
	Next  string // address of the next page, "" for the last
	First *Ref   // of a collection with pages: the first, named or whole
	Total int64  // -1 when not told
}

// Page reads a collection or one of its pages; ok is false for anything else. Items and orderedItems are one, whatever
// type says.
func (o *Object) Page() (p Page, ok bool) {
	if !o.Is("Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage", "FeaturedCollection") {
		return p, false
	}
	p = Page{Items: append(o.OrderedItems[:len(o.OrderedItems):len(o.OrderedItems)], o.Items...), First: o.First, Total: total(&Ref{Object: o})}
	if o.Next != nil && isWeb(o.Next.ID) && o.Next.ID != o.ID {
		p.Next = o.Next.ID
	}
	return p, true
}
