package social

import (
	"context"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

// Mastodon's hard limits of what others' accounts may be (reference: limits, incoming).
const (
	maxRemoteName        = 2048
	maxRemoteNote        = 20 << 10 // bytes
	maxRemoteFields      = 50
	maxRemoteField       = 2047
	maxRemoteAliases     = 256 // also attribution domains
	maxRemoteKeys        = 10
	maxRemoteTags        = 10
	maxRemotePictureText = 1500
	// maxRemoteURI bounds addresses: longer ones fit no index row of PostgreSQL.
	maxRemoteURI = 2000
	// maxRemoteKey bounds a public key; RSA with 16,384 bits has 2,900 characters.
	maxRemoteKey = 8 << 10
)

const (
	// refreshNote is how long an account that did not change counts as just fetched, without writing down when.
	refreshNote = time.Hour
	// addTries is how often an account is looked for again that somebody else wrote at the same moment.
	addTries = 3
)

// New accounts are bounded by who makes them known (Mastodon: ProcessAccountService): somebody with a wildcard domain
// can make up any number of servers, somebody with one server any number of people.
// constant: Go has no constant structs
var (
	discoveriesPerOrigin = Rate{"discoveries origin", 400, 5 * time.Minute}
	subdomainsPerDomain  = Rate{"subdomains", 10, 24 * time.Hour}
)

// KnowAccount keeps what another server says of an account of its own, new or known by its address. It may be called
// as often as one likes: what is the same is not written. It is Forbidden where the account's domain may not talk with
// this server, and TooMany where too many new accounts come from one place.
func (s *Social) KnowAccount(ctx context.Context, r RemoteAccount) (*model.Account, error) {
	if err := s.tidyRemote(&r); err != nil {
		return nil, err
	}
	p, err := s.policy(ctx)
	if err != nil {
		return nil, err
	}
	block, may := s.judgeDomain(p, r.Account.Domain)
	if u, err := url.Parse(r.Account.URI); err == nil && may {
		_, may = s.judgeDomain(p, u.Host)
	}
	if !may {
		return nil, model.Forbidden("The domain " + r.Account.Domain + " may not talk with this server")
	}
	q := s.DB.Read(ctx)
	switch was, err := q.AccountByURI(r.Account.URI); {
	case err == nil && was.Local():
		return nil, model.Invalidf("%s is an account of this server", r.Account.URI)
	case err == nil:
		same, err := sameRemote(q, was, r)
		if err != nil {
			return nil, err
		}
		if same && s.DB.Now().Sub(was.FetchedAt) < refreshNote {
			return was, nil
		}
	case model.IsNotFound(err):
		if err := s.mayDiscover(q, r); err != nil {
			return nil, err
		}
	default:
		return nil, err
	}
	var id model.ID
	err = s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		id, err = s.keepAccount(tx, r, block)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).Account(id)
}

// keepAccount writes an account and what hangs on it, and gives its id.
func (s *Social) keepAccount(tx *store.Tx, r RemoteAccount, block model.DomainBlock) (model.ID, error) {
	for range addTries {
		was, err := lockRemote(tx, r.Account)
		if err != nil {
			return 0, err
		}
		if was == nil {
			id, added, err := s.addRemote(tx, r, block)
			if err != nil || added {
				return id, err
			}
			continue // somebody was first: now it is found
		}
		return was.ID, s.setRemote(tx, was, r)
	}
	return 0, &model.Error{Kind: model.KindConflict, Text: "The account changes while it is written"}
}

// lockRemote finds the row that an account of another server has: by its address, else by its handle.
func lockRemote(tx *store.Tx, a model.Account) (*model.Account, error) {
	was, err := tx.AccountByURI(a.URI)
	if model.IsNotFound(err) {
		was, err = tx.AccountByHandle(a.Username, a.Domain)
	}
	if model.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if was.Local() {
		return nil, model.Invalidf("%s is an account of this server", a.URI)
	}
	if err := tx.LockAccounts(was.ID); err != nil {
		return nil, err
	}
	return tx.Account(was.ID)
}

func (s *Social) addRemote(tx *store.Tx, r RemoteAccount, block model.DomainBlock) (model.ID, bool, error) {
	a := r.Account
	a.ID, a.UpdatedAt, a.FetchedAt, a.MovedToID = tx.NewID(), tx.Now(), tx.Now(), r.MovedTo
	if a.CreatedAt <= 0 || a.CreatedAt > tx.Now() {
		a.CreatedAt = tx.Now()
	}
	as := store.Treatment{}
	applyBlock(&as, block, tx.Now())
	if r.Suspended {
		as.SuspendedAt, as.SuspendedBy = tx.Now(), byOrigin
	}
	a.SuspendedAt, a.SuspendedBy, a.SilencedAt, a.SilencedBy = as.SuspendedAt, as.SuspendedBy, as.SilencedAt, as.SilencedBy
	added, err := tx.AddRemoteAccount(&a)
	if err != nil || !added {
		return 0, false, err
	}
	return a.ID, true, attachRemote(tx, &a, r)
}

// setRemote writes what changed of an account that is known.
func (s *Social) setRemote(tx *store.Tx, was *model.Account, r RemoteAccount) error {
	a := merged(was, r)
	rekeyed := was.URI != a.URI
	renamed := was.Username != a.Username || was.Domain != a.Domain
	if renamed {
		if holder, err := tx.AccountByHandle(a.Username, a.Domain); err == nil && holder.ID != was.ID {
			if err := tx.Unname(holder.ID); err != nil {
				return err
			}
			if err := tx.EnqueueOnce(holder.ID.String(), 0, model.RefreshAccount{Account: holder.ID}); err != nil {
				return err
			}
		} else if err != nil && !model.IsNotFound(err) {
			return err
		}
	}
	a.FetchedAt = tx.Now()
	same := *was
	same.FetchedAt = a.FetchedAt
	if sameRow(&same, &a) {
		if err := tx.SetFetched(a.ID); err != nil {
			return err
		}
	} else {
		a.UpdatedAt = tx.Now()
		if err := tx.SetRemoteAccount(&a, renamed); err != nil {
			return err
		}
	}
	if was.Suspended() != a.Suspended() {
		if err := tx.SetTreatment(a.ID, store.TreatmentOf(&a)); err != nil {
			return err
		}
	}
	if rekeyed {
		if err := s.settleAnew(tx, was); err != nil {
			return err
		}
	}
	return attachRemote(tx, &a, r)
}

// settleAnew follows from an account that lives at a new address: its server was set up anew and has forgotten whom it
// followed, who followed it and what it deleted. It follows nobody here until it asks, since it may have a new owner.
func (s *Social) settleAnew(tx *store.Tx, a *model.Account) error {
	if err := tx.ForgetTombstonesOf(a.ID); err != nil {
		return err
	}
	byThem, err := tx.LocalFollowedBy(a.ID)
	if err != nil {
		return err
	}
	for _, id := range byThem {
		if _, _, err := loosen(tx, a.ID, id); err != nil {
			return err
		}
	}
	return tx.EnqueueOnce(a.ID.String(), 0, model.Refollow{Account: a.ID})
}

// attachRemote writes keys, emoji and featured tags of an account.
func attachRemote(tx *store.Tx, a *model.Account, r RemoteAccount) error {
	if len(r.Keys) > 0 {
		was, err := tx.Keys(a.ID)
		if err != nil {
			return err
		}
		if _, err := tx.SetKeys(a.ID, r.Keys); err != nil {
			return err
		}
		if len(was) > 0 && !keepsAny(was, r.Keys) {
			if err := tx.ForgetTombstonesOf(a.ID); err != nil {
				return err
			}
		}
	}
	changed, err := tx.KnowEmojis(a.Domain, r.Emojis)
	if err != nil {
		return err
	}
	if changed {
		if err := tx.SetFetched(a.ID); err != nil { // who shows them is drawn anew
			return err
		}
	}
	if r.FeaturedTags == nil {
		return nil
	}
	return setFeaturedTags(tx, a.ID, r.FeaturedTags)
}

func keepsAny(was, now []model.Key) bool {
	return slices.ContainsFunc(was, func(k model.Key) bool {
		return slices.ContainsFunc(now, func(n model.Key) bool { return n.Public == k.Public })
	})
}

// setFeaturedTags makes these the tags on a profile and no others.
func setFeaturedTags(tx *store.Tx, account model.ID, names []string) error {
	have, err := tx.FeaturedTags(account)
	if err != nil {
		return err
	}
	want := map[string]string{}
	for _, n := range names[:min(len(names), maxRemoteTags)] {
		n = strings.TrimPrefix(n, "#")
		if text.ValidTag(n) {
			want[text.TagKey(n)] = n
		}
	}
	for _, f := range have {
		if _, ok := want[text.TagKey(f.Name)]; ok {
			delete(want, text.TagKey(f.Name))
			continue
		}
		if _, err := tx.RemoveFeaturedTag(account, f.ID); err != nil {
			return err
		}
	}
	tags, err := tx.TagsNamed(want)
	if err != nil {
		return err
	}
	for _, t := range tags {
		if err := tx.AddFeaturedTag(&model.FeaturedTag{ID: tx.NewID(), AccountID: account, TagID: t.ID, Name: want[t.Name], CreatedAt: tx.Now()}); err != nil {
			return err
		}
	}
	return nil
}

// merged is a known account as its server now says it is; what only this server knows stays.
func merged(was *model.Account, r RemoteAccount) model.Account {
	a := r.Account
	if r.Suspended { // its server shows nothing else of it
		a = *was
		a.URI, a.InboxURL, a.SharedInboxURL = r.Account.URI, r.Account.InboxURL, r.Account.SharedInboxURL
		a.Username, a.Domain = r.Account.Username, r.Account.Domain
	}
	a.ID, a.CreatedAt, a.UpdatedAt, a.FetchedAt, a.MovedAt = was.ID, was.CreatedAt, was.UpdatedAt, was.FetchedAt, was.MovedAt
	a.FollowersCount, a.FollowingCount, a.StatusesCount, a.LastStatusAt = was.FollowersCount, was.FollowingCount, was.StatusesCount, was.LastStatusAt
	a.SilencedAt, a.SilencedBy, a.SensitizedAt = was.SilencedAt, was.SilencedBy, was.SensitizedAt
	a.SuspendedAt, a.SuspendedBy = was.SuspendedAt, was.SuspendedBy
	switch {
	case r.Suspended && a.SuspendedAt == 0:
		a.SuspendedAt, a.SuspendedBy = r.Account.FetchedAt, byOrigin
	case !r.Suspended && a.SuspendedBy == byOrigin:
		a.SuspendedAt, a.SuspendedBy = 0, ""
	}
	a.MovedToID = r.MovedTo
	if r.MovedTo == 0 && r.MovedToURI != "" {
		a.MovedToID = was.MovedToID
	}
	if a.AvatarRemoteURL == was.AvatarRemoteURL {
		a.Avatar, a.AvatarStatic = was.Avatar, was.AvatarStatic
	}
	if a.HeaderRemoteURL == was.HeaderRemoteURL {
		a.Header, a.HeaderStatic = was.Header, was.HeaderStatic
	}
	a.Fields = slices.Clone(a.Fields)
	for i := range a.Fields {
		for _, f := range was.Fields {
			if f.Value == a.Fields[i].Value {
				a.Fields[i].VerifiedAt = f.VerifiedAt
			}
		}
	}
	return a
}

// sameRemote tells whether what a server says of an account is known already.
func sameRemote(q *store.Q, was *model.Account, r RemoteAccount) (bool, error) {
	a := merged(was, r)
	if !sameRow(was, &a) || r.FeaturedTags != nil {
		return false, nil
	}
	if len(r.Keys) > 0 {
		keys, err := q.Keys(was.ID)
		if err != nil || len(keys) != len(r.Keys) {
			return false, err
		}
		for _, k := range keys {
			if !slices.ContainsFunc(r.Keys, func(n model.Key) bool {
				return n.KeyID == k.KeyID && n.Public == k.Public && n.Algorithm == k.Algorithm && n.ExpiresAt == k.ExpiresAt
			}) {
				return false, nil
			}
		}
	}
	for _, e := range r.Emojis {
		if !slices.ContainsFunc(was.Emojis, func(k model.CustomEmoji) bool {
			return k.Shortcode == e.Shortcode && (k.RemoteURL == e.RemoteURL || e.UpdatedAt != 0 && e.UpdatedAt <= k.UpdatedAt)
		}) {
			return false, nil
		}
	}
	return true, nil
}

// sameRow compares the columns of two accounts; an empty list is as good as none.
func sameRow(a, b *model.Account) bool {
	x, y := *a, *b
	for _, v := range []*model.Account{&x, &y} {
		v.MovedTo, v.Role, v.Emojis, v.Drawn = nil, nil, nil, nil
		if len(v.Fields) == 0 {
			v.Fields = nil
		}
		if len(v.AlsoKnownAs) == 0 {
			v.AlsoKnownAs = nil
		}
		if len(v.AttributionDomains) == 0 {
			v.AttributionDomains = nil
		}
	}
	return reflect.DeepEqual(x, y)
}

// mayDiscover bounds new accounts by where they come from.
func (s *Social) mayDiscover(q *store.Q, r RemoteAccount) error {
	if err := s.limit(discoveriesPerOrigin, r.Origin); err != nil {
		return err
	}
	known, err := q.DomainKnown(r.Account.Domain)
	if err != nil || known {
		return err
	}
	if err := s.limit(subdomainsPerDomain, registrable(r.Account.Domain)); err != nil {
		return model.Forbidden("Too many servers of " + registrable(r.Account.Domain) + " became known of late")
	}
	return nil
}

// registrable is the part of a domain that somebody had to register; "" for one that is registered itself. Companies
// that give away subdomains count as one, as with Mastodon (ignore_private).
func registrable(domain string) string {
	suffix, icann := publicsuffix.PublicSuffix(domain)
	for !icann && strings.Contains(suffix, ".") {
		_, above, _ := strings.Cut(suffix, ".")
		suffix, icann = publicsuffix.PublicSuffix(above)
	}
	rest := strings.TrimSuffix(domain, "."+suffix)
	if rest == domain {
		return ""
	}
	own := rest[strings.LastIndexByte(rest, '.')+1:] + "." + suffix
	if own == domain {
		return ""
	}
	return own
}

// tidyRemote brings what a stranger says within bounds and makes it safe to show, or refuses what no account may be.
func (s *Social) tidyRemote(r *RemoteAccount) error {
	a := &r.Account
	domain, ok := text.Domain(a.Domain)
	switch {
	case !ok || domain == s.Site.Domain:
		return model.Invalidf("%q is not the domain of another server", a.Domain)
	case !text.Username(a.Username):
		return model.Invalidf("%q is not a name", text.Truncate(a.Username, 100))
	case !remoteURI(a.URI) || !remoteURI(a.InboxURL):
		return model.Invalidf("An account needs an address and an inbox")
	case !slices.Contains([]string{"Application", "Group", "Organization", "Person", "Service"}, a.ActorType):
		return model.Invalidf("%q is not a type of account", text.Truncate(a.ActorType, 100))
	}
	a.Domain = domain
	for _, u := range []*string{
		&a.URL, &a.SharedInboxURL, &a.OutboxURL, &a.FollowersURL, &a.FollowingURL, &a.FeaturedURL, &a.FeaturedTagsURL,
		&a.AvatarRemoteURL, &a.HeaderRemoteURL,
	} {
		if !remoteURI(*u) {
			*u = ""
		}
	}
	if a.URL == "" {
		a.URL = a.URI
	}
	a.ID, a.NoteText, a.Avatar, a.AvatarStatic, a.Header, a.HeaderStatic = 0, "", "", "", "", ""
	a.FetchedAt = s.DB.Now()
	a.DisplayName = plainLine(a.DisplayName, maxRemoteName)
	a.AvatarDescription, a.HeaderDescription = plainLine(a.AvatarDescription, maxRemotePictureText), plainLine(a.HeaderDescription, maxRemotePictureText)
	a.Note = text.Sanitise(cutBytes(a.Note, maxRemoteNote))
	var fields []model.Field
	for _, f := range a.Fields[:min(len(a.Fields), maxRemoteFields)] {
		fields = append(fields, model.Field{Name: plainLine(f.Name, maxRemoteField), Value: text.Sanitise(cutBytes(f.Value, maxRemoteField*4))})
	}
	a.Fields = fields
	a.AlsoKnownAs = slices.DeleteFunc(slices.Clone(a.AlsoKnownAs[:min(len(a.AlsoKnownAs), maxRemoteAliases)]), func(u string) bool { return !remoteURI(u) })
	var domains []string
	for _, d := range a.AttributionDomains[:min(len(a.AttributionDomains), maxRemoteAliases)] {
		if name, ok := text.Domain(d); ok {
			domains = append(domains, name)
		}
	}
	a.AttributionDomains = domains
	r.Keys = slices.DeleteFunc(slices.Clone(r.Keys[:min(len(r.Keys), maxRemoteKeys)]), func(k model.Key) bool {
		return !remoteURI(k.KeyID) || k.Public == "" || len(k.Public) > maxRemoteKey
	})
	for i := range r.Keys {
		r.Keys[i].Private = ""
	}
	r.Emojis = receiveEmojis(r.Emojis)
	return nil
}

// remoteURI tells whether a stranger's address may be kept: HTTP, of a bearable length, and with nothing in it that
// breaks a header or a page.
func remoteURI(u string) bool {
	if len(u) > maxRemoteURI || !strings.HasPrefix(u, "https://") && !strings.HasPrefix(u, "http://") || !utf8.ValidString(u) {
		return false
	}
	return !strings.ContainsFunc(u, func(c rune) bool { return c <= ' ' || c == 0x7f || c == '"' || c == '<' || c == '>' })
}

// plainLine is a stranger's line of text: no control characters, at most so many characters.
func plainLine(s string, most int) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c == utf8.RuneError {
			return -1
		}
		return c
	}, cutBytes(s, most*utf8.UTFMax))
	if r := []rune(s); len(r) > most {
		s = string(r[:most])
	}
	return strings.TrimSpace(s)
}

// cutBytes shortens s to at most so many bytes, at the beginning of a character.
func cutBytes(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// ForgetAccount takes in that an account is gone, says its own server: at once it is blank and nobody sees what it
// wrote; a job erases that and what it had with others. Its row stays, because reports and votes name it.
func (s *Social) ForgetAccount(ctx context.Context, a *model.Account) error {
	if a.Local() {
		return model.Invalidf("The account %s is of this server", a.Acct())
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockAccounts(a.ID); err != nil {
			return err
		}
		if err := tx.BlankRemoteAccount(a.ID); err != nil {
			return err
		}
		return tx.EnqueueOnce(a.ID.String(), 0, model.DeleteAccount{Account: a.ID})
	})
}

// plainText is a stranger's text of several lines: no other control characters, at most so many characters.
func plainText(s string, most int) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f || c == utf8.RuneError {
			return -1
		}
		return c
	}, cutBytes(s, most*utf8.UTFMax))
	if r := []rune(s); len(r) > most {
		s = string(r[:most])
	}
	return s
}
