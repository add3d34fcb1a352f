package store

import "gomphothere/internal/model"

// AddQuote writes a quote and counts it when it is accepted.
func (tx *Tx) AddQuote(c *model.Quote) error {
	if _, err := tx.insert("quotes", c, ""); err != nil {
		return err
	}
	if c.State != "accepted" {
		return nil
	}
	return tx.count("quotes_count", c.QuotedStatusID, 1)
}

// SetQuoteState moves a quote between its states and counts it while it is accepted. Without acceptance it has no
// proof of approval.
func (tx *Tx) SetQuoteState(c *model.Quote, state string) error {
	if c.State == state {
		return nil
	}
	// Compared with the state it was read in, so that of two at once one counts.
	n, err := tx.exec(`update quotes set state = $3 where id = $1 and state = $2`, c.ID, c.State, state)
	if err != nil || n == 0 {
		return err
	}
	tx.touch(model.TouchStatus, 0, c.StatusID)
	if state != "accepted" {
		if _, err := tx.exec(`update quotes set approval_uri = '' where id = $1`, c.ID); err != nil {
			return err
		}
	}
	switch "accepted" {
	case state:
		return tx.count("quotes_count", c.QuotedStatusID, 1)
	case c.State:
		return tx.count("quotes_count", c.QuotedStatusID, -1)
	}
	return nil
}

// QuotesOf pages through the accepted quotes of a status; the cursor is the quote's id, the id the quoting status's.
func (q *Q) QuotesOf(status model.ID, p model.Page) ([]Entry, error) {
	return q.entries(`select id as cursor, status_id as id from quotes where quoted_status_id = $1 and state = 'accepted'`, "quotes.id", []any{status}, p)
}

// LocalQuotes are the accepted quotes of a status by our accounts.
func (q *Q) LocalQuotes(status model.ID) ([]model.Quote, error) {
	return all[model.Quote](q, `
		select c.*
		from quotes c
		join accounts a on a.id = c.account_id
		where c.quoted_status_id = $1 and c.state = 'accepted' and a.domain = ''`, status)
}
