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
