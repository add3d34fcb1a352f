package fetch

import (
	"bytes"
	"context"
	"maps"
	"net/http"

	"gomphothere/internal/httpsig"
	"gomphothere/internal/model"
)

// Post delivers a document to an inbox, signed with an account's key; header is sent along. Any 2xx is success, and
// the answer is thrown away. A redirect is none: deliveries do not follow. Errors are *Error.
func (c *Client) Post(ctx context.Context, inbox string, body []byte, k httpsig.Key, header http.Header) error {
	u, err := c.parse(inbox)
	if err != nil {
		return network(inbox, err)
	}
	at := u.String()
	if c.o.May != nil {
		if err := c.o.May(ctx, u.Host); err != nil {
			return network(at, err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, totalTime)
	defer cancel()
	select {
	case c.posts <- struct{}{}:
		defer func() { <-c.posts }()
	case <-ctx.Done():
		return network(at, ctx.Err())
	}
	h, err := c.hosts.enter(ctx, at, u.Host, true, c.o.Now)
	if err != nil {
		return err
	}
	r, err := c.knock(ctx, h, func(ctx context.Context) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, at, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		maps.Copy(r.Header, header)
		r.Header.Set("Content-Type", "application/activity+json")
		// Not sent: tells the transport that the request may be repeated on a fresh connection when the kept one is gone.
		r.Header["Idempotency-Key"] = nil
		return r, nil
	}, true, &k, body)
	c.hosts.leave(h, true, blame(ctx, err), c.o.Now())
	if err != nil {
		return network(at, err)
	}
	defer r.Body.Close()
	said := drain(r)
	if r.StatusCode >= 200 && r.StatusCode < 300 {
		return nil
	}
	e := refusal(at, r, said, c.o.Now())
	if r.StatusCode == http.StatusUnauthorized || r.StatusCode/100 == 3 {
		e.err.Kind = model.KindUnavailable
	}
	return e
}
