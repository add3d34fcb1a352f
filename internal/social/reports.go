package social

import (
	"context"
	"slices"
	"unicode/utf8"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

const (
	// What people here may write (Mastodon: Report::COMMENT_SIZE_LIMIT), and what others may send.
	maxReportComment       = 1000
	maxRemoteReportComment = 5000
	// maxReported bounds the statuses of one report; a moderator looks at some of them.
	maxReported = 500
)

// NewReport is a complaint (Mastodon API: POST /api/v1/reports).
type NewReport struct {
	Target         model.ID
	Statuses       []model.ID
	Comment        string
	Category       string
	Rules          []model.ID
	Forward        bool
	ForwardDomains []string // further servers whose people the statuses reply to; empty: the target's
}

// Report tells the moderators of somebody, and with Forward the moderators of their server.
func (s *Social) Report(ctx context.Context, me *model.Account, n NewReport) (*model.Report, error) {
	if utf8.RuneCountInString(n.Comment) > maxReportComment {
		return nil, model.Invalidf("Validation failed: Comment is too long (maximum is %d characters)", maxReportComment)
	}
	if n.Category == "" {
		n.Category = "other"
	}
	if !slices.Contains([]string{"other", "spam", "legal", "violation"}, n.Category) {
		return nil, model.Invalidf("'%s' is not a valid category", n.Category)
	}
	if len(n.Rules) > 0 && n.Category != "violation" {
		return nil, model.Invalidf("Validation failed: Rule ids must be blank")
	}
	if len(n.Statuses) > maxReported {
		return nil, model.Invalidf("Validation failed: Statuses are too many (maximum is %d)", maxReported)
	}
	target, err := s.Account(ctx, n.Target)
	if err != nil {
		return nil, err
	}
	if target.Suspended() {
		return nil, model.ErrNotFound()
	}
	for _, id := range n.Statuses {
		st, err := s.StatusFor(ctx, me, id)
		if err == nil && st.AccountID != target.ID {
			err = model.ErrNotFound()
		}
		if err != nil {
			return nil, err
		}
	}
	if err := s.rulesExist(ctx, n.Rules); err != nil {
		return nil, err
	}
	if n.Forward {
		if _, err := s.InstanceActor(ctx); err != nil { // it is who tells
			return nil, err
		}
	}
	r := &model.Report{
		AccountID: me.ID, TargetID: target.ID, StatusIDs: unique(n.Statuses), Comment: n.Comment, Category: n.Category, RuleIDs: unique(n.Rules),
		Forwarded: n.Forward && !target.Local(),
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		r.ID, r.CreatedAt = tx.NewID(), tx.Now()
		to, err := forwardedTo(tx, target, n)
		if err != nil {
			return err
		}
		if len(to) > 0 {
			r.URI = s.newURI(tx)
		}
		if _, err := tx.AddReport(r); err != nil {
			return err
		}
		if err := s.tellModerators(tx, model.NotifyAdminReport, me, r.ID); err != nil || len(to) == 0 {
			return err
		}
		return s.tell(tx, model.Distribute{Activity: "Flag", Actor: model.InstanceActorID, Row: r.ID, Account: target.ID, URI: r.URI, To: to})
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// forwardedTo are the accounts whose servers hear of a report: the target's, and those of other people that the
// reported statuses reply to, as far as they are chosen (Mastodon: ReportService#forward_to_domains).
func forwardedTo(tx *store.Tx, target *model.Account, n NewReport) ([]model.ID, error) {
	if !n.Forward {
		return nil, nil
	}
	if len(n.ForwardDomains) == 0 && !target.Local() {
		return []model.ID{target.ID}, nil
	}
	var to []model.ID
	if !target.Local() && slices.Contains(n.ForwardDomains, target.Domain) {
		to = append(to, target.ID)
	}
	if len(n.Statuses) == 0 || len(n.ForwardDomains) == 0 {
		return to, nil
	}
	others, err := tx.AnsweredElsewhere(n.Statuses, n.ForwardDomains)
	return unique(append(to, others...)), err
}

func (s *Social) rulesExist(ctx context.Context, ids []model.ID) error {
	if len(ids) == 0 {
		return nil
	}
	rules, err := s.DB.Read(ctx).Rules()
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(rules, func(r model.Rule) bool { return r.ID == id }) {
			return model.Invalidf("Validation failed: Rules do not exist")
		}
	}
	return nil
}

// TakeReport takes in a complaint of another server's moderators about somebody: one of ours, or somebody who replied
// to us with one of the statuses named. Servers whose reports are refused are not told so.
func (s *Social) TakeReport(ctx context.Context, from, target *model.Account, uris []string, comment, activityURI string) error {
	block, _, err := s.DomainPolicy(ctx, from.Domain)
	if err != nil || block.RejectReports || target.Suspended() {
		return err
	}
	if len(activityURI) > maxRemoteURI || !remoteURI(activityURI) {
		activityURI = ""
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		statuses, err := tx.StatusesOfNamed(target.ID, uris[:min(len(uris), maxReported)])
		if err != nil {
			return err
		}
		if !target.Local() {
			ours, err := tx.AnswersUs(statuses)
			if err != nil || !ours {
				return err
			}
		}
		r := &model.Report{
			ID: tx.NewID(), URI: activityURI, AccountID: from.ID, TargetID: target.ID, StatusIDs: statuses,
			Comment: plainText(comment, maxRemoteReportComment), Category: "other", CreatedAt: tx.Now(),
		}
		added, err := tx.AddReport(r)
		if err != nil || !added {
			return err
		}
		return s.tellModerators(tx, model.NotifyAdminReport, from, r.ID)
	})
}
