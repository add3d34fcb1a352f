package federation

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"gomphothere/internal/ap"
	"gomphothere/internal/fetch"
	"gomphothere/internal/model"
	"gomphothere/internal/text"
)

// ResolveURL finds the account or the status at an address that somebody pasted: an id, or a page that names one. One of
// the two is nil. Mastodon: ResolveURLService
func (f *Federation) ResolveURL(ctx context.Context, address string) (*model.Account, *model.Status, error) {
	if a, st, err := f.knownAt(ctx, address); !model.IsNotFound(err) {
		return a, st, err
	}
	if f.ours(address) {
		return nil, nil, model.ErrNotFound()
	}
	if err := f.mayAsk(ctx, address); err != nil {
		return nil, nil, err
	}
	return f.askAt(ctx, address, true)
}

// Find asks other servers for what somebody typed, an address or (people wanted) a handle. It gives the id of what was
// found at an address, and nothing for words to be searched for.
func (f *Federation) Find(ctx context.Context, typed string, people bool) (uri string, err error) {
	typed = strings.TrimSpace(typed)
	if strings.HasPrefix(typed, "https://") || strings.HasPrefix(typed, "http://") {
		a, st, err := f.ResolveURL(ctx, typed)
		switch {
		case err != nil:
			return "", err
		case a != nil:
			return a.URI, nil
		}
		return st.URI, nil
	}
	if acct, ok := text.ParseAcct(typed); ok && acct.Domain != "" && people {
		_, err = f.ResolveAcct(ctx, acct.String())
	}
	return "", err
}

// knownAt finds what is known by an address.
func (f *Federation) knownAt(ctx context.Context, address string) (*model.Account, *model.Status, error) {
	q := f.DB.Read(ctx)
	if a, err := q.AccountByURI(address); !model.IsNotFound(err) {
		return a, nil, err
	}
	if st, err := q.StatusByURI(address); !model.IsNotFound(err) {
		return nil, st, err
	}
	a, err := q.AccountByURL(address)
	return a, nil, err
}

// askAt asks at an address; a page may lead further once.
func (f *Federation) askAt(ctx context.Context, address string, further bool) (*model.Account, *model.Status, error) {
	answer, err := f.Fetch.Page(ctx, address)
	if err != nil {
		return nil, nil, err
	}
	if fetch.Streams(answer.ContentType) {
		doc, err := ap.Parse(answer.Body)
		if err != nil {
			return nil, nil, unreadable(err)
		}
		return f.takeAt(ctx, doc)
	}
	next := alternate(answer)
	if !further || next == "" || next == address {
		return nil, nil, model.ErrNotFound()
	}
	if a, st, err := f.knownAt(ctx, next); !model.IsNotFound(err) {
		return a, st, err
	}
	if err := f.mayAsk(ctx, next); err != nil {
		return nil, nil, err
	}
	return f.askAt(ctx, next, false)
}

// takeAt finds what a document names, by its own id.
func (f *Federation) takeAt(ctx context.Context, doc *ap.Object) (*model.Account, *model.Status, error) {
	switch {
	case doc.ID == "":
		return nil, nil, model.ErrNotFound()
	case doc.IsActor():
		a, err := f.ResolveActor(ctx, doc.ID)
		if err == nil && !a.Local() {
			f.fetchFeatured(ctx, a)
		}
		return a, nil, err
	}
	st, err := f.ResolveStatus(ctx, doc.ID)
	return nil, st, err
}

// maxLinks is how many links of a page are looked at before its document's: pages name it in their head.
const maxLinks = 200

// alternate is the document that a page is a picture of: of its Link header, or its head.
func alternate(page *fetch.Answer) string {
	base, err := url.Parse(page.URL)
	if err != nil {
		return ""
	}
	absolute := func(href string) string {
		u, err := base.Parse(href)
		if err != nil {
			return ""
		}
		return u.String()
	}
	if href := linked(page.Header); href != "" {
		return absolute(href)
	}
	z := html.NewTokenizer(bytes.NewReader(page.Body))
	for n := 0; n < maxLinks; {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			if t.Data == "body" {
				return ""
			}
			if t.Data != "link" {
				continue
			}
			n++
			attr := map[string]string{}
			for _, a := range t.Attr {
				attr[a.Key] = a.Val
			}
			if word(attr["rel"], "alternate") && fetch.Streams(attr["type"]) && attr["href"] != "" {
				return absolute(attr["href"])
			}
		}
	}
	return ""
}

// linked is the alternate document that a Link header names (RFC 8288).
func linked(h http.Header) string {
	for _, value := range h.Values("Link") {
		for part := range strings.SplitSeq(value, ",") {
			target, params, ok := strings.Cut(part, ">")
			target, begun := strings.CutPrefix(strings.TrimSpace(target), "<")
			if !ok || !begun {
				continue
			}
			attr := map[string]string{}
			for p := range strings.SplitSeq(params, ";") {
				name, v, _ := strings.Cut(strings.TrimSpace(p), "=")
				attr[strings.ToLower(name)] = strings.Trim(v, `"`)
			}
			if word(attr["rel"], "alternate") && fetch.Streams(attr["type"]) {
				return target
			}
		}
	}
	return ""
}

// word tells whether a list of words has this one.
func word(list, w string) bool {
	for one := range strings.FieldsSeq(list) {
		if strings.EqualFold(one, w) {
			return true
		}
	}
	return false
}
