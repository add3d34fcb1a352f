package api

import (
	"sync"
	"time"

	"gomphothere/internal/model"
)

// family is a group of requests that share a limit (Mastodon: rack_attack, RateLimiter).
type family struct {
	name  string
	limit int
	per   time.Duration
}

// The families beside the general one, with Mastodon's numbers.
func families() map[string]family {
	list := []family{
		{"statuses", 300, 3 * time.Hour},
		{"follows", 400, 24 * time.Hour},
		{"reports", 400, 24 * time.Hour},
		{"deletes", 30, 30 * time.Minute}, // statuses deleted or unreblogged
	}
	m := map[string]family{}
	for _, f := range list {
		m[f.name] = f
	}
	return m
}

// limits counts requests per key in fixed windows, as Mastodon's answers describe them.
type limits struct {
	mu     sync.Mutex
	counts map[limitKey]int
	swept  int64
}

type limitKey struct {
	family string
	who    string
	window int64
}

const maxLimitKeys = 200_000 // about 20 MB; a flood from more addresses than that meets a fresh count

// take counts one request and tells the state of the window.
func (l *limits) take(f family, who string, now time.Time) (left int, reset time.Time, ok bool) {
	window := now.UnixNano() / int64(f.per)
	reset = time.Unix(0, (window+1)*int64(f.per)).UTC()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.counts == nil {
		l.counts = map[limitKey]int{}
	}
	if minute := now.Unix() / 60; minute != l.swept {
		l.swept = minute
		l.sweep(now)
	}
	if len(l.counts) > maxLimitKeys {
		clear(l.counts)
	}
	k := limitKey{f.name, who, window}
	l.counts[k]++
	left = f.limit - l.counts[k]
	return max(left, 0), reset, left >= 0
}

// sweep drops windows that have passed.
func (l *limits) sweep(now time.Time) {
	all := families()
	for k := range l.counts {
		per := 5 * time.Minute
		if f, ok := all[k.family]; ok {
			per = f.per
		}
		if k.window < now.UnixNano()/int64(per) {
			delete(l.counts, k)
		}
	}
}

func tooMany() error { return &model.Error{Kind: model.KindTooMany, Text: "Too many requests"} }
