package federation

import (
	"context"
	"time"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

const (
	// Statuses above one that are asked for in one go; then the job goes on as another, so that other threads get their
	// turn.
	aboveAtOnce = 20
	// Statuses above one that are asked for at all. Threads are rarely deeper than a few dozen; endless ones are made to
	// keep others busy (GoToSocial stops after 512).
	maxAbove = 256

	// Replies that are asked for when somebody opens a thread: Mastodon's limits.
	maxReplies       = 1000
	maxRepliesOfOne  = 500
	maxRepliesPages  = 500
	repliesAtOnce    = 4 // of one thread: mostly of one host, which bears no more
	maxRepliesDepth  = 32
	repliesPatience  = 4 * time.Minute // then what was found is what there is; the next opening goes on
	firstRepliesPage = 5               // self-replies that come with a status (Mastodon sends at most five)
)

// ThreadBackoff is how long a server that did not answer is left alone before the rest of a thread, or of an outbox, is
// asked for: short at first, so that a gap closes within a quarter of an hour (15 s, 30 s … 2 min), then ever longer.
func ThreadBackoff(failures int) time.Duration {
	const soon = 10 // tries within the first quarter of an hour
	switch {
	case failures <= soon:
		return min(15*time.Second<<max(failures-1, 0), 2*time.Minute)
	default:
		return min(5*time.Minute<<min(failures-soon, 10), 12*time.Hour)
	}
}

// ResolveThread asks for what a status replies to, and so on upward, until the thread begins. A server that answers
// nothing now is asked again by the queue, so that gaps close; what it refuses or no longer has stays a gap.
func (f *Federation) ResolveThread(ctx context.Context, job model.ResolveThread) error {
	st, err := f.DB.Read(ctx).StatusByID(job.Status)
	asked := 0
	for above := job.Above; above < maxAbove; above++ {
		switch {
		case model.IsNotFound(err):
			return nil
		case err != nil:
			return settled(err)
		case st.InReplyToID != 0: // known, but perhaps not what is above it: this may be the second try
			st, err = f.DB.Read(ctx).StatusByID(st.InReplyToID)
			continue
		case st.InReplyToURI == "":
			return nil
		case asked == aboveAtOnce:
			return f.DB.EnqueueOnce(ctx, st.InReplyToURI, 0, model.ResolveThread{Status: st.ID, Above: above})
		}
		asked++
		st, err = f.resolveStatus(ctx, st.InReplyToURI, 1)
	}
	return nil
}

// FetchReplies asks for the replies of a status that its server knows, for theirs, and so on downward.
func (f *Federation) FetchReplies(ctx context.Context, job model.FetchReplies) error {
	st, err := f.DB.Read(ctx).StatusByID(job.Status)
	if model.IsNotFound(err) || err == nil && st.Local {
		return nil
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, repliesPatience)
	defer cancel()
	w := replies{Federation: f, left: maxReplies, pages: maxRepliesPages, seen: map[string]bool{st.URI: true}}
	level := []string{st.URI}
	for depth := 0; len(level) > 0 && depth < maxRepliesDepth; depth++ {
		if level, err = w.below(ctx, level); err != nil {
			return settled(err)
		}
	}
	return nil
}

// noticeReplies takes in what an author has already answered to themselves, which comes with a status.
func (f *Federation) noticeReplies(ctx context.Context, st *model.Status, n *ap.Note) {
	if n.Replies == nil || n.Replies.Object == nil {
		return
	}
	page, ok := n.Replies.Object.Page()
	if !ok {
		return
	}
	items := page.Items
	if page.First != nil && page.First.Object != nil {
		if first, ok := page.First.Object.Page(); ok {
			items = append(items, first.Items...)
		}
	}
	for _, item := range items[:min(len(items), firstRepliesPage)] {
		if !ap.SameHost(item.ID, st.URI) {
			continue
		}
		if err := f.DB.EnqueueOnce(ctx, item.ID, 0, model.FetchStatus{URI: item.ID}); err != nil {
			f.Log.Error("ask for a reply", "status", item.ID, "error", err)
			return
		}
	}
}

// FetchStatus asks for a status that another one names.
func (f *Federation) FetchStatus(ctx context.Context, job model.FetchStatus) error {
	_, err := f.resolveStatus(ctx, job.URI, 1)
	return settled(err)
}

// replies walks a thread downward.
type replies struct {
	*Federation
	left  int // statuses that may still be asked for
	pages int
	seen  map[string]bool
}

// below asks for the replies of statuses and gives those that may have replies in turn. Statuses that cannot be reached
// have none for now.
func (w *replies) below(ctx context.Context, level []string) (next []string, err error) {
	for _, uri := range level {
		if ctx.Err() != nil || w.left <= 0 || w.pages <= 0 {
			return nil, nil
		}
		items, err := w.of(ctx, uri)
		if err != nil {
			w.Log.Debug("replies cannot be asked for", "status", uri, "error", err)
			continue
		}
		next = append(next, w.all(ctx, items)...)
	}
	return next, nil
}

// of lists the replies that a status's own server knows of.
func (w *replies) of(ctx context.Context, uri string) ([]string, error) {
	if w.ours(uri) {
		return nil, nil // all there is
	}
	if err := w.mayAsk(ctx, uri); err != nil {
		return nil, err
	}
	w.pages--
	doc, at, err := w.read(ctx, uri)
	if err != nil || doc.Replies == nil {
		return nil, err
	}
	var items []string
	visit := func(item ap.Ref) error {
		if item.ID != "" && !w.seen[item.ID] {
			w.seen[item.ID] = true
			items = append(items, item.ID)
		}
		return nil
	}
	most := walkLimits{Items: maxRepliesOfOne, Pages: max(w.pages, 1)}
	if c := doc.Replies.Object; c != nil {
		err = w.walkFrom(ctx, c, at, most, visit)
	} else if ap.SameHost(doc.Replies.ID, at) {
		err = w.walk(ctx, doc.Replies.ID, most, visit)
	}
	w.pages -= len(items) / 10 // about a page each; the walk is bounded by itself
	return items, err
}

// all asks for statuses, a few at once, and gives those that are there.
func (w *replies) all(ctx context.Context, uris []string) []string {
	uris = uris[:min(len(uris), max(w.left, 0))]
	w.left -= len(uris)
	found := make([]bool, len(uris))
	inParallel(repliesAtOnce, len(uris), func(i int) {
		st, err := w.resolveStatus(ctx, uris[i], 1)
		if err != nil {
			w.Log.Debug("a reply cannot be asked for", "status", uris[i], "error", err)
			return
		}
		found[i] = !st.Local
	})
	var there []string
	for i, uri := range uris {
		if found[i] {
			there = append(there, uri)
		}
	}
	return there
}

// PullOutbox asks for what a followed account wrote while this server was away, newest first. What it is told of that
// way is news to nobody: it stands in home feeds at its date.
func (f *Federation) PullOutbox(ctx context.Context, job model.PullOutbox) error {
	a, err := f.DB.Read(ctx).Account(job.Account)
	if model.IsNotFound(err) || err == nil && (a.Local() || a.Suspended() || !ap.SameHost(a.OutboxURL, a.URI)) {
		return nil
	}
	if err != nil {
		return err
	}
	err = f.walk(ctx, a.OutboxURL, walkLimits{Items: maxPulled, Pages: maxPulledPages}, func(item ap.Ref) error {
		return f.pull(ctx, a, item, job.Since)
	})
	if err == errEnough {
		return nil
	}
	return settled(err)
}

const (
	// What one account may have written in a day or two away; pages are Mastodon's twenty.
	maxPulled      = 200
	maxPulledPages = 12
)

// pull takes in one activity of an outbox.
func (f *Federation) pull(ctx context.Context, a *model.Account, item ap.Ref, since model.Time) error {
	doc := item.Object
	if doc == nil {
		var err error
		if !ap.SameHost(item.ID, a.URI) {
			return nil
		}
		if doc, err = f.document(ctx, item.ID); err != nil {
			return settled(err)
		}
	}
	published := doc.Published
	if made := doc.Object.Object(); published == 0 && made != nil {
		published = made.Published
	}
	if published != 0 && published < since {
		return errEnough
	}
	if doc.Actor.ID() != a.URI || !ap.SameHost(doc.ID, a.URI) {
		return nil
	}
	switch {
	case doc.Is("Create"):
		made := doc.Object.Object()
		if made == nil || !f.authoredBy(&activity{Object: doc, Actor: a}, made) {
			_, err := f.resolveStatus(ctx, doc.Object.ID(), 1)
			return settled(err)
		}
		inherit(made, doc)
		_, err := f.believe(ctx, made, true, 0)
		return settled(err)
	case doc.Is("Announce"):
		st, err := f.announced(ctx, &activity{Object: doc, Actor: a}, doc.Object.ID(), doc.Object.Object())
		if err != nil {
			return settled(err)
		}
		shared := &activity{Object: doc, Actor: a}
		_, err = f.Social.Reblog(ctx, a, st.ID, social.ReblogOptions{
			URI: shared.announceURI(st), CreatedAt: doc.Published, Visibility: announceVisibility(shared), Fetched: true,
		})
		return settled(err)
	}
	return nil
}
