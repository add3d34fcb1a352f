package social

import (
	"context"
	"slices"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Quotes is a page of the statuses that quote one; the cursors are the quotes' (Mastodon API: statuses/:id/quotes).
func (s *Social) Quotes(ctx context.Context, me *model.Account, id model.ID, p model.Page) ([]*model.Status, []model.ID, error) {
	q := s.DB.Read(ctx)
	st, err := q.StatusFor(me, id)
	if err != nil {
		return nil, nil, err
	}
	rel, err := s.relations(ctx, me)
	if err != nil {
		return nil, nil, err
	}
	list, err := q.QuotesOf(st.ID, p)
	if err != nil {
		return nil, nil, err
	}
	statuses, err := q.Statuses(store.Listed(list))
	if err != nil {
		return nil, nil, err
	}
	now := q.Now()
	statuses = slices.DeleteFunc(statuses, func(st *model.Status) bool { return !rel.Visible(st) || rel.Hides(st.Account, now) })
	return statuses, store.Cursors(list), nil
}

// RevokeQuote takes back the approval of a quote of one's own status and returns the quoting status
// (Mastodon API: statuses/:id/quotes/:quoting_status_id/revoke).
func (s *Social) RevokeQuote(ctx context.Context, me *model.Account, quoted, quoting model.ID) (*model.Status, error) {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.StatusFor(me, quoted); err != nil {
			return err
		}
		st, err := tx.StatusByID(quoting)
		if err != nil {
			return err
		}
		c := st.Quote
		switch {
		case c == nil || c.QuotedStatusID != quoted:
			return model.ErrNotFound()
		case c.QuotedAccountID != me.ID:
			return model.ErrForbidden()
		case c.State == "accepted":
			err = s.revoke(tx, st, c)
		case c.State != "revoked":
			err = tx.SetQuoteState(c, "rejected")
		}
		tx.Publish(model.Event{Type: "status.update", Stream: "public", Account: st.AccountID, ID: st.ID})
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).StatusByID(quoting)
}

// revoke takes an approval back and tells those who may have seen it.
func (s *Social) revoke(tx *store.Tx, quoting *model.Status, c *model.Quote) error {
	approval := c.ApprovalURI
	if err := tx.SetQuoteState(c, "revoked"); err != nil {
		return err
	}
	if quoting.Local {
		if err := s.tellUpdate(tx, quoting); err != nil {
			return err
		}
	}
	if approval == "" {
		return nil
	}
	return s.tell(tx, model.Distribute{
		Activity: "Delete QuoteAuthorization", Actor: c.QuotedAccountID, Object: approval, Account: c.AccountID, Row: c.ID, Status: c.StatusID,
	})
}

// SetQuotePolicy says who may quote one's status from now on (Mastodon API: statuses/:id/interaction_policy); "" is
// the author's default.
func (s *Social) SetQuotePolicy(ctx context.Context, me *model.Account, id model.ID, word string) (*model.Status, error) {
	if err := checkQuotePolicy(word); err != nil {
		return nil, err
	}
	user, err := s.DB.Read(ctx).UserOf(me.ID)
	if err != nil {
		return nil, err
	}
	if word == "" {
		word = user.Settings.DefaultQuotePolicy
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		st, err := tx.StatusFor(me, id)
		if err != nil {
			return err
		}
		if st.AccountID != me.ID || st.ReblogOfID != 0 {
			return model.ErrForbidden()
		}
		policy := quotePolicy(word, st.Visibility)
		if policy == st.QuotePolicy {
			return nil
		}
		tx.Publish(model.Event{Type: "status.update", Stream: "public", Account: me.ID, ID: id})
		if err := tx.SetQuotePolicy(id, policy); err != nil {
			return err
		}
		return s.tellUpdate(tx, st)
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).StatusByID(id)
}

// checkQuotePolicy refuses words that are none of the API's (Mastodon API: quote_approval_policy).
func checkQuotePolicy(word string) error {
	switch word {
	case "", "public", "followers", "nobody":
		return nil
	}
	return model.Invalidf("Validation failed: Quote approval policy is not included in the list")
}

// approvalURI is what proves that one of ours approved a quote.
func approvalURI(of *model.Account, quote model.ID) string {
	return of.URI + "/quote_authorizations/" + quote.String()
}

// quoteOf is the quote on a status of another server's, as far as can be told now: it is accepted when the author
// quotes themselves or the approval was checked, else it waits (FEP-044f).
func (s *Social) quoteOf(tx *store.Tx, author *model.Account, st *model.Status, told *RemoteQuote, known *store.Known) *model.Quote {
	c := &model.Quote{
		ID: tx.NewID(), StatusID: st.ID, AccountID: author.ID, QuotedURI: told.URI, State: "pending",
		ApprovalURI: optional(told.ApprovalURI), CreatedAt: tx.Now(),
	}
	quoted, ok := known.Statuses[told.URI]
	if known.Gone[told.URI] {
		c.State = "deleted"
	}
	if !ok || quoted.ReblogOfID != 0 {
		return c
	}
	c.QuotedStatusID, c.QuotedAccountID = quoted.ID, quoted.AccountID
	if quoted.AccountID == author.ID || told.Verified && c.ApprovalURI != "" {
		c.State = "accepted"
	}
	return c
}

// verifiable tells whether somebody's server can be asked whether a quote is approved, or for what it quotes.
func verifiable(c *model.Quote, told *RemoteQuote) bool {
	if c.State != "pending" {
		return false
	}
	return c.ApprovalURI != "" || c.QuotedStatusID == 0 && !told.Legacy
}

// tieQuote ties a quote to what it waited for.
func (s *Social) tieQuote(tx *store.Tx, c *model.Quote, quoted *model.Status) error {
	c.QuotedStatusID, c.QuotedAccountID = quoted.ID, quoted.AccountID
	if err := tx.SetQuote(c); err != nil {
		return err
	}
	switch {
	case c.AccountID == c.QuotedAccountID:
		return tx.SetQuoteState(c, "accepted")
	case c.ApprovalURI != "":
		return tx.EnqueueOnce(c.ID.String(), 0, model.VerifyQuote{Quote: c.ID})
	}
	return nil
}

// QuoteAsked answers somebody of another server who wants to quote a status of ours (FEP-044f: QuoteRequest): at once,
// by the status's policy. The quoting status is known by then, if it is to be approved.
func (s *Social) QuoteAsked(ctx context.Context, quoter *model.Account, quoted *model.Status, quotingURI, requestURI string) error {
	if !quoted.Local || quoted.ReblogOfID != 0 {
		return model.ErrNotFound()
	}
	if checkURI(quotingURI, quoter) != nil || len(requestURI) > maxURI {
		return model.Invalidf("Validation failed: The quoting post is not its author's")
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		allowed, err := s.allowsQuote(tx, quoter, quoted.ID)
		if err != nil {
			return err
		}
		if !allowed {
			return s.tell(tx, model.Distribute{
				Activity: "Reject QuoteRequest", Actor: quoted.AccountID, Account: quoter.ID, URI: requestURI, Object: quotingURI,
			})
		}
		st, err := tx.StatusNamed(quotingURI)
		if err != nil {
			return err
		}
		c := st.Quote
		if st.AccountID != quoter.ID || c == nil || c.QuotedStatusID != quoted.ID {
			return model.Invalidf("Validation failed: The post does not quote what it asks to quote")
		}
		if c.State == "revoked" {
			return model.ErrForbidden() // taken back for good; asking again does not help
		}
		c.ActivityURI, c.ApprovalURI = requestURI, approvalURI(quoted.Account, c.ID)
		if err := tx.SetQuote(c); err != nil {
			return err
		}
		fresh := c.State != "accepted"
		if err := tx.SetQuoteState(c, "accepted"); err != nil {
			return err
		}
		if fresh {
			tx.Publish(model.Event{Type: "status.update", Stream: "public", Account: st.AccountID, ID: st.ID})
			if err := s.notify(tx, quoted.AccountID, quoter, model.NotifyQuote, st); err != nil {
				return err
			}
		}
		return s.tell(tx, model.Distribute{Activity: "Accept QuoteRequest", Actor: quoted.AccountID, Account: quoter.ID, Row: c.ID})
	})
}

// allowsQuote tells whether a status of ours may be quoted by somebody, who must be able to see it.
func (s *Social) allowsQuote(tx *store.Tx, quoter *model.Account, id model.ID) (bool, error) {
	quoted, err := tx.StatusFor(quoter, id)
	if model.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	blocked, err := tx.Blocking(quoted.AccountID, quoter.ID)
	if err != nil || blocked {
		return false, err
	}
	follows, err := tx.Follows(quoter.ID, quoted.AccountID)
	if err != nil {
		return false, err
	}
	followed, err := tx.Follows(quoted.AccountID, quoter.ID)
	if err != nil {
		return false, err
	}
	state, err := mayQuote(quoter, quoted, follows, followed)
	return err == nil && state == "accepted", nil
}

// QuoteApproved takes in that the quoted author approves a quote, ours or another's: what names it is the request for
// it, or the quoting status. Whoever calls has it from by's server.
func (s *Social) QuoteApproved(ctx context.Context, by *model.Account, uri, approval string) error {
	if checkURI(approval, by) != nil {
		return model.Invalidf("Validation failed: The approval is not one of the quoted author's server")
	}
	return s.judgeQuote(ctx, by, func(tx *store.Tx) (*model.Quote, error) { return tx.QuoteAsked(by.ID, uri) }, func(tx *store.Tx, c *model.Quote) error {
		if c.State == "revoked" || c.State == "accepted" && c.ApprovalURI == approval {
			return nil
		}
		c.ApprovalURI = approval
		if err := tx.SetQuote(c); err != nil {
			return err
		}
		if c.QuotedStatusID == 0 {
			return nil // what it quotes comes later, and is tied then
		}
		return tx.SetQuoteState(c, "accepted")
	})
}

// QuoteRefused takes in that the quoted author does not approve a quote, or that nothing proves that they do.
func (s *Social) QuoteRefused(ctx context.Context, by *model.Account, uri string) error {
	return s.judgeQuote(ctx, by, func(tx *store.Tx) (*model.Quote, error) { return tx.QuoteAsked(by.ID, uri) }, func(tx *store.Tx, c *model.Quote) error {
		if c.State != "pending" && c.State != "accepted" {
			return nil
		}
		return tx.SetQuoteState(c, "rejected")
	})
}

// QuoteRevoked takes in that the quoted author takes an approval back.
func (s *Social) QuoteRevoked(ctx context.Context, by *model.Account, approval string) error {
	return s.judgeQuote(ctx, by, func(tx *store.Tx) (*model.Quote, error) { return tx.QuoteApproved(by.ID, approval) }, func(tx *store.Tx, c *model.Quote) error {
		return tx.SetQuoteState(c, "revoked")
	})
}

// judgeQuote lets the author of a quoted status of another server decide about a quote of it; an unknown quote is
// nothing to decide. Who has a quoting status of ours hears of it.
func (s *Social) judgeQuote(ctx context.Context, by *model.Account, find func(*store.Tx) (*model.Quote, error), decide func(*store.Tx, *model.Quote) error) error {
	if by.Local() {
		return model.ErrForbidden()
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		c, err := find(tx)
		if model.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if c.AccountID == c.QuotedAccountID {
			return nil // nobody needs their own approval
		}
		before := *c
		if err := decide(tx, c); err != nil {
			return err
		}
		after, err := tx.Quote(c.ID)
		if err != nil || after.State == before.State && after.ApprovalURI == before.ApprovalURI {
			return err
		}
		tx.Publish(model.Event{Type: "status.update", Stream: "public", Account: c.AccountID, ID: c.StatusID})
		return s.tell(tx, model.Distribute{Activity: "Update", Actor: c.AccountID, Status: c.StatusID})
	})
}
