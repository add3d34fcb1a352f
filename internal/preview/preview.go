package preview

import (
	"context"
	"errors"
	"mime"
	"net/url"
	"strings"

	"gomphothere/internal/fetch"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// Previewer goes and looks at pages.
type Previewer struct {
	Social *social.Social
	Fetch  *fetch.Client
	// Resolve finds the account that a page names as its author; nil: nobody is looked for.
	Resolve func(ctx context.Context, acct string) (*model.Account, error)
}

const (
	maxPage   = 1 << 20 // of a page only its head matters; Mastodon reads as much
	maxOEmbed = 1 << 18
	accepts   = "text/html, application/xhtml+xml;q=0.9"
)

// Look is the job FetchCard: one look at a page for all statuses that link to it.
func (p *Previewer) Look(ctx context.Context, job model.FetchCard) error {
	db := p.Social.DB.Read(ctx)
	known, err := db.CardByURL(job.URL, "")
	if err != nil && !model.IsNotFound(err) {
		return err
	}
	if err == nil && social.CardHolds(known, db.Now()) {
		return p.Social.KnowCard(ctx, job.Status, *known)
	}
	card, err := p.look(ctx, job.URL)
	if err != nil {
		if ctx.Err() != nil || errors.Is(err, fetch.ErrPaused) {
			return err
		}
		// A page that cannot be read is no fault of ours and no matter of life: it is left alone for a day.
		card = Empty(job.URL)
	}
	card.FetchedAt = db.Now()
	return p.Social.KnowCard(ctx, job.Status, card)
}

func (p *Previewer) look(ctx context.Context, address string) (model.Card, error) {
	a, err := p.Fetch.Get(ctx, address, accepts, maxPage)
	if err != nil {
		return Empty(address), err
	}
	kind, _, err := mime.ParseMediaType(a.ContentType)
	if err != nil || kind != "text/html" && kind != "application/xhtml+xml" {
		return Empty(address), nil
	}
	page, err := Read(a.Body, a.ContentType, a.URL)
	if err != nil {
		return Empty(address), err
	}
	if page.OEmbed != "" {
		if o, err := p.Fetch.Get(ctx, page.OEmbed, "application/json", maxOEmbed); err == nil {
			page.Embed(o.Body)
		} // without it the page's own words are shown
	}
	page.Card.URL = address
	page.Card.ETag, page.Card.LastModified = a.Header.Get("ETag"), a.Header.Get("Last-Modified")
	if err := p.attribute(ctx, page, a.URL); err != nil {
		return Empty(address), err
	}
	return page.Card, nil
}

// attribute names the account that a page says wrote it, when that account names the page's site in turn
// (Mastodon: author attribution, attributionDomains).
func (p *Previewer) attribute(ctx context.Context, page *Page, address string) error {
	acct := strings.TrimPrefix(page.Creator, "@")
	if p.Resolve == nil || acct == "" {
		return nil
	}
	acct = strings.TrimSuffix(acct, "@"+p.Social.Site.Domain)
	who, err := p.Resolve(ctx, acct)
	if err != nil {
		return ctx.Err() // a page may name anybody
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	for _, domain := range who.AttributionDomains {
		if host := u.Hostname(); strings.EqualFold(host, domain) || strings.HasSuffix(strings.ToLower(host), "."+strings.ToLower(domain)) {
			page.Card.AuthorID = who.ID
			page.Card.AuthorName = first(who.DisplayName, who.Username)
			page.Card.AuthorURL = who.URL
		}
	}
	return nil
}
