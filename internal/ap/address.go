package ap

import (
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"gomphothere/internal/model"
)

// Host is the authority of an address as it is compared: lower-case, in punycode, with a port only where it is not the
// scheme's own; "" for what is no address of the web.
func Host(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok || !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") {
		return ""
	}
	host := rest
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		host = rest[:i]
	}
	if host == "" || len(host) > 255+6 || strings.Contains(host, "@") {
		return "" // user:password@ is how one host is made to look like another
	}
	plain := true
	for i := range len(host) {
		switch c := host[i]; {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.' || c == '-' || c == ':' || c == '_' || c == '[' || c == ']':
		case 'A' <= c && c <= 'Z':
			plain = false
		case c < 0x80:
			return ""
		default:
			plain = false
		}
	}
	if !plain {
		name, port := host, ""
		if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
			name, port = host[:i], host[i:]
		}
		ascii, err := idna.Lookup.ToASCII(name)
		if err != nil {
			ascii = strings.ToLower(name)
			if strings.IndexFunc(ascii, func(r rune) bool { return r >= 0x80 }) >= 0 {
				return ""
			}
		}
		host = ascii + port
	}
	if strings.EqualFold(scheme, "https") {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}

// SameHost tells whether both addresses are of one host. What is no address of the web has none.
func SameHost(a, b string) bool {
	h := Host(a)
	return h != "" && h == Host(b)
}

// isWeb tells addresses that could be fetched.
func isWeb(s string) bool { return Host(s) != "" && len(s) <= maxAddress }

// bearer is the address within a bear: URI, ?u=…&t=….
func bearer(s string) string {
	_, query, _ := strings.Cut(s, "?")
	v, err := url.ParseQuery(query)
	if err != nil {
		return ""
	}
	return v.Get("u")
}

// parseTime reads a date as others write it; 0 for what is none, or not of this era.
func parseTime(s string) model.Time {
	if len(s) < len("2006-01-02") || len(s) > 64 {
		return 0
	}
	t, err := time.Parse(time.RFC3339, s)
	for _, form := range [...]string{
		"2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05",
		"2006-01-02T15:04:05Z0700", "2006-01-02T15:04", "2006-01-02 15:04:05 UTC", "2006-01-02", time.RFC1123, time.RFC1123Z,
	} {
		if err == nil {
			break
		}
		t, err = time.Parse(form, s)
	}
	if err != nil || t.Year() < 1970 || t.Year() > 9999 || t.UnixMilli() <= 0 {
		return 0
	}
	return model.At(t)
}

// Believable is the time a status is said to be of, or now when nothing or a time to come was said.
func Believable(said, now model.Time) model.Time {
	if said <= 0 || said > now {
		return now
	}
	return said
}
