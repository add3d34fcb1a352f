package federation

import (
	"context"
	"slices"
	"time"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// outgo is what an outgoing activity becomes.
type outgo struct {
	body     []byte
	audience audience
	seal     seal
	more     []model.Distribute // told along with it, as activities of their own
}

// seal is which signature of its own a document carries, besides those of the requests that bring it. A document has
// one at most: each covers all that stands beside it.
type seal int

const (
	proven   seal = iota // an integrity proof (FEP-8b32): what it says is no secret
	unsealed             // none: what was said in private can be denied
	passed               // a Linked Data signature, with which others pass it on; none where requests must be signed
	passedOn             // likewise, and always: that something is gone may reach anybody
)

const (
	maxOwn = 5 // replies of the author's own that travel with a status
	// Whom an account has to do with, and who hears of changes of it without following: the newest.
	maxCircle = 500
	lately    = 48 * time.Hour
)

// draw makes an activity of a job: the document and who hears of it. What it is about may be gone: then NotFound.
type draw func(w *drawing) (*outgo, error)

// outgoing is the table of what other servers are told, by the word in model.Distribute. Which fields of the job each
// reads stands with its function.
func outgoing() map[string]draw {
	return map[string]draw{
		// statuses
		"Create": (*drawing).create,
		"Update": (*drawing).update,
		"Delete": (*drawing).remove,
		"Vote":   (*drawing).vote,
		"Add":    (*drawing).pin,
		"Remove": (*drawing).unpin,

		// what is done with them
		"Announce":      (*drawing).announce,
		"Undo Announce": (*drawing).undoAnnounce,
		"Like":          (*drawing).like,
		"Undo Like":     (*drawing).undoLike,

		// quotes (FEP-044f)
		"QuoteRequest":              (*drawing).askQuote,
		"Accept QuoteRequest":       (*drawing).acceptQuote,
		"Reject QuoteRequest":       (*drawing).rejectQuote,
		"Delete QuoteAuthorization": (*drawing).revokeQuote,

		// people
		"Follow":        (*drawing).follow,
		"Undo Follow":   (*drawing).undoFollow,
		"Accept Follow": (*drawing).acceptFollow,
		"Reject Follow": (*drawing).rejectFollow,
		"Block":         (*drawing).block,
		"Undo Block":    (*drawing).undoBlock,
		"Flag":          (*drawing).flag,
		"Move":          (*drawing).move,
		"Update Actor":  (*drawing).updateActor,
		"Delete Actor":  (*drawing).deleteActor,
		"Add Tag":       (*drawing).addTag,
		"Remove Tag":    (*drawing).removeTag,

		// relays
		"Follow Relay":      (*drawing).followRelay,
		"Undo Follow Relay": (*drawing).unfollowRelay,
		"Announce Relay":    (*drawing).announceRelay,
	}
}

// drawing is one job at work.
type drawing struct {
	ctx   context.Context
	f     *Federation
	q     *store.Q
	job   model.Distribute
	actor *model.Account
}

// account finds an account; the one that speaks for the server is made when it is first needed.
func (w *drawing) account(id model.ID) (*model.Account, error) {
	if id == model.InstanceActorID {
		return w.f.Social.InstanceActor(w.ctx)
	}
	return w.q.Account(id)
}

// status finds the job's status, of the actor.
func (w *drawing) status() (*model.Status, error) {
	st, err := w.q.StatusByID(w.job.Status)
	if err != nil {
		return nil, err
	}
	if st.AccountID != w.actor.ID {
		return nil, model.Invalidf("%s of status %s is not by its author", w.job.Activity, st.ID)
	}
	return st, nil
}

// around reads what a status's document tells beyond its row.
func (w *drawing) around(st *model.Status) (x ap.Around, err error) {
	x.InReplyTo = st.InReplyToURI
	if st.InReplyToID != 0 {
		parent, err := w.q.StatusByID(st.InReplyToID)
		switch {
		case err == nil:
			x.InReplyTo = parent.URI
		case !model.IsNotFound(err):
			return x, err
		}
	}
	thread, err := w.q.ThreadOf(st.ConversationID)
	if err != nil {
		return x, err
	}
	x.Context = thread.URI
	if x.Context == "" && thread.AccountID != 0 {
		x.Context = w.f.Site.Base + "/contexts/" + thread.AccountID.String() + "-" + st.ConversationID.String()
	}
	var ids []model.ID
	for _, m := range st.Mentions {
		ids = append(ids, m.AccountID)
	}
	if len(ids) > 0 {
		if x.Mentioned, err = w.q.Accounts(ids); err != nil {
			return x, err
		}
	}
	if st.Account.Silenced() && len(ids) > 0 {
		heard, err := w.q.FollowingAmong(ids, st.AccountID)
		if err != nil {
			return x, err
		}
		x.Unheard = slices.DeleteFunc(ids, func(id model.ID) bool { return slices.Contains(heard, id) })
	}
	if distributable(st) {
		x.Replies, err = w.q.OwnReplies(st.ID, st.AccountID, maxOwn)
	}
	return x, err
}

// distributable tells statuses that everybody may pass on.
func distributable(st *model.Status) bool {
	return st.Visibility == model.Public || st.Visibility == model.Unlisted
}

// hearers are those a new status is for, relays apart. Mastodon: StatusReachFinder
func (w *drawing) hearers(st *model.Status, x ap.Around) (a audience, err error) {
	for _, m := range st.Mentions {
		if !slices.Contains(x.Unheard, m.AccountID) {
			a.accounts = append(a.accounts, m.AccountID)
		}
	}
	if st.Visibility == model.Direct {
		return a, nil
	}
	a.followers = []model.ID{st.AccountID}
	if st.Visibility == model.Private {
		a.sync = true
		return a, nil
	}
	if st.InReplyToAccountID != 0 && st.InReplyToAccountID != st.AccountID {
		if err := w.alsoAuthor(&a, st.InReplyToAccountID); err != nil {
			return a, err
		}
	}
	if st.Quote != nil && st.Quote.QuotedAccountID != 0 {
		a.accounts = append(a.accounts, st.Quote.QuotedAccountID)
	}
	return a, nil
}

// alsoAuthor adds whoever is replied to; is that one of ours, then those who have the thread from them.
func (w *drawing) alsoAuthor(a *audience, author model.ID) error {
	ours, err := w.q.Ours(author)
	if err != nil {
		return err
	}
	if ours {
		a.followers = append(a.followers, author)
		return nil
	}
	a.accounts = append(a.accounts, author)
	return nil
}

// sealOf is the seal of what is about a status.
func sealOf(st *model.Status) seal {
	if distributable(st) {
		return passed
	}
	return unsealed
}

// relays are told what is public.
func (a *audience) toRelays(st *model.Status) {
	if st.Visibility == model.Public {
		a.relays = anyRelay
	}
}

// create: Status.
func (w *drawing) create() (*outgo, error) {
	st, err := w.status()
	if err != nil {
		return nil, err
	}
	x, err := w.around(st)
	if err != nil {
		return nil, err
	}
	o := &outgo{body: w.f.Draw.Create(st, x), seal: sealOf(st)}
	if o.audience, err = w.hearers(st, x); err != nil || st.Visibility != model.Public {
		return o, err
	}
	o.audience.relays = pushes
	announced, err := relayInboxes(w.q, announces)
	if len(announced) > 0 {
		o.more = []model.Distribute{{Activity: "Announce Relay", Actor: model.InstanceActorID, Status: st.ID}}
	}
	return o, err
}

// update: Status.
func (w *drawing) update() (*outgo, error) {
	st, err := w.status()
	if err != nil {
		return nil, err
	}
	x, err := w.around(st)
	if err != nil {
		return nil, err
	}
	now := w.q.Now()
	o := &outgo{body: w.f.Draw.Update(st, x, now), seal: sealOf(st)}
	if o.audience, err = w.hearers(st, x); err != nil {
		return nil, err
	}
	if distributable(st) {
		reach, err := w.q.ReachOf(st)
		if err != nil {
			return nil, err
		}
		o.audience.accounts = append(o.audience.accounts, reach...)
		o.audience.accounts = slices.DeleteFunc(o.audience.accounts, func(id model.ID) bool { return slices.Contains(x.Unheard, id) })
		o.audience.toRelays(st)
	}
	return o, nil
}

// remove: Object, To, Followers, Public; Account: one of ours whom it replied to.
func (w *drawing) remove() (*outgo, error) {
	d := w.job
	o := &outgo{body: w.f.Draw.Delete(w.actor, d.Object), seal: unsealed, audience: audience{accounts: d.To}}
	if d.Followers {
		o.audience.followers = []model.ID{w.actor.ID}
	}
	if d.Public {
		o.seal, o.audience.relays = passed, anyRelay
		if d.Account != 0 {
			if err := w.alsoAuthor(&o.audience, d.Account); err != nil {
				return nil, err
			}
		}
	}
	return o, nil
}

// vote: Status, Rows.
func (w *drawing) vote() (*outgo, error) {
	if len(w.job.Rows) > 1 { // an activity each
		o := &outgo{}
		for _, row := range w.job.Rows {
			d := w.job
			d.Rows = []model.ID{row}
			o.more = append(o.more, d)
		}
		return o, nil
	}
	st, err := w.q.StatusByID(w.job.Status)
	if err != nil {
		return nil, err
	}
	if st.Poll == nil || len(w.job.Rows) == 0 {
		return nil, model.ErrNotFound()
	}
	choice, err := w.q.VoteByID(st.Poll.ID, w.job.Rows[0])
	if err != nil {
		return nil, err
	}
	if choice < 0 || choice >= len(st.Poll.Options) {
		return nil, model.ErrNotFound() // the poll was changed since
	}
	body := w.f.Draw.Vote(w.actor, w.job.Rows[0], st.URI, st.Account.URI, st.Poll.Options[choice], w.q.Now())
	return &outgo{body: body, seal: unsealed, audience: audience{alone: []model.ID{st.AccountID}}}, nil
}

// pin: Status.
func (w *drawing) pin() (*outgo, error) { return w.featured(w.f.Draw.Add) }

// unpin: Status or Object.
func (w *drawing) unpin() (*outgo, error) { return w.featured(w.f.Draw.Remove) }

func (w *drawing) featured(draw func(*model.Account, string) []byte) (*outgo, error) {
	uri := w.job.Object
	if uri == "" {
		st, err := w.status()
		if err != nil {
			return nil, err
		}
		uri = st.URI
	}
	return &outgo{body: draw(w.actor, uri), audience: audience{followers: []model.ID{w.actor.ID}}}, nil
}

// addTag and removeTag: Object.
func (w *drawing) addTag() (*outgo, error) { return w.featuredTag(w.f.Draw.AddTag) }

func (w *drawing) removeTag() (*outgo, error) { return w.featuredTag(w.f.Draw.RemoveTag) }

func (w *drawing) featuredTag(draw func(*model.Account, string) []byte) (*outgo, error) {
	return &outgo{body: draw(w.actor, w.job.Object), seal: passed, audience: audience{followers: []model.ID{w.actor.ID}}}, nil
}

// announce: Status, the reblog's row.
func (w *drawing) announce() (*outgo, error) {
	st, err := w.status()
	if err != nil {
		return nil, err
	}
	if st.Reblog == nil {
		return nil, model.ErrNotFound()
	}
	x, err := w.around(st.Reblog)
	if err != nil {
		return nil, err
	}
	o := &outgo{body: w.f.Draw.Announce(st, x), seal: sealOf(st)}
	o.audience = audience{followers: []model.ID{w.actor.ID}, accounts: []model.ID{st.Reblog.AccountID}, sync: st.Visibility == model.Private}
	o.audience.toRelays(st)
	return o, nil
}

// undoAnnounce: URI, Object, Account, Followers, Public.
func (w *drawing) undoAnnounce() (*outgo, error) {
	d := w.job
	author := ""
	if d.Account != 0 {
		a, err := w.q.Account(d.Account)
		switch {
		case err == nil:
			author = a.URI
		case !model.IsNotFound(err):
			return nil, err
		}
	}
	o := &outgo{body: w.f.Draw.UndoAnnounce(w.actor, d.URI, d.Object, author, d.Public), seal: unsealed}
	o.audience = audience{accounts: []model.ID{d.Account}}
	if d.Followers {
		o.audience.followers = []model.ID{w.actor.ID}
	}
	if d.Public {
		o.seal, o.audience.relays = passed, anyRelay
	}
	return o, nil
}

// one makes what is for one account alone.
func one(body []byte, account model.ID) *outgo {
	return &outgo{body: body, audience: audience{alone: []model.ID{account}}}
}

// like: Status, Row.
func (w *drawing) like() (*outgo, error) {
	st, err := w.q.StatusByID(w.job.Status)
	if err != nil {
		return nil, err
	}
	return one(w.f.Draw.Like(w.actor, w.job.Row, st.URI), st.AccountID), nil
}

// undoLike: Row, Object, Account.
func (w *drawing) undoLike() (*outgo, error) {
	return one(w.f.Draw.UndoLike(w.actor, w.job.Row, w.job.Object), w.job.Account), nil
}

// askQuote: Row.
func (w *drawing) askQuote() (*outgo, error) {
	c, err := w.q.Quote(w.job.Row)
	if err != nil {
		return nil, err
	}
	w.job.Status = c.StatusID
	st, err := w.status()
	if err != nil {
		return nil, err
	}
	quoted, err := w.q.StatusByID(c.QuotedStatusID)
	if err != nil {
		return nil, err
	}
	x, err := w.around(st)
	if err != nil {
		return nil, err
	}
	if st.Quote == nil {
		return nil, model.ErrNotFound()
	}
	return one(w.f.Draw.QuoteRequest(st, x, quoted.URI), quoted.AccountID), nil
}

// acceptQuote: Row.
func (w *drawing) acceptQuote() (*outgo, error) {
	c, err := w.q.Quote(w.job.Row)
	if err != nil {
		return nil, err
	}
	quoting, err := w.q.StatusByID(c.StatusID)
	if err != nil {
		return nil, err
	}
	quoted, err := w.q.StatusByID(c.QuotedStatusID)
	if err != nil {
		return nil, err
	}
	approval := w.actor.URI + "/quote_authorizations/" + c.ID.String()
	return one(w.f.Draw.AcceptQuote(w.actor, c, quoting.Account.URI, quoting.URI, quoted.URI, approval), quoting.AccountID), nil
}

// rejectQuote: URI of the request, Object: the quoting status, Account: its author.
func (w *drawing) rejectQuote() (*outgo, error) {
	to, err := w.q.Account(w.job.Account)
	if err != nil {
		return nil, err
	}
	quoted := ""
	if w.job.Status != 0 {
		st, err := w.q.StatusByID(w.job.Status)
		switch {
		case err == nil:
			quoted = st.URI
		case !model.IsNotFound(err):
			return nil, err
		}
	}
	return one(w.f.Draw.RejectQuote(w.actor, w.job.URI, to.URI, w.job.Object, quoted), to.ID), nil
}

// revokeQuote: Object: the approval, Account: the quoting author, Row.
func (w *drawing) revokeQuote() (*outgo, error) {
	quoting, quoted := "", ""
	c, err := w.q.Quote(w.job.Row)
	if err != nil && !model.IsNotFound(err) {
		return nil, err
	}
	if err == nil {
		for id, uri := range map[model.ID]*string{c.StatusID: &quoting, c.QuotedStatusID: &quoted} {
			st, err := w.q.StatusByID(id)
			switch {
			case err == nil:
				*uri = st.URI
			case !model.IsNotFound(err):
				return nil, err
			}
		}
	}
	o := &outgo{body: w.f.Draw.DeleteQuoteAuthorization(w.actor, w.job.Object, quoting, quoted), seal: passedOn}
	o.audience = audience{accounts: []model.ID{w.job.Account}, followers: []model.ID{w.actor.ID}}
	return o, nil
}

// follow: Account, URI.
func (w *drawing) follow() (*outgo, error) { return w.toward(w.f.Draw.Follow) }

// undoFollow: Account, URI.
func (w *drawing) undoFollow() (*outgo, error) { return w.toward(w.f.Draw.UndoFollow) }

// acceptFollow: Account: the follower, URI: of their Follow.
func (w *drawing) acceptFollow() (*outgo, error) { return w.toward(w.f.Draw.AcceptFollow) }

// rejectFollow: Account: the follower, URI: of their Follow.
func (w *drawing) rejectFollow() (*outgo, error) { return w.toward(w.f.Draw.RejectFollow) }

// block: Account, URI.
func (w *drawing) block() (*outgo, error) { return w.toward(w.f.Draw.Block) }

// undoBlock: Account, URI.
func (w *drawing) undoBlock() (*outgo, error) { return w.toward(w.f.Draw.UndoBlock) }

func (w *drawing) toward(draw func(me *model.Account, uri, other string) []byte) (*outgo, error) {
	a, err := w.q.Account(w.job.Account)
	if err != nil {
		return nil, err
	}
	return one(draw(w.actor, w.job.URI, a.URI), a.ID), nil
}

// flag: Row: the report, Account: whom it is about, To: further accounts whose servers hear of it.
func (w *drawing) flag() (*outgo, error) {
	r, err := w.q.Report(w.job.Row)
	if err != nil {
		return nil, err
	}
	target, err := w.q.Account(w.job.Account)
	if err != nil {
		return nil, err
	}
	objects := []string{target.URI}
	statuses, err := w.q.Statuses(r.StatusIDs)
	if err != nil {
		return nil, err
	}
	for _, st := range statuses {
		objects = append(objects, st.URI)
	}
	uri := r.URI
	if uri == "" {
		uri = w.f.Site.Base + "/reports/" + r.ID.String()
	}
	return &outgo{
		body:     w.f.Draw.Flag(w.actor, uri, objects, r.Comment, target.URI),
		audience: audience{accounts: append([]model.ID{target.ID}, w.job.To...)},
	}, nil
}

// move: Account: the new one.
func (w *drawing) move() (*outgo, error) {
	to, err := w.q.Account(w.job.Account)
	if err != nil {
		return nil, err
	}
	blockers, err := w.q.BlockersElsewhere(w.actor.ID, maxCircle)
	if err != nil {
		return nil, err
	}
	return &outgo{
		body: w.f.Draw.Move(w.actor, to), seal: passed,
		audience: audience{followers: []model.ID{w.actor.ID}, accounts: blockers}, // who blocks the old may want to block the new
	}, nil
}

// updateActor: nothing but the actor. Mastodon: AccountReachFinder
func (w *drawing) updateActor() (*outgo, error) {
	self, err := w.self()
	if err != nil {
		return nil, err
	}
	now := w.q.Now()
	circle, err := w.q.RecentlyMentioned(w.actor.ID, now.Add(-lately), maxCircle)
	if err != nil {
		return nil, err
	}
	followed, err := w.q.FollowedElsewhere(w.actor.ID, maxCircle)
	if err != nil {
		return nil, err
	}
	return &outgo{
		body: w.f.Draw.UpdateActor(w.actor, self, now), seal: passed,
		audience: audience{followers: []model.ID{w.actor.ID}, accounts: append(circle, followed...), relays: anyRelay},
	}, nil
}

// self reads what the actor's document tells beyond its row.
func (w *drawing) self() (x ap.Self, err error) {
	if x.Keys, err = w.f.Social.KeysOf(w.ctx, w.actor); err != nil {
		return x, err
	}
	tags, err := w.q.FeaturedTags(w.actor.ID)
	for _, t := range tags {
		x.Tags = append(x.Tags, t.Name)
	}
	return x, err
}

// deleteActor: nothing but the actor. Followers hear of it at once, everybody else in time.
func (w *drawing) deleteActor() (*outgo, error) {
	return &outgo{
		body: w.f.Draw.DeleteActor(w.actor), seal: passedOn,
		audience: audience{followers: []model.ID{w.actor.ID}, accounts: w.job.To, relays: anyRelay, everybody: true},
	}, nil
}

// followRelay: Row.
func (w *drawing) followRelay() (*outgo, error) { return w.relay(w.f.Draw.Follow) }

// unfollowRelay: Row, or URI and Object, the inbox, when the row is gone.
func (w *drawing) unfollowRelay() (*outgo, error) { return w.relay(w.f.Draw.UndoFollow) }

func (w *drawing) relay(draw func(me *model.Account, uri, object string) []byte) (*outgo, error) {
	r, err := w.q.Relay(w.job.Row)
	if model.IsNotFound(err) && w.job.Object != "" {
		r, err = &model.Relay{InboxURL: w.job.Object, FollowURI: w.job.URI}, nil
	}
	if err != nil {
		return nil, err
	}
	uri, object := r.FollowURI, r.ActorURI
	if w.job.URI != "" {
		uri = w.job.URI
	}
	if object == "" {
		object = ap.Public
	}
	return &outgo{body: draw(w.actor, uri, object), audience: audience{inboxes: []string{r.InboxURL}}}, nil
}

// announceRelay: Status.
func (w *drawing) announceRelay() (*outgo, error) {
	st, err := w.q.StatusByID(w.job.Status)
	if err != nil {
		return nil, err
	}
	reblog := &model.Status{
		URI: w.actor.URI + "#announces/" + st.ID.String(), AccountID: w.actor.ID, Account: w.actor, Reblog: st,
		Visibility: model.Public, CreatedAt: st.CreatedAt,
	}
	return &outgo{body: w.f.Draw.Announce(reblog, ap.Around{}), seal: passed, audience: audience{relays: announces}}, nil
}
