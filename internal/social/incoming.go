package social

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

// Bounds of what other servers may say. Mastodon's where it has one.
const (
	maxURI               = 2048    // what PostgreSQL can index, and longer than any server's
	maxMentions          = 500     // a document of a megabyte names 10,000; nobody talks to more than this
	maxEmojis            = 128     // different ones in a status
	maxShortcode         = 2048    // Mastodon: CustomEmoji
	maxTagName           = 1024    // bytes; PostgreSQL's search takes no word of 2 KB
	maxRemoteOptions     = 500     // Mastodon: Poll
	maxRemoteOption      = 2048    // characters of an option; Mastodon has none
	maxRemoteSpoiler     = 20_000  // characters; Mastodon has none
	maxRemoteDescription = 10_000  // characters (Mastodon: MediaAttachment::MAX_DESCRIPTION_HARD_LENGTH_LIMIT)
	maxBlurhash          = 200     // characters; 9 by 9 components make 166
	maxDimension         = 1 << 16 // pixels; what is larger is a lie
)

// newsworthy is how old something of another server's may be to be told of. Deliveries are tried again for days, and
// who was mentioned while this server was away shall hear of it; Mastodon's six hours are for what it fetched, too,
// which here says so itself.
const newsworthy = 7 * 24 * time.Hour

// earliest is the date that ids begin with: 2000-01-01. Older statuses keep their dates and sort there.
const earliest model.Time = 946_684_800_000

// news tells whether people are told of a status.
func news(st *model.Status, fetched bool, now model.Time) bool {
	return !fetched && st.CreatedAt > now.Add(-newsworthy)
}

// dated is when something of another server's was made: never in the future, now when it does not say.
func dated(t, now model.Time) model.Time {
	if t <= 0 || t > now {
		return now
	}
	return t
}

// idAt makes an id that sorts at a date.
func idAt(tx *store.Tx, t model.Time) model.ID { return tx.NewIDAt(max(t, earliest)) }

// checkURI refuses names that cannot be those of something of this account's: too long to keep, or of another server.
func checkURI(uri string, of *model.Account) error {
	if uri == "" || len(uri) > maxURI || strings.ContainsAny(uri, "\x00 \n") || hostOf(uri) == "" || hostOf(uri) != hostOf(of.URI) {
		return model.Invalidf("Validation failed: URI is not one of its author's server")
	}
	return nil
}

// hostOf is whose word an address is, "" if nobody's.
func hostOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return strings.ToLower(u.Host)
}

// clean makes a stranger's words such that a database can keep them, cut to so many characters.
func clean(s string, most int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	if len(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n == most {
			return s[:i]
		}
		n++
	}
	return s
}

// optional is an address that may be missing; one that cannot be kept is.
func optional(uri string) string {
	if len(uri) > maxURI || hostOf(uri) == "" || strings.ContainsAny(uri, "\x00 \n") {
		return ""
	}
	return uri
}

// incoming is a status of another server, made safe and looked up as far as can be done before the transaction.
type incoming struct {
	RemoteStatus
	status model.Status      // without what the database must say; nobody changes what it points to
	tags   map[string]string // key to how it is written
	media  []model.MediaAttachment
	emojis []model.CustomEmoji
}

// receive makes what another server says safe, and cuts it to what is kept (Mastodon: ActivityPub::Activity::Create).
func (s *Social) receive(ctx context.Context, author *model.Account, r RemoteStatus) (*incoming, error) {
	if author.Local() {
		return nil, model.ErrForbidden()
	}
	if err := checkURI(r.URI, author); err != nil {
		return nil, err
	}
	in := &incoming{RemoteStatus: r}
	if in.InReplyToURI = optional(r.InReplyToURI); in.InReplyToURI == in.URI {
		in.InReplyToURI = ""
	}
	if len(r.ConversationURI) > maxURI || strings.Contains(r.ConversationURI, "\x00") { // tag: and data: are fine
		in.ConversationURI = ""
	}
	if in.URL = optional(r.URL); in.URL == "" {
		in.URL = in.URI
	}
	if in.Quote != nil && (optional(r.Quote.URI) == "" || r.Quote.URI == r.URI) {
		in.Quote = nil
	}
	mentions, err := s.addressed(ctx, r.Mentions)
	if err != nil {
		return nil, err
	}
	in.status = model.Status{
		AccountID: author.ID, Account: author, URI: in.URI, URL: in.URL,
		Content: text.Sanitise(clean(r.Content, len(r.Content))), SpoilerText: clean(strings.TrimSpace(r.SpoilerText), maxRemoteSpoiler),
		Sensitive: r.Sensitive || r.SpoilerText != "", Language: text.Language(r.Language), Visibility: audience(r.Visibility, mentions),
		InReplyToURI: in.InReplyToURI, IsReply: in.InReplyToURI != "", QuotePolicy: r.QuotePolicy, Mentions: mentions,
	}
	in.tags = namedTags(r.Tags)
	in.media = receiveMedia(author, r.Media)
	in.Poll = receivePoll(r.Poll)
	in.emojis = receiveEmojis(r.Emojis)
	return in, nil
}

// audience is whom a status is for. A direct one that addresses somebody whom it does not name is for those it
// addresses (Mastodon: "limited").
func audience(v model.Visibility, mentions []model.Mention) model.Visibility {
	switch {
	case v == model.Public, v == model.Unlisted, v == model.Private, v == model.Limited:
		return v
	case slices.ContainsFunc(mentions, func(m model.Mention) bool { return m.Silent }):
		return model.Limited
	}
	return model.Direct
}

// addressed are those of the mentioned whom we know, each once; who is named is not silent.
func (s *Social) addressed(ctx context.Context, mentions []model.Mention) ([]model.Mention, error) {
	if len(mentions) == 0 {
		return nil, nil
	}
	named := map[model.ID]bool{}
	var ids []model.ID
	for _, m := range mentions {
		if _, ok := named[m.AccountID]; !ok {
			ids = append(ids, m.AccountID)
		}
		named[m.AccountID] = named[m.AccountID] || !m.Silent
	}
	people, err := s.DB.Read(ctx).Accounts(ids)
	if err != nil {
		return nil, err
	}
	// Ours first: they are whom we tell.
	slices.SortStableFunc(people, func(a, b *model.Account) int {
		switch {
		case a.Local() == b.Local():
			return 0
		case a.Local():
			return -1
		}
		return 1
	})
	var out []model.Mention
	for _, a := range people[:min(len(people), maxMentions)] {
		out = append(out, model.Mention{AccountID: a.ID, Silent: !named[a.ID], Username: a.Username, Domain: a.Domain, URL: a.URL})
	}
	return out, nil
}

// namedTags are the hashtags of a list of names, with or without their sign.
func namedTags(names []string) map[string]string {
	out := map[string]string{}
	for _, name := range names {
		name = strings.TrimLeft(name, "#＃")
		if len(name) > maxTagName || !text.ValidTag(name) || len(out) == maxTags {
			continue
		}
		if key := text.TagKey(name); key != "" && out[key] == "" {
			out[key] = name
		}
	}
	return out
}

// receiveMedia are the first four files that can be told of.
func receiveMedia(author *model.Account, list []model.MediaAttachment) []model.MediaAttachment {
	var out []model.MediaAttachment
	for _, m := range list {
		if m.RemoteURL = optional(m.RemoteURL); m.RemoteURL == "" || len(out) == maxMedia {
			continue
		}
		out = append(out, model.MediaAttachment{
			AccountID: author.ID, Type: mediaType(m), RemoteURL: m.RemoteURL, ThumbnailRemoteURL: optional(m.ThumbnailRemoteURL),
			ContentType: clean(m.ContentType, 255), Description: clean(strings.TrimSpace(m.Description), maxRemoteDescription),
			Blurhash: blurhash(m.Blurhash), Meta: mediaMeta(m.Meta),
		})
	}
	return out
}

// mediaType is what a file is, by what its server says of it (Mastodon: MediaAttachment#set_type_and_extension).
func mediaType(m model.MediaAttachment) string {
	kind, form, _ := strings.Cut(strings.ToLower(m.ContentType), "/")
	switch {
	case kind == "image" && form == "gif", kind == "image", kind == "video", kind == "audio":
		return kind
	}
	switch m.Type {
	case "image", "gifv", "video", "audio":
		return m.Type
	}
	return "unknown"
}

// blurhash is one that can be drawn, or none (https://blurha.sh: base 83).
func blurhash(s string) string {
	const base83 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
	if len(s) < 6 || len(s) > maxBlurhash || strings.Trim(s, base83) != "" {
		return ""
	}
	for i := range len(s) {
		if !strings.Contains(base83, s[i:i+1]) {
			return ""
		}
	}
	n := strings.IndexByte(base83, s[0])
	if len(s) != 4+2*(n%9+1)*(n/9+1) {
		return ""
	}
	return s
}

// mediaMeta keeps of what is told of a file what apps read: its size, its length, and where its subject is
// (Mastodon API: entities/MediaAttachment#meta).
func mediaMeta(told map[string]any) map[string]any {
	out := map[string]any{}
	number := func(v any, least, most float64) (float64, bool) {
		var n float64
		switch v := v.(type) {
		case float64:
			n = v
		case int64:
			n = float64(v)
		case int:
			n = float64(v)
		default:
			return 0, false
		}
		return n, n >= least && n <= most
	}
	original := map[string]any{}
	size, _ := told["original"].(map[string]any)
	w, okW := number(size["width"], 1, maxDimension)
	h, okH := number(size["height"], 1, maxDimension)
	if okW && okH {
		original["width"], original["height"] = int64(w), int64(h)
		original["size"] = strconv.Itoa(int(w)) + "x" + strconv.Itoa(int(h))
		original["aspect"] = w / h
	}
	if d, ok := number(size["duration"], 0, 1e7); ok {
		original["duration"] = d
	}
	if len(original) > 0 {
		out["original"] = original
	}
	focus, _ := told["focus"].(map[string]any)
	x, okX := number(focus["x"], -1, 1)
	y, okY := number(focus["y"], -1, 1)
	if okX && okY {
		out["focus"] = map[string]any{"x": x, "y": y}
	}
	return out
}

// receivePoll is a poll whose parts fit together, or none.
func receivePoll(p *RemotePoll) *RemotePoll {
	if p == nil || len(p.Options) == 0 {
		return nil
	}
	out := *p
	out.Options, out.Tallies = nil, nil
	for i, o := range p.Options[:min(len(p.Options), maxRemoteOptions)] {
		out.Options = append(out.Options, clean(o, maxRemoteOption))
		var n int64
		if i < len(p.Tallies) {
			n = min(max(p.Tallies[i], 0), maxCount)
		}
		out.Tallies = append(out.Tallies, n)
	}
	out.Voters = min(max(p.Voters, 0), maxCount)
	out.EndsAt, out.ClosedAt = max(p.EndsAt, 0), max(p.ClosedAt, 0)
	return &out
}

// maxCount is more than there are people, and small enough to be added up.
const maxCount = 1 << 40

// votes are all of a poll's.
func (p *RemotePoll) votes() (n int64) {
	for _, t := range p.Tallies {
		n += t
	}
	return n
}

// ends is when voting is over: when it was, if its server says so (1: it does not say when).
func (p *RemotePoll) ends(now model.Time) model.Time {
	switch {
	case p.ClosedAt == 0 || p.EndsAt != 0 && p.EndsAt <= now:
		return p.EndsAt
	case p.ClosedAt > 1 && p.ClosedAt <= now:
		return p.ClosedAt
	case p.ClosedAt > now:
		return p.ClosedAt
	}
	return now
}

// receiveEmojis are those that texts can name and that have a picture, each once.
func receiveEmojis(told []model.CustomEmoji) []model.CustomEmoji {
	var out []model.CustomEmoji
	for _, e := range told {
		e.Shortcode = strings.Trim(e.Shortcode, ":")
		e.RemoteURL = optional(e.RemoteURL)
		if !shortcode(e.Shortcode) || e.RemoteURL == "" || len(out) == maxEmojis ||
			slices.ContainsFunc(out, func(o model.CustomEmoji) bool { return o.Shortcode == e.Shortcode }) {
			continue
		}
		out = append(out, model.CustomEmoji{Shortcode: e.Shortcode, RemoteURL: e.RemoteURL, UpdatedAt: max(e.UpdatedAt, 0)})
	}
	return out
}

// shortcode tells whether a name can be an emoji's (Mastodon: CustomEmoji::SHORTCODE_RE_FRAGMENT).
func shortcode(name string) bool {
	if len(name) < 2 || len(name) > maxShortcode {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}
