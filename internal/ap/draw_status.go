package ap

import (
	"cmp"
	"html"
	"mime"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"gomphothere/internal/model"
)

// Around is what a status' documents tell beyond its hydrated row: the addresses of others.
type Around struct {
	InReplyTo string // id of the status it replies to; "" when that is gone or there is none
	Context   string // id of its conversation (FEP-7888)
	// Mentioned are the accounts of Status.Mentions, whole, in any order.
	Mentioned []*model.Account
	// Unheard are mentioned accounts that are named but not addressed: a limited author reaches only their followers.
	Unheard []model.ID
	// Replies are ids of the author's own first replies, at most five.
	Replies []string
}

// Audience is whom a status is addressed to. Mastodon: ActivityPub::TagManager#to and #cc
func (d Drawer) Audience(s *model.Status, x Around) (to, cc []string) {
	var people []string
	for _, m := range s.Mentions {
		a := x.account(m.AccountID)
		if a == nil || slices.Contains(x.Unheard, a.ID) {
			continue
		}
		people = append(people, a.URI)
		if a.Group() && a.FollowersURL != "" && !a.Local() {
			people = append(people, a.FollowersURL)
		}
	}
	if s.Reblog != nil && s.Reblog.Account != nil && s.Reblog.AccountID != s.AccountID {
		people = append(people, s.Reblog.Account.URI)
	}
	followers := s.Account.FollowersURL
	switch s.Visibility {
	case model.Public:
		return []string{Public}, append([]string{followers}, people...)
	case model.Unlisted:
		return []string{followers}, append([]string{Public}, people...)
	case model.Private:
		return []string{followers}, people
	}
	return people, nil
}

func (x Around) account(id model.ID) *model.Account {
	for _, a := range x.Mentioned {
		if a.ID == id {
			return a
		}
	}
	return nil
}

// Note draws a status: a Note, or a Question when it has a poll.
func (d Drawer) Note(s *model.Status, x Around) []byte {
	return document(sizeOf(s), func(w *drawing) { d.note(w, s, x) })
}

// sizeOf guesses a document's bytes, so that it is written without growing.
func sizeOf(s *model.Status) int {
	return 1800 + 2*len(s.Content) + len(s.Media)*500 + len(s.Mentions)*200
}

func (d Drawer) note(w *drawing, s *model.Status, x Around) {
	to, cc := d.Audience(s, x)
	w.set("id", s.URI)
	if s.Poll != nil {
		w.set("type", "Question")
	} else {
		w.set("type", "Note")
	}
	w.text("summary", s.SpoilerText)
	w.text("inReplyTo", x.InReplyTo)
	w.time("published", s.CreatedAt)
	if s.EditedAt != 0 {
		w.time("updated", s.EditedAt)
	}
	w.set("url", cmp.Or(s.URL, s.URI))
	w.set("attributedTo", s.Account.URI)
	w.strings("to", to)
	w.strings("cc", cc)
	w.uses |= tSensitive
	w.bool("sensitive", s.Sensitive || s.SpoilerText != "")
	if x.Context != "" {
		w.uses |= tConversation
		w.set("conversation", x.Context)
		w.set("context", x.Context)
	}
	fallback := d.quote(w, s)
	d.policy(w, s)
	content := fallback + s.Content
	w.set("content", content)
	if s.Language != "" {
		w.name("contentMap")
		w.object(func() {
			w.comma()
			w.string(s.Language)
			w.b = append(w.b, ':')
			w.string(content)
		})
	}
	w.name("attachment")
	w.array(func() {
		for _, m := range s.Media {
			d.media(w, m)
		}
		if c := s.Card; c != nil && c.Origin == "" && c.Title != "" {
			w.object(func() { // what is behind the link, so that not everybody goes there to look
				w.set("type", "Link")
				w.set("href", c.URL)
				w.set("name", c.Title)
				w.some("summary", c.Description)
			})
		}
	})
	w.name("tag")
	w.array(func() { d.tags(w, s, x) })
	if s.Poll != nil {
		d.poll(w, s.Poll)
	}
	d.replies(w, s, x)
	w.collection("likes", s.URI+"/likes", s.FavouritesCount)
	w.collection("shares", s.URI+"/shares", s.ReblogsCount)
}

// quote writes what is quoted, in all spellings, and gives the text that stands for it where quotes are not known.
func (d Drawer) quote(w *drawing, s *model.Status) (fallback string) {
	q := s.Quote
	if q == nil {
		return ""
	}
	w.uses |= tQuote
	uri, page := q.QuotedURI, q.QuotedURI
	if q.Quoted != nil {
		uri, page = q.Quoted.URI, cmp.Or(q.Quoted.URL, q.Quoted.URI)
	}
	if uri == "" || q.State == "deleted" {
		w.name("quote")
		w.object(func() { w.set("type", "Tombstone") })
		return ""
	}
	w.set("quote", uri)
	w.set("_misskey_quote", uri)
	w.set("quoteUri", uri)
	if approval := d.approval(q); approval != "" {
		w.uses |= tQuoteAuthorization
		w.set("quoteAuthorization", approval)
	}
	page = html.EscapeString(page)
	return `<p class="quote-inline">RE: <a href="` + page + `">` + page + `</a></p>`
}

// approval is the address of a quote's approval, "" while there is none.
func (d Drawer) approval(q *model.Quote) string {
	switch {
	case q.State != "accepted":
		return ""
	case q.ApprovalURI != "":
		return q.ApprovalURI
	case q.Quoted != nil && q.Quoted.Account != nil && q.Quoted.Account.Local() && q.QuotedAccountID != q.AccountID:
		return ApprovalURI(q.Quoted.Account, q.ID)
	}
	return ""
}

// ApprovalURI is the address under which an account of ours approves a quote.
func ApprovalURI(quoted *model.Account, quote model.ID) string {
	return quoted.URI + "/quote_authorizations/" + quote.String()
}

// policy writes who may quote (FEP-044f).
func (d Drawer) policy(w *drawing, s *model.Status) {
	w.uses |= tPolicy
	uris := func(bits model.QuotePolicy) (out []string) {
		if s.Visibility == model.Private || s.Visibility == model.Direct {
			return nil
		}
		if bits&model.QuotePublic != 0 {
			out = append(out, Public)
		}
		if bits&model.QuoteFollowers != 0 {
			out = append(out, s.Account.FollowersURL)
		}
		if bits&model.QuoteFollowing != 0 {
			out = append(out, s.Account.FollowingURL)
		}
		return out
	}
	automatic, manual := uris(s.QuotePolicy.Automatic()), uris(s.QuotePolicy.Manual())
	if len(automatic) == 0 {
		automatic = []string{s.Account.URI} // nobody but they themselves
	}
	w.name("interactionPolicy")
	w.object(func() {
		w.name("canQuote")
		w.object(func() {
			w.strings("automaticApproval", automatic)
			if len(manual) > 0 {
				w.strings("manualApproval", manual)
			}
		})
	})
}

func (d Drawer) media(w *drawing, m model.MediaAttachment) {
	w.object(func() {
		w.set("type", "Document")
		w.set("mediaType", cmp.Or(m.ContentType, "application/octet-stream"))
		w.set("url", d.file(m.File, m.RemoteURL))
		w.text("name", m.Description)
		if m.Blurhash != "" {
			w.uses |= tBlurhash
			w.set("blurhash", m.Blurhash)
		}
		if f, ok := m.Meta["focus"].(map[string]any); ok {
			w.uses |= tFocalPoint
			w.name("focalPoint")
			w.array(func() {
				w.float(number(f["x"]))
				w.float(number(f["y"]))
			})
		}
		if o, ok := m.Meta["original"].(map[string]any); ok {
			if width, height := number(o["width"]), number(o["height"]); width > 0 && height > 0 {
				w.int("width", int64(width))
				w.int("height", int64(height))
			}
			if seconds := number(o["duration"]); seconds > 0 {
				w.set("duration", "PT"+strconv.FormatFloat(seconds, 'f', -1, 64)+"S")
			}
		}
		if thumb := d.file(m.Thumbnail, m.ThumbnailRemoteURL); thumb != "" && m.Type != "image" {
			w.name("icon")
			d.image(w, thumb, "")
		}
	})
}

// number is a number of a row's JSON, however it was read.
func number(v any) float64 {
	switch n := v.(type) {
	case float64:
		return n
	case int:
		return float64(n)
	case int64:
		return float64(n)
	}
	return 0
}

// image writes a picture.
func (d Drawer) image(w *drawing, address, description string) {
	w.object(func() {
		w.set("type", "Image")
		w.some("mediaType", ImageType(address))
		w.set("url", address)
		w.some("summary", description)
	})
}

// ImageType guesses a picture's media type by its ending, "" for an unknown one.
func ImageType(address string) string {
	t := mime.TypeByExtension(strings.ToLower(path.Ext(address)))
	if strings.HasPrefix(t, "image/") {
		return t
	}
	return ""
}

func (d Drawer) tags(w *drawing, s *model.Status, x Around) {
	for _, m := range s.Mentions {
		a := x.account(m.AccountID)
		if a == nil || m.Silent {
			continue
		}
		w.object(func() {
			w.set("type", "Mention")
			w.set("href", a.URI)
			w.set("name", "@"+a.Acct())
		})
	}
	for _, t := range s.Tags {
		d.hashtag(w, t.Shown())
	}
	d.emojis(w, s.Emojis)
}

func (d Drawer) hashtag(w *drawing, name string) {
	w.uses |= tHashtag
	w.object(func() {
		w.set("type", "Hashtag")
		w.set("href", d.Base+"/tags/"+url.PathEscape(strings.ToLower(name)))
		w.set("name", "#"+name)
	})
}

func (d Drawer) emojis(w *drawing, emojis []model.CustomEmoji) {
	for _, e := range emojis {
		w.object(func() { d.emoji(w, e) })
	}
}

func (d Drawer) emoji(w *drawing, e model.CustomEmoji) {
	w.uses |= tEmoji
	w.set("id", d.Base+"/emojis/"+e.ID.String())
	w.set("type", "Emoji")
	w.set("name", ":"+e.Shortcode+":")
	w.time("updated", e.UpdatedAt)
	w.name("icon")
	d.image(w, d.file(e.File, e.RemoteURL), "")
}

// Emoji draws a custom emoji of ours.
func (d Drawer) Emoji(e model.CustomEmoji) []byte {
	return document(600, func(w *drawing) { d.emoji(w, e) })
}

func (d Drawer) poll(w *drawing, p *model.Poll) {
	if p.ExpiresAt != 0 {
		w.time("endTime", p.ExpiresAt)
	}
	if p.ClosedAt != 0 {
		w.time("closed", cmp.Or(p.ExpiresAt, p.ClosedAt))
	}
	w.uses |= tVotersCount
	w.int("votersCount", p.VotersCount)
	if p.Multiple {
		w.name("anyOf")
	} else {
		w.name("oneOf")
	}
	w.array(func() {
		for i, option := range p.Options {
			w.object(func() {
				w.set("type", "Note")
				w.set("name", option)
				w.name("replies")
				w.object(func() {
					w.set("type", "Collection")
					var tally int64
					if i < len(p.Tallies) && (!p.HideTotals || p.ClosedAt != 0) {
						tally = p.Tallies[i]
					}
					w.int("totalItems", tally)
				})
			})
		}
	})
}

// replies writes the collection with the author's own first ones, so that a thread comes with its first status.
func (d Drawer) replies(w *drawing, s *model.Status, x Around) {
	w.name("replies")
	w.object(func() { d.repliesOf(w, s, x.Replies) })
}

func (d Drawer) repliesOf(w *drawing, s *model.Status, own []string) {
	id := s.URI + "/replies"
	w.set("id", id)
	w.set("type", "Collection")
	w.name("first")
	w.object(func() {
		w.set("type", "CollectionPage")
		w.set("next", id+"?only_other_accounts=true&page=true")
		w.set("partOf", id)
		w.strings("items", own)
	})
}

// Replies draws a status' replies as a collection; own are the ids of the author's first.
func (d Drawer) Replies(s *model.Status, own []string) []byte {
	return document(600, func(w *drawing) { d.repliesOf(w, s, own) })
}

// Tombstone draws what is left of a deleted status.
func (d Drawer) Tombstone(uri string, deleted model.Time) []byte {
	return document(300, func(w *drawing) {
		w.set("id", uri)
		w.set("type", "Tombstone")
		if deleted != 0 {
			w.time("deleted", deleted)
		}
	})
}

// QuoteAuthorization draws an account's approval of a quote of its status (FEP-044f).
func (d Drawer) QuoteAuthorization(id string, quotedAuthor *model.Account, quoting, quoted string) []byte {
	return document(700, func(w *drawing) { d.quoteAuthorization(w, id, quotedAuthor.URI, quoting, quoted) })
}

func (d Drawer) quoteAuthorization(w *drawing, id, by, quoting, quoted string) {
	w.uses |= tInteracting
	w.set("id", id)
	w.set("type", "QuoteAuthorization")
	w.set("attributedTo", by)
	w.set("interactingObject", quoting)
	w.set("interactionTarget", quoted)
}
