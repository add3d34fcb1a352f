package federation

import (
	"gomphothere/internal/ap"
	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// repliesPage is how many replies a page of them has (Mastodon: 60).
const repliesPage = 60

// status finds the status asked for, of the account asked for, if the asker may see it: everybody what is public,
// those addressed what is not, when they sign. Deleted ones are told to be gone.
func (a *asked) status() (*model.Status, error) {
	if err := a.standing(); err != nil {
		return nil, err
	}
	id, err := model.ParseID(a.r.PathValue("status"))
	if err != nil {
		return nil, err
	}
	s, err := a.q.StatusByID(id)
	if model.IsNotFound(err) {
		return nil, a.gone(a.account.URI+"/statuses/"+id.String(), err)
	}
	if err != nil {
		return nil, err
	}
	if s.AccountID != a.account.ID {
		return nil, model.ErrNotFound()
	}
	if isPublic(s) {
		return s, nil
	}
	signer, err := a.who()
	if err != nil {
		return nil, err
	}
	if signer == nil {
		return nil, model.ErrNotFound() // that there is something is for its audience to know
	}
	return a.q.StatusFor(signer, id)
}

// isPublic tells statuses that everybody may have.
func isPublic(s *model.Status) bool {
	return s.Visibility == model.Public || s.Visibility == model.Unlisted
}

// about is an answer about a status: for everybody, or for nobody to keep.
func about(s *model.Status, body []byte) *answer {
	if isPublic(s) {
		return found(body, documentAge)
	}
	return &answer{body: body}
}

// note draws a status; a reblog's asker is sent to what it shares.
func (a *asked) note() (*answer, error) {
	s, err := a.status()
	if err != nil {
		return nil, err
	}
	if s.Reblog != nil {
		return &answer{moved: s.Reblog.URI}, nil
	}
	x, err := a.around(s)
	if err != nil {
		return nil, err
	}
	return about(s, a.f.Draw.Note(s, x)), nil
}

// around reads what a status' document tells beyond its row.
func (a *asked) around(s *model.Status) (ap.Around, error) { return a.f.aroundOf(a.q, s) }

// ownReplies is how many of the author's own replies travel with a status (Mastodon: 5).
const ownReplies = 5

// aroundOf reads what a status' document tells beyond its row.
func (f *Federation) aroundOf(q *store.Q, s *model.Status) (x ap.Around, err error) {
	x.InReplyTo = s.InReplyToURI
	if s.InReplyToID != 0 {
		parent, err := q.StatusByID(s.InReplyToID)
		if err != nil && !model.IsNotFound(err) {
			return x, err
		}
		if err == nil {
			x.InReplyTo = parent.URI
		}
	}
	threads, err := q.Threads([]model.ID{s.ConversationID})
	if err != nil {
		return x, err
	}
	x.Context = f.Site.Address(threads[s.ConversationID])
	ids := make([]model.ID, len(s.Mentions))
	for i, m := range s.Mentions {
		ids[i] = m.AccountID
	}
	if x.Mentioned, err = q.Accounts(ids); err != nil {
		return x, err
	}
	if s.Account.Silenced() {
		for _, id := range ids {
			follows, err := q.FollowsOrAsked(id, []model.ID{s.AccountID})
			if err != nil {
				return x, err
			}
			if !follows[s.AccountID] {
				x.Unheard = append(x.Unheard, id)
			}
		}
	}
	if !isPublic(s) {
		return x, nil
	}
	own, err := q.RepliesTo(s, false, 0, ownReplies)
	for _, r := range own {
		x.Replies = append(x.Replies, r.URI)
	}
	return x, err
}

// activity draws the activity that published a status: Create, or Announce of a reblog.
func (a *asked) activity() (*answer, error) {
	s, err := a.status()
	if err != nil {
		return nil, err
	}
	doc, err := a.activityOf(s)
	if err != nil {
		return nil, err
	}
	return about(s, doc), nil
}

func (a *asked) activityOf(s *model.Status) ([]byte, error) {
	shown := s.Shown()
	if s.Reblog != nil && s.Reblog.AccountID != s.AccountID {
		return a.f.Draw.Announce(s, ap.Around{}), nil
	}
	x, err := a.around(shown)
	if err != nil {
		return nil, err
	}
	if s.Reblog != nil {
		return a.f.Draw.Announce(s, x), nil
	}
	return a.f.Draw.Create(s, x), nil
}

// replies draws a status' replies: as a collection whose first page has the author's own, and further pages, first
// of their own, then of others (Mastodon: ActivityPub::RepliesController).
func (a *asked) replies() (*answer, error) {
	s, err := a.status()
	if err != nil {
		return nil, err
	}
	query := a.r.URL.Query()
	if query.Get("page") != "true" {
		x, err := a.around(s)
		if err != nil {
			return nil, err
		}
		return aged(about(s, a.f.Draw.Replies(s, x.Replies))), nil
	}
	others := query.Get("only_other_accounts") == "true"
	after, err := cursor(query.Get("min_id"))
	if err != nil {
		return nil, err
	}
	list, err := a.q.RepliesTo(s, others, after, repliesPage)
	if err != nil {
		return nil, err
	}
	id := s.URI + "/replies"
	page := ap.CollectedPage{ID: a.f.Site.Base + a.r.URL.RequestURI(), PartOf: id, Total: -1, Items: []string{}}
	for _, r := range list {
		page.Items = append(page.Items, r.URI)
	}
	switch {
	case len(list) == repliesPage && others:
		page.Next = id + "?min_id=" + list[len(list)-1].ID.String() + "&only_other_accounts=true&page=true"
	case len(list) == repliesPage:
		page.Next = id + "?min_id=" + list[len(list)-1].ID.String() + "&page=true"
	case !others:
		page.Next = id + "?only_other_accounts=true&page=true"
	}
	return aged(about(s, a.f.Draw.CollectionPage(page))), nil
}

// aged lets a collection grow old sooner than a document.
func aged(out *answer) *answer {
	out.age = min(out.age, collectionAge)
	return out
}

// likes counts; whose they are is told to nobody.
func (a *asked) likes() (*answer, error) {
	s, err := a.status()
	if err != nil {
		return nil, err
	}
	return aged(about(s, a.f.Draw.Collection(ap.Collected{ID: s.URI + "/likes", Total: s.FavouritesCount}))), nil
}

// shares counts likewise.
func (a *asked) shares() (*answer, error) {
	s, err := a.status()
	if err != nil {
		return nil, err
	}
	return aged(about(s, a.f.Draw.Collection(ap.Collected{ID: s.URI + "/shares", Total: s.ReblogsCount}))), nil
}

// quoteAuthorization draws that a status of the account's may be quoted by another, while it may (FEP-044f).
func (a *asked) quoteAuthorization() (*answer, error) {
	if err := a.standing(); err != nil {
		return nil, err
	}
	id, err := model.ParseID(a.r.PathValue("quote"))
	if err != nil {
		return nil, err
	}
	c, err := a.q.Quote(id)
	if err != nil {
		return nil, err
	}
	if c.QuotedAccountID != a.account.ID || c.State != "accepted" {
		return nil, model.ErrNotFound()
	}
	quoted, err := a.q.StatusByID(c.QuotedStatusID)
	if err != nil {
		return nil, err
	}
	quoting, err := a.q.StatusByID(c.StatusID)
	if err != nil {
		return nil, err
	}
	uri := c.ApprovalURI
	if uri == "" {
		uri = ap.ApprovalURI(a.account, c.ID)
	}
	return found(a.f.Draw.QuoteAuthorization(uri, a.account, quoting.URI, quoted.URI), collectionAge), nil
}
