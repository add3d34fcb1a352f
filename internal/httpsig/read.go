package httpsig

import (
	"net/http"
	"strconv"
	"strings"
)

// Read reads the signature of a request and sees that it covers what it must. Errors are *Error: missing (401),
// malformed (400), weak or unsupported (401).
func Read(r *http.Request) (*Signature, error) {
	s, err := parse(r)
	if err != nil {
		return nil, err
	}
	return s.sig, s.enough(r)
}

// parsed is a signature and what it covers.
type parsed struct {
	sig     *Signature
	covered map[string]bool // names; of headers in lower case
}

// parse takes RFC 9421 where Signature-Input is there, else draft-cavage: from Signature, or from Authorization, as
// the WordPress plugin may send it.
func parse(r *http.Request) (*parsed, error) {
	if inputs := r.Header.Values("Signature-Input"); len(inputs) > 0 {
		return parseMessage(r, inputs)
	}
	switch values := r.Header.Values("Signature"); len(values) {
	case 1:
		return parseCavage(r, values[0])
	case 0:
	default:
		return nil, refuse(Malformed, "Request has more than one Signature header")
	}
	for _, v := range r.Header.Values("Authorization") {
		if scheme, rest, ok := strings.Cut(v, " "); ok && strings.EqualFold(scheme, "Signature") {
			return parseCavage(r, rest)
		}
	}
	return nil, refuse(Missing, "Request not signed")
}

// enough says whether the signature covers what makes it worth something (Mastodon's rules).
func (p *parsed) enough(r *http.Request) error {
	get := r.Method == http.MethodGet || r.Method == http.MethodHead
	p.sig.body = !get
	if p.sig.Scheme == RFC9421 {
		switch {
		case p.sig.Created.IsZero():
			return refuse(Weak, "Signature has no created parameter")
		case !p.covered["@method"] || !p.covered["@target-uri"]:
			return refuse(Weak, "Signature must cover @method and @target-uri")
		case !get && !p.covered["content-digest"]:
			return refuse(Weak, "Signature of a request with a body must cover Content-Digest")
		}
		return nil
	}
	switch {
	case !p.covered["date"] && !p.covered["(created)"]:
		return refuse(Weak, "Signature must cover Date or (created)")
	case p.sig.Created.IsZero():
		return refuse(Malformed, "Signature covers no time that can be read")
	case !p.covered["digest"] && !p.covered["(request-target)"]:
		return refuse(Weak, "Signature must cover Digest or (request-target)")
	case get && !p.covered["host"]:
		return refuse(Weak, "Signature of a GET request must cover Host")
	case !get && !p.covered["digest"]:
		return refuse(Weak, "Signature of a request with a body must cover Digest")
	}
	return nil
}

// header gives a header as signatures see it: all its values in one, trimmed.
func header(r *http.Request, name string) (string, bool) {
	switch name {
	case "host":
		return host(r), host(r) != ""
	case "content-length":
		if len(r.Header.Values("Content-Length")) == 0 && r.ContentLength >= 0 {
			return strconv.FormatInt(r.ContentLength, 10), true
		}
	}
	values := r.Header.Values(name)
	if len(values) == 0 {
		return "", false
	}
	if len(values) == 1 {
		return strings.TrimSpace(values[0]), true
	}
	trimmed := make([]string, len(values))
	for i, v := range values {
		trimmed[i] = strings.TrimSpace(v)
	}
	return strings.Join(trimmed, ", "), true
}

func host(r *http.Request) string {
	if r.Host == "" && r.URL != nil {
		return r.URL.Host
	}
	return r.Host
}

// target gives path and query byte for byte as they were sent, and the path alone.
func target(r *http.Request) (whole, path string) {
	whole = r.RequestURI
	if !strings.HasPrefix(whole, "/") { // a request of ours, or one in absolute form
		whole = r.URL.RequestURI()
	}
	path, _, _ = strings.Cut(whole, "?")
	return whole, path
}
