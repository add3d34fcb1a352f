package social

import (
	"context"

	"gomphothere/internal/model"
)

// View reads what one viewer adds to a page of statuses: marks, votes, and what their filters match. Apps look at a
// filter's contexts themselves, as with Mastodon. A query each at most. A visitor's has only the time, by which polls are over.
func (s *Social) View(ctx context.Context, me *model.Account, statuses []*model.Status) (*model.Viewer, error) {
	if me == nil {
		return &model.Viewer{Relations: model.Visitor(), Now: s.DB.Now()}, nil
	}
	q := s.DB.Read(ctx)
	rel, err := q.Relations(me.ID)
	if err != nil {
		return nil, err
	}
	v := &model.Viewer{Account: me, Relations: rel, Now: q.Now()}
	shown := make([]*model.Status, 0, len(statuses)+4)
	var polls []model.ID
	add := func(st *model.Status) {
		shown = append(shown, st)
		if st.PollID != 0 {
			polls = append(polls, st.PollID)
		}
	}
	for _, st := range statuses {
		add(st.Shown())
		if q := st.Shown().Quote; q != nil && q.Quoted != nil {
			add(q.Quoted)
		}
	}
	if v.Marks, err = q.Marks(me.ID, shown); err != nil {
		return nil, err
	}
	if v.Votes, err = q.OwnVotes(me.ID, polls); err != nil {
		return nil, err
	}
	if v.Filtered, err = s.filtered(q, me, shown); err != nil {
		return nil, err
	}
	return v, nil
}
