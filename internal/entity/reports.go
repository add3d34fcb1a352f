package entity

import "gomphothere/internal/model"

// Report is a complaint about an account (Mastodon API: entities/Report).
type Report struct {
	ID            model.ID    `json:"id"`
	ActionTaken   bool        `json:"action_taken"`
	ActionTakenAt *model.Time `json:"action_taken_at"`
	Category      string      `json:"category"`
	Comment       string      `json:"comment"`
	Forwarded     bool        `json:"forwarded"`
	CreatedAt     model.Time  `json:"created_at"`
	StatusIDs     []model.ID  `json:"status_ids"`
	CollectionIDs []model.ID  `json:"collection_ids"`
	RuleIDs       []model.ID  `json:"rule_ids"`
	TargetAccount Account     `json:"target_account"`
}

// RelationshipSeveranceEvent tells of follows that ended at once (Mastodon API: entities/RelationshipSeveranceEvent).
type RelationshipSeveranceEvent struct {
	ID             model.ID   `json:"id"`
	Type           string     `json:"type"`
	Purged         bool       `json:"purged"`
	TargetName     string     `json:"target_name"`
	FollowersCount int64      `json:"followers_count"`
	FollowingCount int64      `json:"following_count"`
	CreatedAt      model.Time `json:"created_at"`
}

// Report draws a report about an account.
func (d *Drawer) Report(r *model.Report, target *model.Account) Report {
	e := Report{
		ID: r.ID, ActionTaken: r.ActionTakenAt != 0, Category: r.Category, Comment: r.Comment, Forwarded: r.Forwarded,
		CreatedAt: r.CreatedAt, StatusIDs: list(r.StatusIDs), CollectionIDs: []model.ID{}, RuleIDs: list(r.RuleIDs),
		TargetAccount: d.Account(target),
	}
	if r.ActionTakenAt != 0 {
		e.ActionTakenAt = &r.ActionTakenAt
	}
	return e
}

// Severance draws what somebody lost.
func (d *Drawer) Severance(s *model.Severance) RelationshipSeveranceEvent {
	return RelationshipSeveranceEvent{
		ID: s.ID, Type: s.Type, Purged: s.Purged, TargetName: s.TargetName,
		FollowersCount: s.FollowersCount, FollowingCount: s.FollowingCount, CreatedAt: s.CreatedAt,
	}
}
