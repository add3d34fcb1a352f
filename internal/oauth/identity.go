package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// Identity is who makes a request. It is shared; nobody changes it.
type Identity struct {
	Token   *model.Token
	App     *model.App
	User    *model.User    // nil: the app itself
	Account *model.Account // nil: the app itself

	scopes []string
}

// Has tells whether the token is good for a scope.
func (i *Identity) Has(scope string) bool { return social.Grants(i.scopes, scope) }

// Allows tells whether the token is good for any of these scopes; none means any token will do.
func (i *Identity) Allows(scopes ...string) bool {
	for _, s := range scopes {
		if i.Has(s) {
			return true
		}
	}
	return len(scopes) == 0
}

// Allows tells whether a token's scopes, space-separated, are good for any of these.
func Allows(scopes string, any []string) bool {
	have := strings.Fields(scopes)
	return slices.ContainsFunc(any, func(want string) bool { return social.Grants(have, want) })
}

// MayAct says why the person may not use the API yet, in Mastodon's words; an app itself may.
func (i *Identity) MayAct() error {
	switch {
	case i.User == nil:
		return nil
	case i.User.Disabled || i.Account.Suspended() || i.Account.Memorial:
		return model.Forbidden("Your login is currently disabled")
	case i.User.ConfirmedAt == 0:
		return model.Forbidden("Your login is missing a confirmed e-mail address")
	case !i.User.Approved:
		return model.Forbidden("Your login is currently pending approval")
	}
	return nil
}

// ErrToken is Mastodon's answer to a token nobody has.
func ErrToken() error { return model.Unauthorized("The access token is invalid") }

// Who finds who holds a token and may act with it.
func (o *OAuth) Who(ctx context.Context, bearer string) (*Identity, error) {
	return o.WhoFrom(ctx, bearer, "")
}

// WhoFrom is Who, and keeps the address for the holder to see.
func (o *OAuth) WhoFrom(ctx context.Context, bearer, ip string) (*Identity, error) {
	i, err := o.Holder(ctx, bearer, ip)
	if err != nil {
		return nil, err
	}
	if err := i.MayAct(); err != nil {
		return nil, err
	}
	return i, nil
}

// maxToken is far above our own tokens and those that Mastodon made.
const maxToken = 255

// Holder finds who holds a token, whether or not they may act yet.
func (o *OAuth) Holder(ctx context.Context, bearer, ip string) (*Identity, error) {
	if bearer == "" || len(bearer) > maxToken {
		return nil, ErrToken()
	}
	key := tokenKey(sha256.Sum256([]byte(bearer)))
	e, ok := o.tokens.get(key)
	if !ok {
		var err error
		if e, err = o.load(ctx, key); err != nil {
			return nil, err
		}
	}
	o.noteUse(e, ip)
	return e.identity, nil
}

// Still finds who holds the token of an earlier identity, if it is good still; hash is the token's, as its row has it.
func (o *OAuth) Still(ctx context.Context, hash string) (*Identity, error) {
	b, err := hex.DecodeString(hash)
	if err != nil || len(b) != sha256.Size {
		return nil, ErrToken()
	}
	key := tokenKey(b)
	e, ok := o.tokens.get(key)
	if !ok {
		if e, err = o.load(ctx, key); err != nil {
			return nil, err
		}
	}
	return e.identity, e.identity.MayAct()
}

func (o *OAuth) load(ctx context.Context, key tokenKey) (*held, error) {
	q := o.social.DB.Read(ctx)
	all, changes := o.tokens.all.Load(), o.tokens.changes.Load()
	hash := hex.EncodeToString(key[:])
	t, err := q.TokenByHash(hash)
	if model.IsNotFound(err) {
		return nil, ErrToken()
	}
	if err != nil {
		return nil, err
	}
	// Generations are read before the rows, so that a change between the two is seen. Whose they are the row tells; if
	// anything changed since it was read, it is read again.
	g := o.tokens.shard(t.AccountID)
	e := &held{tokens: g.tokens.Load(), account: g.account.Load(), all: all}
	if o.tokens.changes.Load() != changes {
		if t, err = q.TokenByHash(hash); model.IsNotFound(err) {
			return nil, ErrToken()
		}
		if err != nil {
			return nil, err
		}
	}
	i := &Identity{Token: t, scopes: strings.Fields(t.Scopes)}
	if i.App, err = q.App(t.AppID); err != nil {
		return nil, err
	}
	if t.UserID != 0 {
		i.User, err = q.User(t.UserID)
		if model.IsNotFound(err) {
			return nil, ErrToken()
		}
		if err != nil {
			return nil, err
		}
		if i.Account, err = q.Account(t.AccountID); err != nil {
			return nil, err
		}
	}
	e.identity = i
	e.used = &atomic.Int64{}
	e.used.Store(int64(t.LastUsedAt))
	o.tokens.set(key, e)
	return e, nil
}

// tokens remembers who holds which token. An entry is good while its generations are: whoever changes a token or a
// login counts up, so nothing has to be found and removed, and a slow reader cannot put back what was dropped.
type tokens struct {
	mu  sync.RWMutex
	m   map[tokenKey]*held
	all atomic.Uint64
	// changes counts those of all tokens.
	changes atomic.Uint64
	shards  [tokenShards]generation
	uses    chan social.TokenUse
}

type tokenKey [sha256.Size]byte

type generation struct {
	tokens  atomic.Uint64 // tokens and logins
	account atomic.Uint64 // the account's row
}

type held struct {
	identity             *Identity
	tokens, account, all uint64
	used                 *atomic.Int64 // when we last had the use written
}

const (
	cachedTokens = 5000 // about 1 KB each
	tokenShards  = 4096 // an account that changes throws out one in so many of the others
	pendingUses  = 256  // beyond, a use is not noted; the next one will be
	noteEvery    = time.Hour
)

func newTokens() *tokens {
	return &tokens{m: map[tokenKey]*held{}, uses: make(chan social.TokenUse, pendingUses)}
}

func (t *tokens) shard(account model.ID) *generation {
	return &t.shards[(uint64(account)*0x9e3779b97f4a7c15)>>52]
}

func (t *tokens) get(key tokenKey) (*held, bool) {
	t.mu.RLock()
	e, ok := t.m[key]
	t.mu.RUnlock()
	if !ok {
		return nil, false
	}
	g := t.shard(e.identity.Token.AccountID)
	if e.all != t.all.Load() || e.tokens != g.tokens.Load() || e.account != g.account.Load() {
		return nil, false
	}
	return e, true
}

// set keeps an entry; when there are too many, some others go, whichever come first.
func (t *tokens) set(key tokenKey, e *held) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k := range t.m {
		if len(t.m) < cachedTokens {
			break
		}
		delete(t.m, k)
	}
	t.m[key] = e
}

// forget hears what was committed.
func (t *tokens) forget(events []model.Event) {
	for _, e := range events {
		switch e.Type {
		case model.TouchTokens:
			t.changes.Add(1)
			if e.Account == 0 {
				t.all.Add(1)
				continue
			}
			t.shard(e.Account).tokens.Add(1)
		case model.TouchAccount:
			t.shard(e.ID).account.Add(1)
		case model.TouchAll:
			t.changes.Add(1)
			t.all.Add(1)
		}
	}
}

// noteUse has a token's use written down, at most once an hour and outside the request.
func (o *OAuth) noteUse(e *held, ip string) {
	now := int64(o.social.DB.Now())
	last := e.used.Load()
	if now-last < noteEvery.Milliseconds() || !e.used.CompareAndSwap(last, now) {
		return
	}
	select {
	case o.tokens.uses <- social.TokenUse{Token: e.identity.Token.ID, User: e.identity.Token.UserID, IP: ip}:
	default: // the use an hour from now is as good
	}
}

// Run writes down when tokens were used, until ctx ends.
func (o *OAuth) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case u := <-o.tokens.uses:
			// After a restart everybody comes at once: what waits is written together.
			uses := []social.TokenUse{u}
			for range len(o.tokens.uses) {
				uses = append(uses, <-o.tokens.uses)
			}
			if err := o.social.TokensUsed(ctx, uses); err != nil && ctx.Err() == nil {
				o.log.Warn("tokens' uses were not noted", "error", err)
			}
		}
	}
}
