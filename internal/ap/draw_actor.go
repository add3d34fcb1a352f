package ap

import (
	"cmp"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"net/url"

	"gomphothere/internal/model"
)

// Self is what an actor's document tells beyond its hydrated row.
type Self struct {
	Keys []model.Key // public halves; the first RSA key is publicKey, Ed25519 keys are assertionMethod (FEP-521a)
	Tags []string    // featured hashtags, without #
}

// Actor draws an account of ours. A suspended one tells its id, handle and that it is suspended.
func (d Drawer) Actor(a *model.Account, x Self) []byte {
	return document(3000+len(a.Note), func(w *drawing) { d.actor(w, a, x) })
}

func (d Drawer) actor(w *drawing, a *model.Account, x Self) {
	shown := !a.Suspended()
	w.uses |= tSecurity | tLocked | tFeatured
	w.set("id", a.URI)
	if a.ID != model.InstanceActorID {
		w.uses |= tWebfinger
		w.set("webfinger", a.Username+"@"+d.Domain)
	}
	w.set("type", cmp.Or(a.ActorType, "Person"))
	w.some("following", a.FollowingURL)
	w.some("followers", a.FollowersURL)
	w.set("inbox", a.InboxURL)
	w.some("outbox", a.OutboxURL)
	if a.ID != model.InstanceActorID {
		w.set("featured", d.featured(a))
		w.set("featuredTags", cmp.Or(a.FeaturedTagsURL, a.URI+"/collections/tags"))
	}
	w.set("preferredUsername", a.Username)
	name, note := a.DisplayName, a.Note
	if !shown {
		name, note = "", ""
	}
	w.set("name", name)
	w.set("summary", note)
	w.set("url", a.URL)
	w.bool("manuallyApprovesFollowers", shown && a.Locked)
	w.uses |= tActor
	w.bool("discoverable", shown && a.Discoverable)
	w.bool("indexable", shown && a.Indexable)
	w.name("published") // the day only, as Mastodon's: the minute of somebody's sign-up is theirs
	w.b = append(w.b, '"')
	w.b = a.CreatedAt.Std().AppendFormat(w.b, "2006-01-02T00:00:00Z")
	w.b = append(w.b, '"')
	w.uses |= tMemorial
	w.bool("memorial", a.Memorial)
	w.bool("showFeatured", a.ShowFeatured)
	w.bool("showMedia", a.ShowMedia)
	w.bool("showRepliesInMedia", a.ShowMediaReplies)
	if !shown {
		w.uses |= tSuspended
		w.bool("suspended", true)
	}
	d.keys(w, a, x.Keys)
	w.name("tag")
	w.array(func() {
		if shown {
			d.emojis(w, a.Emojis)
			for _, t := range x.Tags {
				d.hashtag(w, t)
			}
		}
	})
	w.name("attachment")
	w.array(func() {
		for _, f := range a.Fields {
			if !shown {
				break
			}
			w.uses |= tPropertyValue
			w.object(func() {
				w.set("type", "PropertyValue")
				w.set("name", f.Name)
				w.set("value", f.Value)
			})
		}
	})
	if shown && a.MovedTo != nil {
		w.uses |= tMoved
		w.set("movedTo", a.MovedTo.URI)
	}
	if shown && len(a.AlsoKnownAs) > 0 {
		w.uses |= tKnownAs
		w.strings("alsoKnownAs", a.AlsoKnownAs)
	}
	if shown && len(a.AttributionDomains) > 0 {
		w.uses |= tAttribution
		w.strings("attributionDomains", a.AttributionDomains)
	}
	if a.SharedInboxURL != "" {
		w.name("endpoints")
		w.object(func() { w.set("sharedInbox", a.SharedInboxURL) })
	}
	if shown && a.Avatar != "" {
		w.name("icon")
		d.image(w, d.file(a.Avatar, ""), a.AvatarDescription)
	}
	if shown && a.Header != "" {
		w.name("image")
		d.image(w, d.file(a.Header, ""), a.HeaderDescription)
	}
}

// featured is the address of an account's pinned statuses; rows older than the column have none.
func (d Drawer) featured(a *model.Account) string {
	return cmp.Or(a.FeaturedURL, a.URI+"/collections/featured")
}

func (d Drawer) keys(w *drawing, a *model.Account, keys []model.Key) {
	for _, k := range keys {
		if k.Algorithm != model.RSA {
			continue
		}
		w.name("publicKey")
		w.object(func() {
			w.set("id", k.KeyID)
			w.set("owner", a.URI)
			w.set("publicKeyPem", k.Public)
		})
		break
	}
	multi := make([]model.Key, 0, len(keys))
	for _, k := range keys {
		if k.Algorithm == model.Ed25519 && multibase(k.Public) != "" {
			multi = append(multi, k)
		}
	}
	if len(multi) == 0 {
		return
	}
	w.uses |= tMultikey
	w.name("assertionMethod")
	w.array(func() {
		for _, k := range multi {
			w.object(func() {
				w.set("id", k.KeyID)
				w.set("type", "Multikey")
				w.set("controller", a.URI)
				w.set("publicKeyMultibase", multibase(k.Public))
			})
		}
	})
}

// multibase is an Ed25519 key as Multikeys show it, "" for another key.
func multibase(spki string) string {
	block, _ := pem.Decode([]byte(spki))
	if block == nil {
		return ""
	}
	k, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return ""
	}
	public, ok := k.(ed25519.PublicKey)
	if !ok {
		return ""
	}
	return "z" + toBase58(append([]byte{0xed, 0x01}, public...))
}

// HashtagCollection draws the hashtags on an account's profile.
func (d Drawer) HashtagCollection(a *model.Account, names []string) []byte {
	return document(600, func(w *drawing) {
		w.set("id", cmp.Or(a.FeaturedTagsURL, a.URI+"/collections/tags"))
		w.set("type", "Collection")
		w.int("totalItems", int64(len(names)))
		w.name("items")
		w.array(func() {
			for _, n := range names {
				w.object(func() {
					w.uses |= tHashtag
					w.set("type", "Hashtag")
					w.set("href", a.URL+"/tagged/"+url.PathEscape(n))
					w.set("name", "#"+n)
				})
			}
		})
	})
}
