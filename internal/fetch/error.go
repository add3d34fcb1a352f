package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"gomphothere/internal/model"
)

// ErrPaused is in the chain of errors of requests that were not made, because their host has been failing and is left
// in peace for a moment, or has too many requests waiting.
var ErrPaused = errors.New("the host is left in peace")

// longestRetryAfter bounds how long others may keep us away.
const longestRetryAfter = 24 * time.Hour

// Error is why there is no answer. It unwraps to a *model.Error: 404 is NotFound, 410 Gone, 401 and 403 Forbidden (401
// to a delivery is Unavailable: servers say so when they could not get our key), 408, 429, 5xx but 501 and network
// trouble Unavailable, too long an answer TooLarge, all else Invalid.
type Error struct {
	URL    string
	Status int // 0: none came
	after  time.Duration
	err    *model.Error
}

func (e *Error) Error() string { return "fetch " + clip(e.URL) + ": " + e.err.Error() }

// Unwrap gives kind and cause.
func (e *Error) Unwrap() error { return e.err }

// RetryAfter is how long the host asks to be left in peace; 0: it did not say.
func (e *Error) RetryAfter() time.Duration { return e.after }

func fail(url string, kind model.Kind, text string, cause error) *Error {
	return &Error{URL: url, err: &model.Error{Kind: kind, Text: text, Cause: cause}}
}

// network makes an error of a request that got no answer. What the guard refused stays refused.
func network(url string, err error) error {
	var ours *Error
	if errors.As(err, &ours) {
		return err
	}
	var m *model.Error
	if errors.As(err, &m) {
		return &Error{URL: url, err: m}
	}
	return fail(url, model.KindUnavailable, "The other server could not be reached", err)
}

// refusal makes an error of an answer that is none.
func refusal(url string, r *http.Response, body []byte, now time.Time) *Error {
	e := fail(url, kindOf(r.StatusCode), "The other server answered "+strconv.Itoa(r.StatusCode), nil)
	if len(body) > 0 {
		e.err.Cause = fmt.Errorf("%q", clip(string(body)))
	}
	e.Status, e.after = r.StatusCode, retryAfter(r.Header.Get("Retry-After"), now)
	return e
}

func kindOf(status int) model.Kind {
	switch {
	case status == http.StatusNotFound:
		return model.KindNotFound
	case status == http.StatusGone:
		return model.KindGone
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return model.KindForbidden
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests,
		status >= 500 && status != http.StatusNotImplemented:
		return model.KindUnavailable
	}
	return model.KindInvalid
}

// retryAfter reads seconds or a date (RFC 9110 §10.2.3).
func retryAfter(text string, now time.Time) time.Duration {
	if text == "" {
		return 0
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Duration(min(max(n, 0), int64(longestRetryAfter/time.Second))) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), longestRetryAfter)
}

// hostFailed tells errors that say something of the host: not that whoever asked gave up, nor that we refused.
func hostFailed(err error) bool {
	return err != nil && !errors.Is(err, context.Canceled) && model.KindOf(err) != model.KindInvalid
}

// blame gives what an error says of the host: whoever ran out of time found it slow, whoever changed their mind did not.
func blame(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	return err
}
