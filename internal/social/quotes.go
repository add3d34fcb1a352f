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
			err = tx.SetQuoteState(c, "revoked")
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
		return tx.SetQuotePolicy(id, policy)
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
