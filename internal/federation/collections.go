package federation

import (
	"net/url"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Sizes of pages (Mastodon's).
const (
	outboxPage  = 20
	followsPage = 12
	contextPage = 60
	// Followers of one server that a document names; Mastodon does not ask from 25,000 on.
	maxSynchronised = 25000
)

// cursor reads an id of a page's address; "" is none.
func cursor(s string) (model.ID, error) {
	if s == "" {
		return 0, nil
	}
	id, err := model.ParseID(s)
	if err != nil {
		return 0, model.BadRequestf("%q is no id", s)
	}
	return id, nil
}

// followers draws who follows the account: only how many, when it keeps them to itself.
func (a *asked) followers() (*answer, error) {
	return a.people(a.account.FollowersURL, a.account.FollowersCount, a.q.Followers)
}

// following draws whom the account follows likewise.
func (a *asked) following() (*answer, error) {
	return a.people(a.account.FollowingURL, a.account.FollowingCount, a.q.Followed)
}

func (a *asked) people(id string, total int64, list func(account, viewer model.ID, p model.Page) ([]store.Entry, error)) (*answer, error) {
	if err := a.standing(); err != nil {
		return nil, err
	}
	query := a.r.URL.Query()
	switch {
	case a.account.HideCollections && query.Has("page"):
		return nil, model.ErrForbidden()
	case a.account.HideCollections:
		return found(a.f.Draw.Collection(ap.Collected{ID: id, Ordered: true, Total: total}), collectionAge), nil
	case !query.Has("page"):
		return found(a.f.Draw.Collection(ap.Collected{ID: id, Ordered: true, Total: total, First: id + "?page=1"}), collectionAge), nil
	}
	before, err := cursor(query.Get("max_id"))
	if err != nil {
		return nil, err
	}
	entries, err := list(a.account.ID, 0, model.Page{MaxID: before, Limit: followsPage})
	if err != nil {
		return nil, err
	}
	ids := make([]model.ID, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	accounts, err := a.q.Accounts(ids)
	if err != nil {
		return nil, err
	}
	page := ap.CollectedPage{ID: id + "?" + a.r.URL.RawQuery, Ordered: true, PartOf: id, Total: total, Items: []string{}}
	for _, b := range accounts {
		page.Items = append(page.Items, b.URI)
	}
	if len(entries) == followsPage {
		page.Next = id + "?max_id=" + entries[len(entries)-1].Cursor.String() + "&page=1"
	}
	return found(a.f.Draw.CollectionPage(page), collectionAge), nil
}

// outbox draws what the account published for everybody, as activities, newest first.
func (a *asked) outbox() (*answer, error) {
	if err := a.standing(); err != nil {
		return nil, err
	}
	id := a.account.OutboxURL
	query := a.r.URL.Query()
	if query.Get("page") != "true" {
		doc := a.f.Draw.Collection(ap.Collected{
			ID: id, Ordered: true, Total: a.account.StatusesCount, First: id + "?page=true", Last: id + "?min_id=0&page=true",
		})
		return found(doc, collectionAge), nil
	}
	p := model.Page{Limit: outboxPage}
	var err error
	if p.MaxID, err = cursor(query.Get("max_id")); err != nil {
		return nil, err
	}
	if p.MinID, err = cursor(query.Get("min_id")); err != nil {
		return nil, err
	}
	if query.Get("min_id") == "0" {
		p.MinID = 1 // from the beginning
	}
	ids, err := a.q.AccountIDs(store.AccountFilter{Account: a.account.ID}, p)
	if err != nil {
		return nil, err
	}
	list, err := a.q.Statuses(ids)
	if err != nil {
		return nil, err
	}
	page := ap.CollectedPage{ID: id + "?" + a.r.URL.RawQuery, Ordered: true, PartOf: id, Total: -1}
	for _, s := range list {
		doc, err := a.activityOf(s)
		if err != nil {
			return nil, err
		}
		page.Docs = append(page.Docs, doc)
	}
	if len(ids) > 0 {
		if len(ids) == outboxPage {
			page.Next = id + "?max_id=" + ids[len(ids)-1].String() + "&page=true"
		}
		page.Prev = id + "?min_id=" + ids[0].String() + "&page=true"
	}
	return found(a.f.Draw.CollectionPage(page), collectionAge), nil
}

// featured draws the statuses that the account pinned and everybody may see, whole.
func (a *asked) featured() (*answer, error) {
	if err := a.standing(); err != nil {
		return nil, err
	}
	ids, err := a.q.AccountIDs(store.AccountFilter{Account: a.account.ID, Pinned: true}, model.Page{Limit: a.pins()})
	if err != nil {
		return nil, err
	}
	list, err := a.q.Statuses(ids)
	if err != nil {
		return nil, err
	}
	id := a.account.FeaturedURL
	if id == "" {
		id = a.account.URI + "/collections/featured"
	}
	c := ap.Collected{ID: id, Ordered: true, Total: int64(len(list)), Docs: [][]byte{}}
	for _, s := range list {
		x, err := a.around(s)
		if err != nil {
			return nil, err
		}
		c.Docs = append(c.Docs, a.f.Draw.Note(s, x))
	}
	return found(a.f.Draw.Collection(c), collectionAge), nil
}

// pins is how many statuses somebody may pin; those pinned under a larger limit stay.
func (a *asked) pins() int { return max(a.f.Site.MaxPinned, 20) }

// featuredTags draws the hashtags of the profile.
func (a *asked) featuredTags() (*answer, error) {
	if err := a.standing(); err != nil {
		return nil, err
	}
	tags, err := a.q.FeaturedTags(a.account.ID)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(tags))
	for i, t := range tags {
		names[i] = t.Name
	}
	return found(a.f.Draw.HashtagCollection(a.account, names), collectionAge), nil
}

// followersSync draws which of the asker's own people follow the account, so that both sides can agree (FEP-8fcf).
// Who asks must sign: it is told nothing of other servers' people.
func (a *asked) followersSync() (*answer, error) {
	if err := a.standing(); err != nil {
		return nil, err
	}
	signer, err := a.who()
	if err != nil {
		return nil, err
	}
	if signer == nil {
		return nil, model.Unauthorized("Request not signed")
	}
	uris, _, err := a.q.RemoteFollowerURIs(a.account.ID, ap.Host(signer.URI), maxSynchronised)
	if err != nil {
		return nil, err
	}
	if uris == nil {
		uris = []string{}
	}
	doc := a.f.Draw.Collection(ap.Collected{
		ID: a.account.URI + "/followers_synchronization", Ordered: true, Total: -1, Items: uris,
	})
	return &answer{body: doc}, nil
}

// context draws a conversation that one of ours began: a collection of what everybody may see of it (FEP-7888).
func (a *asked) context() (*answer, error) {
	id, author, err := a.conversation()
	if err != nil {
		return nil, err
	}
	return found(a.f.Draw.Collection(ap.Collected{ID: id.uri, By: author.URI, Total: -1, First: id.uri + "/items"}), collectionAge), nil
}

// contextItems draws a page of it, oldest first.
func (a *asked) contextItems() (*answer, error) {
	c, _, err := a.conversation()
	if err != nil {
		return nil, err
	}
	query := a.r.URL.Query()
	after, err := cursor(query.Get("min_id"))
	if err != nil {
		return nil, err
	}
	list, err := a.q.InThread(c.id, after, contextPage)
	if err != nil {
		return nil, err
	}
	page := ap.CollectedPage{ID: c.uri + "/items", PartOf: c.uri, Total: -1, Items: []string{}}
	if after != 0 {
		page.ID += "?" + url.Values{"min_id": {after.String()}}.Encode()
	}
	for _, s := range list {
		page.Items = append(page.Items, s.URI)
	}
	if len(list) == contextPage {
		page.Next = c.uri + "/items?min_id=" + list[len(list)-1].ID.String()
	}
	return found(a.f.Draw.CollectionPage(page), collectionAge), nil
}
