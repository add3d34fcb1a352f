package stream

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"gomphothere/internal/entity"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
)

// showing is one status on its way to those who may and want to see it.
type showing struct {
	h      *Hub
	q      *store.Q
	event  event
	st     *model.Status
	shown  *model.Status
	about  *about
	place  *model.Place
	now    model.Time
	of     *delivery
	out    out
	byKind map[string]*group
	marks  map[model.ID]map[model.ID]model.Marks // of viewers, by what is shown
	votes  map[model.ID][]int
	plain  *message // as a visitor sees it: on public streams
	key    []byte
}

// group is viewers who give the same answers about a status: one verdict and one drawing for all of them.
type group struct {
	rel    *model.Relations
	home   verdict
	public verdict
	drawn  *message
}

type verdict uint8

const (
	unknown verdict = iota
	yes
	no
)

func (v *verdict) say(ask func() bool) bool {
	if *v == unknown {
		*v = no
		if ask() {
			*v = yes
		}
	}
	return *v == yes
}

// status streams a new or a changed status.
func (h *Hub) status(e event) error {
	q := h.Social.DB.Read(h.began)
	st, err := q.StatusByID(e.ID)
	if err != nil {
		return err
	}
	now := q.Now()
	if e.Type == model.EventUpdate && st.CreatedAt < now.Add(-newsTime) {
		return nil
	}
	h.readCircles()
	s := &showing{
		h: h, q: q, event: e, st: st, shown: st.Shown(), about: aboutOf(st), place: model.PlaceOf(st), now: now,
		of: h.delivery(e), byKind: map[string]*group{},
		marks: map[model.ID]map[model.ID]model.Marks{}, votes: map[model.ID][]int{},
	}
	h.mu.Lock()
	home, named, public, lists := s.audience()
	h.mu.Unlock()
	if err := s.readMarks(slices.Concat(home, named)); err != nil {
		return err
	}
	for _, a := range slices.Concat(home, named) {
		s.out.add(a.to, s.homeMessage(a))
	}
	for _, a := range public {
		s.out.add(a.to, s.publicMessage(a))
	}
	if err := s.lists(lists); err != nil {
		return err
	}
	h.deliver(s.of, &s.out)
	return nil
}

// audience is a subscription that is shown a status, and how its viewer stood to it when that was found out.
type audience struct {
	to     *sub
	circle *circle
	group  *group
}

func (a audience) id() model.ID { return a.to.viewer.id }

// groupOf finds what the viewer has in common with others, or makes them a group of their own.
func (s *showing) groupOf(v *viewer) *group {
	if !s.about.concerns(v.id) {
		var alone bool
		if s.key, alone = s.about.answers(s.key[:0], v.circle); !alone {
			g := s.byKind[string(s.key)]
			if g == nil {
				g = &group{rel: s.about.relations(v.id, v.circle)}
				s.byKind[string(s.key)] = g
			}
			return g
		}
	}
	return &group{rel: s.about.relations(v.id, v.circle)}
}

// audience finds who is shown the status, where; the hub's lock is held.
func (s *showing) audience() (home, named, public []audience, lists []*sub) {
	h := s.h
	for _, v := range h.viewers {
		if len(v.home.subs) == 0 || v.circle == nil || !s.mayConcern(v) {
			continue
		}
		g := s.groupOf(v)
		if !g.home.say(func() bool { return social.MayHome(g.rel, s.st, s.now) }) || s.repeats(v) {
			continue
		}
		for _, to := range v.home.subs {
			home = append(home, audience{to, v.circle, g})
		}
	}
	if s.event.Type == model.EventStatusUpdate {
		named = s.mentioned(home)
	}
	for _, k := range topicsOf(s.place) {
		t := h.topics[k]
		if t == nil {
			continue
		}
		for _, to := range t.subs {
			v := to.viewer
			if v.circle == nil {
				continue
			}
			g := s.groupOf(v)
			if g.public.say(func() bool { return social.MayStreamPublic(g.rel, s.st, s.now) }) {
				public = append(public, audience{to, v.circle, g})
			}
		}
	}
	for k, t := range h.topics {
		if k.name == "list" {
			lists = append(lists, t.subs...)
		}
	}
	return home, named, public, lists
}

// mayConcern passes over, at the cost of a look, whoever cannot have the status at home.
func (s *showing) mayConcern(v *viewer) bool {
	if v.id == s.st.AccountID || v.circle.tie(s.st.AccountID)&follows != 0 {
		return true
	}
	return len(v.circle.tags) > 0 && slices.ContainsFunc(s.about.tags, func(t model.ID) bool {
		_, ok := slices.BinarySearch(v.circle.tags, t)
		return ok
	})
}

// repeats tells whether a new status is a reblog of what the viewer has just seen, and remembers it if not.
func (s *showing) repeats(v *viewer) bool {
	if s.event.Type != model.EventUpdate {
		return false
	}
	if s.st.Reblog != nil && s.st.AccountID != v.id && (slices.Contains(v.seen, s.shown.ID) || s.h.Social.SharedNearby(v.id, s.st)) {
		return true
	}
	if len(v.seen) < seenKept {
		v.seen = append(v.seen, s.shown.ID)
		return false
	}
	v.seen[v.seenAt] = s.shown.ID
	v.seenAt = (v.seenAt + 1) % seenKept
	return false
}

// mentioned are people whom a changed status names: it is told where their notifications are, and at home if it does
// not stand there anyway (Mastodon: an edit goes to timeline:ID:notifications).
func (s *showing) mentioned(home []audience) (out []audience) {
	for _, m := range s.shown.Mentions {
		v := s.h.viewers[m.AccountID]
		if v == nil || v.circle == nil || m.Silent {
			continue
		}
		g := s.groupOf(v)
		if !g.rel.Visible(s.st) || g.rel.Hides(s.st.Account, s.now) {
			continue
		}
		for _, to := range v.notifications.subs {
			out = append(out, audience{to, v.circle, g})
		}
		if slices.ContainsFunc(home, func(a audience) bool { return a.to.viewer == v }) {
			continue
		}
		for _, to := range v.home.subs {
			if to.conn.who.notes {
				out = append(out, audience{to, v.circle, g})
			}
		}
	}
	return out
}

// readMarks reads what the viewers did with the status. With one that was just written, in a thread of its own, nobody
// has done anything yet.
func (s *showing) readMarks(some []audience) error {
	if len(some) == 0 || s.event.Type == model.EventUpdate && s.st.Reblog == nil && !s.st.IsReply && s.shown.Quote == nil {
		return nil
	}
	var viewers []model.ID // nil: everybody's
	if len(some) <= readAtOnce {
		for _, a := range some {
			viewers = append(viewers, a.id())
		}
	}
	statuses := []*model.Status{s.shown}
	if q := s.shown.Quote; q != nil && q.Quoted != nil {
		statuses = append(statuses, q.Quoted)
	}
	marks, err := s.q.MarksOn(statuses, viewers)
	if err != nil {
		return err
	}
	maps.Copy(s.marks, marks)
	if s.shown.PollID == 0 {
		return nil
	}
	votes, err := s.q.VotesIn(s.shown.PollID, viewers)
	if err != nil {
		return err
	}
	maps.Copy(s.votes, votes)
	return nil
}

// viewerOf is whom the status is drawn for; own tells that nobody else's drawing will do.
func (s *showing) viewerOf(a audience) (v *model.Viewer, own bool) {
	v = &model.Viewer{Account: &model.Account{ID: a.id()}, Relations: a.group.rel, Now: s.now, Marks: s.marks[a.id()]}
	if v.Marks == nil {
		v.Marks = map[model.ID]model.Marks{}
	}
	if votes := s.votes[a.id()]; len(votes) > 0 {
		v.Votes = map[model.ID][]int{s.shown.PollID: votes}
	}
	v.Filtered = s.filtered(a)
	return v, len(v.Marks)+len(v.Votes)+len(v.Filtered) > 0
}

func (s *showing) filtered(a audience) map[model.ID][]model.FilterResult {
	if a.circle.filters == nil {
		return nil
	}
	out := map[model.ID][]model.FilterResult{}
	if found := a.circle.filters.Match(s.shown, s.now); found != nil {
		out[s.shown.ID] = found
	}
	if q := s.shown.Quote; q != nil && q.Quoted != nil {
		if found := a.circle.filters.Match(q.Quoted, s.now); found != nil {
			out[q.Quoted.ID] = found
		}
	}
	return out
}

// homeMessage is the status as the viewer sees it.
func (s *showing) homeMessage(a audience) *message {
	plain := s.marks[a.id()] == nil && s.votes[a.id()] == nil && a.circle.filters == nil
	if plain && a.group.drawn != nil {
		return a.group.drawn
	}
	v, own := s.viewerOf(a)
	if !own && a.group.drawn != nil {
		return a.group.drawn
	}
	m := &message{event: s.event.Type, payload: s.h.Draw.AppendStatus(nil, s.st, v), of: s.of}
	if !own {
		a.group.drawn = m
	}
	return m
}

// publicMessage is the status as a visitor sees it, with what the viewer's filters say of it (Mastodon: streaming).
func (s *showing) publicMessage(a audience) *message {
	if s.plain == nil {
		v := &model.Viewer{Relations: model.Visitor(), Now: s.now}
		s.plain = &message{event: s.event.Type, payload: s.h.Draw.AppendStatus(nil, s.st, v), of: s.of}
	}
	if a.circle.filters == nil {
		return s.plain
	}
	found := a.circle.filters.Match(s.shown, s.now)
	if found == nil {
		return s.plain
	}
	results := make([]entity.FilterResult, len(found))
	for i, f := range found {
		results[i] = s.h.Draw.FilterResult(f)
	}
	b, err := json.Marshal(results)
	if err != nil {
		return s.plain // filters are plain values, which always marshal
	}
	return &message{event: s.event.Type, payload: slices.Concat(bytes.TrimSuffix(s.plain.payload, []byte("}")), []byte(`,"filtered":`), b, []byte("}")), of: s.of}
}

// lists tells the lists that are being looked at and that the author is on.
func (s *showing) lists(subs []*sub) error {
	var ids []model.ID
	for _, to := range subs {
		if !slices.Contains(ids, to.topic.key.list) {
			ids = append(ids, to.topic.key.list)
		}
	}
	on := map[model.ID]bool{}
	for part := range slices.Chunk(ids, readAtOnce) {
		found, err := s.q.ListsOf(s.st.AccountID, part)
		if err != nil {
			return err
		}
		for id := range found {
			on[id] = true
		}
	}
	for _, to := range subs {
		if !on[to.topic.key.list] {
			continue
		}
		list, err := s.q.List(to.viewer.id, to.topic.key.list)
		if model.IsNotFound(err) {
			continue // removed meanwhile
		}
		if err != nil {
			return err
		}
		s.h.mu.Lock()
		v := to.viewer
		var a audience
		if v.circle != nil {
			a = audience{to, v.circle, s.groupOf(v)}
		}
		s.h.mu.Unlock()
		if a.to == nil {
			continue
		}
		may, err := social.MayStreamList(s.q, a.group.rel, list, s.st, s.now)
		if err != nil {
			return err
		}
		if !may {
			continue
		}
		if err := s.readMarks([]audience{a}); err != nil {
			return err
		}
		s.out.add(to, s.homeMessage(a))
	}
	return nil
}

// deleted tells whoever may have it on a screen that a status is gone.
func (h *Hub) deleted(e event) error {
	place := e.Of
	if place == nil { // it did not fit through the bus
		place = &model.Place{Visibility: model.Private}
	}
	h.readCircles()
	d := h.delivery(e)
	m, o := &message{event: e.Type, payload: []byte(e.ID.String()), of: d}, &out{}
	h.mu.Lock()
	var lists []*sub
	for _, v := range h.viewers {
		if len(v.home.subs) == 0 {
			continue
		}
		if v.id == e.Account || slices.Contains(place.Mentions, v.id) || v.circle != nil && (v.circle.tie(e.Account)&follows != 0 ||
			slices.ContainsFunc(place.TagIDs, func(t model.ID) bool { return slices.Contains(v.circle.tags, t) })) {
			o.all(v.home.subs, m)
		}
	}
	for _, k := range topicsOf(place) {
		if t := h.topics[k]; t != nil {
			o.all(t.subs, m)
		}
	}
	for k, t := range h.topics {
		if k.name == "list" {
			lists = append(lists, t.subs...)
		}
	}
	h.mu.Unlock()
	var ids []model.ID
	for _, s := range lists {
		ids = append(ids, s.topic.key.list)
	}
	for part := range slices.Chunk(ids, readAtOnce) {
		on, err := h.Social.DB.Read(h.began).ListsOf(e.Account, part)
		if err != nil {
			return err
		}
		for _, s := range lists {
			if on[s.topic.key.list] {
				o.add(s, m)
			}
		}
	}
	h.deliver(d, o)
	return nil
}
