package httpsig

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// parseCavage reads keyId="…",algorithm="…",headers="…",signature="…" (draft-cavage §2.1).
func parseCavage(r *http.Request, text string) (*parsed, error) {
	params, err := cavageParams(text)
	if err != nil {
		return nil, err
	}
	if params["keyId"] == "" || params["signature"] == "" {
		return nil, refuse(Malformed, "Incompatible request signature: keyId and signature are required")
	}
	if err := goodKeyID(params["keyId"]); err != nil {
		return nil, err
	}
	s := &Signature{KeyID: params["keyId"], Algorithm: strings.ToLower(params["algorithm"]), Scheme: Cavage}
	if s.Algorithm == "hs2019" {
		s.Scheme = HS2019
	}
	if s.value, err = decode64(params["signature"]); err != nil {
		return nil, refuse(Malformed, "Signature is no base64")
	}
	names := []string{"date"} // what is covered when nothing is said
	if list, said := params["headers"]; said {
		names = strings.Fields(strings.ToLower(list))
	}
	if len(names) == 0 || len(names) > maxComponents {
		return nil, refuse(Malformed, "Signature covers %d headers", len(names))
	}
	covered := make(map[string]bool, len(names))
	for _, n := range names {
		if covered[n] {
			return nil, refuse(Malformed, "Signature covers %q twice", n)
		}
		covered[n] = true
	}
	if err := cavageTimes(r, s, params, covered); err != nil {
		return nil, err
	}
	if s.bases, err = cavageBases(r, names, params); err != nil {
		return nil, err
	}
	if covered["digest"] {
		s.digests = r.Header.Values("Digest")
	}
	return &parsed{sig: s, covered: covered}, nil
}

// cavageTimes reads when the signature was made and when it ends. What is not covered may only shorten its life.
func cavageTimes(r *http.Request, s *Signature, params map[string]string, covered map[string]bool) error {
	for _, name := range []string{"created", "expires"} {
		pseudo := "(" + name + ")"
		switch {
		case !covered[pseudo]:
		case params[name] == "":
			return refuse(Malformed, "Signature covers %s but has no such parameter", pseudo)
		case strings.HasPrefix(s.Algorithm, "rsa") || strings.HasPrefix(s.Algorithm, "ecdsa"):
			return refuse(Malformed, "Invalid pseudo-header %s for %s", pseudo, s.Algorithm) // draft-cavage §2.3
		}
	}
	if params["created"] != "" {
		at, err := unix(params["created"])
		if err != nil {
			return err
		}
		if covered["(created)"] {
			s.Created = at
		}
	}
	if s.Created.IsZero() && covered["date"] {
		date, _ := header(r, "date")
		at, err := http.ParseTime(date)
		if err != nil {
			return refuse(Malformed, "Invalid Date header")
		}
		s.Created = at
	}
	if params["expires"] == "" {
		return nil
	}
	at, err := unix(params["expires"])
	if err != nil {
		return err
	}
	if covered["(expires)"] || at.Before(s.Created.Add(usualLife)) {
		s.Expires = at
	}
	return nil
}

// unix reads seconds; libraries write fractions as well.
func unix(s string) (time.Time, error) {
	whole, _, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 || n > maxUnix {
		return time.Time{}, refuse(Malformed, "%q is no time", clip(s))
	}
	return time.Unix(n, 0), nil
}

// maxUnix is the end of the year 9999: later times overflow when something is added.
const maxUnix = 253402300799

// cavageBases makes the texts that may have been signed: with the query string and, as old servers do, without.
func cavageBases(r *http.Request, names []string, params map[string]string) ([]string, error) {
	whole, path := target(r)
	targets := []string{whole, path}
	if whole == path || !slices.Contains(names, "(request-target)") {
		targets = targets[:1]
	}
	bases := make([]string, len(targets))
	for i, t := range targets {
		var b strings.Builder
		for j, n := range names {
			if j > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(n)
			b.WriteString(": ")
			switch n {
			case "(request-target)":
				b.WriteString(strings.ToLower(r.Method))
				b.WriteByte(' ')
				b.WriteString(t)
			case "(created)":
				b.WriteString(params["created"])
			case "(expires)":
				b.WriteString(params["expires"])
			default:
				v, there := header(r, n)
				if !there {
					return nil, refuse(Weak, "Signature covers %q, which is not there", clip(n))
				}
				b.WriteString(v)
			}
		}
		bases[i] = b.String()
	}
	return bases, nil
}

// cavageParams reads a list of name="value" or name=value, each name once.
func cavageParams(text string) (map[string]string, error) {
	malformed := func(why string) (map[string]string, error) {
		return nil, refuse(Malformed, "Error parsing signature parameters: %s", why)
	}
	if len(text) > maxHeader {
		return malformed("too long")
	}
	params := make(map[string]string, 6)
	for rest := strings.TrimSpace(text); rest != ""; {
		name, after, ok := strings.Cut(rest, "=")
		name, after = strings.TrimSpace(name), strings.TrimLeft(after, " \t")
		if !ok || name == "" || strings.ContainsAny(name, "\",; \t") {
			return malformed("a name is missing")
		}
		value, left, ok := cavageValue(after)
		if !ok {
			return malformed("a value does not end")
		}
		if _, twice := params[name]; twice {
			return malformed(strconv.Quote(clip(name)) + " is there twice")
		}
		if len(params) == maxParams {
			return malformed("too many")
		}
		params[name] = value
		left = strings.TrimLeft(left, " \t")
		if left != "" && left[0] != ',' {
			return malformed("a comma is missing")
		}
		rest = strings.TrimLeft(strings.TrimPrefix(left, ","), " \t")
	}
	return params, nil
}

func cavageValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexByte(s, ',')
		if end < 0 {
			end = len(s)
		}
		value = strings.TrimRight(s[:end], " \t")
		return value, s[end:], value != "" && !strings.ContainsAny(value, "\" \t")
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			value = s[1:i]
			if strings.IndexByte(value, '\\') >= 0 {
				value = unescape(value)
			}
			return value, s[i+1:], true
		case '\\':
			i++
		}
	}
	return "", "", false
}

// unescape takes the backslashes of a quoted string away.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func goodKeyID(id string) error {
	if len(id) > maxKeyID || strings.ContainsFunc(id, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
		return refuse(Malformed, "Signature has no usable key id")
	}
	return nil
}

// decode64 reads base64 with or without its padding.
func decode64(s string) ([]byte, error) {
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
}

// clip shortens what strangers wrote for error messages.
func clip(s string) string { return s[:min(len(s), 80)] }
