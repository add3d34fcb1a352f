package social

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/maypok86/otter/v2"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Home feeds are read, not written: a new status costs nothing per follower. Each active person's feed is a bounded
// list of ids in memory, built from the statuses of whom they follow as far down as somebody has scrolled, and caught
// up from the ring of recent commits on the next read. When their circle changes it is dropped and built anew.

const (
	maxFeeds     = 2000 // people reading at the same time; a feed is about 10 KB
	maxFeed      = 800  // entries kept in memory, Mastodon's number; deeper pages are read from the database
	feedStep     = 100  // statuses read per step down: some pages, and what their losses leave of them
	reblogWindow = 40   // a reblog is not shown again within so many entries (Mastodon: REBLOG_FALLOFF)
	maxSteps     = 25   // steps down for one page, so that a feed full of hidden statuses ends
)

type feeds struct {
	c     *otter.Cache[model.ID, *feed]
	moved moved
}

func newFeeds() *feeds {
	return &feeds{c: otter.Must(&otter.Options[model.ID, *feed]{MaximumSize: maxFeeds})}
}

func (f *feeds) forget(events []model.Event) {
	for _, e := range events {
		switch e.Type {
		case model.TouchAll:
			f.c.InvalidateAll()
		case model.TouchFeed, model.TouchRelations:
			f.c.Invalidate(e.Account)
		case model.TouchPlace:
			f.moved.add(e.ID)
		}
	}
}

// moved is a ring of the statuses that were edited or deleted lately: feeds look at those again on the next read.
type moved struct {
	mu   sync.RWMutex
	ring [maxMoved]model.ID
	seq  uint64 // of the newest; 0: none yet
}

const maxMoved = 4096 // a feed that was not read for so many edits and deletions is built anew

func (m *moved) add(id model.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seq++
	m.ring[m.seq%maxMoved] = id
}

// newest is the number of the latest.
func (m *moved) newest() uint64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.seq
}

// since gives what came after seq and the newest number; ok is false when the ring no longer reaches back that far.
func (m *moved) since(seq uint64) (ids []model.ID, newest uint64, ok bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.seq-seq > maxMoved {
		return nil, m.seq, false
	}
	for i := seq + 1; i <= m.seq; i++ {
		ids = append(ids, m.ring[i%maxMoved])
	}
	return ids, m.seq, true
}

// feed is one person's home timeline, newest first.
type feed struct {
	mu      sync.Mutex
	built   bool
	seq     uint64 // caught up to this commit
	moves   uint64 // and to this edit or deletion
	ids     []model.ID
	reblogs []model.ID // what ids[i] reblogs, or 0
	floor   model.ID   // everything at or above is here; 0: to the end
}

// Home is a page of the home timeline (Mastodon API: timelines/home).
func (s *Social) Home(ctx context.Context, me *model.Account, p model.Page) ([]*model.Status, error) {
	f, ok := s.feeds.c.GetIfPresent(me.ID)
	if !ok {
		f = &feed{}
		if kept, inserted := s.feeds.c.SetIfAbsent(me.ID, f); !inserted {
			f = kept
		}
	}
	q := s.DB.Read(ctx)
	rel, err := q.Relations(me.ID)
	if err != nil {
		return nil, err
	}
	now := q.Now()
	for try := 1; ; try++ {
		ids, err := f.page(q, rel, s.DB.Cache, &s.feeds.moved, p)
		if err != nil {
			return nil, err
		}
		list, err := q.Statuses(ids)
		if err != nil {
			return nil, err
		}
		// Since the feed was built a status may have been deleted or its author suspended.
		list = slices.DeleteFunc(list, func(st *model.Status) bool { return !mayHome(rel, st, now) })
		if len(list) == len(ids) || try == refills {
			return list, nil
		}
		f.keepOf(ids, list)
	}
}

const refills = 3 // pages are filled up again when some of their statuses are gone, but not for ever

// keepOf drops from the feed those ids whose statuses are gone.
func (f *feed) keepOf(ids []model.ID, there []*model.Status) {
	gone := map[model.ID]bool{}
	for _, id := range ids {
		gone[id] = true
	}
	for _, st := range there {
		delete(gone, st.ID)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := len(f.ids) - 1; i >= 0; i-- {
		if gone[f.ids[i]] {
			f.ids, f.reblogs = slices.Delete(f.ids, i, i+1), slices.Delete(f.reblogs, i, i+1)
		}
	}
}

func (f *feed) page(q *store.Q, rel *model.Relations, c *store.Cache, m *moved, p model.Page) ([]model.ID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.catchUp(q, rel, c, m); err != nil {
		return nil, err
	}
	for range maxSteps {
		page, complete := f.cut(p)
		if complete || len(f.ids) >= maxFeed {
			if len(page) < p.Limit && !complete {
				return f.below(q, rel, p, page)
			}
			return page, nil
		}
		if err := f.extend(q, rel); err != nil {
			return nil, err
		}
	}
	page, _ := f.cut(p)
	return page, nil
}

// cut takes the page out of what is in memory; complete tells that nothing further down could belong to it.
func (f *feed) cut(p model.Page) (page []model.ID, complete bool) {
	from, _ := slices.BinarySearchFunc(f.ids, p.MaxID, func(id, max model.ID) int {
		if max == 0 || id < max {
			return 1
		}
		return -1
	})
	to := len(f.ids)
	if floor := p.Floor(); floor != 0 {
		to, _ = slices.BinarySearchFunc(f.ids, floor, func(id, floor model.ID) int {
			if id <= floor {
				return 1
			}
			return -1
		})
	}
	from = min(from, to)
	complete = f.floor == 0 || p.Floor() >= f.floor
	if p.Ascending() {
		return slices.Clone(f.ids[max(from, to-p.Limit):to]), complete
	}
	if to-from >= p.Limit {
		to, complete = from+p.Limit, true
	}
	return slices.Clone(f.ids[from:to]), complete
}

// catchUp takes in what was committed since the last read.
func (f *feed) catchUp(q *store.Q, rel *model.Relations, c *store.Cache, m *moved) error {
	if f.built {
		if err := f.update(q, rel, c, m); err != nil {
			f.built = false // what was taken from the rings must not be lost
			return err
		}
	}
	if f.built {
		return nil
	}
	f.moves, f.seq = m.newest(), c.RecentSeq()
	f.ids, f.reblogs, f.floor = nil, nil, 1<<63-1
	f.built = true
	return f.extend(q, rel)
}

// update takes in new statuses, then looks at what was edited or deleted. When the feed must be built anew it is no
// longer built.
func (f *feed) update(q *store.Q, rel *model.Relations, c *store.Cache, m *moved) error {
	// Moves are counted first: of a status that comes and goes in between, the going is seen.
	again, moves, reaches := m.since(f.moves)
	var fresh []model.ID
	newest, ok := c.RecentSince(f.seq, func(r store.Recent) {
		if r.AccountID == rel.AccountID || rel.Follows(r.AccountID) || slices.ContainsFunc(r.TagIDs, func(t model.ID) bool { return rel.Tags[t] }) {
			fresh = append(fresh, r.ID)
		}
	})
	if !ok || !reaches {
		f.built = false
		return nil
	}
	f.seq, f.moves = newest, moves
	if len(fresh) > 0 {
		list, err := q.Statuses(fresh)
		if err != nil {
			return err
		}
		now := q.Now()
		for _, st := range list {
			if (f.floor == 0 || st.ID >= f.floor) && mayHome(rel, st, now) {
				f.insert(st)
			}
		}
		f.trim()
	}
	return f.again(q, rel, again)
}

// again looks once more at statuses that were edited or deleted. A reblog that is gone may have stood in the place of
// another, and what enters by an edit may take a reblog's: then the feed is built anew.
func (f *feed) again(q *store.Q, rel *model.Relations, ids []model.ID) error {
	if len(ids) == 0 {
		return nil
	}
	list, err := q.Statuses(ids)
	if err != nil {
		return err
	}
	now := q.Now()
	here := map[model.ID]bool{}
	for _, st := range list {
		here[st.ID] = mayHome(rel, st, now) && (f.floor == 0 || st.ID >= f.floor)
	}
	for _, id := range ids {
		i, was := slices.BinarySearchFunc(f.ids, id, newestFirst)
		switch {
		case was == here[id]:
		case was && f.reblogs[i] == 0:
			f.ids, f.reblogs = slices.Delete(f.ids, i, i+1), slices.Delete(f.reblogs, i, i+1)
		default:
			f.built = false
			return nil
		}
	}
	return nil
}

// insert puts a new status in its place by id, unless a reblog of the same is near.
func (f *feed) insert(st *model.Status) {
	i, found := slices.BinarySearchFunc(f.ids, st.ID, newestFirst)
	if found {
		return
	}
	if st.ReblogOfID != 0 {
		end := min(len(f.ids), i+reblogWindow)
		if slices.Contains(f.ids[i:end], st.ReblogOfID) || slices.Contains(f.reblogs[i:end], st.ReblogOfID) {
			return
		}
	}
	// What comes late from elsewhere may stand where a reblog above it was measured from: then nobody knows any more
	// which of them a reader in order would have been shown.
	if slices.Contains(f.reblogs[max(0, i-reblogWindow):i], st.Shown().ID) {
		f.built = false
		return
	}
	f.ids = slices.Insert(f.ids, i, st.ID)
	f.reblogs = slices.Insert(f.reblogs, i, st.ReblogOfID)
}

// newestFirst orders ids downwards.
func newestFirst(a, b model.ID) int { return cmp.Compare(b, a) }

// trim keeps the feed within its bound; what is cut off is read again when somebody scrolls there.
func (f *feed) trim() {
	const slack = 64 // so that a busy feed is not cut at every status
	if len(f.ids) <= maxFeed+slack {
		return
	}
	f.ids, f.reblogs = slices.Clip(f.ids[:maxFeed]), slices.Clip(f.reblogs[:maxFeed])
	f.floor = f.ids[maxFeed-1]
}

// extend reads one step further down.
func (f *feed) extend(q *store.Q, rel *model.Relations) error {
	list, floor, err := homeStep(q, rel, f.floor, feedStep)
	if err != nil {
		f.built = len(f.ids) > 0
		return err
	}
	// Oldest first, so that of two reblogs near each other the older one stays, as when they arrived.
	for _, st := range slices.Backward(list) {
		f.insert(st)
	}
	f.floor = floor
	return nil
}

// homeStep reads about want statuses below max that belong in the home timeline; all between max and floor that do are
// among them (floor 0: the end of everything).
func homeStep(q *store.Q, rel *model.Relations, max model.ID, want int) ([]*model.Status, model.ID, error) {
	ids, floor, err := candidates(q, rel, max, want)
	if err != nil {
		return nil, 0, err
	}
	if i := slices.IndexFunc(ids, func(id model.ID) bool { return id < floor }); i >= 0 {
		ids = ids[:i]
	}
	if len(ids) > want { // what is not needed yet is read at the next step
		ids, floor = ids[:want], ids[want-1]
	}
	list, err := q.Statuses(ids)
	if err != nil {
		return nil, 0, err
	}
	now := q.Now()
	return slices.DeleteFunc(list, func(st *model.Status) bool { return !mayHome(rel, st, now) }), floor, nil
}

const (
	// Who follows many of those who write here finds a page among the newest of all; reading those costs the same
	// however many one follows.
	scanFollows = 50
	scanRows    = 256
	// Rows read at most per step when every author is asked; each gets a share, within bounds.
	askedRows    = 2000
	maxPerAuthor = 40
	minPerAuthor = 4
)

// candidates finds the newest ids below max of those whom the viewer follows, the cheaper way.
func candidates(q *store.Q, rel *model.Relations, max model.ID, want int) ([]model.ID, model.ID, error) {
	if len(rel.Following) >= scanFollows && len(rel.Tags) == 0 {
		var ids []model.ID
		floor, err := q.NewestIDs(max, scanRows, func(id, author model.ID) {
			if author == rel.AccountID || rel.Follows(author) {
				ids = append(ids, id)
			}
		})
		if err != nil || floor == 0 || len(ids) >= want/2 {
			return ids, floor, err
		}
	}
	per := min(maxPerAuthor, askedRows/(len(rel.Following)+1))
	if per < minPerAuthor {
		per = minPerAuthor
	}
	return q.FollowedIDs(rel.AccountID, max, per)
}

// below completes a page that reaches further down than the feed in memory.
func (f *feed) below(q *store.Q, rel *model.Relations, p model.Page, page []model.ID) ([]model.ID, error) {
	from := f.floor
	if p.MaxID != 0 && p.MaxID < from && !p.Ascending() {
		from = p.MaxID
	}
	seen := map[model.ID]bool{}
	for range maxSteps {
		list, floor, err := homeStep(q, rel, from, 2*p.Limit)
		if err != nil {
			return nil, err
		}
		for _, st := range list {
			if !p.Has(st.ID) || st.ReblogOfID != 0 && seen[st.ReblogOfID] {
				continue
			}
			seen[st.ReblogOfID] = true
			page = append(page, st.ID)
		}
		if !p.Ascending() && len(page) >= p.Limit {
			return page[:p.Limit], nil
		}
		if floor == 0 || floor <= p.Floor() {
			break
		}
		from = floor
	}
	if p.Ascending() && len(page) > p.Limit {
		page = page[len(page)-p.Limit:]
	}
	return page, nil
}

// mayHome tells whether a status belongs in the viewer's home timeline (Mastodon: FeedManager#filter_from_home).
func mayHome(rel *model.Relations, st *model.Status, now model.Time) bool {
	if st.AccountID == rel.AccountID {
		return true
	}
	return !rel.Exclusive[st.AccountID] && mayFollowed(rel, st, now)
}

// mayFollowed tells whether a status of somebody else belongs in any of the viewer's feeds of followed accounts.
func mayFollowed(rel *model.Relations, st *model.Status, now model.Time) bool {
	me := rel.AccountID
	if !rel.Visible(st) || rel.Hides(st.Account, now) {
		return false
	}
	follow, follows := rel.Following[st.AccountID]
	if !follows && !followsTag(rel, st) {
		return false
	}
	shown := st.Shown()
	if st.Reblog != nil {
		if !follow.ShowReblogs || !rel.Visible(shown) || rel.Hides(shown.Account, now) {
			return false
		}
	}
	if len(follow.Languages) > 0 && shown.Language != "" && !slices.Contains(follow.Languages, shown.Language) {
		return false
	}
	for _, m := range shown.Mentions {
		if rel.Blocking[m.AccountID] || rel.Mutes(m.AccountID, now) {
			return false
		}
	}
	if q := shown.Quote; q != nil && q.Quoted != nil && rel.Hides(q.Quoted.Account, now) {
		return false
	}
	if st.IsReply && st.Reblog == nil {
		to := st.InReplyToAccountID
		return to != 0 && (to == me || to == st.AccountID || rel.Follows(to))
	}
	return true
}

// followsTag tells whether a public status reaches the viewer by a followed hashtag.
func followsTag(rel *model.Relations, st *model.Status) bool {
	return st.Visibility == model.Public && st.ReblogOfID == 0 &&
		slices.ContainsFunc(st.Tags, func(t model.Tag) bool { return rel.Tags[t.ID] })
}
