package model

import (
	"fmt"
	"strconv"
	"time"
)

// ID identifies a row: unix milliseconds << 16 | sequence, so ids sort by time as Mastodon's do.
// Zero means "none". In JSON it is a decimal string.
type ID int64

// ParseID reads an id as clients send it. Anything but a positive decimal number is not an id.
func ParseID(s string) (ID, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, NotFound("Record not found")
	}
	return ID(n), nil
}

// IDAt is the smallest id made at t; for cursors by time.
func IDAt(t Time) ID { return ID(t << 16) }

func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// Time is when the id was made.
func (id ID) Time() Time { return Time(id >> 16) }

// MarshalText makes ids strings in JSON, as JavaScript clients need (53-bit numbers).
func (id ID) MarshalText() ([]byte, error) { return strconv.AppendInt(nil, int64(id), 10), nil }

// UnmarshalText accepts what MarshalText writes.
func (id *ID) UnmarshalText(b []byte) error {
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return fmt.Errorf("id %q: %w", b, err)
	}
	*id = ID(n)
	return nil
}

// Time is unix milliseconds in UTC; zero means "never" or "none". In JSON it is Mastodon's
// "2006-01-02T15:04:05.000Z".
type Time int64

// At turns a clock's time into ours.
func At(t time.Time) Time { return Time(t.UnixMilli()) }

// Std is the standard library's form, in UTC.
func (t Time) Std() time.Time { return time.UnixMilli(int64(t)).UTC() }

// Add moves by d, to the millisecond.
func (t Time) Add(d time.Duration) Time { return t + Time(d.Milliseconds()) }

// Sub is the time from u to t.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t-u) * time.Millisecond }

// Zero tells whether the time is "never".
func (t Time) Zero() bool { return t == 0 }

const timeForm = "2006-01-02T15:04:05.000Z"

func (t Time) String() string { return t.Std().Format(timeForm) }

// Date is the day in UTC, "2006-01-02".
func (t Time) Date() string { return t.Std().Format(time.DateOnly) }

// MarshalText is the form clients expect (Mastodon API: "Datetime").
func (t Time) MarshalText() ([]byte, error) { return t.Std().AppendFormat(nil, timeForm), nil }

// UnmarshalText accepts RFC 3339.
func (t *Time) UnmarshalText(b []byte) error {
	s, err := time.Parse(time.RFC3339, string(b))
	if err != nil {
		return fmt.Errorf("time %q: %w", b, err)
	}
	*t = At(s)
	return nil
}

// OrNull is for entities whose time may be null: nil for "never".
func (t Time) OrNull() *Time {
	if t == 0 {
		return nil
	}
	return &t
}

// OrNull is for entities whose id may be null: nil for "none".
func (id ID) OrNull() *ID {
	if id == 0 {
		return nil
	}
	return &id
}
