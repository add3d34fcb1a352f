package federation

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"gomphothere/internal/model"
)

// Bounds of what is kept drawn.
const (
	keptBytes = 16 << 20        // a viral note takes 4 KB, and there are never many at once
	keptFor   = 2 * time.Minute // what nothing touches but others' rows (a parent's address) is old for so long at most
	keptNames = 10000           // names of accounts, 100 bytes each
	keptLocks = 64
)

// kept are documents that everybody may see, drawn: when something is shared widely, thousands of servers fetch it
// within seconds. A document is drawn once however many wait for it, and dropped with the commit that changes it.
type kept struct {
	docs  *otter.Cache[keptAs, *answer]
	names *otter.Cache[string, model.ID] // of accounts of ours, lower-case
	usage usage
	locks [keptLocks]struct {
		mu  sync.Mutex
		gen atomic.Uint64 // grows with every drop
		_   [40]byte
	}
}

func newKept() *kept {
	return &kept{
		docs: otter.Must(&otter.Options[keptAs, *answer]{
			MaximumWeight: keptBytes,
			Weigher:       func(_ keptAs, d *answer) uint32 { return uint32(len(d.body)) + 300 },
		}),
		names: otter.Must(&otter.Options[string, model.ID]{MaximumSize: keptNames}),
	}
}

func (k *kept) shard(id model.ID) int { return int((uint64(id) * 0x9e3779b97f4a7c15) >> 58) }

// get finds a document of an owner, nil when it is not kept or too old.
func (k *kept) get(as keptAs, owner model.ID, now model.Time) *answer {
	out, ok := k.docs.GetIfPresent(as)
	if !ok || out.owner != owner || now.Sub(out.drawn) > keptFor || now < out.drawn {
		return nil
	}
	return out
}

// draw draws a document, one at a time, and keeps it when everybody may see it and nothing changed meanwhile.
func (k *kept) draw(as keptAs, owner model.ID, now model.Time, draw func() (*answer, error)) (*answer, error) {
	l := &k.locks[k.shard(as.id)]
	l.mu.Lock()
	defer l.mu.Unlock()
	if out := k.get(as, owner, now); out != nil {
		return out, nil // somebody else drew it while we waited
	}
	gen := l.gen.Load()
	out, err := draw()
	if err != nil || !out.public || out.moved != "" {
		return out, err
	}
	out.owner, out.drawn, out.tag = owner, now, tagOf(out.body)
	if l.gen.Load() == gen {
		k.docs.Set(as, out)
		if l.gen.Load() != gen {
			k.docs.Invalidate(as) // dropped between the look and the setting
		}
	}
	return out, nil
}

// forget drops what commits changed. It does not block: whoever draws meanwhile sees by gen that it is old.
func (k *kept) forget(events []model.Event) {
	for _, e := range events {
		switch e.Type {
		case model.TouchStatus:
			k.drop(keptAs{keptNote, e.ID})
			k.drop(keptAs{keptActivity, e.ID})
		case model.TouchAccount:
			k.drop(keptAs{keptActor, e.ID})
		}
	}
}

func (k *kept) drop(as keptAs) {
	k.locks[k.shard(as.id)].gen.Add(1)
	k.docs.Invalidate(as)
}
