package social

import (
	"net/netip"
	"sync"
	"time"

	"gomphothere/internal/model"
)

// Rate is how much is allowed: N at once, and N again after Per.
type Rate struct {
	Name string
	N    int
	Per  time.Duration
}

// Mastodon's rates (rack_attack.rb), by what they count.
// constant: Go has no constant structs
var (
	signInPerIP         = Rate{"sign-in ip", 25, 5 * time.Minute}
	signInPerLogin      = Rate{"sign-in login", 25, time.Hour}
	secondFactorPerUser = Rate{"second factor", 10, 10 * time.Minute}
	signUpPerIP         = Rate{"sign-up ip", 5, 30 * time.Minute} // through apps
	signUpPagePerIP     = Rate{"sign-up page ip", 25, 5 * time.Minute}
	resetPerIP          = Rate{"reset ip", 25, 5 * time.Minute}
	resetPerEmail       = Rate{"reset email", 5, 30 * time.Minute}
	confirmPerIP        = Rate{"confirmation ip", 25, 5 * time.Minute}
	confirmPerUser      = Rate{"confirmation user", 5, 30 * time.Minute}
	passwordPerUser     = Rate{"password change", 10, 10 * time.Minute}
	appsPerIP           = Rate{"apps ip", 5, 10 * time.Minute}
	challengesPerIP     = Rate{"passkey ip", 60, 5 * time.Minute}
)

// Limits counts attempts by the generic cell rate algorithm: one time per key. It is kept in memory, so a restart
// forgives.
type Limits struct {
	mu sync.Mutex
	m  map[limitKey]model.Time // when the key would be as good as new
}

type limitKey struct{ rate, who string }

// A key costs about 100 bytes. When there are more, somebody is attacking from many addresses and forgetting some of
// them costs less than refusing everybody.
const maxLimitKeys = 100_000

// Allow counts one attempt; when it is one too many it says how long to wait.
func (l *Limits) Allow(now model.Time, r Rate, who string) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.m == nil {
		l.m = map[limitKey]model.Time{}
	}
	key := limitKey{r.Name, who}
	step := r.Per / time.Duration(r.N)
	next := max(l.m[key], now).Add(step)
	if over := next.Sub(now) - r.Per; over > 0 {
		return over, false
	}
	if len(l.m) >= maxLimitKeys {
		l.sweep(now)
	}
	l.m[key] = next
	return 0, true
}

// sweep drops what is as good as new, and if that is little, some of the rest.
func (l *Limits) sweep(now model.Time) {
	for k, t := range l.m {
		if t <= now {
			delete(l.m, k)
		}
	}
	for k := range l.m {
		if len(l.m) < maxLimitKeys/8*7 {
			return
		}
		delete(l.m, k)
	}
}

// limit refuses one attempt too many. Nobody is "", and this machine itself is never limited by its address
// (Mastodon: allow_localhost).
func (s *Social) limit(r Rate, who string) error {
	if who == "" || s.Unlimited {
		return nil
	}
	wait, ok := s.people.limits.Allow(s.DB.Now(), r, who)
	if ok {
		return nil
	}
	return &model.Error{Kind: model.KindTooMany, Text: "Too many requests", Extra: map[string]any{"retry_after": int(wait.Seconds()) + 1}}
}

// limitAddress is limit by address; of IPv6 a network of one customer counts as one.
func (s *Social) limitAddress(r Rate, ip string) error {
	a, err := netip.ParseAddr(ip)
	if err != nil || a.IsLoopback() {
		return nil
	}
	if a = a.Unmap(); a.Is6() {
		const customer = 64 // bits of a network that one customer has
		p, err := a.WithZone("").Prefix(customer)
		if err != nil {
			return err
		}
		return s.limit(r, p.String())
	}
	return s.limit(r, a.String())
}
