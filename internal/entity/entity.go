// Package entity draws what clients of the API receive: pure functions from rows to Mastodon's JSON. Constructors bear
// the entity's name and give structs; the Append functions write statuses and accounts, the bulk of all answers, as
// bytes, and draw what is the same for every reader once per version of a row.
package entity

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"gomphothere/internal/model"
)

// Drawer carries what drawing needs of the configuration.
type Drawer struct {
	Base      string // https://web.domain, no slash at the end
	Domain    string // in handles
	MediaBase string // what a file's key is appended to
}

// Pictures of those who have none, below Base; the web room serves them. Apps know these paths of Mastodon's, and
// show something of their own instead.
const (
	DefaultAvatar    = "/avatars/original/missing.png"
	DefaultHeader    = "/headers/original/missing.png"
	DefaultThumbnail = "/thumbnail.png" // of the instance
)

// file is the address of a stored file, or what it falls back to.
func (d *Drawer) file(key, fallback string) string {
	if key == "" {
		return fallback
	}
	return d.MediaBase + key
}

// none is an array of things this server has none of yet: collections' own issue brings them.
type none struct{}

// list makes nil an empty array, as clients expect.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// each draws a slice.
func each[T, E any](s []T, draw func(T) E) []E {
	out := make([]E, len(s))
	for i, v := range s {
		out[i] = draw(v)
	}
	return out
}

// orNull is for strings whose absence is null.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// appendJSON appends v. What is given here are our own structs of plain values, which always marshal; should one not,
// null stands in its place and the shape tests say so.
func appendJSON(dst []byte, v any) []byte {
	b := bytes.NewBuffer(dst)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return append(dst, "null"...)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// drawn marshals v into bytes of its own, to be kept.
func drawn(v any) []byte { return bytes.Clone(appendJSON(nil, v)) }

// open drops the closing brace, so that more keys can follow.
func open(object []byte) []byte { return object[:len(object)-1] }

func appendID(dst []byte, id model.ID) []byte {
	dst = append(dst, '"')
	dst = strconv.AppendInt(dst, int64(id), 10)
	return append(dst, '"')
}

func appendBool(dst []byte, key string, v bool) []byte {
	dst = append(dst, key...)
	return strconv.AppendBool(dst, v)
}

// appendTime appends a time, or null for never.
func appendTime(dst []byte, t model.Time) []byte {
	if t == 0 {
		return append(dst, "null"...)
	}
	dst = append(dst, '"')
	dst = t.Std().AppendFormat(dst, "2006-01-02T15:04:05.000Z")
	return append(dst, '"')
}

// appendString appends s quoted (RFC 8259 §7).
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(dst, s[start:i]...)
				dst = append(dst, "\ufffd"...)
				start = i + 1
			}
			i += n
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		if c == '"' || c == '\\' {
			dst = append(dst, '\\', c)
		} else {
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// appendArray appends what draw appends for each.
func appendArray[T any](dst []byte, s []T, draw func(dst []byte, v T) []byte) []byte {
	dst = append(dst, '[')
	for i, v := range s {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = draw(dst, v)
	}
	return append(dst, ']')
}
