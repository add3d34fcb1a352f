package federation

import (
	"context"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
)

// onQuoteRequest asks one of ours to let a status be quoted (FEP-044f); the verb answers as their policy says.
func (f *Federation) onQuoteRequest(ctx context.Context, a *activity) error {
	quoted, err := f.ourStatus(ctx, a)
	if err != nil {
		return err
	}
	quoting := a.Instrument.ID()
	if !ap.SameHost(quoting, a.Actor.URI) {
		return model.Forbidden("a request to quote in somebody else's name")
	}
	if doc := a.Instrument.Object(); doc != nil && f.authoredBy(a, doc) {
		inherit(doc, a.Object)
		if n, err := doc.Note(); err == nil && n.Quote == quoted.URI {
			if _, _, err := f.learn(ctx, a.Actor, n, circumstances{Fetched: true, Depth: 1}); settled(err) != nil {
				return err
			}
		}
	}
	return f.Social.QuoteAsked(ctx, a.Actor, quoted, quoting, a.id())
}

// quoteAnswered takes in whether a quote of ours is approved. The approval is of the quoted author's server, who
// answers. What was asked is named by the request, or by the status that quotes.
func (f *Federation) quoteAnswered(ctx context.Context, a *activity, request, quoting string, yes bool) error {
	q := f.DB.Read(ctx)
	for _, uri := range []string{request, quoting} {
		if uri == "" {
			continue
		}
		_, err := q.QuoteAsked(a.Actor.ID, uri)
		switch {
		case model.IsNotFound(err):
			continue
		case err != nil:
			return err
		case !yes:
			return f.Social.QuoteRefused(ctx, a.Actor, uri)
		}
		return f.Social.QuoteApproved(ctx, a.Actor, uri, a.Result.ID())
	}
	return model.NotFound("It concerns nobody here")
}

// VerifyQuote asks for the quoted status, and its author's server whether the quote is approved. What is refused or not
// there for good is no approval; what cannot be reached is asked again (FEP-044f §Verification).
func (f *Federation) VerifyQuote(ctx context.Context, job model.VerifyQuote) error {
	c, err := f.DB.Read(ctx).Quote(job.Quote)
	if model.IsNotFound(err) {
		return nil
	}
	if err == nil && c.QuotedStatusID == 0 && c.QuotedURI != "" {
		c, err = f.fetchQuoted(ctx, c)
	}
	if err != nil {
		return settled(err)
	}
	if c.QuotedStatusID == 0 || c.ApprovalURI == "" || c.State != "pending" || f.ours(c.ApprovalURI) {
		return nil
	}
	return f.verify(ctx, c)
}

// fetchQuoted asks for what a quote quotes. Quotes of quotes are followed so far and no further: somebody could go on
// making them up.
func (f *Federation) fetchQuoted(ctx context.Context, c *model.Quote) (*model.Quote, error) {
	q := f.DB.Read(ctx)
	at := c.StatusID
	for range maxDepth {
		quoter, err := q.QuoterOf(at)
		if err != nil {
			return nil, err
		}
		if quoter == 0 {
			if _, err := f.resolveStatus(ctx, c.QuotedURI, 1); err != nil {
				return nil, err
			}
			return f.DB.Read(ctx).Quote(c.ID)
		}
		at = quoter
	}
	return c, nil
}

func (f *Federation) verify(ctx context.Context, c *model.Quote) error {
	q := f.DB.Read(ctx)
	quoted, err := q.StatusByID(c.QuotedStatusID)
	if err != nil {
		return settled(err)
	}
	quoting, err := q.StatusByID(c.StatusID)
	if err != nil {
		return settled(err)
	}
	by, err := q.Account(quoted.AccountID)
	if err != nil {
		return settled(err)
	}
	if !ap.SameHost(c.ApprovalURI, by.URI) {
		return f.Social.QuoteRefused(ctx, by, quoting.URI)
	}
	doc, err := f.document(ctx, c.ApprovalURI)
	switch {
	case settled(err) != nil:
		return err
	case err != nil || !approves(doc, by, quoting, quoted):
		return f.Social.QuoteRefused(ctx, by, quoting.URI)
	}
	return f.Social.QuoteApproved(ctx, by, quoting.URI, c.ApprovalURI)
}

// approves tells whether a document is the quoted author's approval of this quote.
func approves(doc *ap.Object, by *model.Account, quoting, quoted *model.Status) bool {
	return doc.Is("QuoteAuthorization") && doc.AttributedTo.ID() == by.URI &&
		doc.InteractingObject == quoting.URI && doc.InteractionTarget == quoted.URI
}
