package federation

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
)

// digest stands for a set of followers: the hashes of their addresses, each added without carry (FEP-8fcf).
type digest [sha256.Size]byte

const (
	// With more followers no digests are sent, as with Mastodon since 4.6.
	maxSynced = 25000
	// Digests of so many private posts under way are kept, some 300 KB each at the most.
	keptDigests = 8
)

// syncHeader tells a server which of its people follow an author, so that it can put right what differs (FEP-8fcf).
func (f *Federation) syncHeader(ctx context.Context, a *model.OutgoingActivity, host string) (http.Header, error) {
	digests, err := f.followerDigests(ctx, a)
	if err != nil || digests == nil {
		return nil, err
	}
	author, err := f.DB.Read(ctx).Account(a.AccountID)
	if err != nil {
		return nil, unlessGone(err)
	}
	sum := digests[host] // of nobody: zeros
	return http.Header{"Collection-Synchronization": {fmt.Sprintf(`collectionId="%s/followers", digest="%s", url="%s/followers_synchronization"`,
		author.URI, hex.EncodeToString(sum[:]), author.URI)}}, nil
}

// followerDigests gives the digest of an author's followers on each server, read once for an activity; nil: too many.
func (f *Federation) followerDigests(ctx context.Context, a *model.OutgoingActivity) (map[string]digest, error) {
	if d, ok := f.out.digests.get(a.ID); ok {
		return d, nil
	}
	f.out.making.Lock()
	defer f.out.making.Unlock()
	if d, ok := f.out.digests.get(a.ID); ok {
		return d, nil
	}
	uris, err := f.DB.Read(ctx).FollowerURIs(a.AccountID, maxSynced)
	if err != nil {
		return nil, err
	}
	var all map[string]digest
	if len(uris) < maxSynced {
		all = map[string]digest{}
		for _, uri := range uris {
			host := ap.Host(uri)
			sum, one := all[host], sha256.Sum256([]byte(uri))
			subtle.XORBytes(sum[:], sum[:], one[:])
			all[host] = sum
		}
	}
	f.out.digests.put(a.ID, all)
	return all, nil
}
