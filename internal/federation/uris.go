package federation

import (
	"strings"

	"gomphothere/internal/ap"
)

// webURI tells whether an address may be asked or kept: https, or http where servers on a workbench try each other. What
// came over http could be anybody's, so elsewhere it speaks for nobody.
func (f *Federation) webURI(uri string) bool {
	if ap.Host(uri) == "" || strings.ContainsFunc(uri, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return false
	}
	return strings.HasPrefix(uri, "https://") || f.Site.Development && strings.HasPrefix(uri, "http://")
}

// ours tells whether an address is of this server.
func (f *Federation) ours(uri string) bool { return ap.SameHost(uri, f.Site.Base) }

// bare leaves out the fragment: it names a part of a document that is asked for whole.
func bare(uri string) string {
	uri, _, _ = strings.Cut(uri, "#")
	return uri
}
