package config

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
)

// The ports that mail servers take new mail on. RFC 8314
const (
	portSubmission  = 587
	portSubmissions = 465
)

// derive fills what an unset setting becomes in the light of the others, as the `auto` tags promise.
func (l *loader) derive() {
	c := &l.config
	if c.Server.Domain == "" && c.Server.Development {
		if _, port, err := net.SplitHostPort(c.Server.Listen); err == nil && port != "0" {
			c.Server.Domain = "localhost:" + port
			l.derived("domain")
		}
	}
	if c.Server.WebDomain == "" {
		c.Server.WebDomain = c.Server.Domain
		l.derived("web_domain")
	}
	if c.Mail.Port == 0 {
		c.Mail.Port = portSubmission
		if c.Mail.Security == SecurityTLS {
			c.Mail.Port = portSubmissions
		}
		l.derived("mail.port")
	}
	if c.Mail.From == "" && c.Server.Domain != "" {
		host, _, _ := strings.Cut(c.Server.Domain, ":")
		c.Mail.From = "notifications@" + host
		l.derived("mail.from")
	}
}

// rules finds the settings that contradict each other or that nothing would listen to.
func (l *loader) rules() {
	c := l.config
	l.domainRules()
	if c.Server.Database == "" {
		l.ignored("bus", "database", "the database is SQLite, which one server alone uses")
	}

	if c.Mail.Host == "" {
		for _, key := range []string{"mail.port", "mail.security", "mail.username", "mail.password"} {
			l.ignored(key, "mail.host", "mail.host is empty")
		}
	}
	if c.Mail.Username == "" {
		l.ignored("mail.password", "mail.username", "mail.username is empty")
	}
	if c.Mail.Host != "" && c.Mail.Username != "" && c.Mail.Password == "" {
		l.contradiction("mail.username", "mail.password", "wants mail.password too")
	}
	if c.Mail.Security == SecurityStartTLS && c.Mail.Port == portSubmissions {
		l.contradiction("mail.port", "mail.security", `is 465, where mail servers speak TLS from the first byte: set mail.security to "tls"`)
	}
	if c.Mail.Security == SecurityNone && c.Mail.Password != "" && c.Mail.Host != "" && !isLoopback(c.Mail.Host) {
		l.contradiction("mail.security", "mail.password", `is "none", but mail.password would cross the network to mail.host for all to read`)
	}
	if c.Accounts.Registrations != RegistrationsApproval && c.Accounts.ReasonRequired {
		l.ignored("accounts.reason_required", "accounts.registrations", fmt.Sprintf(`accounts.registrations is %q, not "approval"`, c.Accounts.Registrations))
	}
	if !c.Limits.Enabled {
		l.ignored("limits.requests", "limits.enabled", "limits.enabled is false")
	}
	if c.Memory.SoftLimit != 0 && l.env["GOMEMLIMIT"] != "" {
		l.contradiction("memory.soft_limit", "", "and the environment variable GOMEMLIMIT set the same aim: keep one of them")
	}
	if o := l.origins["data"]; o.Source == SourceFile && l.found && filepath.Clean(c.Server.Data) != filepath.Clean(l.foundIn) {
		l.contradiction("data", "", fmt.Sprintf("cannot move the data directory from a file found in the data directory (%s): use --config, --data or %sDATA", l.foundIn, envPrefix))
	}
}

// domainRules holds the names to what the rest of the world can reach.
func (l *loader) domainRules() {
	c := l.config.Server
	if c.Domain == "" {
		if c.Development {
			l.contradiction("domain", "listen", "is required where listen leaves the port to the system")
			return
		}
		l.contradiction("domain", "development", `is required: the domain in people's handles, such as "example.org" (to try out on this machine set development to true)`)
		return
	}
	if c.Development {
		return
	}
	for _, d := range []struct{ key, domain string }{{"domain", c.Domain}, {"web_domain", c.WebDomain}} {
		if d.key == "web_domain" && l.origins[d.key].Source == SourceDefault {
			continue // it repeats domain, and so would the complaint
		}
		host, _, hasPort := strings.Cut(d.domain, ":")
		_, notAddress := netip.ParseAddr(host)
		switch {
		case host == "localhost" || strings.HasSuffix(host, ".localhost"):
			l.contradiction(d.key, "development", "names this machine, which nobody else can reach: set development to true or name a real domain")
		case hasPort:
			l.contradiction(d.key, "development", "may carry a port in development only: other servers ask port 443")
		case notAddress == nil:
			l.contradiction(d.key, "development", "wants a domain, not an address: other servers and certificates need a name")
		case !strings.Contains(host, "."):
			l.contradiction(d.key, "development", `wants a whole domain such as "example.org"`)
		}
	}
}

// isLoopback knows the names and addresses of this machine.
func isLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// ignored reports a setting that somebody made and nothing would read; because names the other setting at fault.
func (l *loader) ignored(key, other, because string) {
	if l.origins[key].Source != SourceDefault {
		l.contradiction(key, other, "would be ignored, because "+because)
	}
}

// contradiction reports key where it was set, unless it or the other key already has a problem of its own.
func (l *loader) contradiction(key, other, text string) {
	if l.faulty[key] || l.faulty[other] {
		return
	}
	where := l.origins[key].Where
	if where == "" {
		where = "settings"
	}
	l.problem(where, key, key+" "+text)
}
