package social

import (
	"context"
	"slices"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// What streams ask of each status and viewer, by the rules that timelines go by.

// MayHome tells whether a status belongs in the viewer's home timeline.
func MayHome(rel *model.Relations, st *model.Status, now model.Time) bool {
	return mayHome(rel, st, now)
}

// MayStreamPublic tells whether a public status belongs in the viewer's public and hashtag streams: what their public
// timeline shows, and not what names somebody they do not want to meet (Mastodon: streaming/index.js, streamFrom).
func MayStreamPublic(rel *model.Relations, st *model.Status, now model.Time) bool {
	return mayPublic(rel, st, now) && !slices.ContainsFunc(st.Mentions, func(m model.Mention) bool {
		return rel.Blocking[m.AccountID] || rel.BlockedBy[m.AccountID] || rel.Mutes(m.AccountID, now)
	})
}

// MayStreamList tells whether a status by a list's member belongs in the list's timeline.
func MayStreamList(q *store.Q, rel *model.Relations, list *model.List, st *model.Status, now model.Time) (bool, error) {
	kept, err := mayListed(q, rel, list, []*model.Status{st}, now)
	return len(kept) > 0, err
}

// SharedNearby tells whether a reblog is left out of the viewer's home timeline because what it shares stands near. It
// knows the feeds of those who read theirs lately.
func (s *Social) SharedNearby(viewer model.ID, st *model.Status) bool {
	f, ok := s.feeds.c.GetIfPresent(viewer)
	if !ok || st.ReblogOfID == 0 {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.built {
		return false
	}
	if _, here := slices.BinarySearchFunc(f.ids, st.ID, newestFirst); here {
		return false // it was let in already
	}
	end := min(len(f.ids), reblogWindow)
	return slices.Contains(f.ids[:end], st.ReblogOfID) || slices.Contains(f.reblogs[:end], st.ReblogOfID)
}

// Filters are somebody's filters, ready to look through statuses. They do not change.
type Filters struct {
	account model.ID
	ready   *readyFilters
}

// FiltersOf makes somebody's filters ready; nil when they have none.
func (s *Social) FiltersOf(ctx context.Context, account model.ID) (*Filters, error) {
	list, err := s.DB.Read(ctx).Filters(account)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &Filters{account, s.matchers.ready(account, list)}, nil
}

// Match finds which of them a status, as shown, meets. A person's own statuses are never filtered.
func (f *Filters) Match(st *model.Status, now model.Time) []model.FilterResult {
	if f == nil || st.AccountID == f.account {
		return nil
	}
	return f.ready.match(st, now)
}

// StreamedNotification is a notification as its receiver's apps are told of it, and the viewer to draw it for.
func (s *Social) StreamedNotification(ctx context.Context, me *model.Account, id model.ID) (*model.Notification, *model.Viewer, error) {
	n, err := s.Notification(ctx, me, id)
	if err != nil {
		return nil, nil, err
	}
	var statuses []*model.Status
	if n.Status != nil {
		statuses = []*model.Status{n.Status}
	}
	v, err := s.View(ctx, me, statuses)
	return n, v, err
}

// StreamedConversation is a conversation whose newest status it is, and the viewer to draw it for.
func (s *Social) StreamedConversation(ctx context.Context, me *model.Account, status model.ID) (*model.Conversation, *model.Viewer, error) {
	q := s.DB.Read(ctx)
	c, err := q.ConversationAt(me.ID, status)
	if err != nil {
		return nil, nil, err
	}
	rel, err := q.Relations(me.ID)
	if err != nil {
		return nil, nil, err
	}
	forgetUnseen(rel, c)
	var statuses []*model.Status
	if c.LastStatus != nil {
		statuses = []*model.Status{c.LastStatus}
	}
	v, err := s.View(ctx, me, statuses)
	return c, v, err
}
