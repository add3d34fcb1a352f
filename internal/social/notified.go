package social

import (
	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// about is what notifications speak of beside statuses.
type about struct {
	reports    map[model.ID]*model.Report
	reported   map[model.ID]*model.Account
	severances map[model.ID]*model.Severance
}

// readAbout reads it for a page: no query unless something is there.
func readAbout(q *store.Q, rows []model.Notification) (a about, err error) {
	var reports, severances []model.ID
	for i := range rows {
		switch n := &rows[i]; {
		case n.AboutID == 0:
		case n.Type == model.NotifyAdminReport:
			reports = append(reports, n.AboutID)
		case n.Type == model.NotifySevered:
			severances = append(severances, n.AboutID)
		}
	}
	if len(reports) > 0 {
		if a.reports, err = q.ReportsByID(reports); err != nil {
			return a, err
		}
		var who []model.ID
		for _, r := range a.reports {
			who = append(who, r.TargetID)
		}
		if a.reported, err = q.AccountsByID(who); err != nil {
			return a, err
		}
	}
	if len(severances) > 0 {
		a.severances, err = q.SeverancesByID(severances)
	}
	return a, err
}

// fill gives a notification what it speaks of; false says that it is gone.
func (a *about) fill(n *model.Notification) bool {
	switch {
	case n.AboutID == 0:
		return true
	case n.Type == model.NotifyAdminReport:
		if n.Report = a.reports[n.AboutID]; n.Report != nil {
			n.Reported = a.reported[n.Report.TargetID]
		}
		return n.Reported != nil
	case n.Type == model.NotifySevered:
		n.Severance = a.severances[n.AboutID]
		return n.Severance != nil
	}
	return true
}

// tellModerators tells those who may deal with it of somebody who joined (admin.sign_up; about is 0) or of a report
// (admin.report; about is its id). from joined, or complains. (Mastodon: BootstrapTimelineService, ReportService)
func (s *Social) tellModerators(tx *store.Tx, typ string, from *model.Account, about model.ID) error {
	perm := int64(model.PermManageUsers)
	if typ == model.NotifyAdminReport {
		perm = model.PermManageReports
	}
	staff, err := tx.StaffWho(perm)
	if err != nil {
		return err
	}
	for _, u := range staff {
		if _, err := s.told(tx, u.AccountID, from, typ, nil, about); err != nil {
			return err
		}
	}
	return nil
}

// severed notes that follows of our people ended at once and tells each of them: target is the domain or the handle
// that is gone. It is called in the transaction that ends the follows, before it does. (Mastodon: RelationshipSeveranceEvent)
func (s *Social) severed(tx *store.Tx, typ, target string, lost []store.Lost) error {
	for _, l := range lost {
		if l.Followers == 0 && l.Following == 0 {
			continue
		}
		me, err := tx.Account(l.AccountID)
		if err != nil {
			return err
		}
		row := &model.Severance{
			ID: tx.NewID(), AccountID: l.AccountID, Type: typ, TargetName: target,
			FollowersCount: l.Followers, FollowingCount: l.Following, CreatedAt: tx.Now(),
		}
		if err := tx.AddSeverance(row); err != nil {
			return err
		}
		if _, err := s.told(tx, l.AccountID, me, model.NotifySevered, nil, row.ID); err != nil {
			return err
		}
	}
	return nil
}

// severedFromDomain is severed for everybody here who follows or is followed from a domain, without its subdomains.
func (s *Social) severedFromDomain(tx *store.Tx, typ, domain string) error {
	lost, err := tx.LostWithDomain(domain)
	if err != nil {
		return err
	}
	return s.severed(tx, typ, domain, lost)
}

// severedByOneself is severed for one who blocks a domain.
func (s *Social) severedByOneself(tx *store.Tx, me *model.Account, domain string) error {
	following, followers, err := tx.FollowsWith(me.ID, domain)
	if err != nil {
		return err
	}
	return s.severed(tx, model.SeveredByOneself, domain, []store.Lost{{AccountID: me.ID, Followers: followers, Following: following}})
}

// severedFromAccount is severed for everybody here who follows or is followed by an account.
func (s *Social) severedFromAccount(tx *store.Tx, target *model.Account) error {
	lost, err := tx.LostWithAccount(target.ID)
	if err != nil {
		return err
	}
	return s.severed(tx, model.SeveredBySuspension, target.Acct(), lost)
}
