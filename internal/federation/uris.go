package federation

import (
	"net/url"
	"strings"

	"gomphothere/internal/text"
)

// Longer addresses are nobody's; browsers and proxies give up long before (RFC 9110 §4.1 asks for 8,000 bytes).
const maxURI = 4096

// hostOf is the server an address belongs to: its authority in the one spelling under which hosts are compared; "" when
// it is no address on the web.
func hostOf(uri string) string {
	if len(uri) > maxURI {
		return ""
	}
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return ""
	}
	host := u.Host
	if port := u.Port(); port == "443" && u.Scheme == "https" || port == "80" && u.Scheme == "http" {
		host = u.Hostname()
	}
	host, ok := text.Domain(host)
	if !ok {
		return ""
	}
	return host
}

// sameHost tells whether both addresses are of one server.
func sameHost(a, b string) bool {
	h := hostOf(a)
	return h != "" && h == hostOf(b)
}

// webURI tells whether an address may be asked or stored: https, or http where servers on a workbench try each other.
func (f *Federation) webURI(uri string) bool {
	if hostOf(uri) == "" || strings.ContainsFunc(uri, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return false
	}
	return strings.HasPrefix(uri, "https://") || f.Site.Development && strings.HasPrefix(uri, "http://")
}

// webOr gives the address when it may be stored, else nothing.
func (f *Federation) webOr(uri string) string {
	if f.webURI(uri) {
		return uri
	}
	return ""
}

// ours tells whether an address is of this server.
func (f *Federation) ours(uri string) bool {
	return strings.HasPrefix(uri, f.Site.Base+"/") || sameHost(uri, f.Site.Base)
}

// bare leaves out the fragment: it names a part of a document that is asked for whole.
func bare(uri string) string {
	uri, _, _ = strings.Cut(uri, "#")
	return uri
}

// unbear gives the address inside a bear: URI, which Pixelfed's stories and private objects come as.
func unbear(uri string) string {
	rest, ok := strings.CutPrefix(uri, "bear:?")
	if !ok {
		return uri
	}
	q, err := url.ParseQuery(rest)
	if err != nil {
		return ""
	}
	return q.Get("u")
}
