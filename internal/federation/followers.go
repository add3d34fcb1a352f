package federation

import (
	"context"
	"net/http"
	"strings"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// noteFollowers has who of ours follows the sender compared with what it says in passing (FEP-8fcf): the header
// Collection-Synchronization of a delivery.
func (f *Federation) noteFollowers(ctx context.Context, r *http.Request, signer *model.Account) {
	header := r.Header.Get("Collection-Synchronization")
	if header == "" || len(header) > maxURI {
		return
	}
	said := map[string]string{}
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		said[strings.TrimSpace(name)] = strings.Trim(strings.TrimSpace(value), `"`)
	}
	digest := strings.ToLower(said["digest"])
	if signer.FollowersURL == "" || said["collectionId"] != signer.FollowersURL || len(digest) != 64 || !ap.SameHost(said["url"], signer.URI) {
		return
	}
	ours, err := f.Social.LocalFollowersDigest(ctx, signer)
	if err != nil || ours == digest {
		return
	}
	job := model.SyncFollowers{Account: signer.ID, URL: said["url"], Digest: digest}
	if err := f.DB.EnqueueOnce(ctx, signer.ID.String(), 0, job); err != nil {
		f.Log.Error("have followers compared", "account", signer.URI, "error", err)
	}
}

// maxURI bounds an address in a header; longer ones are nobody's.
const maxURI = 4096

const (
	// Followers of ours that another server may list of one account: Mastodon's ten pages, and no more than a document
	// has.
	maxFollowers      = 40_000
	maxFollowersPages = 10
)

// SyncFollowers asks an account's server who of ours follows it, and ends what only one side believes.
func (f *Federation) SyncFollowers(ctx context.Context, job model.SyncFollowers) error {
	a, err := f.DB.Read(ctx).Account(job.Account)
	if model.IsNotFound(err) || err == nil && (a.Local() || a.Suspended() || !ap.SameHost(job.URL, a.URI)) {
		return nil
	}
	if err != nil {
		return err
	}
	if ours, err := f.Social.LocalFollowersDigest(ctx, a); err != nil || ours == job.Digest {
		return err
	}
	var uris []string
	err = f.walk(ctx, job.URL, walkLimits{Items: maxFollowers, Pages: maxFollowersPages}, func(item ap.Ref) error {
		if f.ours(item.ID) {
			uris = append(uris, item.ID)
		}
		return nil
	})
	if err != nil {
		return settled(err)
	}
	return settled(f.Social.SyncFollowers(ctx, a, uris, social.Digest(uris) == job.Digest))
}
