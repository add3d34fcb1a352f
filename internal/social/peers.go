package social

import (
	"context"
	"strings"
	"sync"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

const (
	// peerNoteEvery is how often it is written down that a peer still does what it did: it is said with every request.
	peerNoteEvery = time.Hour
	// peerAge is how long what is known of a peer is believed without reading it again: other processes write too.
	peerAge = 5 * time.Minute
	// maxPeersKept bounds the peers kept in memory, 400 bytes each; more than are ever talked with in an hour.
	maxPeersKept = 50_000
	// giveUpAfter is on how many different days a peer must have failed. Mastodon: DeliveryFailureTracker
	giveUpAfter = 7
	// maxPeerError bounds why a peer failed: its first words say it.
	maxPeerError = 300
)

// peers is what is known of other servers, in memory.
type peers struct {
	mu   sync.Mutex
	gen  uint64
	kept map[string]keptPeer
}

type keptPeer struct {
	model.Peer
	read model.Time
}

func (p *peers) forget(events []model.Event) {
	for _, e := range events {
		if e.Type == model.TouchPeers {
			p.mu.Lock()
			p.gen++
			clear(p.kept)
			p.mu.Unlock()
			return
		}
	}
}

func (p *peers) get(host string, now model.Time) (model.Peer, bool, uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k, ok := p.kept[host]
	return k.Peer, ok && now.Sub(k.read) < peerAge && now >= k.read, p.gen
}

func (p *peers) put(peer model.Peer, now model.Time, gen uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gen != gen {
		return
	}
	if p.kept == nil {
		p.kept = map[string]keptPeer{}
	}
	if len(p.kept) >= maxPeersKept {
		clear(p.kept) // what matters is read again
	}
	p.kept[peer.Host] = keptPeer{peer, now}
}

// Peer is what is known of another server, by the authority of its URLs; the zero Peer with its name when nothing is.
func (s *Social) Peer(ctx context.Context, host string) (model.Peer, error) {
	host = strings.ToLower(host)
	now := s.DB.Now()
	p, ok, gen := s.peers.get(host, now)
	if ok {
		return p, nil
	}
	found, err := s.DB.Read(ctx).Peer(host)
	if model.IsNotFound(err) {
		return model.Peer{Host: host}, nil
	}
	if err != nil {
		return model.Peer{}, err
	}
	s.peers.put(*found, now, gen)
	return *found, nil
}

// PeerReached notes that a server took something from us.
func (s *Social) PeerReached(ctx context.Context, host string) error {
	return s.notePeer(ctx, host, func(p *model.Peer, now model.Time) bool {
		if p.FailingSince == 0 && p.GivenUpAt == 0 && now.Sub(p.LastReached) < peerNoteEvery {
			return false
		}
		p.LastReached = now
		mend(p)
		return true
	})
}

// PeerHeard notes that a server sent something signed: it is there, so what is sent to it is tried again at once.
func (s *Social) PeerHeard(ctx context.Context, host string) error {
	return s.notePeer(ctx, host, func(p *model.Peer, now model.Time) bool {
		if p.FailingSince == 0 && p.GivenUpAt == 0 && now.Sub(p.LastHeard) < peerNoteEvery {
			return false
		}
		p.LastHeard = now
		mend(p)
		return true
	})
}

func mend(p *model.Peer) {
	p.FailingSince, p.FailingDays, p.LastFailed, p.GivenUpAt, p.LastError = 0, 0, 0, 0, ""
}

// PeerFailed notes that a server could not be reached, and why. After failures on seven different days it is given up,
// until it is heard from.
func (s *Social) PeerFailed(ctx context.Context, host, why string) error {
	if len(why) > maxPeerError {
		why = why[:maxPeerError]
	}
	why = strings.ToValidUTF8(strings.ReplaceAll(why, "\x00", ""), "")
	return s.notePeer(ctx, host, func(p *model.Peer, now model.Time) bool {
		if p.LastFailed != 0 && p.LastFailed.Date() == now.Date() && now.Sub(p.LastFailed) < peerNoteEvery {
			return false
		}
		if p.FailingSince == 0 {
			p.FailingSince = now
		}
		if p.LastFailed == 0 || p.LastFailed.Date() != now.Date() {
			p.FailingDays++
		}
		p.LastFailed, p.LastError = now, why
		if p.FailingDays >= giveUpAfter && p.GivenUpAt == 0 {
			p.GivenUpAt = now
		}
		return true
	})
}

// PeerFacts is what was learned of a server; "" leaves what was known.
type PeerFacts struct {
	Signature         string // the signatures it accepts: cavage or rfc9421
	Software, Version string // of its NodeInfo
	Described         bool   // its NodeInfo was asked for, whatever it said
}

// maxPeerName bounds what a server calls its software.
const maxPeerName = 100

// PeerLearned notes what was learned of a server.
func (s *Social) PeerLearned(ctx context.Context, host string, f PeerFacts) error {
	return s.notePeer(ctx, host, func(p *model.Peer, now model.Time) bool {
		was := *p
		if f.Signature != "" {
			p.Signature = f.Signature
		}
		if f.Software != "" {
			p.Software, p.Version = plainLine(f.Software, maxPeerName), plainLine(f.Version, maxPeerName)
		}
		if f.Described && now.Sub(p.DescribedAt) >= peerNoteEvery {
			p.DescribedAt = now
		}
		return *p != was
	})
}

// RetryPeer forgets a server's failures, as whoever runs this one wishes.
func (s *Social) RetryPeer(ctx context.Context, host string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		p, err := tx.LockPeer(strings.ToLower(host))
		if err != nil {
			return err
		}
		mend(p)
		tx.Publish(model.Event{Type: model.TouchPeers})
		if err := tx.RouseLane(model.Deliver{}.Kind(), p.Host); err != nil {
			return err
		}
		return tx.SetPeer(p)
	})
}

// notePeer writes what changes of a peer. change says whether there is anything to write; it is asked before the
// transaction, and in it.
func (s *Social) notePeer(ctx context.Context, host string, change func(*model.Peer, model.Time) bool) error {
	host = strings.ToLower(host)
	known, err := s.Peer(ctx, host)
	if err != nil {
		return err
	}
	if now := s.DB.Now(); !change(&known, now) {
		return nil
	}
	_, _, gen := s.peers.get(host, s.DB.Now())
	var written model.Peer
	var at model.Time
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		p, err := tx.LockPeer(host)
		if model.IsNotFound(err) {
			p, err = &model.Peer{Host: host, CreatedAt: tx.Now()}, nil
		}
		if err != nil {
			return err
		}
		failed := p.FailingSince != 0
		write := change(p, tx.Now())
		written, at = *p, tx.Now()
		if !write {
			return nil
		}
		if failed && p.FailingSince == 0 {
			if err := tx.RouseLane(model.Deliver{}.Kind(), host); err != nil {
				return err
			}
		}
		return tx.SetPeer(p)
	})
	if err == nil {
		s.peers.put(written, at, gen)
	}
	return err
}
