package stream

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/oauth"
)

const (
	// Connections of one account: some phones and many browser tabs. There is no bound per address: thousands of
	// people may come through one proxy, and each of them holds a token.
	maxPerAccount = 100
	// Files that are not connections of streams: the database's, requests, deliveries to other servers.
	otherFiles = 1000
	// Handshakes that may wait for their turn: what a restart of a large server brings at once; each is a goroutine
	// and some 10 KB.
	maxWaitingHandshakes = 4096
	// How long one waits; a client that gets an answer later has given up.
	entryTime = 10 * time.Second
	// When to come back: spread, so that those who were refused together do not return together.
	comeBack = 10 * time.Second
	// How long the answer to a handshake may take to be written.
	answerTime = 10 * time.Second
)

var (
	errFull     = errors.New("too many connections")
	errTooMany  = errors.New("too many connections of one account")
	errDraining = errors.New("the server is stopping")
)

// entries is how many handshakes are worked on at once: half the processors, so that after a restart those who come
// back do not keep everybody else from being answered.
func entries() int { return max(1, runtime.GOMAXPROCS(0)/2) }

// mostConnections is what the limit of open files leaves; Go raises the soft limit to the hard one at the start.
func mostConnections() int {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		l.Cur = 1024 // the kernel's default
	}
	const most = 1 << 20 // Linux' own bound of files of a process, fs.nr_open
	n := int(min(l.Cur, most))
	return max(n-otherFiles, n/2)
}

// Handler serves everything below /api/v1/streaming.
func (h *Hub) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Access-Control-Allow-Origin", "*")
		path := strings.Trim(strings.TrimPrefix(r.URL.Path, "/api/v1/streaming"), "/")
		switch {
		case r.Method == http.MethodOptions:
			head.Set("Access-Control-Allow-Methods", "GET, OPTIONS")
			head.Set("Access-Control-Allow-Headers", "Authorization, Accept, Cache-Control, Last-Event-ID")
			head.Set("Access-Control-Max-Age", "7200") // browsers cap it at two hours
			w.WriteHeader(http.StatusNoContent)
		case r.Method != http.MethodGet:
			head.Set("Allow", "GET, OPTIONS")
			deny(w, http.StatusMethodNotAllowed, "Only GET")
		case path == "health":
			head.Set("Content-Type", "text/plain")
			head.Set("Cache-Control", "private, no-store")
			w.Write([]byte("OK")) // who asks and leaves does not need it
		case path == "figures":
			h.showFigures(w, r)
		case upgrading(r):
			h.webSocket(w, r)
		default:
			h.eventSource(w, r, path)
		}
	})
}

// deny answers with an error in Mastodon's shape.
func deny(w http.ResponseWriter, status int, text string) {
	b, err := json.Marshal(map[string]string{"error": text})
	if err != nil {
		b = nil // a string in a map is JSON
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "private, no-store")
	w.WriteHeader(status)
	w.Write(b) // who left does not need it
}

// token is where clients put it (Mastodon API: streaming).
func token(r *http.Request) (bearer, protocol string) {
	protocol, _, _ = strings.Cut(r.Header.Get("Sec-WebSocket-Protocol"), ",")
	protocol = strings.TrimSpace(protocol)
	if t, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return strings.TrimSpace(t), protocol
	}
	if t := r.URL.Query().Get("access_token"); t != "" {
		return t, protocol
	}
	return protocol, protocol
}

// holderOf finds who comes.
func (h *Hub) holderOf(r *http.Request) (holder, *refusal) {
	bearer, _ := token(r)
	if bearer == "" {
		return holder{}, &refusal{http.StatusUnauthorized, "Missing access token"}
	}
	i, err := h.Who(r.Context(), bearer, h.Address(r))
	switch {
	case err == nil && i.Account != nil:
		return holding(i), nil
	case err == nil, model.KindOf(err) == model.KindUnauthorized, model.KindOf(err) == model.KindForbidden:
		return holder{}, &refusal{http.StatusUnauthorized, "Invalid access token"}
	case r.Context().Err() != nil:
		return holder{}, &refusal{http.StatusServiceUnavailable, "The connection was closed"}
	}
	h.quiet.say(slog.LevelError, "whose token it is was not found out", "error", err)
	return holder{}, &refusal{http.StatusInternalServerError, "An unexpected error occurred"}
}

func holding(i *oauth.Identity) holder {
	return holder{
		account: i.Account.ID, token: i.Token.ID, hash: i.Token.Hash,
		statuses: i.Has("read:statuses"), notes: i.Has("read:notifications"),
	}
}

// admit waits for a handshake's turn.
func (h *Hub) admit(ctx context.Context) (leave func(), bad *refusal) {
	select {
	case h.entry <- struct{}{}:
		return func() { <-h.entry }, nil
	default:
	}
	if h.waiting.Add(1) > maxWaitingHandshakes {
		h.waiting.Add(-1)
		return nil, &refusal{http.StatusServiceUnavailable, "Too many are connecting at once"}
	}
	defer h.waiting.Add(-1)
	patience := time.NewTimer(entryTime)
	defer patience.Stop()
	select {
	case h.entry <- struct{}{}:
		return func() { <-h.entry }, nil
	case <-patience.C:
	case <-ctx.Done():
	case <-h.began.Done():
	}
	return nil, &refusal{http.StatusServiceUnavailable, "Too many are connecting at once"}
}

// room says early that there is none, before anything is spent on a connection.
func (h *Hub) room() *refusal {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.draining:
		return refusalOf(errDraining)
	case h.connections >= h.Most:
		return refusalOf(errFull)
	}
	return nil
}

func refusalOf(err error) *refusal {
	switch err {
	case errTooMany:
		return &refusal{http.StatusTooManyRequests, "Too many connections of this account"}
	case errDraining:
		return &refusal{http.StatusServiceUnavailable, "The server is stopping"}
	}
	return &refusal{http.StatusServiceUnavailable, "The server has no room for more connections"}
}

// later says when to come back.
func later(w http.ResponseWriter, status int) {
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", strconv.Itoa(1+int(jitter(comeBack)/time.Second)))
	}
}

// webSocket upgrades. An error before the upgrade has no body but a header (Mastodon: streaming/index.js).
func (h *Hub) webSocket(w http.ResponseWriter, r *http.Request) {
	refused := func(bad *refusal) {
		h.stats.refused.Add(1)
		head := w.Header()
		later(w, bad.status)
		head.Set("Connection", "close")
		head.Set("X-Request-Id", rand.Text())
		head.Set("X-Error-Message", bad.text)
		w.WriteHeader(bad.status)
	}
	if bad := h.room(); bad != nil {
		refused(bad)
		return
	}
	done, bad := h.admit(r.Context())
	if bad != nil {
		refused(bad)
		return
	}
	defer done()
	who, bad := h.holderOf(r)
	if bad != nil {
		refused(bad)
		return
	}
	key := r.Header.Get("Sec-WebSocket-Key")
	if raw, err := base64.StdEncoding.DecodeString(key); err != nil || len(raw) != 16 {
		refused(&refusal{http.StatusBadRequest, "Sec-WebSocket-Key is missing"})
		return
	}
	if r.Header.Get("Sec-WebSocket-Version") != "13" {
		w.Header().Set("Sec-WebSocket-Version", "13")
		refused(&refusal{http.StatusUpgradeRequired, "WebSockets of version 13 are spoken here"})
		return
	}
	head := w.Header()
	head.Set("Sec-WebSocket-Accept", acceptKey(key))
	if _, protocol := token(r); protocol != "" { // Chrome ends the connection when it is not echoed
		head.Set("Sec-WebSocket-Protocol", protocol)
	}
	head.Set("Upgrade", "websocket")
	head.Set("Connection", "Upgrade")
	nc, early, bad := hijack(w)
	if bad != nil {
		refused(bad)
		return
	}
	c := h.connection(kindSocket, nc, who)
	if !h.answer(c, http.StatusSwitchingProtocols, head, nil) {
		return
	}
	go func() {
		// What was asked for in the address, and what the client said before it was answered, come first.
		q := r.URL.Query()
		if s := q.Get("stream"); s != "" {
			h.subscribe(c, mediaStream(s, q.Get("only_media")), q.Get("tag"), q.Get("list"))
		}
		c.heard(early)
		r, early = nil, nil // an idle connection keeps nothing of its request
		c.read()
	}()
}

// mediaStream is the stream of files only, where a client asks so.
func mediaStream(stream, only string) string {
	if only != "true" && only != "1" {
		return stream
	}
	switch stream {
	case "public", "public:local", "public:remote":
		return stream + ":media"
	}
	return stream
}

// hijack takes a connection over from net/http, with what it has read of it already.
func hijack(w http.ResponseWriter) (net.Conn, []byte, *refusal) {
	nc, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, nil, &refusal{http.StatusHTTPVersionNotSupported, "Streams need a connection of their own"}
	}
	var early []byte
	if n := rw.Reader.Buffered(); n > 0 {
		early = make([]byte, n)
		if n, err = rw.Reader.Read(early); err != nil {
			early = nil
		}
		early = early[:n]
	}
	return nc, early, nil
}

// connection is a new one that nobody knows yet.
func (h *Hub) connection(k kind, nc net.Conn, who holder) *conn {
	c := &conn{hub: h, kind: k, net: nc, who: who, owned: true} // nothing goes before the head of the answer
	if tcp, ok := nc.(*net.TCPConn); ok {
		if raw, err := tcp.SyscallConn(); err == nil {
			c.raw = raw
		}
		if err := tcp.SetWriteBuffer(sendBuffer); err != nil {
			h.quiet.say(slog.LevelDebug, "a connection's buffer keeps its size", "error", err)
		}
	}
	return c
}

// answer takes a connection in and writes the head of the answer. Whoever comes in is looked at once more: the token
// may have been revoked while nobody watched this connection.
func (h *Hub) answer(c *conn, status int, head http.Header, body []byte) bool {
	err := h.join(c)
	var bad *refusal
	if err != nil {
		bad = refusalOf(err)
	} else if _, err := h.Still(h.began, c.who.hash); err != nil {
		bad = &refusal{http.StatusUnauthorized, "Invalid access token"}
	}
	if bad != nil {
		h.stats.refused.Add(1)
		status, head, body = bad.status, http.Header{"X-Error-Message": {bad.text}, "Content-Length": {"0"}, "Connection": {"close"}}, nil
		if bad.status != http.StatusUnauthorized {
			head.Set("Retry-After", strconv.Itoa(1+int(jitter(comeBack)/time.Second)))
		}
	}
	b := make([]byte, 0, 512)
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, ' ')
	b = append(b, http.StatusText(status)...)
	b = append(b, "\r\n"...)
	for name, values := range head {
		for _, v := range values {
			b = append(append(append(append(b, name...), ": "...), strings.NewReplacer("\r", "", "\n", "").Replace(v)...), "\r\n"...)
		}
	}
	b = append(append(b, "\r\n"...), body...)
	if err := c.net.SetWriteDeadline(time.Now().Add(answerTime)); err == nil {
		_, err = c.net.Write(b)
		if err == nil && bad == nil {
			err = c.net.SetWriteDeadline(time.Time{})
		}
		if err == nil && bad == nil {
			c.release()
			return true
		}
	}
	c.close(byWrite, err)
	return false
}

// eventSource answers with a stream of events (Mastodon API: streaming).
func (h *Hub) eventSource(w http.ResponseWriter, r *http.Request, path string) {
	refused := func(bad *refusal) {
		h.stats.refused.Add(1)
		later(w, bad.status)
		deny(w, bad.status, bad.text)
	}
	if bad := h.room(); bad != nil {
		refused(bad)
		return
	}
	done, bad := h.admit(r.Context())
	if bad != nil {
		refused(bad)
		return
	}
	let := sync1(done)
	defer let()
	who, bad := h.holderOf(r)
	if bad != nil {
		refused(bad)
		return
	}
	q := r.URL.Query()
	stream, known := paths()[path]
	if !known {
		refused(&refusal{http.StatusBadRequest, "Unknown channel requested"})
		return
	}
	stream = mediaStream(stream, q.Get("only_media"))
	head := w.Header()
	k := kindPlain
	// Whether it may be subscribed to is known before the answer: here errors are answers.
	if _, _, bad := h.may(who, stream, q.Get("tag"), q.Get("list")); bad != nil {
		refused(bad)
		return
	}
	head.Set("Content-Type", "text/event-stream")
	head.Set("Cache-Control", "private, no-store")
	head.Set("X-Accel-Buffering", "no") // proxies pass events on at once
	first := []byte(":)\nretry: " + strconv.Itoa(int(jitter(comeBack)/time.Millisecond)) + "\n\n")
	if r.ProtoMajor != 1 {
		let()
		h.flushed(w, r, who, stream, q.Get("tag"), q.Get("list"), first)
		return
	}
	if r.ProtoAtLeast(1, 1) {
		k = kindChunked
		head.Set("Transfer-Encoding", "chunked")
		first = chunk(first)
	}
	head.Set("Connection", "close") // no request follows on it, even when the stream ends well
	head.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	nc, _, bad := hijack(w)
	if bad != nil {
		refused(bad)
		return
	}
	c := h.connection(k, nc, who)
	if !h.answer(c, http.StatusOK, head, first) {
		return
	}
	tag, list := q.Get("tag"), q.Get("list")
	go func() {
		if h.enter(c, stream, tag, list) != nil {
			c.leaves(byFault, 0, "")
		}
		r = nil
		c.read()
	}()
}

// sync1 lets a function be called twice and act once.
func sync1(f func()) func() {
	return func() {
		if f != nil {
			f()
			f = nil
		}
	}
}

// paths are the streams of events by their address.
func paths() map[string]string {
	return map[string]string{
		"user": "user", "user/notification": "user:notification", "public": "public", "public/local": "public:local",
		"public/remote": "public:remote", "hashtag": "hashtag", "hashtag/local": "hashtag:local", "list": "list", "direct": "direct",
	}
}

// flushed serves a stream of events on a connection that carries other requests as well (HTTP/2): net/http writes.
func (h *Hub) flushed(w http.ResponseWriter, r *http.Request, who holder, stream, tag, list string, first []byte) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	pipe := &flusher{w: w, control: http.NewResponseController(w), ctx: ctx}
	c := &conn{hub: h, kind: kindPlain, net: pipe, who: who, stops: cancel}
	if err := h.join(c); err != nil {
		deny(w, refusalOf(err).status, refusalOf(err).text)
		return
	}
	w.WriteHeader(http.StatusOK)
	defer pipe.end()
	defer c.close(byClient, nil)
	if _, err := pipe.Write(first); err != nil || h.enter(c, stream, tag, list) != nil {
		return
	}
	<-ctx.Done()
}

// showFigures shows how streaming does to those who may see the machinery (Mastodon's permission view_dashboard).
func (h *Hub) showFigures(w http.ResponseWriter, r *http.Request) {
	bearer, _ := token(r)
	i, err := h.Who(r.Context(), bearer, h.Address(r))
	switch {
	case err != nil || i.User == nil:
		deny(w, http.StatusUnauthorized, "The access token is invalid")
		return
	case !i.Has("admin:read"):
		deny(w, http.StatusForbidden, "This action is outside the authorized scopes")
		return
	}
	role, err := h.Social.DB.Read(r.Context()).Role(i.User.RoleID)
	if err != nil || !role.Can(model.PermViewDashboard) {
		deny(w, http.StatusForbidden, "This action is not allowed")
		return
	}
	b, err := json.Marshal(h.Figures())
	if err != nil {
		deny(w, http.StatusInternalServerError, "An unexpected error occurred")
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "private, no-store")
	w.Write(b) // who left does not need it
}
