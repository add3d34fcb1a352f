package ap

import (
	"cmp"
	"html"
	"slices"
	"strconv"
	"strings"

	"gomphothere/internal/model"
)

// What a status may have of each; what is beyond is left away (Mastodon's limits for what others send).
const (
	maxMedia       = 4
	maxDescription = 10000 // characters of a file's description
	maxShortcode   = 256   // bytes; Mastodon refuses from 2048, our column of names is shown in pickers
	maxCards       = 4
)

// Note is a document that becomes a status, tidied: what social.RemoteStatus needs, before anybody was asked for.
// Addresses are checked to be of the web; HTML is as it came.
type Note struct {
	ID        string
	Type      string // Note, Question, Article …
	Author    string // id of attributedTo; Persons come before Groups
	URL       string // web page; the id where none is told
	Published model.Time
	Updated   model.Time // 0: never edited
	InReplyTo string

	// Conversation is whatever names the thread: context (FEP-7888) where it is an address, else conversation.
	Conversation string

	Content   string // HTML; of an Article, Page, Video … its title, summary and a link, as Mastodon shows them
	Spoiler   string // content warning, plain text
	Sensitive bool
	Language  string // "" when not told

	To, Cc   []string // ids; the public in its one spelling
	Mentions []NoteMention
	Hashtags []string // without #
	Emojis   []model.CustomEmoji
	Media    []model.MediaAttachment // Type, RemoteURL, ThumbnailRemoteURL, ContentType, Description, Blurhash, Meta
	Cards    []string                // addresses attached as links: previews to show

	Poll *NotePoll
	Vote string // the choice, when this is a vote: a Note with a name, no content and something it replies to

	Quote         string // id of what it quotes
	QuoteApproval string
	QuoteLegacy   bool // spelt in a way that knows no approval
	QuoteGone     bool // what it quoted was deleted
	CanQuote      *Policy

	Replies        *Ref  // its replies, where their collection is told
	Likes, Shares  int64 // as its server counts them; -1 when not told
	FeaturedObject string
}

// NoteMention is somebody named by a Mention tag.
type NoteMention struct {
	Href string // actor's id, with some software its page
	Name string // @user or @user@host
}

// NotePoll is a Question's poll.
type NotePoll struct {
	Options  []string
	Tallies  []int64
	Multiple bool
	Voters   int64      // -1 when not told (the Misskey family)
	EndsAt   model.Time // 0: never
	ClosedAt model.Time
}

// statusTypes are the types that become a status; the second group is converted (Mastodon: SUPPORTED_TYPES and
// CONVERTED_TYPES).
func statusType(t string) (status, converted bool) {
	switch t {
	case "Note", "Question":
		return true, false
	case "Image", "Audio", "Video", "Article", "Page", "Event":
		return true, true
	}
	return false, false
}

// IsNote tells whether Note would see a status in it, by type.
func (o *Object) IsNote() bool {
	is, _ := statusType(o.Type)
	return is
}

// Note is the status that a document tells of. It refuses documents without id, author or a type that is one.
func (o *Object) Note() (*Note, error) {
	is, converted := statusType(o.Type)
	switch {
	case !is:
		return nil, refused("a %s is no status", cmp.Or(o.Type, "thing without type"))
	case !isWeb(o.ID):
		return nil, refused("the status has no id")
	}
	author := o.ActorID()
	if !isWeb(author) {
		return nil, refused("the status has no author")
	}
	n := &Note{
		ID: o.ID, Type: o.Type, Author: author, URL: webPage(o.URL, o.ID), Published: o.Published, Updated: o.Updated,
		InReplyTo: web(o.InReplyTo.ID()), Sensitive: o.Sensitive,
		Language: cmp.Or(o.Content.Language, o.Name.Language, o.Summary.Language, o.Language),
		To:       audience(o.To), Cc: audience(o.Cc),
		Quote: web(o.Quote), QuoteApproval: web(o.QuoteAuthorization), QuoteLegacy: o.QuoteLegacy, QuoteGone: o.QuoteGone,
		CanQuote: o.CanQuote, Replies: o.Replies, Likes: total(o.Likes), Shares: total(o.Shares),
	}
	if n.Conversation = o.Context; !isWeb(n.Conversation) {
		n.Conversation = cmp.Or(o.Conversation, o.Context)
	}
	if converted {
		n.Content = convertedContent(o, n.URL)
	} else {
		n.Content, n.Spoiler = o.Content.Value, o.Summary.Value
	}
	n.readTags(o)
	n.readMedia(o)
	if o.Type == "Question" {
		n.Poll = notePoll(o)
	}
	if o.Type == "Note" && o.Name.Value != "" && o.Content.Value == "" && n.InReplyTo != "" && len(o.Attachment) == 0 {
		n.Vote = o.Name.Value
	}
	return n, nil
}

// ActorID is who did or wrote it: of an activity its actor, else its author; where several are named (PeerTube: a
// person and their channel) the person.
func (o *Object) ActorID() string {
	who := o.AttributedTo
	if len(who) == 0 || len(o.Actor) > 0 && len(o.Object) > 0 {
		who = o.Actor // Pleroma's notes have an actor too
	}
	for _, r := range who {
		if r.Object != nil && r.Object.Is("Person") && r.ID != "" {
			return r.ID
		}
	}
	for _, r := range who {
		if r.ID != "" && (r.Object == nil || !r.Object.Is("Group")) {
			return r.ID
		}
	}
	return who.ID()
}

// convertedContent is what a status shows of a document that is more than one: its title, its summary, a way there.
// Mastodon: ActivityPub::Activity::Create#converted_text
func convertedContent(o *Object, page string) string {
	var b strings.Builder
	if o.Name.Value != "" {
		b.WriteString("<h2>" + html.EscapeString(o.Name.Value) + "</h2>")
	}
	if o.Summary.Value != "" {
		b.WriteString("<p>" + o.Summary.Value + "</p>")
	}
	address := html.EscapeString(page)
	b.WriteString(`<p><a href="` + address + `">` + address + "</a></p>")
	return b.String()
}

// readTags sorts the tags.
func (n *Note) readTags(o *Object) {
	for _, t := range o.Tag {
		switch {
		case t.Is("Mention"):
			if href := cmp.Or(web(t.Href), web(t.ID)); href != "" {
				n.Mentions = append(n.Mentions, NoteMention{href, t.Name.Value})
			}
		case t.Is("Hashtag"):
			if name := strings.TrimLeft(strings.TrimSpace(t.Name.Value), "#＃"); name != "" && !slices.Contains(n.Hashtags, name) {
				n.Hashtags = append(n.Hashtags, name)
			}
		case t.Is("Emoji"):
			if e, ok := emoji(t); ok {
				n.Emojis = append(n.Emojis, e)
			}
		}
	}
}

// emoji is a custom emoji that a tag shows; its icon is needed.
func emoji(t *Object) (e model.CustomEmoji, ok bool) {
	name := strings.Trim(t.Name.Value, ":")
	if i := strings.IndexByte(name, '@'); i > 0 {
		name = name[:i] // Iceshrimp: :name@host:
	}
	if name == "" || len(name) > maxShortcode || strings.ContainsAny(name, ": \t\n<>&\"'/") || len(t.Icon) == 0 {
		return e, false
	}
	url := picture(t.Icon[0])
	return model.CustomEmoji{Shortcode: name, RemoteURL: url, UpdatedAt: t.Updated}, url != ""
}

// picture is an image's address: of an Image with one url or several, or a mere address.
func picture(o *Object) string {
	for _, l := range o.URL {
		if u := web(l.Href); u != "" {
			return u
		}
	}
	return cmp.Or(web(o.Href), "")
}

// readMedia takes the first attachments that have an address; links become cards.
func (n *Note) readMedia(o *Object) {
	for _, a := range o.Attachment {
		url := picture(&Object{URL: a.URL})
		switch {
		case url != "" && a.Type != "PropertyValue" && a.Type != "Link":
			if len(n.Media) < maxMedia {
				n.Media = append(n.Media, mediaOf(a, url))
			}
		case cmp.Or(web(a.Href), url) != "" && a.Type != "PropertyValue":
			if len(n.Cards) < maxCards {
				n.Cards = append(n.Cards, cmp.Or(web(a.Href), url))
			}
		}
	}
}

func mediaOf(a *Object, url string) model.MediaAttachment {
	kind := a.MediaType
	for _, l := range a.URL {
		kind = cmp.Or(kind, l.MediaType)
	}
	m := model.MediaAttachment{
		Type: mediaType(a.Type, kind), RemoteURL: url, ContentType: kind, Blurhash: blurhash(a.Blurhash),
		// GoToSocial since 0.21 tells it in summary.
		Description: clip(cmp.Or(a.Summary.Value, a.Name.Value), maxDescription),
	}
	if len(a.Icon) > 0 {
		m.ThumbnailRemoteURL = picture(a.Icon[0])
	}
	meta := map[string]any{}
	width, height := a.Width, a.Height
	for _, l := range a.URL {
		width, height = cmp.Or(width, l.Width), cmp.Or(height, l.Height)
	}
	original := map[string]any{}
	if width > 0 && height > 0 && width < 1<<20 && height < 1<<20 {
		original["width"], original["height"] = width, height
		original["size"] = strconv.FormatInt(width, 10) + "x" + strconv.FormatInt(height, 10)
		original["aspect"] = float64(width) / float64(height)
	}
	if d := parseDuration(a.Duration); d > 0 {
		original["duration"] = d
	}
	if len(original) > 0 {
		meta["original"] = original
	}
	if f := a.FocalPoint; len(f) == 2 && f[0] >= -1 && f[0] <= 1 && f[1] >= -1 && f[1] <= 1 {
		meta["focus"] = map[string]any{"x": f[0], "y": f[1]}
	}
	if len(meta) > 0 {
		m.Meta = meta
	}
	return m
}

// mediaType is the API's type of a file, by what it is said to be (Mastodon API: entities/MediaAttachment#type).
func mediaType(object, mime string) string {
	family, _, _ := strings.Cut(mime, "/")
	switch family = strings.ToLower(family); {
	case family == "image" || family == "video" || family == "audio":
		return family
	case mime != "" && mime != "application/octet-stream":
		return "unknown"
	case object == "Image" || object == "Video" || object == "Audio":
		return strings.ToLower(object)
	}
	return "unknown"
}

// blurhash is s when it can be one: base 83, of a length that its first character tells.
func blurhash(s string) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
	if len(s) < 6 || len(s) > 200 || strings.Trim(s, digits) != "" {
		return ""
	}
	if n := strings.IndexByte(digits, s[0]); len(s) != 4+2*(n%9+1)*(n/9+1) {
		return ""
	}
	return s
}

// parseDuration reads an ISO 8601 duration in seconds (PT1H2M3.5S), also a mere number; 0 for what is none.
func parseDuration(s string) float64 {
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		return bounded(n)
	}
	rest, ok := strings.CutPrefix(s, "P")
	if !ok || len(s) > 40 {
		return 0
	}
	var seconds float64
	inTime := false
	for rest != "" {
		if rest[0] == 'T' {
			inTime, rest = true, rest[1:]
			continue
		}
		i := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
		if i <= 0 {
			return 0
		}
		n, err := strconv.ParseFloat(rest[:i], 64)
		if err != nil {
			return 0
		}
		switch unit := rest[i]; {
		case unit == 'S' && inTime:
			seconds += n
		case unit == 'M' && inTime:
			seconds += n * 60
		case unit == 'H' && inTime:
			seconds += n * 3600
		case unit == 'D' && !inTime:
			seconds += n * 86400
		default:
			return 0
		}
		rest = rest[i+1:]
	}
	return bounded(seconds)
}

func bounded(seconds float64) float64 {
	if seconds > 0 && seconds < 1e7 {
		return seconds
	}
	return 0
}

// notePoll reads a poll, nil when it has no choices: then it is a status like any other.
func notePoll(o *Object) *NotePoll {
	choices, multiple := o.OneOf, false
	if len(choices) == 0 {
		choices, multiple = o.AnyOf, true
	}
	p := &NotePoll{Multiple: multiple, Voters: -1, EndsAt: o.EndTime}
	for _, c := range choices {
		name := cmp.Or(c.Name.Value, c.Content.Value)
		if name == "" {
			continue
		}
		var tally int64
		switch {
		case total(c.Replies) >= 0:
			tally = total(c.Replies)
		case c.TotalItems != nil:
			tally = *c.TotalItems
		}
		p.Options, p.Tallies = append(p.Options, name), append(p.Tallies, tally)
	}
	if len(p.Options) == 0 {
		return nil
	}
	if o.VotersCount != nil {
		p.Voters = *o.VotersCount
	}
	switch {
	case o.Closed == 1:
		p.ClosedAt = cmp.Or(o.EndTime, o.Updated, o.Published, 1)
		p.EndsAt = cmp.Or(p.EndsAt, p.ClosedAt)
	case o.Closed != 0:
		if o.EndTime != 0 {
			p.ClosedAt = o.Closed
		}
		p.EndsAt = o.Closed // Pleroma tells of polls that still run when they will close
	}
	return p
}

// total is what a collection counts, -1 when that is not told.
func total(r *Ref) int64 {
	if r == nil || r.Object == nil || r.Object.TotalItems == nil {
		return -1
	}
	return *r.Object.TotalItems
}

// audience are the ids addressed, without doubles, the public in its one spelling.
func audience(refs Refs) []string {
	seen := make(map[string]bool, len(refs))
	var ids []string
	for _, r := range refs {
		id := r.ID
		if isPublic(id) {
			id = Public
		}
		if id == "" || seen[id] {
			continue
		}
		seen[id] = true
		ids = append(ids, id)
	}
	return ids
}

// isPublic tells the spellings of "everybody".
func isPublic(id string) bool {
	return id == Public || id == "as:Public" || id == "Public"
}

// AudienceIDs are the ids an activity or object is addressed to, doubles removed, the public in its one spelling.
func (o *Object) AudienceIDs() (to, cc []string) { return audience(o.To), audience(o.Cc) }

// Visibility is whom the note is for. The author's followers collection must be known to tell private from direct.
// Where a note is addressed to nobody, an activity's own audience counts: set To and Cc from it first.
// Mastodon: ActivityPub::Parser::StatusParser#visibility
func (n *Note) Visibility(followersURL string) model.Visibility {
	switch {
	case slices.Contains(n.To, Public):
		return model.Public
	case slices.Contains(n.Cc, Public):
		return model.Unlisted
	case followersURL != "" && (slices.Contains(n.To, followersURL) || slices.Contains(n.Cc, followersURL)):
		return model.Private
	}
	return model.Direct
}

// QuotePolicy is who may quote the note, in Mastodon's bits; nobody where nothing was said. The author's addresses
// tell what the policy means by them (FEP-044f; Mastodon: ActivityPub::Parser::StatusParser#quote_policy).
func (n *Note) QuotePolicy(author *model.Account) model.QuotePolicy {
	return n.CanQuote.Bits(author)
}

// Bits are a policy as it is kept: automatic approval << 16 | manual approval.
func (p *Policy) Bits(author *model.Account) model.QuotePolicy {
	if p == nil {
		return 0
	}
	bits := func(uris []string) (b model.QuotePolicy) {
		for _, uri := range uris {
			switch {
			case isPublic(uri):
				b |= model.QuotePublic
			case uri == "":
			case uri == author.FollowersURL:
				b |= model.QuoteFollowers
			case uri == author.FollowingURL:
				b |= model.QuoteFollowing
			case uri == author.URI: // they may always
			default:
				b |= model.QuoteUnsupported
			}
		}
		return b
	}
	return bits(p.Automatic)<<16 | bits(p.Manual)
}

// web is s when it is an address of the web, else "".
func web(s string) string {
	if isWeb(s) {
		return s
	}
	return ""
}

// webPage is where a browser goes: the link that is HTML, else the first there is, else fallback.
func webPage(links []Link, fallback string) string {
	first := ""
	for _, l := range links {
		if !isWeb(l.Href) {
			continue
		}
		if l.MediaType == "text/html" {
			return l.Href
		}
		if first == "" && (l.MediaType == "" || l.Rel == "alternate") {
			first = l.Href
		}
	}
	return cmp.Or(first, fallback)
}

// clip cuts a text to so many characters.
func clip(s string, most int) string {
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
