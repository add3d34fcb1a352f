package federation

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"time"

	"gomphothere/internal/ap"
	"gomphothere/internal/fetch"
	"gomphothere/internal/httpsig"
	"gomphothere/internal/model"
)

// Limits of deliveries.
const (
	// DeliverTries is how often a delivery may fail: over two to three days, as with Mastodon.
	DeliverTries = 16
	// longestRest is the longest a server that fails is left alone, so that one that comes back is reached the same day.
	longestRest = 12 * time.Hour
	// answerTime is how long a server may take from our signature to its answer: who takes longer counts as gone.
	answerTime = 10 * time.Second
	// paceLater is the pause between what everybody is told and nobody waits for: 50 a second, a twentieth of a core.
	paceLater = 20 * time.Millisecond
	// Documents under way are read again for every inbox. A post has 2 KB, a forwarded one 1 MB at most.
	keptActivities    = 256
	keptActivityBytes = 8 << 20
	// Parsed keys of ours, 4 KB each: of those who posted last.
	keptSigners = 1024
)

// DeliverBackoff is how long a lane rests after so many failures in a row: 15 s and the fourth power, as Mastodon's
// retries do, up to half a day.
func DeliverBackoff(failures int) time.Duration {
	n := time.Duration(min(failures, 16)) // beyond, the longest is long passed
	return min(15*time.Second+n*n*n*n*time.Second, longestRest)
}

// DeliverOrder keeps what one account did in its order at each inbox.
func DeliverOrder(args json.RawMessage) string {
	var d model.Deliver
	if json.Unmarshal(args, &d) != nil {
		return ""
	}
	return d.Actor.String() + " " + d.Inbox
}

// outbound is what deliveries share.
type outbound struct {
	signing chan struct{} // signatures being made: more at once than there are cores only hold up the API
	signers recently[model.ID, httpsig.Key]
	bodies  recently[model.ID, *model.OutgoingActivity]
	digests recently[model.ID, map[string]digest] // by activity

	making sync.Mutex // signers and digests, which cost much, are made once however many wait for them

	mu    sync.Mutex
	later time.Time // when the next of DeliverLater may go
}

func newOutbound() *outbound {
	return &outbound{
		signing: make(chan struct{}, runtime.GOMAXPROCS(0)),
		signers: recently[model.ID, httpsig.Key]{most: keptSigners},
		bodies: recently[model.ID, *model.OutgoingActivity]{
			most: keptActivities, bytes: keptActivityBytes, size: func(a *model.OutgoingActivity) int { return len(a.Body) },
		},
		digests: recently[model.ID, map[string]digest]{most: keptDigests},
	}
}

// forget drops what was derived from what changed.
func (o *outbound) forget(events []model.Event) {
	for _, e := range events {
		if e.Type == model.TouchKeys {
			o.signers.drop(e.ID)
		}
	}
}

// Deliver brings an activity to an inbox. What the server refuses is buried, what it does not know any more is dropped,
// and while it does not answer, its lane waits.
func (f *Federation) Deliver(ctx context.Context, d model.Deliver) error {
	return f.deliver(ctx, d.Activity, d.Inbox)
}

// DeliverLater is Deliver at a leisurely pace.
func (f *Federation) DeliverLater(ctx context.Context, d model.DeliverLater) error {
	if err := f.out.pace(ctx); err != nil {
		return err
	}
	return f.deliver(ctx, d.Activity, d.Inbox)
}

// pace waits for the next turn.
func (o *outbound) pace(ctx context.Context) error {
	o.mu.Lock()
	now := time.Now()
	if o.later.Before(now) {
		o.later = now
	}
	wait := o.later.Sub(now)
	o.later = o.later.Add(paceLater)
	o.mu.Unlock()
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *Federation) deliver(ctx context.Context, id model.ID, inbox string) error {
	a, err := f.activity(ctx, id)
	if err != nil {
		return unlessGone(err)
	}
	host := ap.Host(inbox)
	if peer, err := f.Social.Peer(ctx, host); err != nil || peer.GivenUpAt != 0 {
		return err
	}
	if _, may, err := f.Social.DomainPolicy(ctx, host); err != nil || !may {
		return err
	}
	key, err := f.signer(ctx, a.AccountID)
	if err != nil {
		return unlessGone(err)
	}
	var header http.Header
	if a.Sync {
		if header, err = f.syncHeader(ctx, a, host); err != nil {
			return err
		}
	}
	asking, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	patience := &patience{Signer: key.Private, turn: f.out.signing, end: cancel}
	defer patience.stop()
	key.Private = patience
	err = f.Fetch.Post(asking, inbox, []byte(a.Body), key, header)
	if err != nil && context.Cause(asking) == errSlow {
		err = slow(err)
	}
	return f.delivered(ctx, host, inbox, err)
}

// errSlow is why a request that got no answer in time was ended.
var errSlow = errors.New("no answer in time")

// slow is the error of a server that took too long.
func slow(err error) error { return model.Unavailable("The other server gave no answer in time", err) }

// patience signs when its turn has come, and counts the time for an answer from then on.
type patience struct {
	crypto.Signer
	turn chan struct{}
	end  context.CancelCauseFunc
	time *time.Timer
}

// Sign makes a signature. A second one, in another scheme, begins the wait for the answer anew.
func (p *patience) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	p.stop()
	p.turn <- struct{}{} // others have it for a millisecond each
	runtime.Gosched()    // whoever waits for a core meanwhile, a request of an app's say, goes first
	defer func() {
		<-p.turn
		p.time = time.AfterFunc(answerTime, func() { p.end(errSlow) })
	}()
	return p.Signer.Sign(rand, digest, opts)
}

func (p *patience) stop() {
	if p.time != nil {
		p.time.Stop()
	}
}

// delivered notes how a delivery went and says what becomes of its job.
func (f *Federation) delivered(ctx context.Context, host, inbox string, err error) error {
	if err == nil {
		return f.Social.PeerReached(ctx, host)
	}
	var refusal *fetch.Error
	status := 0
	if errors.As(err, &refusal) {
		status = refusal.Status
	}
	switch model.KindOf(err) {
	case model.KindNotFound, model.KindGone:
		f.Log.Info("inbox is gone", "inbox", inbox, "status", status)
		return f.Social.PeerReached(ctx, host)
	case model.KindUnavailable, model.KindTooMany, model.KindInternal:
	default:
		if status != 0 {
			return errors.Join(err, f.Social.PeerReached(ctx, host)) // it is there; the job is buried
		}
		return err // refused by ourselves: a private address, say
	}
	busy := status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
	switch {
	case errors.Is(err, fetch.ErrPaused) || busy && refusal.RetryAfter() > 0:
		return err // it asks for time
	case ctx.Err() != nil:
		return err // we end, not it
	}
	if status == http.StatusUnauthorized {
		return aside{err} // it could not get our key, perhaps
	}
	if failed := f.Social.PeerFailed(context.WithoutCancel(ctx), host, why(err)); failed != nil {
		return failed
	}
	if status != 0 && !busy {
		// The server is there, and it may be this document that it trips over: let others be tried before it.
		return aside{err}
	}
	return err
}

// why is an error in the words kept with a peer.
func why(err error) string {
	const most = 200 // a line on an admin's screen
	s := strings.ToValidUTF8(err.Error(), "")
	return s[:min(len(s), most)]
}

// aside is an error for which a job waits beside its lane.
type aside struct{ error }

// activity reads a document on its way.
func (f *Federation) activity(ctx context.Context, id model.ID) (*model.OutgoingActivity, error) {
	if a, ok := f.out.bodies.get(id); ok {
		return a, nil
	}
	a, err := f.DB.Read(ctx).Activity(id)
	if err != nil {
		return nil, err
	}
	f.out.bodies.put(id, a)
	return a, nil
}

// signer is the key that an account of ours signs requests with; NotFound when it has none and is gone.
func (f *Federation) signer(ctx context.Context, id model.ID) (httpsig.Key, error) {
	if k, ok := f.out.signers.get(id); ok {
		return k, nil
	}
	f.out.making.Lock()
	defer f.out.making.Unlock()
	if k, ok := f.out.signers.get(id); ok {
		return k, nil
	}
	k, err := f.ownKey(ctx, id, model.RSA)
	if err != nil {
		return httpsig.Key{}, err
	}
	f.out.signers.put(id, k)
	return k, nil
}

// ownKey reads a key of an account of ours, which is made when it has none; a deleted account's stays for a while.
func (f *Federation) ownKey(ctx context.Context, id model.ID, kind model.KeyAlgorithm) (httpsig.Key, error) {
	q := f.DB.Read(ctx)
	keys, err := q.Keys(id)
	if err != nil {
		return httpsig.Key{}, err
	}
	if len(keys) == 0 {
		a, err := q.Account(id)
		if err != nil {
			return httpsig.Key{}, err
		}
		if keys, err = f.Social.KeysOf(ctx, a); err != nil {
			return httpsig.Key{}, err
		}
	}
	for _, k := range keys {
		if k.Algorithm == kind && k.Private != "" {
			private, err := httpsig.ParsePrivate(k)
			return httpsig.Key{ID: k.KeyID, Private: private}, err
		}
	}
	return httpsig.Key{}, model.NotFound("The account has no " + string(kind) + " key")
}
