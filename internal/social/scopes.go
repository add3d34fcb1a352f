package social

import (
	"slices"
	"strings"
)

// Scopes is everything a token can be good for (Mastodon API: oauth-scopes).
// constant: Go has no constant slices
var Scopes = strings.Fields(`
	profile
	read read:accounts read:blocks read:bookmarks read:collections read:favourites read:filters read:follows read:lists
	read:mutes read:notifications read:search read:statuses
	write write:accounts write:blocks write:bookmarks write:collections write:conversations write:favourites
	write:filters write:follows write:lists write:media write:mutes write:notifications write:reports write:statuses
	follow push
	admin:read admin:read:accounts admin:read:reports admin:read:domain_allows admin:read:domain_blocks
	admin:read:ip_blocks admin:read:email_domain_blocks admin:read:canonical_email_blocks
	admin:write admin:write:accounts admin:write:reports admin:write:domain_allows admin:write:domain_blocks
	admin:write:ip_blocks admin:write:email_domain_blocks admin:write:canonical_email_blocks`)

// followScopes is what the legacy scope "follow" stands for.
// constant: Go has no constant slices
var followScopes = strings.Fields("read:blocks write:blocks read:follows write:follows read:mutes write:mutes")

// DefaultScope is what an app gets that asks for none.
const DefaultScope = "read"

// ParseScopes reads a space-separated list, each scope once, in its order; ok is false for an unknown one.
func ParseScopes(s string) (scopes []string, ok bool) {
	for _, w := range strings.Fields(strings.ReplaceAll(s, "+", " ")) {
		if !slices.Contains(Scopes, w) {
			return nil, false
		}
		if !slices.Contains(scopes, w) {
			scopes = append(scopes, w)
		}
	}
	return scopes, true
}

// Grants tells whether having these scopes allows what wants one: read allows read:accounts, admin:write allows
// admin:write:accounts, and follow allows its parts.
func Grants(have []string, want string) bool {
	for _, h := range have {
		if h == want || strings.HasPrefix(want, h+":") {
			return true
		}
		if h == "follow" && slices.Contains(followScopes, want) {
			return true
		}
	}
	return false
}

// GrantsAll tells whether having some scopes allows all of the others.
func GrantsAll(have, want []string) bool {
	return !slices.ContainsFunc(want, func(w string) bool { return !Grants(have, w) })
}
