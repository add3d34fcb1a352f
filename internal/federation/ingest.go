package federation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
)

// activity is one that came in, read and vouched for.
type activity struct {
	*ap.Object
	Actor *model.Account // who did it, of another server
	Inbox model.ID       // ours whose own inbox it came to; 0: the shared one
	Via   *model.Account // who passed it on, where that is not the actor
	Depth int            // how many activities it was wrapped in
}

// id is the activity's, or "" when it belongs to another server than the actor's, which would be a made-up one.
func (a *activity) id() string {
	if ap.SameHost(a.ID, a.Actor.URI) {
		return a.ID
	}
	return ""
}

// handler acts on an activity. Errors that pass are tried again; others end it.
type handler func(f *Federation, ctx context.Context, a *activity) error

// Ingest acts on an activity that was accepted at an inbox. What is refused by a rule, or is about what nobody here
// knows, is counted and forgotten; what cannot be read is buried; what failed for now is tried again, beside the lane,
// so that a third server that does not answer delays nobody else.
func (f *Federation) Ingest(ctx context.Context, job model.Ingest) error {
	kind, err := f.ingest(from(ctx, job.From), job)
	switch kindOf := model.KindOf(err); {
	case err == nil:
		f.Seen.add(kind, "done")
	case kindOf == model.KindBadRequest:
		f.Seen.add(kind, "unreadable")
		f.gate.done(job.From)
		return err
	case kindOf == model.KindInternal, kindOf == model.KindUnavailable, kindOf == model.KindTooMany:
		f.Seen.add(kind, "failed")
		return f.aside(ctx, job, err)
	default:
		f.Seen.add(kind, "refused")
		f.Log.Debug("activity refused", "type", kind, "signer", job.Signer.String(), "reason", err)
	}
	f.gate.done(job.From)
	return nil
}

func (f *Federation) ingest(ctx context.Context, job model.Ingest) (kind string, err error) {
	doc, err := ap.Parse([]byte(job.Body))
	if err != nil {
		return "", model.BadRequestf("the document cannot be read: %v", err)
	}
	kind = "unknown"
	if f.activities[doc.Type] != nil {
		kind = doc.Type
	}
	signer, err := f.DB.Read(ctx).Account(job.Signer)
	if err != nil {
		return kind, err // deleted since
	}
	a := &activity{Object: doc, Actor: signer, Inbox: job.Inbox}
	if doc.Actor.ID() != signer.URI {
		a.Via = signer
		signed, who, err := f.proven(ctx, []byte(job.Body), doc.Actor.ID())
		if err != nil {
			return kind, err
		}
		if signed == nil {
			return kind, f.forwarded(ctx, a)
		}
		a.Object, a.Actor, a.Inbox = signed, who, 0 // who passes something on addresses nobody
	}
	return kind, f.perform(ctx, a)
}

// perform runs the table's function for an activity.
func (f *Federation) perform(ctx context.Context, a *activity) error {
	act := f.activities[a.Type]
	if act == nil {
		return model.Invalidf("activities of type %.40q are not known here", a.Type)
	}
	if a.Actor.Local() {
		return model.Forbidden("an activity of an account of ours came from outside")
	}
	// From whom moderators keep us away only what takes back is heard (Mastodon: ProcessCollectionService).
	if a.Actor.Suspended() && !slices.Contains([]string{"Delete", "Reject", "Undo", "Update"}, a.Type) {
		return model.Forbidden("its actor is suspended")
	}
	if err := f.mayTalk(ctx, a.Actor.Domain); err != nil {
		return err
	}
	return act(f, ctx, a)
}

const (
	// IngestTries is how often an activity is tried: over an hour, as with Mastodon. Then it is buried, with its document.
	IngestTries = 9
	// A third server that was asked while an activity was worked on is asked again after so long.
	firstAside = 10 * time.Second
)

// aside lets a job that failed wait in a lane of its own.
func (f *Federation) aside(ctx context.Context, job model.Ingest, cause error) error {
	if job.Aside {
		return cause
	}
	job.Aside = true
	pause := firstAside
	var asks interface{ RetryAfter() time.Duration }
	if errors.As(cause, &asks) {
		pause = max(pause, asks.RetryAfter())
	}
	if err := f.DB.EnqueueAside(ctx, pause, job.From, job); err != nil {
		return fmt.Errorf("%w (and it could not be put aside: %w)", cause, err)
	}
	f.Log.Debug("activity put aside", "from", job.From, "reason", cause)
	return nil
}

// mayTalk refuses servers that the moderators keep away.
func (f *Federation) mayTalk(ctx context.Context, domain string) error {
	_, may, err := f.Social.DomainPolicy(ctx, domain)
	if err == nil && !may {
		return model.Forbidden("this server does not talk with " + domain)
	}
	return err
}

// first is the first thing a property names.
func first(refs ap.Refs) ap.Ref {
	if len(refs) == 0 {
		return ap.Ref{}
	}
	return refs[0]
}

// names tells whether a property names an id.
func names(refs ap.Refs, id string) bool {
	return id != "" && slices.ContainsFunc(refs, func(r ap.Ref) bool { return r.ID == id })
}
