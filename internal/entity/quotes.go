package entity

import "gomphothere/internal/model"

// Quote is a status quoted by another (Mastodon API: entities/Quote).
type Quote struct {
	State        string  `json:"state"`
	QuotedStatus *Status `json:"quoted_status"`
}

// ShallowQuote is a quote in a status that is itself quoted (Mastodon API: entities/ShallowQuote).
type ShallowQuote struct {
	State          string    `json:"state"`
	QuotedStatusID *model.ID `json:"quoted_status_id"`
}

// QuoteApproval says who may quote (Mastodon API: entities/QuoteApproval).
type QuoteApproval struct {
	Automatic   []string `json:"automatic"`
	Manual      []string `json:"manual"`
	CurrentUser string   `json:"current_user"`
}

// quoteState is a quote's state for a viewer, and whether they are shown what is quoted. To whom an accepted quote is
// not to be shown, the state says why; what they blocked or muted themselves their app may uncover.
// Mastodon: QuoteSerializer#state, StatusFilter.
func quoteState(q *model.Quote, v *model.Viewer) (state string, shown bool) {
	if q.State != "accepted" {
		if q.State == "" {
			return "pending", false
		}
		return q.State, false
	}
	if q.QuotedStatusID == 0 {
		return "deleted", false
	}
	if q.Quoted == nil {
		return "accepted", true // not looked up, as in a quote of a quote
	}
	if !visible(q.Quoted, v) {
		return "unauthorized", false
	}
	if !signedIn(v) || v.Relations == nil || q.Quoted.AccountID == v.Account.ID {
		return "accepted", true
	}
	a := q.Quoted.Account
	switch {
	case a.Domain != "" && v.Relations.Domains[a.Domain]:
		return "blocked_domain", true
	case v.Relations.Blocking[a.ID]:
		return "blocked_account", true
	case v.Relations.Mutes(a.ID, v.Now):
		return "muted_account", true
	}
	return "accepted", true
}

func visible(s *model.Status, v *model.Viewer) bool {
	if signedIn(v) && v.Relations != nil {
		return v.Relations.Visible(s)
	}
	if signedIn(v) && s.AccountID == v.Account.ID {
		return true
	}
	return !s.Account.Suspended() && (s.Visibility == model.Public || s.Visibility == model.Unlisted)
}

// quote draws the quote of s: shallow within a quote.
func (d *Drawer) quote(s *model.Status, v *model.Viewer, nested bool) any {
	q := s.Quote
	if q == nil {
		return nil
	}
	state, shown := quoteState(q, v)
	if nested {
		e := &ShallowQuote{State: state}
		if shown {
			e.QuotedStatusID = q.QuotedStatusID.OrNull()
		}
		return e
	}
	e := &Quote{State: state}
	switch {
	case shown && q.Quoted == nil:
		e.State = "deleted"
	case shown:
		quoted := d.status(q.Quoted, v, true)
		e.QuotedStatus = &quoted
	}
	return e
}

// appendQuote appends what quote draws, or null.
func (d *Drawer) appendQuote(dst []byte, s *model.Status, v *model.Viewer, nested bool) []byte {
	q := s.Quote
	if q == nil {
		return append(dst, "null"...)
	}
	state, shown := quoteState(q, v)
	if !nested && shown && q.Quoted == nil {
		state, shown = "deleted", false
	}
	dst = append(dst, `{"state":"`...)
	dst = append(dst, state...)
	switch {
	case nested && shown:
		dst = append(dst, `","quoted_status_id":`...)
		dst = appendID(dst, q.QuotedStatusID)
	case nested:
		dst = append(dst, `","quoted_status_id":null`...)
	case shown:
		dst = append(dst, `","quoted_status":`...)
		dst = d.appendStatus(dst, q.Quoted, v, true)
	default:
		dst = append(dst, `","quoted_status":null`...)
	}
	return append(dst, '}')
}

// quoteGroups are the names of QuotePolicy's bits, in Mastodon's order.
func quoteGroups() [4]string {
	return [...]string{"unsupported_policy", "public", "followers", "following"}
}

func quoteApproval(s *model.Status, v *model.Viewer) QuoteApproval {
	names := func(p model.QuotePolicy) []string {
		out := []string{}
		for i, name := range quoteGroups() {
			if p&(1<<i) != 0 {
				out = append(out, name)
			}
		}
		return out
	}
	return QuoteApproval{names(s.QuotePolicy.Automatic()), names(s.QuotePolicy.Manual()), mayQuote(s, v)}
}

func appendQuoteApproval(dst []byte, s *model.Status, v *model.Viewer) []byte {
	dst = append(dst, `{"automatic":[`...)
	dst = appendGroups(dst, s.QuotePolicy.Automatic())
	dst = append(dst, `],"manual":[`...)
	dst = appendGroups(dst, s.QuotePolicy.Manual())
	dst = append(dst, `],"current_user":"`...)
	dst = append(dst, mayQuote(s, v)...)
	return append(dst, `"}`...)
}

func appendGroups(dst []byte, p model.QuotePolicy) []byte {
	if p == 0 {
		return dst
	}
	first := true
	for i, name := range quoteGroups() {
		if p&(1<<i) == 0 {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, '"')
		dst = append(dst, name...)
		dst = append(dst, '"')
	}
	return dst
}

// mayQuote is the viewer's own chance to quote s (Mastodon API: entities/QuoteApproval#current_user). Whom a stranger
// follows is not known here, so what is open to those is "unknown".
func mayQuote(s *model.Status, v *model.Viewer) string {
	if !signedIn(v) || s.Visibility == model.Direct || s.Visibility == model.Limited {
		return "denied"
	}
	if s.AccountID == v.Account.ID {
		return "automatic"
	}
	if s.Visibility == model.Private {
		return "denied"
	}
	automatic, manual := s.QuotePolicy.Automatic(), s.QuotePolicy.Manual()
	follows := v.Relations != nil && v.Relations.Follows(s.AccountID)
	switch {
	case automatic&model.QuotePublic != 0 || automatic&model.QuoteFollowers != 0 && follows:
		return "automatic"
	case manual&model.QuotePublic != 0 || manual&model.QuoteFollowers != 0 && follows:
		return "manual"
	case (automatic|manual)&(model.QuoteUnsupported|model.QuoteFollowing) != 0:
		return "unknown"
	}
	return "denied"
}
