package model

import (
	"errors"
	"fmt"
)

// Kind says what an error means for whoever asked; doors map it once (api: to an HTTP status, queue: to
// retry or bury).
type Kind int

// The kinds. The zero Kind is Internal: an error nobody classified is our fault.
const (
	KindInternal     Kind = iota // 500, retried
	KindInvalid                  // 422: the request is understood and refused; the sentence says why
	KindBadRequest               // 400: the request cannot be read
	KindUnauthorized             // 401: who are you?
	KindForbidden                // 403: you may not
	KindNotFound                 // 404: not there, or not for you to know
	KindGone                     // 410: was there
	KindConflict                 // 409: somebody else was first
	KindTooLarge                 // 413
	KindTooMany                  // 429
	KindUnavailable              // 503, retried: try again later
)

// Error is an error that may be shown to whoever asked.
type Error struct {
	Kind   Kind
	Text   string                 // a sentence for a person
	Fields map[string][]FieldFail // per-field failures (Mastodon API: entities/ValidationError)
	Extra  map[string]any         // further keys of the error document, e.g. unexpected_accounts
	Cause  error                  // for the log, never shown
}

// FieldFail is why one field was refused.
type FieldFail struct {
	Error       string `json:"error"` // ERR_BLANK, ERR_TAKEN …
	Description string `json:"description"`
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Text + ": " + e.Cause.Error()
	}
	return e.Text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Invalidf refuses an understood request.
func Invalidf(format string, args ...any) error {
	return &Error{Kind: KindInvalid, Text: fmt.Sprintf(format, args...)}
}

// BadRequestf refuses a request that cannot be read.
func BadRequestf(format string, args ...any) error {
	return &Error{Kind: KindBadRequest, Text: fmt.Sprintf(format, args...)}
}

// NotFound says that nothing is there that the asker may see.
func NotFound(text string) error { return &Error{Kind: KindNotFound, Text: text} }

// ErrNotFound is Mastodon's standard 404.
func ErrNotFound() error { return NotFound("Record not found") }

// Forbidden refuses somebody we know.
func Forbidden(text string) error { return &Error{Kind: KindForbidden, Text: text} }

// ErrForbidden is Mastodon's standard 403.
func ErrForbidden() error { return Forbidden("This action is not allowed") }

// Unauthorized refuses somebody we do not know.
func Unauthorized(text string) error { return &Error{Kind: KindUnauthorized, Text: text} }

// Unavailable asks to try again later.
func Unavailable(text string, cause error) error {
	return &Error{Kind: KindUnavailable, Text: text, Cause: cause}
}

// InvalidField refuses one field, in the shape sign-up clients read (entities/ValidationError).
func InvalidField(field, code, description string) error {
	return &Error{
		Kind:   KindInvalid,
		Text:   "Validation failed: " + description,
		Fields: map[string][]FieldFail{field: {{Error: code, Description: description}}},
	}
}

// KindOf finds the kind of any error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindInternal
}

// IsNotFound is the commonest question.
func IsNotFound(err error) bool { return err != nil && KindOf(err) == KindNotFound }
