package social

import (
	"context"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// policies are the domain blocks and allows in memory: they are asked about with every request of another server.
type policies struct {
	mu     sync.Mutex
	gen    uint64
	loaded *policy
}

// policy is one state of them; nobody changes it.
type policy struct {
	blocks map[string]model.DomainBlock
	allows map[string]bool
}

func (p *policies) forget(events []model.Event) {
	for _, e := range events {
		if e.Type == model.TouchDomains {
			p.mu.Lock()
			p.gen++
			p.loaded = nil
			p.mu.Unlock()
			return
		}
	}
}

// policy reads the domain blocks and allows that stand.
func (s *Social) policy(ctx context.Context) (*policy, error) {
	s.policies.mu.Lock()
	have, gen := s.policies.loaded, s.policies.gen
	s.policies.mu.Unlock()
	if have != nil {
		return have, nil
	}
	p, err := readPolicy(s.DB.Read(ctx))
	if err != nil {
		return nil, err
	}
	s.policies.mu.Lock()
	defer s.policies.mu.Unlock()
	if s.policies.gen == gen {
		s.policies.loaded = p
	}
	return p, nil
}

func readPolicy(q *store.Q) (*policy, error) {
	blocks, err := q.ServerBlocks()
	if err != nil {
		return nil, err
	}
	allows, err := q.DomainAllows()
	if err != nil {
		return nil, err
	}
	p := &policy{blocks: make(map[string]model.DomainBlock, len(blocks)), allows: make(map[string]bool, len(allows))}
	for _, b := range blocks {
		p.blocks[b.Domain] = b
	}
	for _, a := range allows {
		p.allows[a.Domain] = true
	}
	return p, nil
}

// of finds the block of a domain or of the nearest domain above it; the zero block when there is none.
func (p *policy) of(domain string) model.DomainBlock {
	for domain != "" {
		if b, ok := p.blocks[domain]; ok {
			return b
		}
		_, domain, _ = strings.Cut(domain, ".")
	}
	return model.DomainBlock{}
}

// DomainPolicy is the block that covers a domain, the most specific where several do (the zero block: none), and
// whether the domain may talk with this server at all. Mastodon: DomainBlock.rule_for, DomainAllow.allowed?
func (s *Social) DomainPolicy(ctx context.Context, domain string) (model.DomainBlock, bool, error) {
	p, err := s.policy(ctx)
	if err != nil {
		return model.DomainBlock{}, false, err
	}
	b, may := s.judgeDomain(p, domain)
	return b, may, nil
}

func (s *Social) judgeDomain(p *policy, domain string) (model.DomainBlock, bool) {
	domain = strings.ToLower(domain)
	if domain == "" || domain == s.Site.Domain {
		return model.DomainBlock{}, true
	}
	b := p.of(domain)
	return b, b.Severity != model.Suspend && (!s.Site.Allowlist || p.allows[domain])
}

// KnownDomains are other servers that somebody is known of, by name, at most so many: those that begin with prefix and
// are not blocked (Mastodon API: instance/peers, peers/search).
func (s *Social) KnownDomains(ctx context.Context, prefix string, most int) ([]string, error) {
	p, err := s.policy(ctx)
	if err != nil {
		return nil, err
	}
	known, err := s.DB.Read(ctx).Peers(maxDomains)
	if err != nil {
		return nil, err
	}
	prefix = strings.ToLower(strings.TrimSpace(prefix))
	var out []string
	for _, d := range known {
		if len(out) == most {
			break
		}
		if _, blocked := p.blocks[d]; !blocked && strings.HasPrefix(d, prefix) && p.of(d).Severity != model.Suspend {
			out = append(out, d)
		}
	}
	return out, nil
}

// PublicDomainBlocks are the blocks that limit anybody, for those who may see them; NotFound for others. Reasons are
// blank for those who may not read them.
func (s *Social) PublicDomainBlocks(ctx context.Context, me *model.Account) ([]model.DomainBlock, error) {
	may := func(who string) bool { return who == "all" || who == "users" && me != nil }
	if !may(s.Site.ShowBlocks) {
		return nil, model.ErrNotFound()
	}
	list, err := s.DB.Read(ctx).ServerBlocks()
	if err != nil {
		return nil, err
	}
	var out []model.DomainBlock
	for _, severity := range []model.Severity{model.Silence, model.Suspend} {
		for _, b := range list {
			if b.Severity != severity {
				continue
			}
			if !may(s.Site.ShowReasons) {
				b.PublicComment = ""
			}
			out = append(out, b)
		}
	}
	return out, nil
}

// DomainBlockChange is what a moderator wishes of a domain; nil leaves it as it is (or the default: silence).
type DomainBlockChange struct {
	Severity       *model.Severity
	RejectMedia    *bool
	RejectReports  *bool
	Obfuscate      *bool
	PublicComment  *string
	PrivateComment *string
}

// maxDomainComment bounds why a domain is blocked; the longest in public lists have a few hundred characters.
const maxDomainComment = 10_000

func (c DomainBlockChange) set(b *model.DomainBlock) error {
	if c.Severity != nil {
		if !slices.Contains([]model.Severity{model.Silence, model.Suspend, model.Noop}, *c.Severity) {
			return model.Invalidf("'%s' is not a valid severity", *c.Severity)
		}
		b.Severity = *c.Severity
	}
	for _, f := range []struct{ from, into *bool }{
		{c.RejectMedia, &b.RejectMedia}, {c.RejectReports, &b.RejectReports}, {c.Obfuscate, &b.Obfuscate},
	} {
		if f.from != nil {
			*f.into = *f.from
		}
	}
	for _, f := range []struct{ from, into *string }{{c.PublicComment, &b.PublicComment}, {c.PrivateComment, &b.PrivateComment}} {
		if f.from == nil {
			continue
		}
		if utf8.RuneCountInString(*f.from) > maxDomainComment {
			return model.Invalidf("Validation failed: Comment is too long (maximum is %d characters)", maxDomainComment)
		}
		*f.into = *f.from
	}
	return nil
}

// ExistingDomainBlock is why a domain cannot be blocked: it is, or one above it at least as hard.
type ExistingDomainBlock struct{ Block model.DomainBlock }

func (e *ExistingDomainBlock) Error() string {
	return "Validation failed: Domain is blocked already, by " + e.Block.Domain
}

// AddDomainBlock keeps a domain and its subdomains away (Mastodon API: POST admin/domain_blocks). The accounts known
// of it are treated by a job. One that exists is refused with an ExistingDomainBlock as cause.
func (s *Social) AddDomainBlock(ctx context.Context, domain string, c DomainBlockChange) (*model.DomainBlock, error) {
	name, err := blockable(domain)
	if err != nil {
		return nil, err
	}
	if name == s.Site.Domain {
		return nil, model.Invalidf("Validation failed: Domain is this server's own")
	}
	b := &model.DomainBlock{Domain: name, Severity: model.Silence}
	if err := c.set(b); err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		p, err := readPolicy(&tx.Q)
		if err != nil {
			return err
		}
		if was := p.of(name); was.ID != 0 && (was.Domain == name || stricter(was, *b)) {
			e := &ExistingDomainBlock{was}
			return &model.Error{Kind: model.KindInvalid, Text: e.Error(), Cause: e}
		}
		b.ID, b.CreatedAt = tx.NewID(), tx.Now()
		if _, err := tx.AddServerBlock(b); err != nil {
			return err
		}
		return s.treatDomain(tx, *b)
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// stricter tells whether a block leaves nothing for another to add (Mastodon: DomainBlock#stricter_than?).
func stricter(was, b model.DomainBlock) bool {
	switch {
	case was.Severity == model.Suspend:
		return true
	case was.Severity == model.Silence && b.Severity == model.Suspend, was.Severity == model.Noop && b.Severity != model.Noop:
		return false
	}
	return (was.RejectMedia || !b.RejectMedia) && (was.RejectReports || !b.RejectReports)
}

// EditDomainBlock changes a block (Mastodon API: PUT admin/domain_blocks/:id).
func (s *Social) EditDomainBlock(ctx context.Context, id model.ID, c DomainBlockChange) (*model.DomainBlock, error) {
	var b *model.DomainBlock
	err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if b, err = tx.ServerBlock(id); err != nil {
			return err
		}
		was := b.Severity
		if err := c.set(b); err != nil {
			return err
		}
		if err := tx.SetServerBlock(b); err != nil || was == b.Severity {
			return err
		}
		return s.treatDomain(tx, *b)
	})
	return b, err
}

// treatDomain lets a job carry out a block that is new or changed. Those of ours whose follows it will end are told
// now, once.
func (s *Social) treatDomain(tx *store.Tx, b model.DomainBlock) error {
	if err := tx.EnqueueOnce(b.Domain, 0, model.SuspendDomain{Domain: b.Domain}); err != nil || b.Severity != model.Suspend {
		return err
	}
	known, err := tx.Peers(maxDomains)
	if err != nil {
		return err
	}
	for _, domain := range known {
		if !covers(b.Domain, domain) {
			continue
		}
		if err := s.severedFromDomain(tx, model.SeveredByServer, domain); err != nil {
			return err
		}
	}
	return nil
}

// covers tells whether one domain is another or above it.
func covers(above, domain string) bool {
	return domain == above || strings.HasSuffix(domain, "."+above)
}

// RemoveDomainBlock takes a block back (Mastodon API: DELETE admin/domain_blocks/:id): a job lets out whom only it
// suspended or limited. Follows that it ended stay ended.
func (s *Social) RemoveDomainBlock(ctx context.Context, id model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		b, err := tx.ServerBlock(id)
		if err != nil {
			return err
		}
		if err := tx.RemoveServerBlock(id); err != nil {
			return err
		}
		return tx.EnqueueOnce(b.Domain, 0, model.SuspendDomain{Domain: b.Domain})
	})
}

// AllowDomain lets a domain in, for servers that speak only with those named (Mastodon API: POST admin/domain_allows).
func (s *Social) AllowDomain(ctx context.Context, domain string) (*model.DomainAllow, error) {
	name, err := blockable(domain)
	if err != nil {
		return nil, err
	}
	a := &model.DomainAllow{Domain: name}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		a.ID, a.CreatedAt = tx.NewID(), tx.Now()
		added, err := tx.AddDomainAllow(a)
		if err != nil || added {
			return err
		}
		list, err := tx.DomainAllows()
		for _, was := range list {
			if was.Domain == name {
				*a = was
			}
		}
		return err
	})
	return a, err
}

// DisallowDomain no longer lets a domain in by name (Mastodon API: DELETE admin/domain_allows/:id).
func (s *Social) DisallowDomain(ctx context.Context, id model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.DomainAllow(id); err != nil {
			return err
		}
		return tx.RemoveDomainAllow(id)
	})
}

const (
	// domainBatch is how many accounts one transaction of a domain's treatment looks at.
	domainBatch = 100
	// bondBatch is how many follows one transaction ends: each is told to its server.
	bondBatch = 200
	// maxDomains bounds the known domains looked through; the whole network is smaller.
	maxDomains = 200_000
)

// SuspendDomain treats the accounts known of a domain and its subdomains as the blocks that stand now want it. It is
// the same work after a block, a change and its end, and finds nothing to do the second time.
func (s *Social) SuspendDomain(ctx context.Context, job model.SuspendDomain) error {
	known, err := s.DB.Read(ctx).Peers(maxDomains)
	if err != nil {
		return err
	}
	for _, domain := range known {
		if !covers(job.Domain, domain) {
			continue
		}
		for after := model.ID(-1 << 62); ; {
			batch, err := s.DB.Read(ctx).AccountsOf(domain, after, domainBatch)
			if err != nil {
				return err
			}
			if err := s.treatBatch(ctx, domain, batch); err != nil {
				return err
			}
			if len(batch) < domainBatch {
				break
			}
			after = batch[len(batch)-1].ID
		}
	}
	return nil
}

// treatBatch treats some accounts of one domain, and ends the follows of those suspended.
func (s *Social) treatBatch(ctx context.Context, domain string, batch []store.Standing) error {
	var suspended []model.ID
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		suspended = nil
		ids := make([]model.ID, len(batch))
		for i, st := range batch {
			ids[i] = st.ID
		}
		if err := tx.LockAccounts(ids...); err != nil {
			return err
		}
		p, err := readPolicy(&tx.Q)
		if err != nil {
			return err
		}
		block := p.of(domain)
		for _, st := range batch {
			a, err := tx.Account(st.ID)
			if err != nil {
				return err
			}
			as := store.TreatmentOf(a)
			applyBlock(&as, block, tx.Now())
			if as != store.TreatmentOf(a) {
				if err := tx.SetTreatment(a.ID, as); err != nil {
					return err
				}
			}
			if as.SuspendedBy == byDomain {
				suspended = append(suspended, a.ID)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range suspended {
		if err := s.severLocal(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// Who suspended or silenced an account (model.Account).
const (
	byUs     = "here"
	byOrigin = "origin"
	byDomain = "domain"
)

// applyBlock makes a treatment what a domain's block wants, leaving alone what others decided.
func applyBlock(as *store.Treatment, b model.DomainBlock, now model.Time) {
	switch {
	case b.Severity == model.Suspend && as.SuspendedAt == 0:
		as.SuspendedAt, as.SuspendedBy = now, byDomain
	case b.Severity == model.Suspend && as.SuspendedBy == byOrigin:
		as.SuspendedBy = byDomain
	case b.Severity != model.Suspend && as.SuspendedBy == byDomain:
		as.SuspendedAt, as.SuspendedBy = 0, ""
	}
	switch {
	case b.Severity == model.Silence && as.SilencedAt == 0:
		as.SilencedAt, as.SilencedBy = now, byDomain
	case b.Severity != model.Silence && as.SilencedBy == byDomain:
		as.SilencedAt, as.SilencedBy = 0, ""
	}
}

// severLocal ends every follow and request between an account of another server and people here, told to its server.
func (s *Social) severLocal(ctx context.Context, id model.ID) error {
	for {
		byThem, ofThem, err := s.DB.Read(ctx).LocalBonds(id, bondBatch)
		if err != nil || len(byThem)+len(ofThem) == 0 {
			return err
		}
		err = s.DB.Write(ctx, func(tx *store.Tx) error {
			if err := tx.LockAccounts(ends(byThem, ofThem)...); err != nil {
				return err
			}
			for _, f := range byThem {
				if err := s.dismiss(tx, f.AccountID, f.TargetID); err != nil {
					return err
				}
			}
			for _, f := range ofThem {
				if err := s.part(tx, f.AccountID, f.TargetID); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// ends are all who have a part in these follows.
func ends(lists ...[]model.Follow) []model.ID {
	var out []model.ID
	for _, list := range lists {
		for _, f := range list {
			out = append(out, f.AccountID, f.TargetID)
		}
	}
	return unique(out)
}
