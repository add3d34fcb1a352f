package stream

import (
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"

	"gomphothere/internal/entity"
	"gomphothere/internal/model"
)

const (
	// Events that wait to be looked at. One takes some 50 µs; beyond, clients miss hints, and what is known of viewers
	// is read anew.
	maxHeard = 50_000
	// Older statuses are history that arrives, not news (Mastodon: REAL_TIME_WINDOW).
	newsTime = 6 * time.Hour
	// A status that changes again and again, as a poll with every vote, is sent at most so often.
	changeTime = time.Second
	// Viewers whose circles are read in one go.
	readAtOnce = 500
	// How often viewers who came are looked for, so that the first event does not wait for them to be read.
	readAhead = 100 * time.Millisecond
	// When tokens are looked at again that could not be looked at.
	askAgain = time.Second
	// What somebody was shown lately, for leaving out reblogs of it (Mastodon: REBLOG_FALLOFF).
	seenKept = 40
)

// heard are the events that wait.
type heard struct {
	mu     sync.Mutex
	events []event
	lost   bool
	wake   chan struct{}
}

type event struct {
	model.Event
	at time.Time
}

// Hear takes in what was committed, here or elsewhere. It never blocks.
func (h *Hub) Hear(events []model.Event) {
	if h.live.Load() == 0 {
		return
	}
	now := time.Now()
	h.heard.mu.Lock()
	for _, e := range events {
		switch e.Type {
		case model.TouchRelations, model.TouchFilters, model.TouchTokens, model.TouchAll, model.TouchFeed,
			model.EventUpdate, model.EventStatusUpdate, model.EventDelete, model.EventNotification, model.EventNotificationsMerged,
			model.EventFiltersChanged, model.EventConversation, model.EventAnnouncement, model.EventReaction, model.EventAnnouncementDelete:
			if len(h.heard.events) >= maxHeard {
				h.heard.events, h.heard.lost = h.heard.events[:0], true
				h.stats.lost.Add(1)
			}
			h.heard.events = append(h.heard.events, event{e, now})
		}
	}
	h.heard.mu.Unlock()
	select {
	case h.heard.wake <- struct{}{}:
	default: // it has been told
	}
}

func (h *heard) take() ([]event, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	events, lost := h.events, h.lost
	h.events, h.lost = nil, false
	return events, lost
}

// listen looks at one event after the other.
func (h *Hub) listen() {
	ahead := time.NewTicker(readAhead)
	defer ahead.Stop()
	changes := changes{last: map[model.ID]time.Time{}, later: map[model.ID]event{}}
	for {
		select {
		case <-h.began.Done():
			return
		case <-ahead.C:
			if h.live.Load() > 0 {
				h.readCircles()
			}
			for _, e := range changes.due(time.Now()) {
				h.try(e)
			}
			if !h.unsure.IsZero() && time.Now().After(h.unsure) {
				h.unsure = time.Time{}
				h.recheck(func(holder) bool { return true })
			}
			continue
		case <-h.heard.wake:
		}
		events, lost := h.heard.take()
		if lost {
			h.quiet.say(slog.LevelWarn, "events came faster than they were looked at: clients miss some")
			h.try(event{model.Event{Type: model.TouchAll}, time.Now()})
		}
		for _, e := range events {
			if e.Type != model.EventStatusUpdate || changes.now(e) {
				h.try(e)
			}
		}
	}
}

// changes holds back statuses that change too often; the last change is never lost.
type changes struct {
	last  map[model.ID]time.Time
	later map[model.ID]event
}

func (c *changes) now(e event) bool {
	if e.at.Sub(c.last[e.ID]) < changeTime {
		c.later[e.ID] = e
		return false
	}
	c.last[e.ID] = e.at
	return true
}

func (c *changes) due(now time.Time) (out []event) {
	for id, at := range c.last {
		if now.Sub(at) < changeTime {
			continue
		}
		delete(c.last, id)
		if e, ok := c.later[id]; ok {
			delete(c.later, id)
			c.last[id] = now
			out = append(out, e)
		}
	}
	return out
}

// try looks at an event; what fails is a hint lost.
func (h *Hub) try(e event) {
	defer func() {
		if p := recover(); p != nil {
			h.quiet.say(slog.LevelError, "an event was not streamed", "type", e.Type, "panic", p)
		}
	}()
	if err := h.handle(e); err != nil && !model.IsNotFound(err) && h.began.Err() == nil {
		h.quiet.say(slog.LevelError, "an event was not streamed", "type", e.Type, "error", err)
	}
}

func (h *Hub) handle(e event) error {
	switch e.Type {
	case model.TouchRelations, model.TouchFilters, model.TouchFeed:
		h.mu.Lock()
		if v := h.viewers[e.Account]; v != nil {
			v.circle = nil
		}
		h.mu.Unlock()
	case model.TouchAll:
		h.mu.Lock()
		for _, v := range h.viewers {
			v.circle = nil
		}
		h.mu.Unlock()
		h.recheck(func(holder) bool { return true })
	case model.TouchTokens:
		h.recheck(func(who holder) bool {
			return e.Account == who.account || e.Account == 0 && (e.ID == 0 || e.ID == who.token)
		})
	case model.EventUpdate, model.EventStatusUpdate:
		return h.status(e)
	case model.EventDelete:
		return h.deleted(e)
	case model.EventNotification:
		return h.notification(e)
	case model.EventConversation:
		return h.conversation(e)
	case model.EventFiltersChanged:
		h.toHome(e, nil)
	case model.EventNotificationsMerged:
		h.toNotified(e, []byte("1"))
	case model.EventAnnouncement:
		return h.announcement(e)
	case model.EventReaction:
		return h.reaction(e)
	case model.EventAnnouncementDelete:
		h.toAll(e, []byte(e.ID.String()))
	}
	return nil
}

// recheck ends the connections of these holders whose tokens are no longer good.
func (h *Hub) recheck(is func(holder) bool) {
	h.mu.Lock()
	var some []*conn
	for _, c := range h.beats.all() {
		if is(c.who) {
			some = append(some, c)
		}
	}
	h.mu.Unlock()
	for _, c := range some {
		_, err := h.Still(h.began, c.who.hash)
		switch kind := model.KindOf(err); {
		case err == nil:
		case kind == model.KindUnauthorized, kind == model.KindForbidden, kind == model.KindNotFound:
			c.leaves(byToken, codeNone, "")
		case h.began.Err() == nil:
			h.quiet.say(slog.LevelError, "whether a token is good was not found out", "error", err)
			h.unsure = time.Now().Add(askAgain)
			return
		}
	}
}

// out collects who gets what of one event.
type out struct {
	to   []*sub
	what []*message
}

func (o *out) add(s *sub, m *message) { o.to, o.what = append(o.to, s), append(o.what, m) }

func (o *out) all(subs []*sub, m *message) {
	for _, s := range subs {
		o.add(s, m)
	}
}

func (h *Hub) delivery(e event) *delivery { return &delivery{at: e.at, stats: &h.stats} }

// deliver hands frames to their connections and those to the writers. d is that of all messages.
func (h *Hub) deliver(d *delivery, o *out) {
	if len(o.to) == 0 {
		h.stats.unheard.Add(1)
		return
	}
	h.stats.events.Add(1)
	if all := h.live.Load(); all > 0 {
		highest(&h.stats.largestShare, min(int64(len(o.to))*1_000_000/all, 1_000_000))
	}
	d.left.Store(int64(len(o.to)))
	mine := make([]*conn, 0, len(o.to))
	for i, s := range o.to {
		if s.conn.push(o.what[i].frame(s.conn, s.stream)) {
			mine = append(mine, s.conn)
		}
	}
	h.writers.add(mine)
}

// toHome tells somebody's home streams.
func (h *Hub) toHome(e event, payload []byte) {
	d := h.delivery(e)
	m, o := &message{event: e.Type, payload: payload, of: d}, &out{}
	h.mu.Lock()
	if v := h.viewers[e.Account]; v != nil {
		o.all(v.home.subs, m)
	}
	h.mu.Unlock()
	h.deliver(d, o)
}

// toAll tells everybody's home streams.
func (h *Hub) toAll(e event, payload []byte) {
	d := h.delivery(e)
	m, o := &message{event: e.Type, payload: payload, of: d}, &out{}
	h.mu.Lock()
	for _, v := range h.viewers {
		o.all(v.home.subs, m)
	}
	h.mu.Unlock()
	h.deliver(d, o)
}

// toNotified tells the streams that carry somebody's notifications.
func (h *Hub) toNotified(e event, payload []byte) {
	d := h.delivery(e)
	m, o := &message{event: e.Type, payload: payload, of: d}, &out{}
	h.mu.Lock()
	if v := h.viewers[e.Account]; v != nil {
		for _, s := range v.home.subs {
			if s.conn.who.notes {
				o.add(s, m)
			}
		}
		o.all(v.notifications.subs, m)
	}
	h.mu.Unlock()
	h.deliver(d, o)
}

// listening tells whether somebody is connected and hears a topic of theirs.
func (h *Hub) listening(account model.ID, is func(*viewer) bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	v := h.viewers[account]
	return v != nil && is(v)
}

func (h *Hub) notification(e event) error {
	if !h.listening(e.Account, func(v *viewer) bool { return len(v.home.subs)+len(v.notifications.subs) > 0 }) {
		h.stats.unheard.Add(1)
		return nil
	}
	n, v, err := h.Social.StreamedNotification(h.began, &model.Account{ID: e.Account}, e.ID)
	if err != nil {
		return err
	}
	h.toNotified(e, h.Draw.AppendNotification(nil, n, v))
	return nil
}

func (h *Hub) conversation(e event) error {
	if !h.listening(e.Account, func(v *viewer) bool { return len(v.direct.subs) > 0 }) {
		h.stats.unheard.Add(1)
		return nil
	}
	c, v, err := h.Social.StreamedConversation(h.began, &model.Account{ID: e.Account}, e.ID)
	if err != nil {
		return err
	}
	d := h.delivery(e)
	m, o := &message{event: e.Type, payload: h.Draw.AppendConversation(nil, c, v), of: d}, &out{}
	h.mu.Lock()
	if v := h.viewers[e.Account]; v != nil {
		o.all(v.direct.subs, m)
	}
	h.mu.Unlock()
	h.deliver(d, o)
	return nil
}

func (h *Hub) announcement(e event) error {
	q := h.Social.DB.Read(h.began)
	list, err := q.Announcements(0)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(a *model.Announcement) bool { return a.ID == e.ID })
	if i < 0 {
		return nil
	}
	return h.drawn(e, h.Draw.Announcement(list[i], entity.AnnouncementRefs{}, false))
}

// drawn tells everybody of something small.
func (h *Hub) drawn(e event, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	h.toAll(e, b)
	return nil
}

func (h *Hub) reaction(e event) error {
	r, err := h.Social.DB.Read(h.began).AnnouncementReaction(e.ID, e.Name)
	if err != nil {
		return err
	}
	return h.drawn(e, struct {
		entity.Reaction
		AnnouncementID model.ID `json:"announcement_id"`
	}{h.Draw.Reaction(r, false), e.ID})
}

// readCircles reads what is not known, or no longer, of viewers.
func (h *Hub) readCircles() {
	for {
		h.mu.Lock()
		var ids []model.ID
		for id, v := range h.viewers {
			if v.circle == nil {
				if ids = append(ids, id); len(ids) == readAtOnce {
					break
				}
			}
		}
		h.mu.Unlock()
		if len(ids) == 0 {
			return
		}
		circles, err := h.circles(ids)
		if err != nil {
			if h.began.Err() == nil {
				h.quiet.say(slog.LevelError, "viewers' circles were not read", "error", err)
			}
			return // who is not known is sent nothing
		}
		h.mu.Lock()
		for id, c := range circles {
			if v := h.viewers[id]; v != nil {
				v.circle = c
			}
		}
		h.mu.Unlock()
	}
}

func (h *Hub) circles(ids []model.ID) (map[model.ID]*circle, error) {
	q := h.Social.DB.Read(h.began)
	relations, err := q.RelationsOf(ids)
	if err != nil {
		return nil, err
	}
	filtering, err := q.WithFilters(ids)
	if err != nil {
		return nil, err
	}
	out := make(map[model.ID]*circle, len(ids))
	for id, r := range relations {
		c := newCircle(r, nil)
		if filtering[id] {
			if c.filters, err = h.Social.FiltersOf(h.began, id); err != nil {
				return nil, err
			}
		}
		out[id] = c
	}
	return out, nil
}
