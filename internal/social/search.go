package social

import (
	"context"
	"slices"
	"strings"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

// Search is what somebody looks for (Mastodon API: v2/search).
type Search struct {
	Text      string
	Type      string // accounts, statuses, hashtags; "": all
	Resolve   bool   // an address is to be looked up
	Following bool   // accounts: only whom one follows
	Account   model.ID
	Page      model.Page
}

// Found is what a search found.
type Found struct {
	Accounts []*model.Account
	Statuses []*model.Status
	Tags     []model.TagView
}

// Search finds accounts, statuses and hashtags (Mastodon: SearchService). A visitor finds no statuses.
func (s *Social) Search(ctx context.Context, me *model.Account, r Search) (*Found, error) {
	r.Text = strings.TrimSpace(r.Text)
	out := &Found{}
	if r.Text == "" || len(r.Text) > maxSearchText || strings.ContainsRune(r.Text, 0) {
		return out, nil
	}
	if r.Resolve && (strings.HasPrefix(r.Text, "https://") || strings.HasPrefix(r.Text, "http://")) {
		if r.Page.Offset > 0 {
			return out, nil
		}
		return out, s.lookUp(ctx, me, r, out)
	}
	wants := func(typ string) bool { return r.Type == "" || r.Type == typ }
	handle := strings.Contains(r.Text, "@")
	var err error
	if wants("accounts") && !strings.HasPrefix(r.Text, "#") && !(handle && strings.Contains(r.Text, " ")) {
		if out.Accounts, err = s.SearchAccounts(ctx, me, r); err != nil {
			return nil, err
		}
	}
	if wants("statuses") && me != nil {
		if out.Statuses, err = s.searchStatuses(ctx, me, r); err != nil {
			return nil, err
		}
	}
	if wants("hashtags") && !handle {
		if out.Tags, err = s.searchTags(ctx, me, r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// lookUp finds the account or status at an address, among those we have.
func (s *Social) lookUp(ctx context.Context, me *model.Account, r Search, out *Found) error {
	q := s.DB.Read(ctx)
	if r.Type == "" || r.Type == "accounts" {
		a, err := s.accountAt(q, r.Text)
		if err != nil && !model.IsNotFound(err) {
			return err
		}
		if err == nil && !a.Suspended() {
			out.Accounts = []*model.Account{a}
			return nil
		}
	}
	if r.Type == "" || r.Type == "statuses" {
		st, err := s.statusAt(q, r.Text)
		if err == nil {
			st, err = q.StatusFor(me, st.ID)
		}
		if err != nil && !model.IsNotFound(err) {
			return err
		}
		if err == nil {
			out.Statuses = []*model.Status{st}
		}
	}
	return nil
}

// accountAt finds by ActivityPub id or profile page.
func (s *Social) accountAt(q *store.Q, address string) (*model.Account, error) {
	if name, ok := strings.CutPrefix(address, s.Site.Base+"/@"); ok && !strings.Contains(name, "/") {
		acct, ok := text.ParseAcct(name)
		if !ok {
			return nil, model.ErrNotFound()
		}
		return q.AccountByHandle(acct.Username, acct.Domain)
	}
	a, err := q.AccountByURI(address)
	if !model.IsNotFound(err) {
		return a, err
	}
	return q.AccountByURL(address)
}

// statusAt finds by ActivityPub id, or a status of ours by its page.
func (s *Social) statusAt(q *store.Q, address string) (*model.Status, error) {
	if page, ok := strings.CutPrefix(address, s.Site.Base+"/@"); ok {
		_, last, _ := strings.Cut(page, "/")
		id, err := model.ParseID(last)
		if err != nil {
			return nil, err
		}
		return q.StatusByID(id)
	}
	return q.StatusByURI(address)
}

// SearchAccounts finds people by the beginnings of words of their names and handles: an exact handle first, then whom
// one follows, then by followers (Mastodon: AccountSearchService).
func (s *Social) SearchAccounts(ctx context.Context, me *model.Account, r Search) ([]*model.Account, error) {
	if len(r.Text) > maxSearchText || strings.ContainsRune(r.Text, 0) {
		return nil, nil
	}
	q := s.DB.Read(ctx)
	var viewer model.ID
	if me != nil {
		viewer = me.ID
	}
	exact, err := s.exactly(q, me, r)
	if err != nil {
		return nil, err
	}
	words := text.Words(r.Text)
	if len(words) > maxClauses {
		return nil, nil
	}
	ids, err := q.SearchAccountIDs(viewer, store.AccountSearch{Words: words, Following: r.Following}, r.Page)
	if err != nil {
		return nil, err
	}
	if exact != nil {
		ids = slices.DeleteFunc(ids, func(id model.ID) bool { return id == exact.ID })
		if r.Page.Offset == 0 {
			ids = slices.Insert(ids, 0, exact.ID)
		}
	}
	return q.Accounts(ids[:min(len(ids), r.Page.Limit)])
}

// exactly is who bears the very handle that was typed; nil when nobody may be meant.
func (s *Social) exactly(q *store.Q, me *model.Account, r Search) (*model.Account, error) {
	a, err := accountNamed(q, s.Site, r.Text)
	if err != nil || a == nil || !r.Following {
		return a, err
	}
	if me == nil {
		return nil, nil
	}
	follows, err := q.Follows(me.ID, a.ID)
	if !follows && a.ID != me.ID {
		a = nil
	}
	return a, err
}

// searchStatuses finds among what the searcher may find, newest first (Mastodon: StatusesSearchService).
func (s *Social) searchStatuses(ctx context.Context, me *model.Account, r Search) ([]*model.Status, error) {
	clauses, ok := parseSearch(r.Text)
	if !ok {
		return nil, nil
	}
	q, p := s.DB.Read(ctx), r.Page
	search, ok, err := understand(q, me, s.Site, clauses, &p)
	if err != nil || !ok {
		return nil, err
	}
	if r.Account != 0 {
		search.Terms = append(search.Terms, store.Term{Words: []string{store.FactFrom(r.Account)}})
	}
	ids, err := q.SearchStatusIDs(me.ID, search, p)
	if err != nil {
		return nil, err
	}
	list, err := q.Statuses(ids)
	if err != nil {
		return nil, err
	}
	rel, err := q.Relations(me.ID)
	if err != nil {
		return nil, err
	}
	now := q.Now()
	return slices.DeleteFunc(list, func(st *model.Status) bool {
		return st.AccountID != me.ID && !mayTagged(rel, st, now)
	}), nil
}

func (s *Social) searchTags(ctx context.Context, me *model.Account, r Search) ([]model.TagView, error) {
	key := text.TagKey(strings.TrimPrefix(r.Text, "#"))
	if key == "" || strings.ContainsAny(r.Text, " \t\n") {
		return nil, nil
	}
	q := s.DB.Read(ctx)
	tags, err := q.SearchTags(key, r.Page)
	if err != nil {
		return nil, err
	}
	return s.tagViews(q, me, tags)
}
