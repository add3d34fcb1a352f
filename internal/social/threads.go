package social

import (
	"context"
	"slices"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Mastodon's bounds of a thread: visitors see its middle, people all of it (Api::V1::StatusesController).
const (
	visitorAncestors   = 40
	visitorDescendants = 60
	visitorDepth       = 20
	contextMost        = 4096
)

// Context is the thread around a status (Mastodon API: GET /api/v1/statuses/:id/context).
func (s *Social) Context(ctx context.Context, me *model.Account, id model.ID) (*model.Context, error) {
	q := s.DB.Read(ctx)
	st, err := q.StatusFor(me, id)
	if err != nil {
		return nil, err
	}
	ancestors, descendants, depth := contextMost, contextMost, contextMost
	if me == nil {
		ancestors, descendants, depth = visitorAncestors, visitorDescendants, visitorDepth
	}
	var up []model.ID
	if st.InReplyToID != 0 {
		if up, err = q.Ancestors(st.ID, ancestors); err != nil {
			return nil, err
		}
	}
	if err := s.wantReplies(ctx, me, st); err != nil {
		return nil, err
	}
	down, err := q.Descendants(st.ID, descendants, depth)
	if err != nil {
		return nil, err
	}
	rel, err := s.relations(ctx, me)
	if err != nil {
		return nil, err
	}
	list, err := q.Statuses(slices.Concat(up, down))
	if err != nil {
		return nil, err
	}
	now := q.Now()
	c := &model.Context{Ancestors: []*model.Status{}, Descendants: []*model.Status{}}
	for _, st := range list {
		switch {
		case !mayThread(rel, me, st, now):
		case slices.Contains(up, st.ID):
			c.Ancestors = append(c.Ancestors, st)
		default:
			c.Descendants = append(c.Descendants, st)
		}
	}
	c.Descendants = promote(c.Descendants)
	return c, nil
}

// Mastodon's pauses of asking other servers for replies (Status::FetchRepliesConcern).
const (
	repliesPause = 15 * time.Minute
	repliesAge   = 5 * time.Minute // before, those who wrote them bring them themselves
)

// wantReplies asks for the replies of another server's status when somebody signed in looks at it, now and then.
func (s *Social) wantReplies(ctx context.Context, me *model.Account, st *model.Status) error {
	now := s.DB.Now()
	if me == nil || st.Local || st.CreatedAt > now.Add(-repliesAge) || st.RepliesFetchedAt > now.Add(-repliesPause) ||
		st.Visibility != model.Public && st.Visibility != model.Unlisted {
		return nil
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		due, err := tx.SetRepliesFetched(st.ID, now.Add(-repliesPause))
		if err != nil || !due {
			return err
		}
		return tx.EnqueueOnce(st.ID.String(), 0, model.FetchReplies{Status: st.ID})
	})
}

// mayThread tells whether a status is shown in a thread (Mastodon: StatusFilter).
func mayThread(rel *model.Relations, me *model.Account, st *model.Status, now model.Time) bool {
	a := st.Account
	switch {
	case me != nil && a.ID == me.ID:
		return true
	case !rel.Visible(st):
		return false
	case rel.Blocking[a.ID], rel.Mutes(a.ID, now), a.Domain != "" && rel.Domains[a.Domain]:
		return false
	}
	return !a.Silenced() || rel.Follows(a.ID) || me != nil && me.Silenced()
}

// promote brings what authors answered to themselves to the top: a thread is read before its discussion.
func promote(list []*model.Status) []*model.Status {
	self := make([]*model.Status, 0, len(list))
	var others []*model.Status
	for _, st := range list {
		if st.InReplyToAccountID == st.AccountID {
			self = append(self, st)
		} else {
			others = append(others, st)
		}
	}
	return append(self, others...)
}

// MuteConversation stops notifications of the thread a status is in, or lets them come again
// (Mastodon API: statuses/:id/mute).
func (s *Social) MuteConversation(ctx context.Context, me *model.Account, id model.ID, on bool) (*model.Status, error) {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		st, err := shownFor(tx, me, id)
		if err != nil {
			return err
		}
		if st.ConversationID == 0 {
			return model.Invalidf("Validation failed: The post is in no conversation")
		}
		return tx.MuteConversation(me.ID, st.ConversationID, on)
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).StatusByID(id)
}

// StatusesFor finds many statuses, leaving out those the viewer may not see (Mastodon API: GET /api/v1/statuses).
func (s *Social) StatusesFor(ctx context.Context, me *model.Account, ids []model.ID) ([]*model.Status, error) {
	rel, err := s.relations(ctx, me)
	if err != nil {
		return nil, err
	}
	list, err := s.DB.Read(ctx).Statuses(ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(st *model.Status) bool {
		return !rel.Visible(st) || st.Reblog != nil && !rel.Visible(st.Reblog)
	}), nil
}
