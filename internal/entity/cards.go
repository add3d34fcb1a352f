package entity

import (
	"html"
	"strconv"

	"gomphothere/internal/model"
)

// PreviewCard is what a link in a status leads to (Mastodon API: entities/PreviewCard).
type PreviewCard struct {
	URL              string       `json:"url"`
	Title            string       `json:"title"`
	Description      string       `json:"description"`
	Language         *string      `json:"language"`
	Type             string       `json:"type"`
	AuthorName       string       `json:"author_name"`
	AuthorURL        string       `json:"author_url"`
	ProviderName     string       `json:"provider_name"`
	ProviderURL      string       `json:"provider_url"`
	HTML             string       `json:"html"`
	Width            int64        `json:"width"`
	Height           int64        `json:"height"`
	Image            *string      `json:"image"`
	ImageDescription string       `json:"image_description"`
	EmbedURL         string       `json:"embed_url"`
	Blurhash         *string      `json:"blurhash"`
	PublishedAt      *model.Time  `json:"published_at"`
	Authors          []CardAuthor `json:"authors"`
}

// CardAuthor is who wrote the page (Mastodon API: entities/PreviewCardAuthor).
type CardAuthor struct {
	Name    string   `json:"name"`
	URL     string   `json:"url"`
	Account *Account `json:"account"`
}

// Card draws a preview; nil is none.
func (d *Drawer) Card(c *model.Card) *PreviewCard {
	if c == nil {
		return nil
	}
	e := &PreviewCard{
		URL: c.URL, Title: c.Title, Description: c.Description, Language: orNull(c.Language), Type: c.Type,
		AuthorName: c.AuthorName, AuthorURL: c.AuthorURL, ProviderName: c.ProviderName, ProviderURL: c.ProviderURL,
		Width: c.Width, Height: c.Height, Image: orNull(c.ImageURL), ImageDescription: c.ImageDescription, EmbedURL: c.EmbedURL,
		PublishedAt: c.PublishedAt.OrNull(), Authors: []CardAuthor{},
	}
	if c.EmbedURL != "" {
		e.HTML = frame(c)
	}
	if c.AuthorName != "" || c.Author != nil {
		author := CardAuthor{Name: c.AuthorName, URL: c.AuthorURL}
		if c.Author != nil {
			account := d.Account(c.Author)
			author.Account = &account
		}
		e.Authors = append(e.Authors, author)
	}
	return e
}

// frame is a page's player, boxed in: the markup is ours and only its address the page's.
func frame(c *model.Card) string {
	return `<iframe src="` + html.EscapeString(c.EmbedURL) + `" width="` + strconv.FormatInt(c.Width, 10) + `" height="` + strconv.FormatInt(c.Height, 10) +
		`" allowfullscreen="true" sandbox="allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-forms"></iframe>`
}
