package federation

import (
	"context"
	"slices"
	"strings"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
)

// audience is who hears of an activity.
type audience struct {
	accounts  []model.ID             // in the inbox that their server shares
	alone     []model.ID             // in their own inbox: it is for them and nobody else
	followers []model.ID             // accounts of ours whose followers hear of it
	inboxes   []string               // besides
	relays    func(model.Relay) bool // these relays hear of it; nil: none
	everybody bool                   // every server we know hears of it, in time
	sync      bool                   // it is for followers alone: requests tell who of the receiver's those are (FEP-8fcf)
}

const (
	// Deliveries enqueued in one transaction: what is posted here meanwhile waits as long for the writer.
	batchInboxes = 100
	// Rows read in one query.
	pageInboxes = 5000
)

// Distribute tells other servers what an account of ours did: the document is drawn once, and each inbox gets a job.
// It may be interrupted and run again: an inbox that has its job is not given another.
func (f *Federation) Distribute(ctx context.Context, d model.Distribute) error {
	draw, known := outgoing()[d.Activity]
	if !known {
		return model.Invalidf("there is no outgoing activity %q", d.Activity)
	}
	w := &drawing{ctx: ctx, f: f, q: f.DB.Read(ctx), job: d}
	var err error
	if w.actor, err = w.account(d.Actor); err != nil {
		return unlessGone(err)
	}
	o, err := draw(w)
	if err != nil {
		return unlessGone(err)
	}
	return f.spread(ctx, w.q, w.actor.ID, o, nil)
}

// unlessGone lets a job end whose subject is not there any more: its deletion is told too.
func unlessGone(err error) error {
	if model.IsNotFound(err) {
		return nil
	}
	return err
}

// Forward lets those hear of what another server sent who have what it is about: the followers of accounts of ours,
// the first of whom speaks for it. raw is as it came and carries a signature or proof of its own. It only writes a job
// down. Mastodon: ActivityPub::Forwarder
func (f *Federation) Forward(ctx context.Context, from *model.Account, raw []byte, of []model.ID) error {
	if len(of) == 0 {
		return nil
	}
	return f.DB.Enqueue(ctx, model.Forward{Body: string(raw), From: from.ID, Of: of})
}

// PassOn is Forward's job.
func (f *Federation) PassOn(ctx context.Context, d model.Forward) error {
	q := f.DB.Read(ctx)
	from, err := q.Account(d.From)
	if err != nil || len(d.Of) == 0 {
		return unlessGone(err)
	}
	return f.spread(ctx, q, d.Of[0], &outgo{body: []byte(d.Body), seal: unsealed, audience: audience{followers: d.Of}}, from)
}

// target is an inbox and what is known of its server.
type target struct {
	inbox  string
	host   string
	later  bool // nobody there waits for it
	proven bool // the server has taken something before
}

// place is where a target stands in the order in which targets are served.
func (t target) place() string {
	if t.later {
		return "b" + t.inbox
	}
	return "a" + t.inbox
}

// spread gives every inbox of an audience its job, but for those of one account's server, which has it already.
func (f *Federation) spread(ctx context.Context, q *store.Q, actor model.ID, o *outgo, but *model.Account) error {
	id := model.JobOf(ctx)
	row, err := q.Activity(id)
	fresh := model.IsNotFound(err)
	if err != nil && !fresh {
		return err
	}
	targets, err := f.targets(ctx, q, o.audience, but)
	if err != nil {
		return err
	}
	if fresh {
		if len(targets) == 0 && len(o.more) == 0 {
			return nil
		}
		row = &model.OutgoingActivity{ID: id, AccountID: actor, Sync: o.audience.sync}
		if len(targets) > 0 {
			if row.Body, err = f.sealed(ctx, actor, o); err != nil {
				return err
			}
		}
	}
	next, had := slices.BinarySearchFunc(targets, row.Reached, func(t target, r string) int { return strings.Compare(t.place(), r) })
	if had {
		next++
	}
	for targets = targets[next:]; fresh || len(targets) > 0; fresh = false {
		batch := targets[:min(len(targets), batchInboxes)]
		targets = targets[len(batch):]
		p := social.Spreading{Activity: row, New: fresh, More: o.more}
		for _, t := range batch {
			p.Reached = t.place()
			deliver := store.Errand{Key: t.host, Job: model.Deliver{Activity: id, Actor: actor, Inbox: t.inbox}}
			switch {
			case t.later:
				p.Later = append(p.Later, store.Errand{Key: t.host, Job: model.DeliverLater{Activity: id, Inbox: t.inbox}})
			case t.proven:
				p.Now = append(p.Now, deliver)
			default:
				p.Soon = append(p.Soon, deliver)
			}
		}
		if err := f.Social.Spread(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// gathering collects the fewest inboxes that reach everybody.
type gathering struct {
	ctx   context.Context
	f     *Federation
	own   string // our host
	but   string // a domain that has it
	may   map[string]bool
	found map[string]target
}

// add takes an account's inbox, unless its server is kept away.
func (g *gathering) add(at model.InboxOf, alone, later bool) error {
	inbox := at.SharedInboxURL
	if inbox == "" || alone {
		inbox = at.InboxURL
	}
	if _, have := g.found[inbox]; have || inbox == "" || at.Domain != "" && at.Domain == g.but {
		return nil
	}
	host := ap.Host(inbox)
	if host == "" || host == g.own {
		return nil
	}
	for _, domain := range []string{host, at.Domain} {
		may, asked := g.may[domain]
		if !asked && domain != "" {
			var err error
			if _, may, err = g.f.Social.DomainPolicy(g.ctx, domain); err != nil {
				return err
			}
			g.may[domain] = may
		}
		if !may && domain != "" {
			return nil
		}
	}
	g.found[inbox] = target{inbox: inbox, host: host, later: later}
	return nil
}

// targets are the inboxes that reach an audience, in order; servers that are kept away or given up are left out.
func (f *Federation) targets(ctx context.Context, q *store.Q, a audience, but *model.Account) ([]target, error) {
	g := &gathering{ctx: ctx, f: f, own: ap.Host(f.Site.Base), may: map[string]bool{}, found: map[string]target{}}
	if but != nil {
		g.but = but.Domain
	}
	for _, account := range a.followers {
		err := pages(func(after model.ID) ([]model.InboxOf, error) { return q.FollowerInboxes(account, after, pageInboxes) }, func(at model.InboxOf) error {
			return g.add(at, false, false)
		})
		if err != nil {
			return nil, err
		}
	}
	for _, some := range []struct {
		ids   []model.ID
		alone bool
	}{{a.accounts, false}, {a.alone, true}} {
		for ids := range slices.Chunk(some.ids, pageInboxes) {
			list, err := q.InboxesOf(ids)
			if err != nil {
				return nil, err
			}
			for _, at := range list {
				if err := g.add(at, some.alone, false); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, inbox := range a.inboxes {
		if err := g.add(model.InboxOf{InboxURL: inbox}, true, false); err != nil {
			return nil, err
		}
	}
	if a.relays != nil {
		relays, err := relayInboxes(q, a.relays)
		if err != nil {
			return nil, err
		}
		for _, inbox := range relays {
			if err := g.add(model.InboxOf{InboxURL: inbox}, true, false); err != nil {
				return nil, err
			}
		}
	}
	if a.everybody {
		if err := g.everybody(q); err != nil {
			return nil, err
		}
	}
	return g.known(q)
}

// everybody adds one inbox of every server that has none yet.
func (g *gathering) everybody(q *store.Q) error {
	has := map[string]bool{}
	for _, t := range g.found {
		has[t.host] = true
	}
	one := map[string]model.InboxOf{}
	err := pages(func(after model.ID) ([]model.InboxOf, error) { return q.AllInboxes(after, pageInboxes) }, func(at model.InboxOf) error {
		if host := ap.Host(at.InboxURL); !has[host] && (one[host].SharedInboxURL == "" || at.SharedInboxURL != "") {
			one[host] = at
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, at := range one {
		if err := g.add(at, false, true); err != nil {
			return err
		}
	}
	return nil
}

// known sorts what was gathered and adds what is known of the servers.
func (g *gathering) known(q *store.Q) ([]target, error) {
	byHost := map[string][]target{}
	var hosts []string
	for _, t := range g.found {
		if byHost[t.host] == nil {
			hosts = append(hosts, t.host)
		}
		byHost[t.host] = append(byHost[t.host], t)
	}
	for some := range slices.Chunk(hosts, pageInboxes) {
		peers, err := q.PeersNamed(some)
		if err != nil {
			return nil, err
		}
		for _, p := range peers {
			if p.GivenUpAt != 0 {
				delete(byHost, p.Host)
				continue
			}
			for i := range byHost[p.Host] {
				byHost[p.Host][i].proven = p.LastReached != 0
			}
		}
	}
	var out []target
	for _, some := range byHost {
		out = append(out, some...)
	}
	slices.SortFunc(out, func(a, b target) int { return strings.Compare(a.place(), b.place()) })
	return out, nil
}

// pages reads page after page.
func pages(read func(after model.ID) ([]model.InboxOf, error), each func(model.InboxOf) error) error {
	for after := model.ID(-1); ; {
		list, err := read(after)
		if err != nil {
			return err
		}
		for _, at := range list {
			if err := each(at); err != nil {
				return err
			}
			after = at.ID
		}
		if len(list) < pageInboxes {
			return nil
		}
	}
}
