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

// Quote finds a quote.
func (q *Q) Quote(id model.ID) (*model.Quote, error) {
	c, err := one[model.Quote](q, `select * from quotes where id = $1`, id)
	return &c, err
}

// QuoteAsked finds a quote of a status of quoted's by what asked for its approval: the request's name, or the quoting
// status's.
func (q *Q) QuoteAsked(quoted model.ID, uri string) (*model.Quote, error) {
	c, err := one[model.Quote](q, `
		select * from quotes where activity_uri = $2 and activity_uri <> '' and quoted_account_id = $1
		union all
		select c.* from statuses s join quotes c on c.status_id = s.id where s.uri = $2 and c.quoted_account_id = $1
		limit 1`, quoted, uri)
	return &c, err
}

// QuoteApproved finds a quote of a status of quoted's by what proves its approval.
func (q *Q) QuoteApproved(quoted model.ID, approval string) (*model.Quote, error) {
	c, err := one[model.Quote](q, `
		select *
		from quotes
		where approval_uri = $2 and approval_uri <> '' and quoted_account_id = $1
		limit 1`, quoted, approval)
	return &c, err
}

// SetQuote writes what is known of a quote's asking and approval; its state is SetQuoteState's.
func (tx *Tx) SetQuote(c *model.Quote) error {
	_, err := tx.exec(`
		update quotes
		set activity_uri = $2, approval_uri = $3, quoted_status_id = $4, quoted_account_id = $5
		where id = $1`, c.ID, c.ActivityURI, c.ApprovalURI, c.QuotedStatusID, c.QuotedAccountID)
	tx.touch(model.TouchStatus, 0, c.StatusID)
	return err
}

// RemoveQuote ends a quote that an edit took off its status.
func (tx *Tx) RemoveQuote(c *model.Quote) error {
	n, err := tx.exec(`delete from quotes where id = $1`, c.ID)
	if err != nil || n == 0 {
		return err
	}
	tx.touch(model.TouchStatus, 0, c.StatusID)
	if c.State != "accepted" {
		return nil
	}
	return tx.count("quotes_count", c.QuotedStatusID, -1)
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
