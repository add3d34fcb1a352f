package federation

import (
	"context"
	"crypto"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"gomphothere/internal/ap"
	"gomphothere/internal/httpsig"
	"gomphothere/internal/model"
)

const (
	// A key that does not fit is asked for anew, unless that was done so lately: it may have been changed.
	keyAge = time.Minute
	// Parsed keys, by their text: with both some 1.5 KB each.
	maxParsedKeys = 8192
	// Who names keys of a host that cannot be had this often is not believed to have others for a while: each costs a
	// request to that host. (Mastodon: once, whatever the host; but several servers may come from behind one address.)
	tripAfter   = 3
	troubleTime = 5 * time.Minute
	// Those in trouble; a stranger can make up any number.
	maxTrouble = 8192
)

// keys keeps what checking a signature needs beside the rows, so that it costs little more than the signature's
// mathematics.
type keys struct {
	parsed  *otter.Cache[string, crypto.PublicKey]
	trouble trouble
}

func newKeys() keys {
	return keys{parsed: otter.Must(&otter.Options[string, crypto.PublicKey]{MaximumSize: maxParsedKeys})}
}

// parse reads a key. The text is the name it is kept by, so a changed key is another one.
func (k *keys) parse(key *model.Key) (crypto.PublicKey, error) {
	if pub, ok := k.parsed.GetIfPresent(key.Public); ok {
		return pub, nil
	}
	pub, err := httpsig.ParseKey(*key)
	if err == nil {
		k.parsed.Set(key.Public, pub)
	}
	return pub, err
}

// trouble remembers who named keys that could not be had.
type trouble struct {
	mu   sync.Mutex
	with map[source]mark
}

// source is where requests come from and whose keys they name.
type source struct{ address, host string }

type mark struct {
	times int
	until time.Time
}

// wait is how long a source is not believed yet.
func (t *trouble) wait(s source, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m := t.with[s]; m.times >= tripAfter {
		return max(m.until.Sub(now), 0)
	}
	return 0
}

func (t *trouble) failed(s source, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.with[s]
	if now.After(m.until) {
		m.times = 0
	}
	if t.with == nil || len(t.with) >= maxTrouble {
		t.with = map[source]mark{} // the next failures find those again who go on
	}
	t.with[s] = mark{times: m.times + 1, until: now.Add(troubleTime)}
}

func (t *trouble) worked(s source) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.with, s)
}

// Verified is the account whose key signed a request. Kinds: Unauthorized for a signature that is missing or false,
// BadRequest for one that cannot be read, Forbidden for servers kept away, Unavailable when the key cannot be asked for
// now.
func (f *Federation) Verified(r *http.Request, body []byte) (*model.Account, error) {
	sig, err := httpsig.Read(r)
	if err != nil {
		return nil, err
	}
	if !f.here(r.Host) { // signed for somebody else, who passes it on
		return nil, model.Unauthorized("The request is for another server")
	}
	from := source{address: r.RemoteAddr, host: keyHost(sig.KeyID)}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		from.address = host
	}
	key, who, err := f.keyFor(r.Context(), sig.KeyID, from)
	if err != nil {
		return nil, err
	}
	if err := f.mayTalk(r.Context(), who.Domain); err != nil {
		return nil, err
	}
	err = f.check(sig, key, body)
	if err == nil {
		return who, nil
	}
	if !otherKey(err) || model.At(f.Now()).Sub(who.FetchedAt) < keyAge {
		return nil, err
	}
	if _, err := f.meetAgain(because(r.Context(), from), who.URI); err != nil {
		f.keys.trouble.failed(from, f.Now())
		return nil, keyless(err)
	}
	if key, who, err = f.keyFor(r.Context(), sig.KeyID, from); err != nil {
		return nil, err
	}
	return who, f.check(sig, key, body)
}

// here tells whether a request is meant for this server: its web address or the domain of its handles.
func (f *Federation) here(host string) bool {
	_, base, _ := strings.Cut(f.Site.Base, "://")
	base, _, _ = strings.Cut(base, "/")
	host = strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(host), ":443"), ":80")
	return host == strings.ToLower(base) || host == strings.ToLower(f.Site.Domain)
}

// keyHost is whose key an id names: a URI, or acct:name@domain.
func keyHost(id string) string {
	if acct, is := strings.CutPrefix(id, "acct:"); is {
		_, domain, _ := strings.Cut(strings.TrimPrefix(acct, "@"), "@")
		return strings.ToLower(domain)
	}
	return ap.Host(id)
}

// because says that what is asked for from here on is so because of a host's signature.
func because(ctx context.Context, s source) context.Context { return from(ctx, s.host) }

// otherKey tells failures that another key could mend.
func otherKey(err error) bool {
	var e *httpsig.Error
	return errors.As(err, &e) && (e.Reason == httpsig.Forged || e.Reason == httpsig.WrongKey || e.Reason == httpsig.Unsupported)
}

// check compares a signature with a key.
func (f *Federation) check(sig *httpsig.Signature, key *model.Key, body []byte) error {
	if key.ExpiresAt != 0 && key.ExpiresAt < model.At(f.Now()) {
		return &httpsig.Error{Reason: httpsig.WrongKey, Text: "The key has expired"}
	}
	pub, err := f.keys.parse(key)
	if err != nil {
		return err
	}
	return sig.Verify(pub, body, f.Now())
}

// keyFor is keyByID for whoever sent a request: who named keys before that could not be had has to wait.
func (f *Federation) keyFor(ctx context.Context, id string, from source) (*model.Key, *model.Account, error) {
	key, who, err := f.knownKey(ctx, id)
	if !model.IsNotFound(err) {
		return key, who, err
	}
	if err := f.mayTalk(ctx, from.host); err != nil {
		return nil, nil, err
	}
	if wait := f.keys.trouble.wait(from, f.Now()); wait > 0 {
		return nil, nil, &later{model.Unavailable("Keys of "+from.host+" could not be had of late", nil), wait}
	}
	key, who, err = f.keyByID(because(ctx, from), id)
	if err != nil {
		f.keys.trouble.failed(from, f.Now())
		return nil, nil, err
	}
	f.keys.trouble.worked(from)
	return key, who, nil
}

// later is an error that says when to come back.
type later struct {
	error
	after time.Duration
}

// Unwrap lets the kind be found.
func (l *later) Unwrap() error { return l.error }

// RetryAfter is when to come back.
func (l *later) RetryAfter() time.Duration { return l.after }

// knownKey finds a key and whose it is without asking anybody; NotFound when it is not known here. PeerTube signs as
// the bare actor, whose key has a name of its own; some sign as acct:name@domain.
func (f *Federation) knownKey(ctx context.Context, id string) (*model.Key, *model.Account, error) {
	key, who, err := f.Social.KeyByID(ctx, id)
	if err == nil && who.Local() {
		return nil, nil, model.Unauthorized("The signature is one of this server's own")
	}
	if !model.IsNotFound(err) {
		return key, who, err
	}
	if acct, is := strings.CutPrefix(id, "acct:"); is {
		name, domain, _ := strings.Cut(strings.TrimPrefix(acct, "@"), "@")
		who, err = f.DB.Read(ctx).AccountByHandle(name, strings.ToLower(domain))
	} else {
		who, err = f.DB.Read(ctx).AccountByURI(id)
	}
	if err != nil {
		return nil, nil, err
	}
	return f.keyOf(ctx, who)
}

// keyByID finds a key and whose it is, here or where it is from.
func (f *Federation) keyByID(ctx context.Context, id string) (*model.Key, *model.Account, error) {
	key, who, err := f.knownKey(ctx, id)
	if !model.IsNotFound(err) {
		return key, who, err
	}
	if acct, is := strings.CutPrefix(id, "acct:"); is {
		if who, err = f.ResolveAcct(ctx, acct); err != nil {
			return nil, nil, keyless(err)
		}
		if who.Local() {
			return nil, nil, model.Unauthorized("The signature is one of this server's own")
		}
		return f.keyOf(ctx, who)
	}
	if f.ours(id) {
		return nil, nil, model.Unauthorized("The signature is one of this server's own")
	}
	if err := f.mayAsk(ctx, id); err != nil {
		return nil, nil, keyless(err)
	}
	if who, err := f.DB.Read(ctx).AccountByURI(bare(id)); err == nil && model.At(f.Now()).Sub(who.FetchedAt) < keyAge {
		return nil, nil, model.Unauthorized("The key is none of its actor's") // who was just asked
	}
	if err := f.meetKeyholder(ctx, id); err != nil {
		return nil, nil, keyless(err)
	}
	key, who, err = f.knownKey(ctx, id)
	if model.IsNotFound(err) {
		return nil, nil, model.Unauthorized("The key is not its owner's")
	}
	return key, who, err
}

// meetKeyholder asks for whose key it is: the document at its id is the actor's, a stub of it, or the key's own, which
// names its owner. The owner has to list the key.
func (f *Federation) meetKeyholder(ctx context.Context, id string) error {
	_, err := once(ctx, f, "key "+bare(id), func(ctx context.Context) (*model.Account, error) {
		doc, _, err := f.read(ctx, bare(id))
		if err != nil {
			return nil, err
		}
		owner := doc.Owner
		if doc.IsActor() {
			owner = doc.ID
		}
		if !ap.SameHost(owner, id) {
			return nil, model.Unauthorized("The key has no owner on its server")
		}
		if doc.IsActor() && doc.ID == bare(id) {
			return f.know(ctx, doc, nil)
		}
		return f.meet(ctx, owner)
	})
	return err
}

// meetAgain asks for an account that is known, once for all who want it.
func (f *Federation) meetAgain(ctx context.Context, uri string) (*model.Account, error) {
	return once(ctx, f, "again "+uri, func(ctx context.Context) (*model.Account, error) { return f.meet(ctx, uri) })
}

// keyOf is the key that an account signs requests with when it does not name it: the one for RSA, else its first.
func (f *Federation) keyOf(ctx context.Context, who *model.Account) (*model.Key, *model.Account, error) {
	if who.Local() {
		return nil, nil, model.Unauthorized("The signature is one of this server's own")
	}
	list, err := f.Social.KeysOf(ctx, who)
	if err != nil {
		return nil, nil, err
	}
	if len(list) == 0 {
		return nil, nil, model.ErrNotFound()
	}
	for i := range list {
		if list[i].Algorithm == model.RSA {
			return &list[i], who, nil
		}
	}
	return &list[0], who, nil
}

// keyless makes of what kept us from a key what it means to whoever signed: come back later, or do not.
func keyless(err error) error {
	switch kind := model.KindOf(err); kind {
	case model.KindInternal, model.KindUnavailable, model.KindTooMany, model.KindForbidden:
		return err
	}
	return &model.Error{Kind: model.KindUnauthorized, Text: "The key of the signature cannot be found", Cause: err}
}
