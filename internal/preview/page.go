// Package preview reads what a page says of itself, so that a link to it can be shown as a card: OpenGraph, Twitter's
// card, JSON-LD, oEmbed and plain HTML. What it reads comes from strangers and is kept as plain text.
package preview

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"gomphothere/internal/model"
	"gomphothere/internal/text"
)

// What is kept of a page's words, in characters: Mastodon's columns hold as much, and no card shows more.
const (
	maxTitle       = 500
	maxDescription = 1000
	maxName        = 200
	maxAddress     = 2048
	maxTags        = 2000    // meta and link elements looked at
	maxScript      = 256_000 // bytes of a JSON-LD block
	maxFrame       = 4000    // pixels of a player's side
)

// Page is what a page says of itself, and where else to ask.
type Page struct {
	Card    model.Card
	OEmbed  string // address of its oEmbed document, "" for none
	Creator string // fediverse:creator, a handle
}

// Read reads a page of HTML that came from address with that Content-Type. A page with nothing to show gives a card
// without a type.
func Read(body []byte, contentType, address string) (*Page, error) {
	base, err := url.Parse(address)
	if err != nil {
		return nil, model.Invalidf("The address of the page cannot be read")
	}
	r := &reader{base: base, meta: map[string]string{}}
	r.walk(decode(body, contentType))
	return r.page(address), nil
}

// decode turns the page into UTF-8, by its header, its first bytes or its meta element.
func decode(body []byte, contentType string) []byte {
	enc, name, _ := charset.DetermineEncoding(body[:min(len(body), 1024)], contentType)
	if name != "utf-8" {
		if out, err := enc.NewDecoder().Bytes(body); err == nil {
			body = out
		}
	}
	if !utf8.Valid(body) {
		body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	return body
}

// reader gathers what the head says.
type reader struct {
	base     *url.URL
	meta     map[string]string // first of each name or property
	title    string
	language string
	oembed   string
	data     []article
	seen     int
}

func (r *reader) walk(body []byte) {
	z := html.NewTokenizer(bytes.NewReader(body))
	for r.seen < maxTags {
		switch z.Next() {
		case html.ErrorToken: // the end: bytes.Reader has no other error
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			r.element(z)
		}
	}
}

func (r *reader) element(z *html.Tokenizer) {
	name, more := z.TagName()
	tag := atom.Lookup(name)
	switch tag {
	case atom.Html, atom.Meta, atom.Link, atom.Script, atom.Title:
	default:
		return
	}
	r.seen++
	attr := map[string]string{}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		attr[string(key)] = string(value)
	}
	switch tag {
	case atom.Html:
		r.language = attr["lang"]
	case atom.Meta:
		for _, key := range []string{attr["property"], attr["name"], attr["itemprop"]} {
			if key = strings.ToLower(strings.TrimSpace(key)); key != "" && r.meta[key] == "" {
				r.meta[key] = strings.TrimSpace(attr["content"])
			}
		}
	case atom.Link:
		if r.oembed == "" && strings.EqualFold(attr["type"], "application/json+oembed") && relHas(attr["rel"], "alternate") {
			r.oembed = attr["href"]
		}
	case atom.Title:
		if r.title == "" && z.Next() == html.TextToken {
			r.title = string(z.Text())
		}
	case atom.Script:
		if kind, _, err := mime.ParseMediaType(attr["type"]); err == nil && kind == "application/ld+json" && z.Next() == html.TextToken {
			if raw := z.Raw(); len(raw) <= maxScript {
				r.articles(raw)
			}
		}
	}
}

func relHas(rel, word string) bool {
	for _, w := range strings.Fields(rel) {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}

// article is what JSON-LD says (schema.org NewsArticle and its kin).
type article struct {
	Type        words           `json:"@type"`
	Headline    any             `json:"headline"`
	Description any             `json:"description"`
	Language    any             `json:"inLanguage"`
	Published   any             `json:"datePublished"`
	Author      json.RawMessage `json:"author"`
	Publisher   json.RawMessage `json:"publisher"`
}

// words is one string or many.
type words []string

// UnmarshalJSON takes whatever is there; what is no string is left out.
func (w *words) UnmarshalJSON(b []byte) error {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	list, _ := v.([]any)
	if s, ok := v.(string); ok {
		list = []any{s}
	}
	for _, e := range list {
		if s, ok := e.(string); ok {
			*w = append(*w, s)
		}
	}
	return nil
}

// articles keeps the articles of a JSON-LD block: one, several, or a graph of them. Blocks that are no JSON are common
// and mean nothing.
func (r *reader) articles(raw []byte) {
	var list []article
	var graph struct {
		Graph []article `json:"@graph"`
	}
	var one article
	if json.Unmarshal(raw, &list) != nil {
		list = nil
		if json.Unmarshal(raw, &graph) == nil && len(graph.Graph) > 0 {
			list = graph.Graph
		} else if json.Unmarshal(raw, &one) == nil {
			list = []article{one}
		}
	}
	for _, a := range list {
		for _, kind := range a.Type {
			switch kind {
			case "Article", "NewsArticle", "BlogPosting", "ReportageNewsArticle", "OpinionNewsArticle", "LiveBlogPosting", "WebPage":
				r.data = append(r.data, a)
			}
		}
	}
}

// party is a person or an organisation in JSON-LD.
type party struct {
	Name any `json:"name"`
	URL  any `json:"url"`
}

// parties reads one or many; a bare string is a name.
func parties(raw json.RawMessage) (names []string, address string) {
	var many []party
	var one party
	var name string
	switch {
	case json.Unmarshal(raw, &many) == nil:
	case json.Unmarshal(raw, &one) == nil:
		many = []party{one}
	case json.Unmarshal(raw, &name) == nil:
		many = []party{{Name: name}}
	}
	for _, p := range many {
		if n := str(p.Name); n != "" && len(names) < 10 {
			names = append(names, n)
		}
		if address == "" {
			address = str(p.URL)
		}
	}
	return names, address
}

func str(v any) string { s, _ := v.(string); return s }

// page puts together what was found: OpenGraph before Twitter's card before JSON-LD before plain HTML.
func (r *reader) page(address string) *Page {
	var a article
	if len(r.data) > 0 {
		a = r.data[0]
	}
	authors, authorURL := parties(a.Author)
	publishers, _ := parties(a.Publisher)
	c := model.Card{
		URL:          address,
		Title:        plain(maxTitle, r.meta["og:title"], r.meta["twitter:title"], str(a.Headline), r.title),
		Description:  plain(maxDescription, r.meta["og:description"], r.meta["twitter:description"], str(a.Description), r.meta["description"]),
		Language:     text.Language(first(str(a.Language), r.meta["og:locale"], r.language)),
		AuthorName:   plain(maxName, strings.Join(authors, ", "), r.meta["og:article:author"], r.meta["author"]),
		AuthorURL:    r.link(authorURL, false),
		ProviderName: plain(maxName, first(publishers...), r.meta["og:site_name"]),
		ProviderURL:  r.link(r.meta["og:site_url"], false),
		ImageURL:     r.link(first(r.meta["og:image:secure_url"], r.meta["og:image"], r.meta["og:image:url"], r.meta["twitter:image"]), false),
		PublishedAt:  date(first(r.meta["article:published_time"], str(a.Published))),
	}
	if c.ImageURL != "" {
		c.ImageDescription = plain(maxDescription, r.meta["og:image:alt"], r.meta["twitter:image:alt"])
	}
	if strings.HasPrefix(c.AuthorName, "http://") || strings.HasPrefix(c.AuthorName, "https://") {
		c.AuthorName = ""
	}
	if player := r.link(first(r.meta["twitter:player"]), true); player != "" {
		c.EmbedURL = player
		c.Width = pixels(r.meta["twitter:player:width"], r.meta["og:video:width"])
		c.Height = pixels(r.meta["twitter:player:height"], r.meta["og:video:height"])
	}
	if c.Title != "" {
		c.Type = "link"
	}
	if c.Title != "" && c.EmbedURL != "" && c.Width > 0 && c.Height > 0 {
		c.Type = "video"
	} else {
		c.EmbedURL, c.Width, c.Height = "", 0, 0
	}
	return &Page{Card: c, OEmbed: r.link(r.oembed, false), Creator: r.meta["fediverse:creator"]}
}

// link is an address on the web as the page means it, "" for any other.
func (r *reader) link(href string, secure bool) string {
	if href == "" || len(href) > maxAddress {
		return ""
	}
	u, err := r.base.Parse(strings.TrimSpace(href))
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && (secure || u.Scheme != "http") {
		return ""
	}
	return u.String()
}

func first(list ...string) string {
	for _, s := range list {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

// plain is the first text there is, in one line, as long as is kept. Some pages escape twice, so markup is taken out.
func plain(limit int, list ...string) string {
	s := html.UnescapeString(first(list...))
	if strings.ContainsAny(s, "<>") {
		s = text.Plain(text.Sanitise(s))
	}
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	return text.Truncate(strings.Join(strings.Fields(s), " "), limit)
}

func pixels(list ...string) int64 {
	n, err := strconv.ParseInt(strings.TrimSuffix(first(list...), "px"), 10, 64)
	if err != nil || n <= 0 || n > maxFrame {
		return 0
	}
	return n
}

// date reads the spellings that pages use; 0 when it is none.
func date(s string) model.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil && t.Year() > 1900 && t.Year() < 3000 {
			return model.At(t)
		}
	}
	return 0
}
