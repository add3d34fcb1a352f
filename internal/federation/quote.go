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
// answers.
func (f *Federation) quoteAnswered(ctx context.Context, a *activity, request *ap.Object, yes bool) error {
	c, err := f.DB.Read(ctx).QuoteAsked(request.ID, request.Instrument.ID(), a.Actor.ID)
	if err != nil {
		return err
	}
	if !yes {
		return f.Social.QuoteRefused(ctx, a.Actor, c.ID)
	}
	approval := a.Result.ID()
	if !ap.SameHost(approval, a.Actor.URI) {
		return model.Forbidden("an approval that is not of the quoted author's server")
	}
	return f.Social.QuoteApproved(ctx, a.Actor, c.ID, approval)
}

// VerifyQuote asks for the quoted status, and its author's server whether the quote is approved. What is refused or not
// there for good is no approval; what cannot be reached is asked again (FEP-044f §Verification).
func (f *Federation) VerifyQuote(ctx context.Context, job model.VerifyQuote) error {
	q := f.DB.Read(ctx)
	c, err := q.Quote(job.Quote)
	if model.IsNotFound(err) || err == nil && c.State != "pending" {
		return nil
	}
	if err != nil {
		return err
	}
	if c.QuotedStatusID == 0 {
		if _, err := f.resolveStatus(ctx, c.QuotedURI, job.Depth+1); err != nil {
			return settled(err)
		}
		if c, err = f.DB.Read(ctx).Quote(job.Quote); err != nil {
			return settled(err)
		}
	}
	if c.QuotedStatusID == 0 || c.ApprovalURI == "" || c.State != "pending" {
		return nil
	}
	return f.verify(ctx, c)
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
	if f.ours(c.ApprovalURI) { // ours are told apart by rows, not by asking ourselves
		return nil
	}
	if !ap.SameHost(c.ApprovalURI, by.URI) {
		return f.Social.QuoteRefused(ctx, by, c.ID)
	}
	doc, err := f.document(ctx, c.ApprovalURI)
	switch {
	case settled(err) != nil:
		return err
	case err != nil || !approves(doc, by, quoting, quoted):
		return f.Social.QuoteRefused(ctx, by, c.ID)
	}
	return f.Social.QuoteApproved(ctx, by, c.ID, c.ApprovalURI)
}

// approves tells whether a document is the quoted author's approval of this quote.
func approves(doc *ap.Object, by *model.Account, quoting, quoted *model.Status) bool {
	return doc.Is("QuoteAuthorization") && doc.AttributedTo.ID() == by.URI &&
		doc.InteractingObject == quoting.URI && doc.InteractionTarget == quoted.URI
}
