package ap

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"gomphothere/internal/model"
)

// activity draws what all activities have; members writes the rest.
func activity(size int, id, kind, actor string, members func(*drawing)) []byte {
	return document(size, func(w *drawing) {
		w.some("id", id)
		w.set("type", kind)
		w.set("actor", actor)
		members(w)
	})
}

// nested writes an activity within another.
func nested(w *drawing, name, id, kind, actor string, members func()) {
	w.name(name)
	w.object(func() {
		w.some("id", id)
		w.set("type", kind)
		w.set("actor", actor)
		members()
	})
}

// mark is a short name for an address, the same each time.
func mark(uri string) string {
	sum := sha256.Sum256([]byte(uri))
	return hex.EncodeToString(sum[:8])
}

// Create draws the publication of a status of ours.
func (d Drawer) Create(s *model.Status, x Around) []byte {
	return activity(sizeOf(s)+400, s.URI+"/activity", "Create", s.Account.URI, func(w *drawing) {
		d.addressed(w, s, x)
		w.name("object")
		w.object(func() { d.note(w, s, x) })
	})
}

func (d Drawer) addressed(w *drawing, s *model.Status, x Around) {
	to, cc := d.Audience(s, x)
	w.time("published", s.CreatedAt)
	w.strings("to", to)
	w.strings("cc", cc)
}

// Update draws a change of a status of ours; at is when it changed, for tallies now.
func (d Drawer) Update(s *model.Status, x Around, at model.Time) []byte {
	to, cc := d.Audience(s, x)
	return activity(sizeOf(s)+400, s.URI+"#updates/"+unix(at), "Update", s.Account.URI, func(w *drawing) {
		w.time("published", at)
		w.strings("to", to)
		w.strings("cc", cc)
		w.name("object")
		w.object(func() { d.note(w, s, x) })
	})
}

func unix(t model.Time) string { return strconv.FormatInt(int64(t)/1000, 10) }

// Announce draws a reblog of ours, hydrated. Followers-only statuses of one's own go along whole, as nobody could
// fetch them; their surroundings are inner.
func (d Drawer) Announce(s *model.Status, inner Around) []byte {
	return activity(800, s.URI, "Announce", s.Account.URI, func(w *drawing) {
		d.addressed(w, s, Around{})
		if r := s.Reblog; r.Visibility == model.Private && r.AccountID == s.AccountID {
			w.name("object")
			w.object(func() { d.note(w, r, inner) })
			return
		}
		w.set("object", s.Reblog.URI)
	})
}

// UndoAnnounce draws that a reblog is taken back: its id, what it shared, whose that was ("" when unknown).
func (d Drawer) UndoAnnounce(me *model.Account, uri, object, author string, public bool) []byte {
	return activity(700, uri+"#undo", "Undo", me.URI, func(w *drawing) {
		to, cc := []string{me.FollowersURL}, []string(nil)
		if public {
			to, cc = []string{Public}, []string{me.FollowersURL}
		}
		if author != "" && author != me.URI {
			cc = append(cc, author)
		}
		w.strings("to", to)
		w.strings("cc", cc)
		nested(w, "object", uri, "Announce", me.URI, func() {
			w.strings("to", to)
			w.strings("cc", cc)
			w.set("object", object)
		})
	})
}

// Delete draws that a status of ours is gone. It is addressed to everybody: that something is gone is no secret of its
// audience's, and its content is not in it.
func (d Drawer) Delete(me *model.Account, uri string) []byte {
	return activity(500, uri+"#delete", "Delete", me.URI, func(w *drawing) {
		w.strings("to", []string{Public})
		w.name("object")
		w.object(func() {
			w.set("id", uri)
			w.set("type", "Tombstone")
		})
	})
}

// DeleteActor draws that an account of ours is gone.
func (d Drawer) DeleteActor(me *model.Account) []byte {
	return activity(400, me.URI+"#delete", "Delete", me.URI, func(w *drawing) {
		w.strings("to", []string{Public})
		w.set("object", me.URI)
	})
}

// UpdateActor draws a change of an account of ours.
func (d Drawer) UpdateActor(me *model.Account, x Self, at model.Time) []byte {
	return activity(3500+len(me.Note), me.URI+"#updates/"+unix(at), "Update", me.URI, func(w *drawing) {
		w.strings("to", []string{Public})
		w.name("object")
		w.object(func() { d.actor(w, me, x) })
	})
}

// LikeID is the id of a favourite of ours, by its row.
func LikeID(me *model.Account, favourite model.ID) string {
	return me.URI + "#likes/" + favourite.String()
}

// Like draws a favourite of ours.
func (d Drawer) Like(me *model.Account, favourite model.ID, object string) []byte {
	return activity(400, LikeID(me, favourite), "Like", me.URI, func(w *drawing) { w.set("object", object) })
}

// UndoLike draws that a favourite is taken back.
func (d Drawer) UndoLike(me *model.Account, favourite model.ID, object string) []byte {
	id := LikeID(me, favourite)
	return activity(600, id+"/undo", "Undo", me.URI, func(w *drawing) {
		nested(w, "object", id, "Like", me.URI, func() { w.set("object", object) })
	})
}

// Vote draws one choice in another server's poll: the poll's status, its author, the choice in its words.
func (d Drawer) Vote(me *model.Account, vote model.ID, poll, author, choice string, at model.Time) []byte {
	id := me.URI + "#votes/" + vote.String()
	return activity(700, id+"/activity", "Create", me.URI, func(w *drawing) {
		w.set("to", author)
		w.name("object")
		w.object(func() {
			w.set("id", id)
			w.set("type", "Note")
			w.set("name", choice)
			w.set("attributedTo", me.URI)
			w.set("inReplyTo", poll)
			w.set("to", author)
			w.time("published", at)
		})
	})
}

// Follow draws that an account of ours wants to follow; uri is the stored id. object may be Public, for a relay.
func (d Drawer) Follow(me *model.Account, uri, object string) []byte {
	return activity(400, uri, "Follow", me.URI, func(w *drawing) { w.set("object", object) })
}

// UndoFollow draws that a follow is taken back.
func (d Drawer) UndoFollow(me *model.Account, uri, object string) []byte {
	return d.undo(me, uri, "Follow", object)
}

// Block draws that an account of ours blocks one of another server.
func (d Drawer) Block(me *model.Account, uri, object string) []byte {
	return activity(400, uri, "Block", me.URI, func(w *drawing) { w.set("object", object) })
}

// UndoBlock draws that a block is taken back.
func (d Drawer) UndoBlock(me *model.Account, uri, object string) []byte {
	return d.undo(me, uri, "Block", object)
}

func (d Drawer) undo(me *model.Account, uri, kind, object string) []byte {
	return activity(600, uri+"#undo", "Undo", me.URI, func(w *drawing) {
		nested(w, "object", uri, kind, me.URI, func() { w.set("object", object) })
	})
}

// AcceptFollow draws that an account of ours lets follower follow; uri is the id of their Follow.
func (d Drawer) AcceptFollow(me *model.Account, uri, follower string) []byte {
	return d.answerFollow(me, "Accept", uri, follower)
}

// RejectFollow draws that an account of ours refuses a follower, or no longer wants them.
func (d Drawer) RejectFollow(me *model.Account, uri, follower string) []byte {
	return d.answerFollow(me, "Reject", uri, follower)
}

func (d Drawer) answerFollow(me *model.Account, kind, uri, follower string) []byte {
	id := me.URI + "#" + strings.ToLower(kind) + "s/follows/" + mark(uri+follower)
	return activity(700, id, kind, me.URI, func(w *drawing) {
		nested(w, "object", uri, "Follow", follower, func() { w.set("object", me.URI) })
	})
}

// Flag draws a complaint to another server, in the name of the server: objects are the account and its statuses.
func (d Drawer) Flag(instance *model.Account, uri string, objects []string, comment, target string) []byte {
	return activity(700+len(comment), uri, "Flag", instance.URI, func(w *drawing) {
		w.set("content", comment)
		w.strings("object", objects)
		w.strings("to", []string{target})
	})
}

// Move draws that an account of ours has moved; to is the new account.
func (d Drawer) Move(me, to *model.Account) []byte {
	return activity(500, me.URI+"#moves/"+to.ID.String(), "Move", me.URI, func(w *drawing) {
		w.set("object", me.URI)
		w.set("target", to.URI)
		w.strings("to", []string{me.FollowersURL})
	})
}

// Add draws that a status was pinned. It has no id, as Mastodon's has none.
func (d Drawer) Add(me *model.Account, object string) []byte { return d.featuring(me, "Add", object) }

// Remove draws that a status is no longer pinned.
func (d Drawer) Remove(me *model.Account, object string) []byte {
	return d.featuring(me, "Remove", object)
}

func (d Drawer) featuring(me *model.Account, kind, object string) []byte {
	return activity(400, "", kind, me.URI, func(w *drawing) {
		w.set("object", object)
		w.set("target", d.featured(me))
	})
}

// AddTag draws that a hashtag was put on a profile.
func (d Drawer) AddTag(me *model.Account, name string) []byte { return d.featuringTag(me, "Add", name) }

// RemoveTag draws that a hashtag was taken off a profile.
func (d Drawer) RemoveTag(me *model.Account, name string) []byte {
	return d.featuringTag(me, "Remove", name)
}

func (d Drawer) featuringTag(me *model.Account, kind, name string) []byte {
	return activity(500, "", kind, me.URI, func(w *drawing) {
		w.name("object")
		d.hashtag(w, name)
		w.set("target", d.featured(me))
	})
}

// QuoteRequestID is the id under which an account of ours asks whether it may quote.
func QuoteRequestID(me *model.Account, q *model.Quote) string {
	if q.ActivityURI != "" {
		return q.ActivityURI
	}
	return me.URI + "#quote_requests/" + q.ID.String()
}

// QuoteRequest draws that an account of ours asks whether its status s, whole with it, may quote another.
func (d Drawer) QuoteRequest(s *model.Status, x Around, quoted string) []byte {
	return activity(sizeOf(s)+600, QuoteRequestID(s.Account, s.Quote), "QuoteRequest", s.Account.URI, func(w *drawing) {
		w.uses |= tQuoteRequest
		w.set("object", quoted)
		w.name("instrument")
		w.object(func() { d.note(w, s, x) })
	})
}

// AcceptQuote draws that an account of ours lets itself be quoted: the request, who asked, what quotes what, and
// where the approval is found.
func (d Drawer) AcceptQuote(me *model.Account, q *model.Quote, asked, quoting, quoted, approval string) []byte {
	id := me.URI + "#accepts/quote_requests/" + q.ID.String()
	return activity(900, id, "Accept", me.URI, func(w *drawing) {
		w.set("to", asked)
		d.quoteRequest(w, q.ActivityURI, asked, quoting, quoted)
		w.set("result", approval)
	})
}

// RejectQuote draws that an account of ours does not let itself be quoted; quoted may be "".
func (d Drawer) RejectQuote(me *model.Account, request, asked, quoting, quoted string) []byte {
	return activity(800, me.URI+"#rejects/quote_requests/"+mark(request), "Reject", me.URI, func(w *drawing) {
		w.set("to", asked)
		d.quoteRequest(w, request, asked, quoting, quoted)
	})
}

func (d Drawer) quoteRequest(w *drawing, request, asked, quoting, quoted string) {
	w.uses |= tQuoteRequest
	nested(w, "object", request, "QuoteRequest", asked, func() {
		w.some("object", quoted)
		w.set("instrument", quoting)
	})
}

// DeleteQuoteAuthorization draws that an approval is taken back.
func (d Drawer) DeleteQuoteAuthorization(me *model.Account, approval, quoting, quoted string) []byte {
	return activity(900, approval+"#delete", "Delete", me.URI, func(w *drawing) {
		w.strings("to", []string{Public})
		w.name("object")
		w.object(func() { d.quoteAuthorization(w, approval, me.URI, quoting, quoted) })
	})
}
