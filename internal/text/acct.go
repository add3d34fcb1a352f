package text

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

const (
	// maxLocalUsername is Mastodon's bound on the names it lets people choose.
	maxLocalUsername = 30
	// maxUsername bounds the names of strangers: Mastodon's hard limit.
	maxUsername = 2048
	// maxDomain is the longest host name the DNS can hold.
	maxDomain = 253
)

// LocalUsername says whether somebody may choose this name here: letters, digits, underscores.
func LocalUsername(name string) bool {
	if name == "" || len(name) > maxLocalUsername {
		return false
	}
	for i := 0; i < len(name); i++ {
		if !asciiWord(rune(name[i])) {
			return false
		}
	}
	return true
}

// Username says whether an account elsewhere may bear this name: dots and hyphens inside as well.
func Username(name string) bool {
	return name != "" && len(name) <= maxUsername && dotted(name, 0, asciiWord) == len(name)
}

// Acct is a handle: who, and where; Domain "" is this server.
type Acct struct {
	Username string // case as written
	Domain   string // lower case, punycode
}

// String is user, or user@domain.
func (a Acct) String() string {
	if a.Domain == "" {
		return a.Username
	}
	return a.Username + "@" + a.Domain
}

// ParseAcct reads user, user@domain or either with a leading @.
func ParseAcct(s string) (Acct, bool) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "@")
	name, domain, remote := strings.Cut(s, "@")
	if !Username(name) {
		return Acct{}, false
	}
	if !remote {
		return Acct{Username: name}, true
	}
	domain, ok := Domain(domain)
	return Acct{Username: name, Domain: domain}, ok
}

// Domain is the one spelling under which a server is kept: lower case, punycode, no trailing dot;
// with the port when one is given, as servers on a workbench have.
func Domain(s string) (string, bool) {
	host, port, hasPort := strings.Cut(s, ":")
	if hasPort {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return "", false
		}
		port = ":" + strconv.FormatUint(n, 10)
	}
	host = strings.TrimSuffix(host, ".")
	if host == "" || len(host) > 4*maxDomain || !utf8.ValidString(host) { // longer cannot be short enough in punycode
		return "", false
	}
	host, err := idna.Lookup.ToASCII(host)
	if err != nil || host == "" || len(host) > maxDomain {
		return "", false
	}
	if again, err := idna.Lookup.ToASCII(host); err != nil || again != host { // a spelling must be its own spelling
		return "", false
	}
	for _, label := range strings.Split(host, ".") {
		if label == "" || len(label) > 63 {
			return "", false
		}
	}
	return host + port, true
}
