package federation

import (
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
)

const (
	// Mastodon's limit of what an inbox takes; a status of 100,000 characters fits.
	maxActivity = 1 << 20
	// Lanes of one server: so many of its activities are worked on at once at most.
	slotsOfHost = 8
	// A peer that is not let in now comes back soon: it is only that many are here at once.
	retryAfterCrowd = 5 * time.Second
)

// inboxRoutes are the doors that activities come in by.
func (f *Federation) inboxRoutes() []Route {
	return []Route{
		{"POST", "/inbox", f.inbox(nil)},
		{"POST", "/actor/inbox", f.inbox(func(ctx context.Context, _ *http.Request) (*model.Account, error) { return f.Social.InstanceActor(ctx) })},
		{"POST", "/users/{name}/inbox", f.inbox(func(ctx context.Context, r *http.Request) (*model.Account, error) {
			return f.DB.Read(ctx).AccountByHandle(r.PathValue("name"), "")
		})},
		{"POST", "/ap/users/{id}/inbox", f.inbox(func(ctx context.Context, r *http.Request) (*model.Account, error) {
			id, err := model.ParseID(r.PathValue("id"))
			if err != nil {
				return nil, err
			}
			return f.DB.Read(ctx).Account(id)
		})},
	}
}

// inbox takes an activity: 202 says that it is committed. whose finds the owner of a personal inbox.
func (f *Federation) inbox(whose func(context.Context, *http.Request) (*model.Account, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f.take(w, r, whose); err != nil {
			f.refuse(w, r, err)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})
}

func (f *Federation) take(w http.ResponseWriter, r *http.Request, whose func(context.Context, *http.Request) (*model.Account, error)) error {
	if err := mayRead(r); err != nil {
		return err
	}
	size := r.ContentLength
	if size < 0 {
		size = maxActivity // it does not say
	}
	leave, ok := f.gate.enter(size)
	if !ok {
		return &crowded{}
	}
	defer leave()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxActivity))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &model.Error{Kind: model.KindTooLarge, Text: "Activities have at most 1 MB"}
	case err != nil:
		return model.BadRequestf("The body ends early")
	}
	e, err := ap.Peek(body)
	if err != nil {
		return err
	}
	if e.Type == "" || e.Actor == "" {
		return model.BadRequestf("The body is no activity: it has no type or no actor")
	}
	ctx := r.Context()
	var inbox model.ID
	if whose != nil {
		a, err := whose(ctx, r)
		if err == nil && !a.Local() {
			err = model.ErrNotFound()
		}
		if err != nil {
			return err
		}
		inbox = a.ID
	}
	if idle, err := f.idle(ctx, e); idle || err != nil {
		return err
	}
	if err := f.mayTalk(ctx, ap.Host(e.Actor)); err != nil {
		return err
	}
	signer, err := f.Verified(r, body)
	if err != nil {
		return err
	}
	return f.accept(ctx, r, e, signer, inbox, body)
}

// mayRead refuses what is no activity before any of it is read.
func mayRead(r *http.Request) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/activity+json" && kind != "application/ld+json" && kind != "application/json" {
		return &unsupported{"An inbox takes application/activity+json"}
	}
	if c := r.Header.Get("Content-Encoding"); c != "" && !strings.EqualFold(c, "identity") {
		return &unsupported{"An inbox takes no compressed bodies"}
	}
	if r.ContentLength > maxActivity {
		return &model.Error{Kind: model.KindTooLarge, Text: "Activities have at most 1 MB"}
	}
	return nil
}

// idle tells whether an activity can change nothing here: somebody unknown takes back or deletes something, or changes
// themselves. Whole servers that die say so for each of their people to everybody they ever knew of, so nobody is
// asked for them and no signature is looked at (Mastodon: skip_unknown_actor_activity).
func (f *Federation) idle(ctx context.Context, e ap.Envelope) (bool, error) {
	if e.Type != "Delete" && e.Type != "Undo" && !(e.Type == "Update" && e.Object == e.Actor) {
		return false, nil
	}
	known, err := f.DB.Read(ctx).KnowsAccount(e.Actor)
	return !known, err
}

// accept commits an activity whose signature was verified.
func (f *Federation) accept(ctx context.Context, r *http.Request, e ap.Envelope, signer *model.Account, inbox model.ID, body []byte) error {
	host := ap.Host(signer.URI)
	switch {
	case host == "" || signer.Local():
		return model.Unauthorized("The signature is not another server's")
	case bare(e.Actor) != bare(signer.URI) && !e.Signed:
		return model.Unauthorized("The signature is not the actor's, and the document has none of its own")
	}
	if err := f.mayTalk(ctx, signer.Domain); err != nil {
		return err
	}
	now := f.Now()
	if err := f.gate.accept(ctx, f.DB, host, now); err != nil {
		return err
	}
	job := model.Ingest{Order: order(e), Signer: signer.ID, Body: string(body), From: host, Inbox: inbox, At: model.At(now)}
	mark := ""
	if e.ID != "" {
		mark = signer.ID.String() + " " + inbox.String() + " " + e.ID
	}
	added, err := f.DB.EnqueueUnique(ctx, host+"/"+slot(e.Actor), mark, job)
	if err != nil || !added {
		f.gate.done(host)
		return err
	}
	if err := f.Social.PeerHeard(ctx, host); err != nil {
		f.Log.Error("note that a server was heard from", "host", host, "error", err)
	}
	f.noteFollowers(ctx, r, signer)
	return nil
}

// order is the word that keeps activities of one actor in order. A Create needs none: what is changed or deleted before
// it comes is remembered, and what answers it is tied to it whenever. So a busy server's new statuses need not wait for
// one commit after the other.
func order(e ap.Envelope) string {
	h := fnv.New64a()
	if e.Type == "Create" {
		io.WriteString(h, e.ID+" "+e.Object) // never fails
		return "c" + strconv.FormatUint(h.Sum64(), 36)
	}
	io.WriteString(h, e.Actor)
	return "a" + strconv.FormatUint(h.Sum64(), 36)
}

// IngestOrder reads that word off a job without reading the job: it is asked for often.
func IngestOrder(args json.RawMessage) string {
	rest, ok := strings.CutPrefix(string(args[:min(len(args), 64)]), `{"Order":"`)
	word, _, found := strings.Cut(rest, `"`)
	if !ok || !found {
		return ""
	}
	return word
}

// slot keeps one actor's activities in one lane, and lets others' pass.
func slot(actor string) string {
	h := fnv.New32a()
	io.WriteString(h, actor) // never fails
	return strconv.FormatUint(uint64(h.Sum32()%slotsOfHost), 10)
}

// crowded asks to come back at once: too many are at the door.
type crowded struct{}

func (*crowded) Error() string { return "Too many are here at once; please come back" }

// RetryAfter is when to come back.
func (*crowded) RetryAfter() time.Duration { return retryAfterCrowd }

// unsupported refuses what is in a form that an inbox does not read.
type unsupported struct{ text string }

func (u *unsupported) Error() string { return u.text }

// refuse answers with an error in Mastodon's shape.
func (f *Federation) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, text := f.statusOf(err)
	h := w.Header()
	var asks interface{ RetryAfter() time.Duration }
	switch {
	case status == http.StatusInternalServerError:
		f.Log.Error("inbox failed", "path", r.URL.Path, "error", err)
	case errors.As(err, &asks) && asks.RetryAfter() > 0:
		h.Set("Retry-After", strconv.Itoa(int(asks.RetryAfter().Seconds())))
	case status == http.StatusServiceUnavailable:
		h.Set("Retry-After", "30")
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(map[string]string{"error": text}); err != nil {
		f.Log.Debug("peer went away", "error", err)
	}
}

// statusOf maps errors at the inbox to HTTP: what kinds mean there, and what only happens there.
func (f *Federation) statusOf(err error) (int, string) {
	var c *crowded
	var u *unsupported
	switch {
	case errors.As(err, &c):
		return http.StatusServiceUnavailable, c.Error()
	case errors.As(err, &u):
		return http.StatusUnsupportedMediaType, u.Error()
	}
	text := "An unexpected error occurred"
	var e *model.Error
	if errors.As(err, &e) {
		text = e.Text
	}
	switch model.KindOf(err) {
	case model.KindBadRequest:
		return http.StatusBadRequest, text
	case model.KindUnauthorized:
		return http.StatusUnauthorized, text
	case model.KindForbidden:
		return http.StatusForbidden, text
	case model.KindNotFound:
		return http.StatusNotFound, text
	case model.KindGone:
		return http.StatusGone, text
	case model.KindTooLarge:
		return http.StatusRequestEntityTooLarge, text
	case model.KindTooMany:
		return http.StatusTooManyRequests, text
	case model.KindUnavailable:
		return http.StatusServiceUnavailable, text
	case model.KindInvalid:
		return http.StatusUnprocessableEntity, text
	}
	return http.StatusInternalServerError, text
}
