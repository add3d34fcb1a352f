package store

import (
	"encoding/json"

	"gomphothere/internal/model"
)

// Relationships tells how the viewer stands to each of these accounts, in their order: what their circle in memory
// says, and one query for the rest, for any number.
func (q *Q) Relationships(viewer model.ID, accounts []*model.Account) ([]model.Relationship, error) {
	rel, err := q.Relations(viewer)
	if err != nil {
		return nil, err
	}
	now := q.Now()
	out := make([]model.Relationship, len(accounts))
	ids := make([]model.ID, len(accounts))
	at := make(map[model.ID][]int, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
		at[a.ID] = append(at[a.ID], i)
		out[i] = standing(rel, a, now)
	}
	if len(ids) == 0 {
		return out, nil
	}
	type row struct {
		Kind    string
		ID      model.ID
		Reblogs bool
		Notify  bool
		Text    string
	}
	var failed error
	err = each(q, `
		select 'by' as kind, account_id as id, false as reblogs, false as notify, '' as text
		from follows where target_id = $1 and account_id in $2
		union all
		select 'requested', target_id, show_reblogs, notify, languages
		from follow_requests where account_id = $1 and target_id in $2
		union all
		select 'requested_by', account_id, false, false, ''
		from follow_requests where target_id = $1 and account_id in $2
		union all
		select 'endorsed', target_id, false, false, ''
		from endorsements where account_id = $1 and target_id in $2
		union all
		select 'note', target_id, false, false, comment
		from account_notes where account_id = $1 and target_id in $2`, []any{viewer, ids}, func(r *row) {
		for _, i := range at[r.ID] {
			s := &out[i]
			switch r.Kind {
			case "by":
				s.FollowedBy = true
			case "requested":
				s.Requested, s.ShowingReblogs, s.Notifying = true, r.Reblogs, r.Notify
				if err := json.Unmarshal([]byte(r.Text), &s.Languages); err != nil {
					failed = err
				}
				if len(s.Languages) == 0 {
					s.Languages = nil
				}
			case "requested_by":
				s.RequestedBy = true
			case "endorsed":
				s.Endorsed = true
			case "note":
				s.Note = r.Text
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return out, failed
}

// standing is the part of a relationship that the viewer's circle knows.
func standing(rel *model.Relations, a *model.Account, now model.Time) model.Relationship {
	s := model.Relationship{
		ID: a.ID, Blocking: rel.Blocking[a.ID], BlockedBy: rel.BlockedBy[a.ID],
		DomainBlocking: a.Domain != "" && rel.Domains[a.Domain],
	}
	if f, ok := rel.Following[a.ID]; ok {
		s.Following, s.ShowingReblogs, s.Notifying = true, f.ShowReblogs, f.Notify
		if len(f.Languages) > 0 {
			s.Languages = f.Languages
		}
	}
	if rel.Mutes(a.ID, now) {
		m := rel.Muting[a.ID]
		s.Muting, s.MutingNotifications, s.MutingExpiresAt = true, m.HideNotifications, m.ExpiresAt.OrNull()
	}
	return s
}
