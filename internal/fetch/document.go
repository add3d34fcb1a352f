package fetch

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gomphothere/internal/httpsig"
	"gomphothere/internal/model"
)

// What is asked for (Mastodon's headers, so that nobody's negotiation is surprised).
const (
	acceptDocument = "application/activity+json, application/ld+json"
	acceptPage     = `application/ld+json; profile="https://www.w3.org/ns/activitystreams", application/activity+json, text/html;q=0.1`
	streams        = "https://www.w3.org/ns/activitystreams"
)

// Document asks for an ActivityPub document of at most 1 MB, signed. Equal requests at the same time are made once,
// and what is missing or refused is not asked for again for a minute. Whether the document's id is the one asked for is
// the caller's to check. Errors are *Error.
func (c *Client) Document(ctx context.Context, uri string) (*Answer, error) {
	u, err := c.parse(uri)
	if err != nil {
		return nil, network(uri, err)
	}
	return share(ctx, c, "document "+u.String(), func(ctx context.Context) (*Answer, error) {
		return c.read(ctx, request{url: u, accept: acceptDocument, limit: maxDocument, signed: true, good: Streams})
	})
}

// Page is Document for what people paste: it may be a web page as well.
func (c *Client) Page(ctx context.Context, uri string) (*Answer, error) {
	u, err := c.parse(uri)
	if err != nil {
		return nil, network(uri, err)
	}
	return share(ctx, c, "page "+u.String(), func(ctx context.Context) (*Answer, error) {
		return c.read(ctx, request{url: u, accept: acceptPage, limit: maxDocument, signed: true, good: func(contentType string) bool {
			return Streams(contentType) || mediaType(contentType) == "text/html"
		}})
	})
}

// Get asks for anything of at most limit bytes, unsigned.
func (c *Client) Get(ctx context.Context, uri, accept string, limit int64) (*Answer, error) {
	u, err := c.parse(uri)
	if err != nil {
		return nil, network(uri, err)
	}
	return c.read(ctx, request{url: u, accept: accept, limit: limit})
}

// Streams tells the content types of ActivityPub documents (ActivityPub §3.2).
func Streams(contentType string) bool {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	return kind == "application/activity+json" ||
		kind == "application/ld+json" && slices.Contains(strings.Fields(params["profile"]), streams)
}

func mediaType(contentType string) string {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return kind
}

// request is what shall be read.
type request struct {
	url    *url.URL
	accept string
	limit  int64
	signed bool
	good   func(contentType string) bool // nil: any type
}

// read follows redirects, each a new request that is checked and signed anew.
func (c *Client) read(ctx context.Context, q request) (*Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, totalTime)
	defer cancel()
	select {
	case c.gets <- struct{}{}:
		defer func() { <-c.gets }()
	case <-ctx.Done():
		return nil, network(q.url.String(), ctx.Err())
	}
	for range maxRedirects + 1 {
		a, next, err := c.readOnce(ctx, q)
		if err != nil || next == nil {
			return a, err
		}
		q.url = next
	}
	return nil, fail(q.url.String(), model.KindInvalid, "The other server redirects too often", nil)
}

// readOnce asks one URL and gives the answer or where to ask next.
func (c *Client) readOnce(ctx context.Context, q request) (a *Answer, next *url.URL, err error) {
	at := q.url.String()
	if c.o.May != nil {
		if err := c.o.May(ctx, q.url.Host); err != nil {
			return nil, nil, network(at, err)
		}
	}
	h, err := c.hosts.enter(ctx, at, q.url.Host, false, c.o.Now)
	if err != nil {
		return nil, nil, err
	}
	heard := error(nil) // what it says of the host: a refusal is an answer
	defer func() { c.hosts.leave(h, false, heard, c.o.Now()) }()

	r, err := c.knock(ctx, h, func(ctx context.Context) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
		if err == nil {
			r.Header.Set("Accept", q.accept)
		}
		return r, err
	}, q.signed, nil, nil)
	if err != nil {
		heard = blame(ctx, err)
		return nil, nil, network(at, err)
	}
	defer r.Body.Close()
	if r.StatusCode >= 300 && r.StatusCode < 400 && r.Header.Get("Location") != "" {
		next, err := c.redirected(q.url, r)
		if err != nil {
			return nil, nil, network(at, err)
		}
		drain(r)
		return nil, next, nil
	}
	if r.StatusCode < 200 || r.StatusCode >= 300 {
		return nil, nil, refusal(at, r, drain(r), c.o.Now())
	}
	a = &Answer{URL: at, Status: r.StatusCode, ContentType: r.Header.Get("Content-Type"), Header: r.Header}
	if q.good != nil && !q.good(a.ContentType) {
		return nil, nil, fail(at, model.KindInvalid, "The other server answered with "+clip(a.ContentType), nil)
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return nil, nil, fail(at, model.KindInvalid, "The other server answered in the coding "+clip(coding), nil)
	}
	if a.Body, err = io.ReadAll(io.LimitReader(r.Body, q.limit+1)); err != nil {
		heard = blame(ctx, err)
		return nil, nil, network(at, err)
	}
	if int64(len(a.Body)) > q.limit {
		return nil, nil, fail(at, model.KindTooLarge, "The answer is too long", nil)
	}
	return a, nil, nil
}

func (c *Client) redirected(from *url.URL, r *http.Response) (*url.URL, error) {
	location := r.Header.Get("Location")
	if len(location) > maxURL {
		return nil, refused("the URL is too long")
	}
	next, err := from.Parse(location)
	if err != nil {
		return nil, refused("%q is no URL", clip(location))
	}
	if from.Scheme == "https" && next.Scheme != "https" {
		return nil, refused("a redirect away from https")
	}
	return next, c.check(next)
}

// drain reads the little that says why, so that the connection can be used again.
func drain(r *http.Response) []byte {
	b, _ := io.ReadAll(io.LimitReader(r.Body, maxErrorBody)) // what there is of it is enough
	return b
}

// knock sends a request, signed in the scheme the host is known to take; refused, once more in the other one, and what
// worked is learned.
func (c *Client) knock(ctx context.Context, h *host, make func(context.Context) (*http.Request, error), signed bool, key *httpsig.Key, body []byte) (*http.Response, error) {
	if !signed || key == nil && c.o.Signer == nil {
		r, err := make(ctx)
		if err != nil {
			return nil, err
		}
		return c.send(r)
	}
	if key == nil {
		k, err := c.o.Signer(ctx)
		if err != nil {
			return nil, err
		}
		key = &k
	}
	first, again := c.hosts.schemeOf(h, c.o.Now())
	if first == "" && c.o.Peer != nil {
		first = c.o.Peer(ctx, h.name)
	}
	second := httpsig.RFC9421
	switch first {
	case "":
		first = httpsig.Cavage
	case httpsig.RFC9421:
		second = httpsig.Cavage
	}
	answer, err := c.signed(ctx, make, first, *key, body)
	if err != nil || !again || !mayBeScheme(answer.StatusCode) {
		return answer, err
	}
	said := drain(answer) // and its connection is free
	answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(said))
	other, err := c.signed(ctx, make, second, *key, body)
	if err != nil {
		return answer, nil // a refusal says more than trouble after it
	}
	if mayBeScheme(other.StatusCode) {
		drain(other)
		other.Body.Close()
		c.hosts.refusedBoth(h, c.o.Now())
		return answer, nil
	}
	if other.StatusCode < 400 {
		c.hosts.setScheme(h, second)
		if c.o.Learned != nil {
			c.o.Learned(h.name, second)
		}
	}
	return other, nil
}

// mayBeScheme tells statuses with which servers refuse signatures they cannot read.
func mayBeScheme(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusBadRequest || status == http.StatusForbidden
}

func (c *Client) signed(ctx context.Context, make func(context.Context) (*http.Request, error), s httpsig.Scheme, k httpsig.Key, body []byte) (*http.Response, error) {
	r, err := make(ctx)
	if err != nil {
		return nil, err
	}
	if err := httpsig.Sign(r, s, k, body, c.o.Now()); err != nil {
		return nil, err
	}
	return c.send(r)
}

func (c *Client) send(r *http.Request) (*http.Response, error) {
	r.Header.Set("User-Agent", c.o.UserAgent)
	return c.transport.RoundTrip(r)
}
