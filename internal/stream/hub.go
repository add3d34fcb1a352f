// Package stream tells connected clients what happens: WebSockets and server-sent events. An event is drawn and framed
// once for all who see the same, and written to their sockets without waiting for any of them.
package stream

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gomphothere/internal/entity"
	"gomphothere/internal/model"
	"gomphothere/internal/oauth"
	"gomphothere/internal/social"
)

// Options are what a hub needs.
type Options struct {
	Social *social.Social
	Draw   entity.Drawer
	Log    *slog.Logger
	// Who finds whom a token speaks for, and Still whether it does so still.
	Who   func(ctx context.Context, bearer, address string) (*oauth.Identity, error)
	Still func(ctx context.Context, hash string) (*oauth.Identity, error)
	// Address is where a request comes from.
	Address func(*http.Request) string
	// Most is how many connections there may be; 0: what the limit of open files leaves.
	Most int
}

// Hub holds the connections of one server and gives them what they subscribed to.
type Hub struct {
	Options
	stats   stats
	writers writers
	buffers buffers
	quiet   quiet
	entry   chan struct{} // handshakes under way
	waiting atomic.Int64  // handshakes that wait for their turn

	mu            sync.Mutex // of what follows, and of subs and viewers
	viewers       map[model.ID]*viewer
	topics        map[topicKey]*topic
	connections   int
	sockets       int
	subscriptions int
	beats         beats
	draining      bool
	live          atomic.Int64 // connections, for whoever only wants to know whether there are any

	heard   heard
	unsure  time.Time       // when to look at all tokens again; of the goroutine of events
	began   context.Context // of the goroutines
	end     context.CancelFunc
	wg      sync.WaitGroup
	started sync.Once
}

// viewer is somebody who is connected, once or more often.
type viewer struct {
	id            model.ID
	connections   int
	home          topic
	notifications topic
	direct        topic
	circle        *circle    // nil: to be read
	seen          []model.ID // what went home lately, as shown; reblogs of it are not sent
	seenAt        int
}

// topicKey is what can be subscribed to beside one's own.
type topicKey struct {
	name string   // public, public:local:media, hashtag, hashtag:local, list
	tag  string   // its key
	list model.ID // of the viewer's
}

// topic is who hears one thing.
type topic struct {
	key  topicKey
	subs []*sub
}

// sub is one connection's subscription to one topic.
type sub struct {
	conn   *conn
	viewer *viewer
	topic  *topic
	stream string // as JSON, the way the client asked
	at     int    // in topic.subs
}

// New makes a hub; it holds no connection and runs no goroutine before the first.
func New(o Options) *Hub {
	h := &Hub{
		Options: o, viewers: map[model.ID]*viewer{}, topics: map[topicKey]*topic{},
		quiet: quiet{log: o.Log}, entry: make(chan struct{}, entries()),
	}
	if h.Most == 0 {
		h.Most = mostConnections()
	}
	h.heard.wake = make(chan struct{}, 1)
	h.began, h.end = context.WithCancel(context.Background())
	return h
}

func (h *Hub) now() time.Time { return h.Social.DB.Now().Std() }

// start begins the hub's goroutines with its first connection: a server without streams pays nothing for them.
func (h *Hub) start() {
	h.started.Do(func() {
		h.writers.start()
		h.wg.Go(h.listen)
		h.wg.Go(h.beat)
		h.wg.Go(h.report)
	})
}

// Close ends every connection at once and the hub's goroutines.
func (h *Hub) Close() {
	h.mu.Lock()
	h.draining = true
	h.mu.Unlock()
	for _, c := range h.all() {
		c.close(byServer, nil)
	}
	h.end()
	h.wg.Wait()
	h.started.Do(func() {}) // nothing begins any more
	if h.writers.wake != nil {
		h.writers.stop()
	}
}

// join takes in a connection.
func (h *Hub) join(c *conn) error {
	h.start()
	h.mu.Lock()
	defer h.mu.Unlock()
	switch v := h.viewers[c.who.account]; {
	case h.draining:
		return errDraining
	case h.connections >= h.Most:
		return errFull
	case v != nil && v.connections >= maxPerAccount:
		return errTooMany
	}
	v := h.viewers[c.who.account]
	if v == nil {
		v = &viewer{id: c.who.account}
		h.viewers[v.id] = v
	}
	v.connections++
	h.connections++
	if c.kind == kindSocket {
		h.sockets++
	}
	h.live.Add(1)
	h.beats.add(c)
	h.stats.accepted.Add(1)
	return nil
}

// leave takes out a connection; conn.close calls it once.
func (h *Hub) leave(c *conn, why reason, err error) {
	h.mu.Lock()
	for len(c.subs) > 0 {
		h.drop(c.subs[len(c.subs)-1])
	}
	if v := h.viewers[c.who.account]; v != nil && c.beat.slot != 0 {
		if v.connections--; v.connections == 0 {
			delete(h.viewers, v.id)
		}
		h.connections--
		if c.kind == kindSocket {
			h.sockets--
		}
		h.live.Add(-1)
		h.beats.remove(c)
		h.stats.closedFor(why)
	}
	h.mu.Unlock()
	switch why {
	case bySlow:
		h.quiet.say(slog.LevelInfo, "a streaming connection was closed: it does not read", "account", c.who.account)
	case byWrite:
		h.quiet.say(slog.LevelDebug, "a streaming connection broke", "error", err)
	case byDead:
		h.quiet.say(slog.LevelDebug, "a streaming connection was closed: it does not answer")
	}
}

// topicOf finds where a subscription belongs; the lock is held.
func (h *Hub) topicOf(c *conn, k topicKey) *topic {
	v := h.viewers[c.who.account]
	switch k.name {
	case "user":
		return &v.home
	case "user:notification":
		return &v.notifications
	case "direct":
		return &v.direct
	}
	t := h.topics[k]
	if t == nil {
		t = &topic{key: k}
		h.topics[k] = t
	}
	return t
}

// add subscribes; the same twice is once. It tells whether there is room.
func (h *Hub) add(c *conn, k topicKey, stream string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	v := h.viewers[c.who.account]
	if v == nil {
		return true // it has gone
	}
	t := h.topicOf(c, k)
	if slices.ContainsFunc(c.subs, func(s *sub) bool { return s.topic == t }) {
		return true
	}
	if len(c.subs) >= maxSubscriptions {
		return false
	}
	s := &sub{conn: c, viewer: v, topic: t, stream: stream, at: len(t.subs)}
	t.subs = append(t.subs, s)
	c.subs = append(c.subs, s)
	h.subscriptions++
	return true
}

// remove unsubscribes.
func (h *Hub) remove(c *conn, k topicKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range c.subs {
		if own := k.name == "user" || k.name == "user:notification" || k.name == "direct"; s.topic.key == k && !own || own && s.topic == h.topicOf(c, k) {
			h.drop(s)
			return
		}
	}
}

// drop takes a subscription out of its topic and its connection; the lock is held.
func (h *Hub) drop(s *sub) {
	t, last := s.topic, len(s.topic.subs)-1
	t.subs[s.at] = t.subs[last]
	t.subs[s.at].at = s.at
	t.subs[last] = nil
	t.subs = t.subs[:last]
	if last == 0 {
		t.subs = nil
		if h.topics[t.key] == t {
			delete(h.topics, t.key)
		}
	}
	i := slices.Index(s.conn.subs, s)
	s.conn.subs = slices.Delete(s.conn.subs, i, i+1)
	h.subscriptions--
}

// send gives one frame to one connection.
func (h *Hub) send(c *conn, f *frame) {
	if c.push(f) {
		h.writers.add([]*conn{c})
	}
}

// all are the connections there are.
func (h *Hub) all() []*conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.beats.all()
}

// command is what a client says on its WebSocket (Mastodon API: streaming). What is no command is passed over.
func (h *Hub) command(c *conn, message []byte) {
	var m struct {
		Type   string `json:"type"`
		Stream word   `json:"stream"`
		List   word   `json:"list"`
		Tag    word   `json:"tag"`
	}
	if json.Unmarshal(message, &m) != nil {
		return
	}
	switch m.Type {
	case "subscribe":
		h.subscribe(c, string(m.Stream), string(m.Tag), string(m.List))
	case "unsubscribe":
		k, _, err := wanted(string(m.Stream), string(m.Tag), string(m.List))
		if err != nil {
			h.refuse(c, err)
			return
		}
		h.remove(c, k)
	}
}

// word is a string, the first of several, or a number where clients send one.
type word string

// UnmarshalJSON takes what clients send.
func (w *word) UnmarshalJSON(b []byte) error {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	switch v := v.(type) {
	case string:
		*w = word(v)
	case float64:
		*w = word(b) // an id, digits as they came
	}
	return nil
}

// subscribe answers what is wrong with an error frame; the connection stays.
func (h *Hub) subscribe(c *conn, stream, tag, list string) {
	if err := h.enter(c, stream, tag, list); err != nil {
		h.refuse(c, err)
	}
}

// enter subscribes a connection, or says why not.
func (h *Hub) enter(c *conn, stream, tag, list string) *refusal {
	k, name, bad := h.may(c.who, stream, tag, list)
	if bad == nil && !h.add(c, k, name) {
		bad = &refusal{http.StatusTooManyRequests, "Too many subscriptions on one connection"}
	}
	return bad
}

// may finds what somebody wants to hear, and whether they may.
func (h *Hub) may(who holder, stream, tag, list string) (topicKey, string, *refusal) {
	k, name, bad := wanted(stream, tag, list)
	switch {
	case bad != nil:
		return k, "", bad
	case k.name == "user:notification" && !who.notes || k.name != "user:notification" && !who.statuses:
		return k, "", &refusal{http.StatusUnauthorized, "Access token does not have the required scopes"}
	case k.name != "list":
		return k, name, nil
	}
	_, err := h.Social.DB.Read(h.began).List(who.account, k.list)
	switch {
	case model.IsNotFound(err):
		return k, "", &refusal{http.StatusUnauthorized, "Not authorized to stream this list"}
	case err != nil:
		h.quiet.say(slog.LevelError, "whose list it is was not found out", "error", err)
		return k, "", &refusal{http.StatusInternalServerError, "An unexpected error occurred"}
	}
	return k, name, nil
}

func (h *Hub) refuse(c *conn, r *refusal) {
	b, err := json.Marshal(map[string]any{"error": r.text, "status": r.status})
	if err != nil {
		return // a map of a string and a number is JSON
	}
	h.send(c, &frame{b: textFrame(b)})
}

// jitter spreads a time over its second half.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }
