package federation

import (
	"context"
	"errors"
	"sync"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

const (
	// What a server runs is asked for again after so long: it is for people to read and for choosing between spellings.
	describeAgain = 7 * 24 * time.Hour
	// A server that was given up is asked so often whether it is back, should it never say anything by itself.
	probeAgain = 7 * 24 * time.Hour
	// Servers asked by one run of the schedule, and how many of them at once: a few a minute are no load for anybody.
	tendMost   = 60
	tendAtOnce = 6
)

// TendPeers asks servers that we talk with what they run, now and then, and those given up whether they are back. A
// schedule runs it.
func (f *Federation) TendPeers(ctx context.Context) error {
	q, now := f.DB.Read(ctx), f.DB.Now()
	undescribed, err := q.PeersToDescribe(now.Add(-describeAgain), tendMost)
	if err != nil {
		return err
	}
	lost, err := q.PeersToProbe(now.Add(-probeAgain), tendMost)
	if err != nil {
		return err
	}
	return errors.Join(
		few(undescribed, func(p model.Peer) error { return f.describe(ctx, p.Host) }),
		few(lost, func(p model.Peer) error { return f.probe(ctx, p.Host) }),
	)
}

// few does something for each, some at once.
func few(peers []model.Peer, do func(model.Peer) error) error {
	var mu sync.Mutex
	var errs []error
	var wg sync.WaitGroup
	turn := make(chan struct{}, tendAtOnce)
	for _, p := range peers {
		turn <- struct{}{}
		wg.Go(func() {
			defer func() { <-turn }()
			if err := do(p); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// describe asks a server what it runs.
func (f *Federation) describe(ctx context.Context, host string) error {
	facts := social.PeerFacts{Described: true}
	if _, may, err := f.Social.DomainPolicy(ctx, host); err != nil || !may {
		return errors.Join(err, f.Social.PeerLearned(ctx, host, facts))
	}
	info, err := f.Fetch.NodeInfo(ctx, host)
	if err == nil {
		facts.Software, facts.Version = info.Software, info.Version
	} else {
		f.Log.Debug("a server does not say what it runs", "host", host, "error", err)
	}
	return f.Social.PeerLearned(ctx, host, facts)
}

// probe asks a server that was given up whether it is back.
func (f *Federation) probe(ctx context.Context, host string) error {
	_, err := f.Fetch.NodeInfo(ctx, host)
	switch model.KindOf(err) {
	case model.KindUnavailable, model.KindInternal, model.KindTooMany:
		if err != nil {
			return f.Social.PeerFailed(ctx, host, why(err))
		}
	}
	return f.Social.RetryPeer(ctx, host) // whatever it said, it is there
}
