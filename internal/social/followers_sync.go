package social

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
	"sync"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

const (
	// maxSynced is how many followers an account may have for its lists to be compared. Mastodon 4.6
	maxSynced = 25_000
	// maxDigests bounds the accounts whose digests are kept: 32 bytes for every server that follows them.
	maxDigests = 2000
)

// digests are followers' digests by account, until its followers change.
type digests struct {
	mu     sync.Mutex
	gen    uint64
	byHost map[model.ID]map[string][sha256.Size]byte
}

func (d *digests) forget(events []model.Event) {
	for _, e := range events {
		if e.Type != model.TouchAccount {
			continue
		}
		d.mu.Lock()
		d.gen++
		delete(d.byHost, e.ID)
		d.mu.Unlock()
	}
}

// Digest is FEP-8fcf's: the SHA-256 of each address, all of them by exclusive or, in hexadecimal.
func Digest(uris []string) string {
	var sum [sha256.Size]byte
	for _, u := range uris {
		mix(&sum, u)
	}
	return hex.EncodeToString(sum[:])
}

func mix(sum *[sha256.Size]byte, uri string) {
	one := sha256.Sum256([]byte(uri))
	for i := range sum {
		sum[i] ^= one[i]
	}
}

// FollowersDigest is the digest of an account's followers on one server, by the authority of their addresses; "" when
// it has none there or too many followers for lists to be compared.
func (s *Social) FollowersDigest(ctx context.Context, account *model.Account, host string) (string, error) {
	if account.FollowersCount >= maxSynced {
		return "", nil
	}
	host = strings.ToLower(host)
	s.digests.mu.Lock()
	byHost, ok := s.digests.byHost[account.ID]
	gen := s.digests.gen
	s.digests.mu.Unlock()
	if !ok {
		uris, _, err := s.DB.Read(ctx).RemoteFollowerURIs(account.ID, "", maxSynced)
		if err != nil {
			return "", err
		}
		byHost = map[string][sha256.Size]byte{}
		for _, u := range uris {
			p, err := url.Parse(u)
			if err != nil {
				continue
			}
			sum := byHost[strings.ToLower(p.Host)]
			mix(&sum, u)
			byHost[strings.ToLower(p.Host)] = sum
		}
		s.digests.mu.Lock()
		if s.digests.gen == gen {
			if s.digests.byHost == nil || len(s.digests.byHost) >= maxDigests {
				s.digests.byHost = map[model.ID]map[string][sha256.Size]byte{}
			}
			s.digests.byHost[account.ID] = byHost
		}
		s.digests.mu.Unlock()
	}
	sum, ok := byHost[host]
	if !ok {
		return "", nil
	}
	return hex.EncodeToString(sum[:]), nil
}

// FollowersOn are the addresses of an account's followers on one server, for it to compare with what it knows.
func (s *Social) FollowersOn(ctx context.Context, account *model.Account, host string) ([]string, error) {
	uris, _, err := s.DB.Read(ctx).RemoteFollowerURIs(account.ID, strings.ToLower(host), maxSynced)
	return uris, err
}

// LocalFollowersDigest is the digest of those of ours who follow an account of another server, to compare with the one
// it tells.
func (s *Social) LocalFollowersDigest(ctx context.Context, account *model.Account) (string, error) {
	uris, err := s.DB.Read(ctx).LocalFollowerURIs(account.ID, maxSynced)
	return Digest(uris), err
}

// SyncFollowers makes our follows of an account what its server says they are; listed is its list of our people, which
// the caller fetched. Who waits for an answer and is listed follows; who is listed and does not follow takes it back
// there. Who follows and is not listed no longer does, if the list is proven to be whole by its digest.
func (s *Social) SyncFollowers(ctx context.Context, account *model.Account, listed []string, whole bool) error {
	if account.Local() || len(listed) > maxSynced {
		return model.Invalidf("These followers cannot be compared")
	}
	q := s.DB.Read(ctx)
	named := make(map[string]bool, len(listed))
	for _, u := range listed {
		named[u] = true
	}
	have, err := q.LocalFollowers(account.ID, maxSynced)
	if err != nil {
		return err
	}
	for _, a := range have {
		if !named[a.URI] && whole {
			if err := s.answered(ctx, a, account, func(tx *store.Tx) error {
				_, _, err := loosen(tx, a.ID, account.ID)
				return err
			}); err != nil {
				return err
			}
		}
		delete(named, a.URI)
	}
	for uri := range named {
		if err := s.unexpectedFollow(ctx, account, uri); err != nil {
			return err
		}
	}
	return nil
}

// unexpectedFollow deals with one of ours who is said to follow somebody, of which we know nothing.
func (s *Social) unexpectedFollow(ctx context.Context, account *model.Account, uri string) error {
	me, err := s.DB.Read(ctx).AccountByURI(uri)
	if model.IsNotFound(err) || err == nil && !me.Local() {
		return nil
	}
	if err != nil {
		return err
	}
	return s.answered(ctx, me, account, func(tx *store.Tx) error {
		asked, err := tx.FollowRequestOf(me.ID, account.ID)
		if err != nil {
			return err
		}
		if asked != nil {
			return tx.AcceptFollow(*asked)
		}
		follows, err := tx.Follows(me.ID, account.ID)
		if err != nil || follows {
			return err
		}
		return s.tell(tx, model.Distribute{Activity: "Undo Follow", Actor: me.ID, Account: account.ID, URI: s.newURI(tx)})
	})
}
