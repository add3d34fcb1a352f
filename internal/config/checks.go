package config

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// check says whether a string is what its `is` tag asks for. Empty is fine exactly where the default is empty.
func (s setting) check(text string) error {
	if text == "" {
		if s.def == "" {
			return nil
		}
		return errors.New("wants a value")
	}
	if strings.ContainsRune(text, 0) {
		return errors.New("has a NUL byte")
	}
	switch s.is {
	case "address":
		return checkAddress(text)
	case "domain":
		return checkDomain(text)
	case "database":
		return checkDatabase(text)
	case "bus":
		return checkBus(text)
	case "host":
		return checkHost(text)
	case "mailbox":
		if _, err := mail.ParseAddress(text); err != nil || strings.ContainsAny(text, "\r\n") {
			return errors.New(`wants a mail address such as "Example <notifications@example.org>"`)
		}
	case "email":
		if a, err := mail.ParseAddress(text); err != nil || a.Address != text {
			return errors.New(`wants a mail address such as "owner@example.org"`)
		}
	case "line":
		if strings.ContainsAny(text, "\r\n") {
			return errors.New("wants a single line")
		}
	}
	return nil
}

// checkList says whether the strings of a list are what the `is` tag asks for.
func (s setting) checkList(items []string) error {
	if s.is != "languages" {
		return nil
	}
	for _, item := range items {
		if !isLanguage(item) {
			return errors.New(`wants language tags such as "en" or "pt-BR"`)
		}
	}
	if len(items) == 0 {
		return errors.New("wants at least one language")
	}
	return nil
}

// isLanguage knows the shape of BCP 47 tags, without asking whether anybody speaks them.
func isLanguage(tag string) bool {
	main, _, _ := strings.Cut(tag, "-")
	if len(main) > 3 || !isHostName(tag) {
		return false
	}
	for part := range strings.SplitSeq(tag, "-") {
		if len(part) < 2 || len(part) > 8 || strings.Contains(part, ".") {
			return false
		}
	}
	return strings.Trim(main, "abcdefghijklmnopqrstuvwxyz") == ""
}

// checkAddress accepts what a listener can be opened on: host:port, where the host may be empty.
func checkAddress(text string) error {
	host, port, err := net.SplitHostPort(text)
	if err != nil || strings.ContainsAny(host, "/ @") {
		return errors.New(`wants an address and a port such as "127.0.0.1:8080" or ":8080"`)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return errors.New("wants a port between 0 and 65535")
	}
	return nil
}

// checkDomain accepts a host name in lower case, with a port perhaps; whether a port is allowed is for the rules.
func checkDomain(text string) error {
	if strings.Contains(text, "://") {
		return errors.New(`wants the bare domain such as "example.org", without http:// or https://`)
	}
	host, port, hasPort := strings.Cut(text, ":")
	if hasPort {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || port != strconv.Itoa(n) {
			return errors.New("wants a port between 1 and 65535 after the colon")
		}
	}
	switch {
	case host != strings.ToLower(host):
		return errors.New("wants a domain in lower case")
	case !isHostName(host):
		return errors.New(`wants a domain such as "example.org" (names outside ASCII in their xn-- form)`)
	}
	return nil
}

// isHostName knows names by the letters of RFC 1123, without a final dot.
func isHostName(host string) bool {
	if host == "" || len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if !(r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
				return false
			}
		}
	}
	return true
}

// checkHost accepts a name or an address without port.
func checkHost(text string) error {
	if _, err := netip.ParseAddr(text); err == nil || isHostName(text) {
		return nil
	}
	if host, port, err := net.SplitHostPort(text); err == nil && isHostName(host) {
		return fmt.Errorf("wants the host alone; put the port %.5q into its own setting", port)
	}
	return errors.New(`wants a host such as "smtp.example.org"`)
}

// checkBus accepts the URL of a NATS server. Its errors must not quote the text: it may hold a password.
func checkBus(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "nats" && u.Scheme != "tls" || u.Host == "" {
		return errors.New("wants a nats:// or tls:// URL with a host, or nothing for the database itself")
	}
	return nil
}

// checkDatabase accepts a PostgreSQL URL. Its errors must not quote the text: it holds a password.
func checkDatabase(text string) error {
	scheme, _, ok := strings.Cut(text, "://")
	if !ok || scheme != "postgres" && scheme != "postgresql" {
		return errors.New("wants a postgres:// URL, or nothing for SQLite in the data directory")
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("is not a well-formed URL (characters such as / # ? % in a password must be %-escaped)")
	case strings.Contains(text, "#"):
		return errors.New("has a # in it; in a password write %23")
	case u.Host == "" && !u.Query().Has("host"):
		return errors.New("names no host (for a socket write postgres:///name?host=/var/run/postgresql)")
	case strings.Trim(u.Path, "/") == "":
		return errors.New("names no database; it stands after the host: postgres://user@host/name")
	}
	return nil
}
