package store

import (
	"sync"
	"sync/atomic"

	"github.com/maypok86/otter/v2"

	"gomphothere/internal/model"
)

// Cache keeps rows that are read again and again: immutable snapshots, dropped at the commit that changes them.
type Cache struct {
	statuses  table[model.ID, *model.Status]
	accounts  table[model.ID, *model.Account]
	relations table[model.ID, *model.Relations]
	marks     table[model.ID, *marks]
	filters   table[model.ID, []*model.Filter]
	told      table[model.ID, []model.Notification]
	keys      table[model.ID, []model.Key]
	keyOwners *otter.Cache[string, model.ID] // by address; may be old, so whoever asks looks into keys
	recent    recent

	mu      sync.RWMutex
	hearers []func([]model.Event)
}

// Sizes in entries. A status with its drawn form is about 5 KB, an account 3 KB, a circle of 200 follows 30 KB: some
// 100 MB when all is full, which a 1 GB machine bears.
const (
	cachedStatuses  = 6000
	cachedAccounts  = 4000
	cachedRelations = 500
	cachedMarks     = 500
	cachedFilters   = 2000
	cachedTold      = 500    // the newest page of 40, 5 KB
	cachedKeys      = 20_000 // accounts, 2 KB each: those who write to us most
)

func newCache() *Cache {
	return &Cache{
		statuses:  newTable[model.ID, *model.Status](cachedStatuses),
		accounts:  newTable[model.ID, *model.Account](cachedAccounts),
		relations: newTable[model.ID, *model.Relations](cachedRelations),
		marks:     newTable[model.ID, *marks](cachedMarks),
		filters:   newTable[model.ID, []*model.Filter](cachedFilters),
		told:      newTable[model.ID, []model.Notification](cachedTold),
		keys:      newTable[model.ID, []model.Key](cachedKeys),
		keyOwners: otter.Must(&otter.Options[string, model.ID]{MaximumSize: cachedKeys}),
	}
}

// OnForget lets other rooms drop what they derived. f must not block.
func (c *Cache) OnForget(f func([]model.Event)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hearers = append(c.hearers, f)
}

func (c *Cache) forget(events []model.Event) {
	if len(events) == 0 {
		return
	}
	var added []Recent
	for _, e := range events {
		switch e.Type {
		case model.TouchAll:
			c.forgetAll()
		case model.TouchAdded:
			added = append(added, recentOf(e))
		case model.TouchStatus:
			c.statuses.drop(e.ID)
		case model.TouchAccount:
			c.accounts.drop(e.ID)
		case model.TouchRelations:
			c.relations.drop(e.Account)
		case model.TouchMarks:
			if m, ok := c.marks.get(e.Account); ok {
				m.drop(e.ID)
			}
		case model.TouchFilters:
			c.filters.drop(e.Account)
		case model.TouchTold:
			c.told.drop(e.Account)
		case model.TouchKeys:
			c.keys.drop(e.ID)
		}
	}
	c.mu.RLock()
	for _, f := range c.hearers {
		f(events)
	}
	c.mu.RUnlock()
	c.recent.add(added)
}

// forgetAll is for when nobody knows what changed.
func (c *Cache) forgetAll() {
	c.statuses.dropAll()
	c.accounts.dropAll()
	c.relations.dropAll()
	c.marks.dropAll()
	c.filters.dropAll()
}

// table is a bounded cache in which a value read before a change can never replace what the change dropped.
type table[K comparable, V any] struct {
	c     *otter.Cache[K, V]
	locks *[tableLocks]lock
}

const tableLocks = 64 // writers of different keys seldom meet

type lock struct {
	mu  sync.Mutex
	gen atomic.Uint64 // grows with every drop
	_   [48]byte      // a cache line each
}

func newTable[K comparable, V any](size int) table[K, V] {
	return table[K, V]{
		c:     otter.Must(&otter.Options[K, V]{MaximumSize: size}),
		locks: &[tableLocks]lock{},
	}
}

func (t table[K, V]) lock(k K) *lock {
	if id, ok := any(k).(model.ID); ok {
		return &t.locks[(uint64(id)*0x9e3779b97f4a7c15)>>58]
	}
	return &t.locks[0]
}

func (t table[K, V]) get(k K) (V, bool) { return t.c.GetIfPresent(k) }

// begin is called before reading from the database; put with what it returned.
func (t table[K, V]) begin(k K) uint64 { return t.lock(k).gen.Load() }

func (t table[K, V]) put(k K, v V, begun uint64) {
	l := t.lock(k)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gen.Load() == begun {
		t.c.Set(k, v)
	}
}

func (t table[K, V]) drop(k K) {
	l := t.lock(k)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gen.Add(1)
	t.c.Invalidate(k)
}

func (t table[K, V]) dropAll() {
	for i := range t.locks {
		t.locks[i].mu.Lock()
		t.locks[i].gen.Add(1)
	}
	t.c.InvalidateAll()
	for i := range t.locks {
		t.locks[i].mu.Unlock()
	}
}

// marks are what one viewer did with the statuses they saw lately.
type marks struct {
	mu  sync.Mutex
	gen uint64
	m   map[model.ID]model.Marks
}

const maxMarks = 2000 // statuses per viewer; then it starts anew

func (m *marks) drop(id model.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gen++
	if id == 0 {
		clear(m.m)
		return
	}
	delete(m.m, id)
}

// Recent is what a home feed must know of a new status, in the order of commits.
type Recent struct {
	Seq       uint64
	ID        model.ID
	AccountID model.ID
	TagIDs    []model.ID
	Direct    bool
}

func recentOf(e model.Event) Recent {
	r := Recent{ID: e.ID, AccountID: e.Account}
	if e.Of != nil {
		r.TagIDs, r.Direct = e.Of.TagIDs, e.Of.Visibility == model.Direct
	}
	return r
}

// recent is a ring of the newest statuses: feeds in memory catch up from it instead of being written to.
type recent struct {
	mu   sync.RWMutex
	ring [recentSize]Recent
	seq  uint64 // of the newest; 0: none yet
}

const recentSize = 8192 // a feed that was not read for so many statuses is built anew

func (r *recent) add(added []Recent) {
	if len(added) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range added {
		r.seq++
		a.Seq = r.seq
		r.ring[r.seq%recentSize] = a
	}
}

// RecentSeq is the number of the newest status committed.
func (c *Cache) RecentSeq() uint64 {
	c.recent.mu.RLock()
	defer c.recent.mu.RUnlock()
	return c.recent.seq
}

// RecentSince calls f for every status committed after seq and returns the newest number; ok is false when the ring
// no longer reaches back that far.
func (c *Cache) RecentSince(seq uint64, f func(Recent)) (newest uint64, ok bool) {
	r := &c.recent
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.seq-seq > recentSize {
		return r.seq, false
	}
	for i := seq + 1; i <= r.seq; i++ {
		f(r.ring[i%recentSize])
	}
	return r.seq, true
}
