package config

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Bytes is a size, written as a whole number and a unit: "512KiB", "64MiB".
type Bytes int64

// The sizes that a unit stands for, largest first so that String finds the shortest spelling.
func byteUnits() []struct {
	name string
	size int64
} {
	return []struct {
		name string
		size int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}
}

// String spells the size with the largest unit that leaves a whole number.
func (b Bytes) String() string {
	for _, u := range byteUnits() {
		if b != 0 && int64(b)%u.size == 0 {
			return strconv.FormatInt(int64(b)/u.size, 10) + u.name
		}
	}
	return "0B"
}

// ParseBytes reads what String writes.
func ParseBytes(text string) (Bytes, error) {
	for _, u := range byteUnits() {
		digits, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n < 0 || n > (1<<62)/u.size {
			break
		}
		return Bytes(n * u.size), nil
	}
	return 0, errors.New(`wants a size such as "64MiB" (B, KiB, MiB or GiB)`)
}

// parse reads the text of an environment variable, flag, default or TOML string into a value of the setting's type.
// Its errors complete the sentence "domain …" and never quote what was given.
func (s setting) parse(text string) (any, error) {
	switch s.kind() {
	case kindBool:
		switch text {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, errors.New("wants true or false")
	case kindInt:
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, errors.New("wants a whole number")
		}
		return n, s.within(n)
	case kindDuration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, errors.New(`wants a duration such as "90s" or "1h30m"`)
		}
		return d, s.within(d)
	case kindBytes:
		b, err := ParseBytes(text)
		if err != nil {
			return nil, err
		}
		return b, s.within(b)
	case kindStrings, kindPrefixes:
		if strings.TrimSpace(text) == "" {
			return s.parseList(nil)
		}
		return s.parseList(strings.Split(text, ","))
	}
	if len(s.oneof) > 0 {
		return text, s.among(text)
	}
	return text, s.check(text)
}

// parseList reads the elements of a list.
func (s setting) parseList(items []string) (any, error) {
	if s.kind() == kindStrings {
		list := make([]string, 0, len(items))
		for _, item := range items {
			item = strings.TrimSpace(item)
			if item == "" {
				return nil, errors.New("has an empty element")
			}
			list = append(list, item)
		}
		return list, s.checkList(list)
	}
	prefixes := make([]netip.Prefix, 0, len(items))
	for _, item := range items {
		p, err := parsePrefix(strings.TrimSpace(item))
		if err != nil {
			return nil, errors.New(`wants addresses or networks such as "10.0.0.0/8"`)
		}
		prefixes = append(prefixes, p)
	}
	return prefixes, nil
}

// parsePrefix reads a network, or an address as the network of itself alone.
func parsePrefix(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		p, err := netip.ParsePrefix(text)
		return p.Masked(), err
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, errors.New("not an address")
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// parseTOML reads a value as the TOML decoder gives it; its type must be the setting's own.
func (s setting) parseTOML(v any) (any, error) {
	switch s.kind() {
	case kindBool:
		if b, ok := v.(bool); ok {
			return b, nil
		}
		return nil, wrongType{"true or false", v}
	case kindInt:
		n, ok := v.(int64)
		if !ok {
			return nil, wrongType{"a whole number", v}
		}
		return s.parse(strconv.FormatInt(n, 10))
	case kindStrings, kindPrefixes:
		list, ok := v.([]any)
		if !ok {
			return nil, wrongType{`a list of strings such as ["a", "b"]`, v}
		}
		items := make([]string, 0, len(list))
		for _, item := range list {
			text, ok := item.(string)
			if !ok {
				return nil, wrongType{"strings in its list", item}
			}
			items = append(items, text)
		}
		return s.parseList(items)
	}
	text, ok := v.(string)
	if !ok {
		return nil, wrongType{"a string in quotes", v}
	}
	return s.parse(text)
}

// wrongType is a TOML value of another type than the setting's; naming both says it all.
type wrongType struct {
	want string
	got  any
}

func (e wrongType) Error() string { return "wants " + e.want + ", not " + tomlType(e.got) }

// tomlType names a decoded value's type in the words of a person who wrote it.
func tomlType(v any) string {
	switch v.(type) {
	case string:
		return "a string"
	case bool:
		return "true or false"
	case int64:
		return "a whole number"
	case float64:
		return "a number with a fraction"
	case []any:
		return "a list"
	case map[string]any:
		return "a section"
	}
	return "a date or time"
}

// within says whether a number, duration or size is inside the setting's min and max.
func (s setting) within(v any) error {
	n := reflect.ValueOf(v).Int()
	if low, ok := s.bound(s.min); ok && n < low {
		return fmt.Errorf("wants at least %s", s.min)
	}
	if high, ok := s.bound(s.max); ok && n > high {
		return fmt.Errorf("wants at most %s", s.max)
	}
	return nil
}

// bound reads a min or max tag as the setting's type.
func (s setting) bound(text string) (int64, bool) {
	if text == "" {
		return 0, false
	}
	free := s
	free.min, free.max = "", ""
	v, err := free.parse(text)
	if err != nil {
		return 0, false
	}
	return reflect.ValueOf(v).Int(), true
}

// among says whether a word is one of the setting's few.
func (s setting) among(text string) error {
	for _, word := range s.oneof {
		if text == word {
			return nil
		}
	}
	return fmt.Errorf("wants one of %s; did you mean %q?", strings.Join(s.oneof, ", "), nearest(text, s.oneof))
}

// tomlValue spells a value as it would stand in the file.
func tomlValue(v any) string {
	switch v := v.(type) {
	case bool, int:
		return fmt.Sprint(v)
	case []string:
		return tomlList(v)
	case []netip.Prefix:
		items := make([]string, 0, len(v))
		for _, p := range v {
			items = append(items, p.String())
		}
		return tomlList(items)
	}
	return tomlString(fmt.Sprint(v))
}

// tomlList spells a list of strings.
func tomlList(items []string) string {
	quoted := make([]string, 0, len(items))
	for _, item := range items {
		quoted = append(quoted, tomlString(item))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// tomlString quotes a string by TOML's rules, which know fewer escapes than Go's.
func tomlString(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
