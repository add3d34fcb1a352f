package model

// Visible tells whether the viewer may see s, which is hydrated. It is the same rule as store's "visible" in SQL.
// Mastodon: StatusPolicy#show?
func (r *Relations) Visible(s *Status) bool {
	if s.AccountID == r.AccountID {
		return true
	}
	if s.Account.Suspended() {
		return false
	}
	if s.Visibility == Public || s.Visibility == Unlisted {
		return !r.BlockedBy[s.AccountID]
	}
	for _, m := range s.Mentions {
		if m.AccountID == r.AccountID {
			return true
		}
	}
	return s.Visibility == Private && r.Follows(s.AccountID)
}

// Visitor is the circle of somebody who is not signed in.
func Visitor() *Relations { return &Relations{} }

// Follows tells whether the viewer follows an account.
func (r *Relations) Follows(id ID) bool {
	_, ok := r.Following[id]
	return ok
}

// Mutes tells whether the viewer mutes an account now.
func (r *Relations) Mutes(id ID, now Time) bool {
	m, ok := r.Muting[id]
	return ok && (m.ExpiresAt == 0 || m.ExpiresAt > now)
}

// Hides tells whether the viewer does not want to meet an account in timelines.
func (r *Relations) Hides(a *Account, now Time) bool {
	if a.ID == r.AccountID {
		return false
	}
	return r.Blocking[a.ID] || r.BlockedBy[a.ID] || r.Mutes(a.ID, now) || a.Domain != "" && r.Domains[a.Domain]
}
