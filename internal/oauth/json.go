package oauth

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"gomphothere/internal/model"
)

// maxBody is far above any form here.
const maxBody = 256 << 10

// oauthError is an error in OAuth's own form (RFC 6749 §5.2) with Mastodon's sentences.
type oauthError struct {
	status int
	code   string
	text   string
}

func (e *oauthError) Error() string { return e.code + ": " + e.text }

func errClient() error {
	return &oauthError{http.StatusUnauthorized, "invalid_client", "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method."}
}

func errGrantType() error {
	return &oauthError{http.StatusBadRequest, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server."}
}

func errScope() error {
	return &oauthError{http.StatusBadRequest, "invalid_scope", "The requested scope is invalid, unknown, or malformed."}
}

func errMissing(name string) error {
	return &oauthError{http.StatusBadRequest, "invalid_request", "Missing required parameter: " + name + "."}
}

func errRedirect() error {
	return &oauthError{http.StatusBadRequest, "invalid_redirect_uri", "The redirect uri included is not valid."}
}

// public wraps an endpoint for apps: any origin may ask, answers are JSON.
func (o *OAuth) public(h func(http.ResponseWriter, *http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allowOrigins(w.Header())
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		v, err := h(w, r)
		if err != nil {
			o.refuse(w, r, err)
			return
		}
		answer(w, http.StatusOK, v)
	})
}

func allowOrigins(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "Link, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id")
}

func preflight(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	allowOrigins(h)
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, PATCH, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key")
	h.Set("Access-Control-Max-Age", "7200")
	w.WriteHeader(http.StatusOK)
}

func answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, `{"error":"Internal Server Error"}`, http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store") // secrets, mostly
	}
	w.WriteHeader(status)
	_, _ = w.Write(b) // the client went away; nothing to tell whom
}

// refuse answers an error in the form its kind has.
func (o *OAuth) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var oe *oauthError
	if errors.As(err, &oe) {
		if oe.status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `Bearer realm="Doorkeeper", error="`+oe.code+`", error_description="`+oe.text+`"`)
		}
		answer(w, oe.status, map[string]string{"error": oe.code, "error_description": oe.text})
		return
	}
	status := StatusOf(err)
	var e *model.Error
	if !errors.As(err, &e) || status >= http.StatusInternalServerError {
		o.log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	if e == nil {
		answer(w, status, map[string]string{"error": "Internal Server Error"})
		return
	}
	if seconds, ok := e.Extra["retry_after"].(int); ok {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="Doorkeeper", error="invalid_token", error_description="`+e.Text+`"`)
	}
	body := map[string]any{"error": e.Text}
	if e.Fields != nil {
		body["details"] = e.Fields
	}
	answer(w, status, body)
}

// StatusOf is what an error means in HTTP, for every door that apps and browsers use.
func StatusOf(err error) int {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	switch model.KindOf(err) {
	case model.KindInvalid:
		return http.StatusUnprocessableEntity
	case model.KindBadRequest:
		return http.StatusBadRequest
	case model.KindUnauthorized:
		return http.StatusUnauthorized
	case model.KindForbidden:
		return http.StatusForbidden
	case model.KindNotFound:
		return http.StatusNotFound
	case model.KindGone:
		return http.StatusGone
	case model.KindConflict:
		return http.StatusConflict
	case model.KindTooLarge:
		return http.StatusRequestEntityTooLarge
	case model.KindTooMany:
		return http.StatusTooManyRequests
	case model.KindUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// params reads what an app sends, as a form, as multipart or as JSON, with the address line's. "a[]" is "a".
func params(r *http.Request) (url.Values, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var err error
	switch kind {
	case "multipart/form-data":
		err = r.ParseMultipartForm(maxBody)
	case "application/json":
		return jsonParams(r)
	default:
		err = r.ParseForm()
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, &model.Error{Kind: model.KindTooLarge, Text: "The request is too large"}
	}
	if err != nil {
		return nil, model.BadRequestf("The request could not be read")
	}
	return plainKeys(r.Form), nil
}

func plainKeys(form url.Values) url.Values {
	out := url.Values{}
	for k, v := range form {
		out[strings.TrimSuffix(k, "[]")] = append(out[strings.TrimSuffix(k, "[]")], v...)
	}
	return out
}

func jsonParams(r *http.Request) (url.Values, error) {
	out := plainKeys(r.URL.Query())
	var doc map[string]any
	d := json.NewDecoder(r.Body)
	d.UseNumber()
	err := d.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return out, nil
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, &model.Error{Kind: model.KindTooLarge, Text: "The request is too large"}
	}
	if err != nil {
		return nil, model.BadRequestf("The request could not be read")
	}
	for k, v := range doc {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, v := range list {
			if s, ok := scalar(v); ok {
				out[k] = append(out[k], s)
			}
		}
	}
	return out, nil
}

func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// truthy reads a boolean as Rails does.
func truthy(s string) bool {
	switch strings.ToLower(s) {
	case "", "0", "f", "false", "off":
		return false
	}
	return true
}

// bearer finds the token of a request.
func bearer(r *http.Request, p url.Values) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	return p.Get("access_token")
}

// as finds who asks and checks what their token is good for.
func (o *OAuth) as(r *http.Request, p url.Values, scopes ...string) (*Identity, error) {
	i, err := o.Holder(r.Context(), bearer(r, p), o.clientIP(r))
	if err != nil {
		return nil, err
	}
	if !i.Allows(scopes...) {
		return nil, model.Forbidden("This action is outside the authorized scopes")
	}
	return i, nil
}
