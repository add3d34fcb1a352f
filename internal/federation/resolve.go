package federation

import (
	"context"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"gomphothere/internal/ap"
	"gomphothere/internal/fetch"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/text"
)

// origin is the context's key of the server whose activity is worked on.
type origin struct{}

// from remembers whose activity leads to what is asked for from here on: one server makes only so many people known.
func from(ctx context.Context, host string) context.Context {
	return context.WithValue(ctx, origin{}, host)
}

func originOf(ctx context.Context) string {
	host, _ := ctx.Value(origin{}).(string)
	return host
}

const (
	// What is known of an account is a day old at most when somebody meets it again (Mastodon: STALE_THRESHOLD).
	staleAfter = 24 * time.Hour
	// People and statuses asked for at once, of all hosts: each is a request or two and some 100 KB while it lasts.
	maxResolving = 256
	// Documents that lead to each other: a quote of a quote is looked up, what that quotes is not (Mastodon's depth).
	maxDepth = 2
)

// resolving is who is being asked for right now: however many want somebody, they are asked for once.
type resolving struct {
	flights singleflight.Group
	slots   chan struct{}
	handles handles
}

// once does something for all who want it at the same time. It goes on when the first of them no longer waits.
func once[T any](ctx context.Context, f *Federation, key string, do func(context.Context) (T, error)) (T, error) {
	ch := f.resolving.flights.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
		defer cancel()
		select {
		case f.resolving.slots <- struct{}{}:
			defer func() { <-f.resolving.slots }()
		case <-ctx.Done():
			return nil, model.Unavailable("Too many are being asked for", ctx.Err())
		}
		return do(ctx)
	})
	var none T
	select {
	case r := <-ch:
		if r.Err != nil {
			return none, r.Err
		}
		return r.Val.(T), nil
	case <-ctx.Done():
		return none, model.Unavailable("The other server did not answer in time", ctx.Err())
	}
}

// ResolveActor finds an account by its id, here or where it is from. One that is known is not asked for; when what is
// known is old, that is asked for later.
func (f *Federation) ResolveActor(ctx context.Context, uri string) (*model.Account, error) {
	uri = bare(uri)
	a, err := f.DB.Read(ctx).AccountByURI(uri)
	if err == nil {
		f.refreshStale(ctx, a)
		return a, nil
	}
	if !model.IsNotFound(err) || f.ours(uri) {
		return nil, err
	}
	if err := f.mayAsk(ctx, uri); err != nil {
		return nil, err
	}
	return once(ctx, f, "actor "+uri, func(ctx context.Context) (*model.Account, error) { return f.meet(ctx, uri) })
}

// mayAsk refuses addresses that nobody is asked at.
func (f *Federation) mayAsk(ctx context.Context, uri string) error {
	if !f.webURI(uri) {
		return model.Invalidf("%.200q is no address of a server", uri)
	}
	return f.mayTalk(ctx, ap.Host(uri))
}

// refreshStale asks later for what may have changed.
func (f *Federation) refreshStale(ctx context.Context, a *model.Account) {
	if a.Local() || a.SuspendedBy == "here" || model.At(f.Now()).Sub(a.FetchedAt) < staleAfter {
		return
	}
	if err := f.DB.EnqueueOnce(ctx, a.ID.String(), 0, model.RefreshAccount{Account: a.ID}); err != nil {
		f.Log.Error("ask for an account anew", "account", a.URI, "error", err)
	}
}

// meet asks for an account and writes down what its server says of it.
func (f *Federation) meet(ctx context.Context, uri string) (*model.Account, error) {
	doc, err := f.document(ctx, uri)
	if err != nil {
		return nil, err
	}
	return f.know(ctx, doc, nil)
}

// document asks for a document until its id is where it is from: at most once more (Mastodon: FetchResource).
func (f *Federation) document(ctx context.Context, uri string) (*ap.Object, error) {
	doc, at, err := f.read(ctx, uri)
	if err != nil || doc.ID == uri && ap.SameHost(doc.ID, at) {
		return doc, err
	}
	if err := f.mayAsk(ctx, doc.ID); err != nil {
		return nil, err
	}
	asked := bare(doc.ID)
	if doc, at, err = f.read(ctx, asked); err != nil {
		return nil, err
	}
	if bare(doc.ID) != asked || !ap.SameHost(doc.ID, at) {
		return nil, model.Invalidf("%.200s says that it is %.200s", at, doc.ID)
	}
	return doc, nil
}

// read asks for a document, and says where it was found in the end.
func (f *Federation) read(ctx context.Context, uri string) (*ap.Object, string, error) {
	answer, err := f.Fetch.Document(ctx, uri)
	if err != nil {
		return nil, "", err
	}
	doc, err := ap.Parse(answer.Body)
	if err != nil {
		return nil, "", unreadable(err)
	}
	return doc, answer.URL, nil
}

// unreadable makes of what a parser refuses a refusal: what was fetched is read again when somebody asks again.
func unreadable(err error) error {
	return &model.Error{Kind: model.KindInvalid, Text: "The document cannot be read", Cause: err}
}

// know writes down an account that its own server told of. The handle is finger's where that led here; else it has to
// lead back to the account.
func (f *Federation) know(ctx context.Context, doc *ap.Object, finger *fetch.Finger) (*model.Account, error) {
	p, err := doc.Profile()
	if err != nil {
		return nil, unreadable(err)
	}
	if !f.webURI(p.Account.URI) || !f.webURI(p.Account.InboxURL) {
		return nil, model.Invalidf("%.200q or its inbox is no address of a server", p.Account.URI)
	}
	if p.Account.Username, p.Account.Domain, err = f.handle(ctx, &p.Account, finger); err != nil {
		return nil, err
	}
	if err := f.mayTalk(ctx, p.Account.Domain); err != nil {
		return nil, err
	}
	r := social.RemoteAccount{
		Account: p.Account, Keys: p.Keys, Emojis: p.Emojis, MovedToURI: p.MovedTo, Suspended: p.Suspended,
		FeaturedTags: p.FeaturedTags,
	}
	r.Origin = originOf(ctx)
	if p.MovedTo != "" {
		if to, err := f.DB.Read(ctx).AccountByURI(p.MovedTo); err == nil {
			r.MovedTo = to.ID
		}
	}
	return f.Social.KnowAccount(ctx, r)
}

// handle finds the name under which an account goes: what it says, when WebFinger agrees. Asking may be left out when
// the account and its name are of one host, that host has been seen to name its people so, and nobody else bears the
// name: both answers would come from the same server.
func (f *Federation) handle(ctx context.Context, a *model.Account, finger *fetch.Finger) (username, domain string, err error) {
	host := ap.Host(a.URI)
	if finger == nil {
		if a.Domain == host && f.resolving.handles.plain(host) {
			holder, err := f.DB.Read(ctx).AccountByHandle(a.Username, a.Domain)
			switch {
			case model.IsNotFound(err) || err == nil && holder.URI == a.URI:
				return a.Username, a.Domain, nil
			case err != nil:
				return "", "", err
			}
		}
		finger, err = f.Fetch.WebFinger(ctx, a.Username+"@"+a.Domain)
		if model.KindOf(err) == model.KindNotFound && err != nil && a.ActorType == "Application" && a.Domain == host {
			return a.Username, a.Domain, nil // what speaks for a whole server has no handle with Lemmy and Pleroma
		}
		if err != nil {
			return "", "", err
		}
	}
	leads := false
	for _, s := range finger.Selves {
		leads = leads || s.URI == a.URI
	}
	switch {
	case !leads:
		return "", "", model.Invalidf("%s leads to %.200s and not to %.200s", finger.Acct, finger.Self, a.URI)
	case !strings.EqualFold(finger.Acct.Username, a.Username):
		return "", "", model.Invalidf("%.200s says that it is %.100q, and its handle is %s", a.URI, a.Username, finger.Acct)
	case finger.Acct.Domain == f.Site.Domain:
		return "", "", model.Forbidden("another server's account claims a handle of ours")
	}
	f.resolving.handles.seen(host, finger.Acct.Domain == host)
	return finger.Acct.Username, finger.Acct.Domain, nil
}

// ResolveAcct finds an account by its handle, user@domain.
func (f *Federation) ResolveAcct(ctx context.Context, acct string) (*model.Account, error) {
	who, ok := text.ParseAcct(acct)
	if !ok {
		return nil, model.ErrNotFound()
	}
	if who.Domain == f.Site.Domain {
		who.Domain = ""
	}
	a, err := f.DB.Read(ctx).AccountByHandle(who.Username, who.Domain)
	if err == nil {
		f.refreshStale(ctx, a)
		return a, nil
	}
	if !model.IsNotFound(err) || who.Domain == "" || who.Domain == ap.Host(f.Site.Base) {
		return nil, err
	}
	if err := f.mayTalk(ctx, who.Domain); err != nil {
		return nil, err
	}
	return once(ctx, f, "acct "+strings.ToLower(who.String()), func(ctx context.Context) (*model.Account, error) {
		finger, err := f.Fetch.WebFinger(ctx, who.String())
		if err != nil {
			return nil, err
		}
		if a, err := f.DB.Read(ctx).AccountByURI(finger.Self); err == nil && strings.EqualFold(a.Username, finger.Acct.Username) && a.Domain == finger.Acct.Domain {
			return a, nil // known under the name that this one is an alias of
		}
		return f.meetFingered(ctx, finger)
	})
}

// meetFingered asks for the account that a handle leads to. Where several bear it the first that can be read is meant;
// people come before communities (Lemmy).
func (f *Federation) meetFingered(ctx context.Context, finger *fetch.Finger) (*model.Account, error) {
	uri := finger.Self
	for _, s := range finger.Selves {
		if s.Type == "Person" {
			uri = s.URI
			break
		}
	}
	if err := f.mayAsk(ctx, uri); err != nil {
		return nil, err
	}
	doc, err := f.document(ctx, uri)
	if err != nil {
		return nil, err
	}
	a, err := f.know(ctx, doc, finger)
	if err == nil {
		f.fetchFeatured(ctx, a)
	}
	return a, err
}

// fetchFeatured asks later for what somebody has pinned.
func (f *Federation) fetchFeatured(ctx context.Context, a *model.Account) {
	if a.FeaturedURL == "" && a.FeaturedTagsURL == "" {
		return
	}
	if err := f.DB.EnqueueOnce(ctx, a.ID.String(), 0, model.FetchFeatured{Account: a.ID}); err != nil {
		f.Log.Error("ask for what an account has pinned", "account", a.URI, "error", err)
	}
}

// RefreshAccount asks an account's server for its newest state. 410 says that it was deleted; 404 says nothing: servers
// answer so when they are being repaired.
func (f *Federation) RefreshAccount(ctx context.Context, job model.RefreshAccount) error {
	a, err := f.DB.Read(ctx).Account(job.Account)
	switch {
	case model.IsNotFound(err):
		return nil
	case err != nil:
		return err
	case a.Local() || a.SuspendedBy == "here":
		return nil
	}
	if err := f.mayAsk(ctx, a.URI); err != nil {
		return settled(err)
	}
	doc, err := f.document(ctx, a.URI)
	switch {
	case model.KindOf(err) == model.KindGone && err != nil:
		return f.Social.ForgetAccount(ctx, a)
	case err != nil:
		return settled(err)
	}
	if a, err = f.know(ctx, doc, nil); err != nil {
		return settled(err)
	}
	followed, err := f.DB.Read(ctx).FollowedHere(a.ID)
	if err == nil && followed {
		f.fetchFeatured(ctx, a)
	}
	return err
}

// settled keeps of an error what may pass: what another server has refused or does not have it will not have in an hour
// either, and nobody waits for it.
func settled(err error) error {
	if err == nil {
		return nil
	}
	switch model.KindOf(err) {
	case model.KindInternal, model.KindUnavailable, model.KindTooMany:
		return err
	}
	return nil
}

// Meet looks up several handles at once and says who was not found, and why.
func (f *Federation) Meet(ctx context.Context, accts []string) map[string]error {
	errs := make([]error, len(accts))
	inParallel(meetAtOnce, len(accts), func(i int) { _, errs[i] = f.ResolveAcct(ctx, accts[i]) })
	missing := map[string]error{}
	for i, err := range errs {
		if err != nil {
			missing[accts[i]] = err
		}
	}
	return missing
}

// meetAtOnce is how many handles of one post are looked up at the same time.
const meetAtOnce = 8
