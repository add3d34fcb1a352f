package preview

import (
	"encoding/json"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"gomphothere/internal/model"
)

// Embed adds what the page's oEmbed document says (oembed.com §2.3.4): photos and players. Of markup only a frame's
// address is believed, and only on https.
func (p *Page) Embed(body []byte) {
	var doc struct {
		Type         string `json:"type"`
		Title        string `json:"title"`
		AuthorName   string `json:"author_name"`
		AuthorURL    string `json:"author_url"`
		ProviderName string `json:"provider_name"`
		ProviderURL  string `json:"provider_url"`
		ThumbnailURL string `json:"thumbnail_url"`
		URL          string `json:"url"`
		HTML         string `json:"html"`
		Width        number `json:"width"`
		Height       number `json:"height"`
	}
	if json.Unmarshal(body, &doc) != nil {
		return // the page itself is enough
	}
	base, err := url.Parse(p.Card.URL)
	if err != nil {
		return
	}
	r := &reader{base: base}
	c := p.Card
	c.Title = plain(maxTitle, doc.Title, c.Title)
	c.AuthorName = plain(maxName, doc.AuthorName, c.AuthorName)
	c.ProviderName = plain(maxName, doc.ProviderName, c.ProviderName)
	c.AuthorURL = first(r.link(doc.AuthorURL, false), c.AuthorURL)
	c.ProviderURL = first(r.link(doc.ProviderURL, false), c.ProviderURL)
	c.ImageURL = first(r.link(doc.ThumbnailURL, false), c.ImageURL)
	width, height := doc.Width.pixels(), doc.Height.pixels()
	switch doc.Type {
	case "photo":
		photo := r.link(doc.URL, false)
		if photo == "" || width == 0 || height == 0 {
			return
		}
		c.Type, c.EmbedURL, c.ImageURL, c.Width, c.Height = "photo", photo, first(c.ImageURL, photo), width, height
	case "video":
		src := r.link(frameSource(doc.HTML), true)
		if src == "" || width == 0 || height == 0 {
			return
		}
		c.Type, c.EmbedURL, c.Width, c.Height = "video", src, width, height
	case "link", "rich": // rich markup is not shown; its words are
	default:
		return
	}
	if c.Type == "" && c.Title != "" {
		c.Type = "link"
	}
	p.Card = c
}

// number is a JSON number, or one in quotes, as some sites write.
type number float64

// UnmarshalJSON takes what is no number for none.
func (n *number) UnmarshalJSON(b []byte) error {
	var f float64
	if json.Unmarshal([]byte(strings.Trim(string(b), `"`)), &f) == nil {
		*n = number(f)
	}
	return nil
}

func (n number) pixels() int64 {
	if n < 1 || n > maxFrame {
		return 0
	}
	return int64(n)
}

// frameSource is the address of the first frame in markup.
func frameSource(markup string) string {
	z := html.NewTokenizer(strings.NewReader(markup))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			if atom.Lookup(name) != atom.Iframe {
				continue
			}
			for more {
				var key, value []byte
				key, value, more = z.TagAttr()
				if string(key) == "src" {
					return string(value)
				}
			}
		}
	}
}

// Empty is what is kept of a page that has nothing to show or could not be read, so that it is left alone for a while.
func Empty(address string) model.Card { return model.Card{URL: address} }
