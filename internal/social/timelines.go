package social

import (
	"context"
	"slices"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

// Public is a page of the public timeline (Mastodon API: timelines/public).
func (s *Social) Public(ctx context.Context, me *model.Account, f store.PublicFilter, p model.Page) ([]*model.Status, error) {
	return s.timeline(ctx, me, p, func(q *store.Q, p model.Page) ([]model.ID, error) { return q.PublicIDs(f, p) },
		func(rel *model.Relations, st *model.Status, now model.Time) bool {
			return mayPublic(rel, st, now)
		})
}

// mayPublic tells whether a public status belongs in the viewer's public timelines (Mastodon: PublicFeed).
func mayPublic(rel *model.Relations, st *model.Status, now model.Time) bool {
	if st.Account.Silenced() && !rel.Follows(st.AccountID) && st.AccountID != rel.AccountID {
		return false
	}
	if len(rel.Languages) > 0 && st.Language != "" && !rel.Languages[st.Language] {
		return false
	}
	return rel.Visible(st) && !rel.Hides(st.Account, now)
}

const maxRefills = 6 // chunks read to fill one page; only who hides nearly everybody gets a short one

// timeline reads a page of ids, drops what the viewer may not or does not want to see, and reads on until the page
// is full or the list ends.
func (s *Social) timeline(ctx context.Context, me *model.Account, p model.Page, read func(*store.Q, model.Page) ([]model.ID, error),
	keep func(*model.Relations, *model.Status, model.Time) bool) ([]*model.Status, error) {
	rel, err := s.relations(ctx, me)
	if err != nil {
		return nil, err
	}
	q, next := s.DB.Read(ctx), p
	now := q.Now()
	var out []*model.Status
	for range maxRefills {
		ids, err := read(q, next)
		if err != nil {
			return nil, err
		}
		list, err := q.Statuses(ids)
		if err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(list, func(st *model.Status) bool { return !keep(rel, st, now) })
		if p.Ascending() {
			out = append(list, out...)
		} else {
			out = append(out, list...)
		}
		if len(out) >= p.Limit || len(ids) < next.Limit {
			break
		}
		if p.Ascending() {
			next.MinID = ids[0]
		} else {
			next.MaxID = ids[len(ids)-1]
		}
		next.Limit = p.Limit * 2
	}
	if len(out) <= p.Limit {
		return out, nil
	}
	if p.Ascending() {
		return out[len(out)-p.Limit:], nil
	}
	return out[:p.Limit], nil
}

// TagQuery is which hashtags somebody asks for, as they wrote them.
type TagQuery struct {
	Name           string
	Any, All, None []string
	store.PublicFilter
}

const maxTagsPerMode = 4 // Mastodon: TagFeed::LIMIT_PER_MODE

// Tagged is a page of a hashtag's timeline (Mastodon API: timelines/tag/:hashtag). A tag nobody used is empty.
func (s *Social) Tagged(ctx context.Context, me *model.Account, t TagQuery, p model.Page) ([]*model.Status, error) {
	q := s.DB.Read(ctx)
	f := store.TagFilter{PublicFilter: t.PublicFilter}
	first, err := q.TagIDs([]string{text.TagKey(t.Name)})
	if err != nil || len(first) == 0 {
		return nil, err
	}
	if f.Any, err = q.TagIDs(tagKeys(t.Any)); err != nil {
		return nil, err
	}
	if f.Any = append(first, f.Any...); slices.Contains(f.Any[1:], first[0]) {
		f.Any = f.Any[1:]
	}
	all := tagKeys(t.All)
	if f.All, err = q.TagIDs(all); err != nil || len(f.All) < len(all) {
		return nil, err // no status has a tag that does not exist
	}
	if f.None, err = q.TagIDs(tagKeys(t.None)); err != nil {
		return nil, err
	}
	return s.timeline(ctx, me, p, func(q *store.Q, p model.Page) ([]model.ID, error) { return q.TaggedIDs(f, p) }, mayTagged)
}

// tagKeys folds names, once each, and no more than a timeline takes.
func tagKeys(names []string) []string {
	var keys []string
	for _, n := range names {
		if k := text.TagKey(n); k != "" && !slices.Contains(keys, k) && len(keys) < maxTagsPerMode {
			keys = append(keys, k)
		}
	}
	return keys
}

// mayTagged tells whether a public status belongs in a hashtag's timeline. Languages do not matter there.
func mayTagged(rel *model.Relations, st *model.Status, now model.Time) bool {
	if st.Account.Silenced() && !rel.Follows(st.AccountID) && st.AccountID != rel.AccountID {
		return false
	}
	return rel.Visible(st) && !rel.Hides(st.Account, now)
}

// AccountStatuses is a page of an account's statuses, as the viewer may see them (Mastodon API:
// accounts/:id/statuses). tag is a hashtag as written, or "".
func (s *Social) AccountStatuses(ctx context.Context, me *model.Account, f store.AccountFilter, tag string, p model.Page) ([]*model.Status, error) {
	q := s.DB.Read(ctx)
	account, err := q.Account(f.Account)
	if err != nil {
		return nil, err
	}
	rel, err := s.relations(ctx, me)
	if err != nil {
		return nil, err
	}
	f.Viewer, f.Follows = rel.AccountID, rel.Follows(f.Account)
	if account.Suspended() || rel.BlockedBy[f.Account] {
		return nil, nil
	}
	if tag != "" {
		found, err := q.Tag(text.TagKey(tag))
		if model.IsNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		f.Tag = found.ID
	}
	return s.timeline(ctx, me, p, func(q *store.Q, p model.Page) ([]model.ID, error) { return q.AccountIDs(f, p) }, mayProfile)
}

// mayProfile tells whether a status shows among its author's. Whoever looks at a profile wants to see it, muted or
// not; what it reblogs is another matter.
func mayProfile(rel *model.Relations, st *model.Status, now model.Time) bool {
	if st.Reblog == nil {
		return rel.Visible(st)
	}
	return rel.Visible(st) && (st.AccountID == rel.AccountID || rel.Visible(st.Reblog) && !rel.Hides(st.Reblog.Account, now))
}

// perMember is how many statuses of each member of a list are looked at in a step: few members have more on one page,
// and then the next step goes on from there.
const perMember = 5

// Listed is a page of a list's timeline (Mastodon API: timelines/list/:list_id).
func (s *Social) Listed(ctx context.Context, me *model.Account, id model.ID, p model.Page) ([]*model.Status, error) {
	q := s.DB.Read(ctx)
	list, err := q.List(me.ID, id)
	if err != nil {
		return nil, err
	}
	rel, err := q.Relations(me.ID)
	if err != nil {
		return nil, err
	}
	now, up := q.Now(), p.Ascending()
	bound := p.MaxID
	if up {
		bound = p.MinID
	}
	var out []*model.Status
	for range maxSteps {
		ids, edge, err := q.ListedIDs(list.ID, bound, up, perMember, p.Limit*2)
		if err != nil {
			return nil, err
		}
		ids = slices.DeleteFunc(ids, func(id model.ID) bool { return !p.Has(id) })
		found, err := q.Statuses(ids)
		if err != nil {
			return nil, err
		}
		if found, err = mayListed(q, rel, list, found, now); err != nil {
			return nil, err
		}
		out = append(out, found...)
		if len(out) >= p.Limit || edge == 0 || !up && edge <= p.Floor() || up && p.MaxID != 0 && edge >= p.MaxID {
			break
		}
		bound = edge
	}
	out = out[:min(len(out), p.Limit)]
	if up {
		slices.Reverse(out)
	}
	return sharedOnce(out), nil
}

// mayListed keeps what belongs in a list's timeline: what its owner's home would show, and of replies to others those
// its policy lets in (Mastodon: FeedManager#filter_from_list).
func mayListed(q *store.Q, rel *model.Relations, list *model.List, page []*model.Status, now model.Time) ([]*model.Status, error) {
	var to []model.ID
	for _, st := range page {
		if foreignReply(st) {
			to = append(to, st.InReplyToAccountID)
		}
	}
	var members map[model.ID]bool
	if len(to) > 0 && list.RepliesPolicy == "list" {
		var err error
		if members, err = q.OnList(list.ID, to); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(page, func(st *model.Status) bool {
		if st.AccountID != rel.AccountID && !mayFollowed(rel, st, now) {
			return true
		}
		if !foreignReply(st) || st.InReplyToAccountID == rel.AccountID || list.RepliesPolicy == "followed" {
			return false
		}
		return !members[st.InReplyToAccountID]
	}), nil
}

// foreignReply tells whether a status answers somebody else.
func foreignReply(st *model.Status) bool {
	return st.IsReply && st.ReblogOfID == 0 && st.InReplyToAccountID != st.AccountID
}

// sharedOnce drops reblogs of what stands further down the page.
func sharedOnce(page []*model.Status) []*model.Status {
	seen := map[model.ID]bool{}
	var out []*model.Status
	for _, st := range slices.Backward(page) {
		shown := st.Shown().ID
		if st.Reblog != nil && seen[shown] {
			continue
		}
		seen[shown] = true
		out = append(out, st)
	}
	slices.Reverse(out)
	return out
}
