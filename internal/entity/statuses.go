package entity

import (
	"cmp"

	"gomphothere/internal/model"
)

// Status is a post (Mastodon API: entities/Status).
type Status struct {
	StatusBody
	Content       *string        `json:"content,omitempty"` // not in the answer to a deletion
	Text          *string        `json:"text,omitempty"`    // only in the answer to a deletion
	Sensitive     bool           `json:"sensitive"`
	Account       Account        `json:"account"`
	Reblog        *Status        `json:"reblog"`
	Poll          *Poll          `json:"poll"`
	Card          *PreviewCard   `json:"card"`
	Quote         any            `json:"quote"` // *Quote, *ShallowQuote in a quoted status, or nil
	QuoteApproval QuoteApproval  `json:"quote_approval"`
	Favourited    *bool          `json:"favourited,omitempty"` // these: who is signed in
	Reblogged     *bool          `json:"reblogged,omitempty"`
	Muted         *bool          `json:"muted,omitempty"`
	Bookmarked    *bool          `json:"bookmarked,omitempty"`
	Pinned        *bool          `json:"pinned,omitempty"` // one's own
	Filtered      []FilterResult `json:"filtered,omitzero"`
}

// StatusBody is the part of a status that every reader gets alike and that changes only with its row.
type StatusBody struct {
	ID                 model.ID          `json:"id"`
	URI                string            `json:"uri"`
	URL                *string           `json:"url"`
	CreatedAt          model.Time        `json:"created_at"`
	EditedAt           *model.Time       `json:"edited_at"`
	InReplyToID        *model.ID         `json:"in_reply_to_id"`
	InReplyToAccountID *model.ID         `json:"in_reply_to_account_id"`
	SpoilerText        string            `json:"spoiler_text"`
	Visibility         model.Visibility  `json:"visibility"`
	Language           *string           `json:"language"`
	RepliesCount       int64             `json:"replies_count"`
	ReblogsCount       int64             `json:"reblogs_count"`
	FavouritesCount    int64             `json:"favourites_count"`
	QuotesCount        int64             `json:"quotes_count"`
	Media              []MediaAttachment `json:"media_attachments"`
	Application        *StatusApp        `json:"application,omitempty"`
	Mentions           []Mention         `json:"mentions"`
	Tags               []StatusTag       `json:"tags"`
	Emojis             []CustomEmoji     `json:"emojis"`
	TaggedCollections  []none            `json:"tagged_collections"` // collections have their own issue: empty
}

// StatusApp is the app a status was posted with (Mastodon API: entities/Status#application).
type StatusApp struct {
	Name    string  `json:"name"`
	Website *string `json:"website"`
}

// Mention is somebody named in a status (Mastodon API: entities/Status#Mention).
type Mention struct {
	ID       model.ID `json:"id"`
	Username string   `json:"username"`
	URL      string   `json:"url"`
	Acct     string   `json:"acct"`
}

// StatusTag is a hashtag in a status (Mastodon API: entities/Status#Tag).
type StatusTag struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// Context is the thread around a status (Mastodon API: entities/Context).
type Context struct {
	Ancestors   []Status `json:"ancestors"`
	Descendants []Status `json:"descendants"`
}

// StatusSource is what its author typed (Mastodon API: entities/StatusSource).
type StatusSource struct {
	ID          model.ID `json:"id"`
	Text        string   `json:"text"`
	SpoilerText string   `json:"spoiler_text"`
}

// StatusEdit is a status as it once was (Mastodon API: entities/StatusEdit).
type StatusEdit struct {
	Content     string            `json:"content"`
	SpoilerText string            `json:"spoiler_text"`
	Sensitive   bool              `json:"sensitive"`
	CreatedAt   model.Time        `json:"created_at"`
	Account     Account           `json:"account"`
	Poll        *EditedPoll       `json:"poll,omitempty"`
	Media       []MediaAttachment `json:"media_attachments"`
	Emojis      []CustomEmoji     `json:"emojis"`
	Quote       any               `json:"quote,omitempty"` // *Quote
}

// EditedPoll is what a poll offered (Mastodon API: entities/StatusEdit#poll).
type EditedPoll struct {
	Options []EditedOption `json:"options"`
}

// EditedOption is one answer of it.
type EditedOption struct {
	Title string `json:"title"`
}

func signedIn(v *model.Viewer) bool { return v != nil && v.Account != nil }

// Status draws a hydrated status as v may know it; nil, or a viewer without an account, is a visitor. AppendStatus
// writes the same faster.
func (d *Drawer) Status(s *model.Status, v *model.Viewer) Status { return d.status(s, v, false) }

// Statuses draws several.
func (d *Drawer) Statuses(statuses []*model.Status, v *model.Viewer) []Status {
	return each(statuses, func(s *model.Status) Status { return d.Status(s, v) })
}

// DeletedStatus draws what is left for whoever deleted a status of theirs and may want to write it anew: what they
// typed in place of the content (Mastodon API: DELETE /api/v1/statuses/:id).
func (d *Drawer) DeletedStatus(s *model.Status, v *model.Viewer) Status {
	e := d.Status(s, v)
	e.Content, e.Text = nil, &s.Text
	return e
}

func (d *Drawer) status(s *model.Status, v *model.Viewer, nested bool) Status {
	shown := s.Shown()
	e := Status{
		StatusBody: d.statusBody(s), Content: &s.Content, Sensitive: sensitive(s, v), Account: d.Account(s.Account),
		Poll: d.Poll(s, v), Card: d.Card(s.Card), Quote: d.quote(s, v, nested), QuoteApproval: quoteApproval(shown, v),
	}
	if s.Reblog != nil {
		reblog := d.status(s.Reblog, v, nested)
		e.Reblog = &reblog
	}
	if !signedIn(v) {
		return e
	}
	marks := v.Marks[shown.ID]
	has := func(m model.Marks) *bool { b := marks&m != 0; return &b }
	e.Favourited, e.Reblogged = has(model.Favourited), has(model.Reblogged)
	e.Muted, e.Bookmarked = has(model.Muted), has(model.Bookmarked)
	if pinnable(s, v) {
		e.Pinned = has(model.Pinned)
	}
	e.Filtered = each(v.Filtered[shown.ID], d.FilterResult)
	return e
}

// statusBody draws a row. A reblog's has nothing of its own but its names and its time: clients look into reblog, as
// Mastodon's serializer, too, fills only that.
func (d *Drawer) statusBody(s *model.Status) StatusBody {
	b := StatusBody{
		ID: s.ID, URI: s.URI, URL: orNull(s.URL), CreatedAt: s.CreatedAt, EditedAt: s.EditedAt.OrNull(),
		InReplyToID: s.InReplyToID.OrNull(), InReplyToAccountID: s.InReplyToAccountID.OrNull(),
		SpoilerText: s.SpoilerText, Visibility: shownVisibility(s), Language: orNull(s.Language),
		RepliesCount: s.RepliesCount, ReblogsCount: s.ReblogsCount, FavouritesCount: s.FavouritesCount, QuotesCount: s.QuotesCount,
		Media: each(s.Media, d.Media), Mentions: []Mention{}, Tags: each(s.Tags, d.statusTag), Emojis: each(s.Emojis, d.Emoji),
		TaggedCollections: []none{},
	}
	for _, m := range s.Mentions {
		if !m.Silent {
			b.Mentions = append(b.Mentions, Mention{m.AccountID, m.Username, m.URL, m.Acct()})
		}
	}
	if s.App != nil {
		b.Application = &StatusApp{s.App.Name, orNull(s.App.Website)}
	}
	return b
}

// shownVisibility: apps know four; a limited status is as private to them (Mastodon: StatusSerializer#visibility).
func shownVisibility(s *model.Status) model.Visibility {
	if s.Visibility == model.Limited {
		return model.Private
	}
	return s.Visibility
}

func (d *Drawer) statusTag(t model.Tag) StatusTag { return StatusTag{t.Name, d.tagURL(t.Name)} }

// sensitive: moderators may mark all of an account's media; its owner is not told by every status.
func sensitive(s *model.Status, v *model.Viewer) bool {
	return s.Sensitive || s.Account.SensitizedAt != 0 && !(signedIn(v) && v.Account.ID == s.AccountID)
}

func pinnable(s *model.Status, v *model.Viewer) bool {
	return v.Account.ID == s.AccountID && s.ReblogOfID == 0 && s.Visibility != model.Direct
}

// AppendStatus appends what Status draws. What is the same for every reader is drawn once per version of the row.
func (d *Drawer) AppendStatus(dst []byte, s *model.Status, v *model.Viewer) []byte {
	return d.appendStatus(dst, s, v, false)
}

// AppendStatuses appends an array of statuses.
func (d *Drawer) AppendStatuses(dst []byte, statuses []*model.Status, v *model.Viewer) []byte {
	dst = append(dst, '[')
	for i, s := range statuses {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = d.AppendStatus(dst, s, v)
	}
	return append(dst, ']')
}

// body is what Drawn keeps: an object without its closing brace.
type body struct {
	StatusBody
	Content string `json:"content"`
}

func (d *Drawer) appendStatus(dst []byte, s *model.Status, v *model.Viewer, nested bool) []byte {
	b := s.Drawn.Get()
	if b == nil {
		b = open(drawn(body{d.statusBody(s), s.Content}))
		s.Drawn.Set(b)
	}
	shown := s.Shown()
	dst = append(dst, b...)
	dst = appendBool(dst, `,"sensitive":`, sensitive(s, v))
	dst = append(dst, `,"account":`...)
	dst = d.AppendAccount(dst, s.Account)
	dst = append(dst, `,"reblog":`...)
	if s.Reblog != nil {
		dst = d.appendStatus(dst, s.Reblog, v, nested)
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"poll":`...)
	dst = d.AppendPoll(dst, s, v)
	dst = append(dst, `,"card":`...)
	if s.Card != nil {
		dst = appendJSON(dst, d.Card(s.Card))
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"quote":`...)
	dst = d.appendQuote(dst, s, v, nested)
	dst = append(dst, `,"quote_approval":`...)
	dst = appendQuoteApproval(dst, shown, v)
	if !signedIn(v) {
		return append(dst, '}')
	}
	marks := v.Marks[shown.ID]
	dst = appendBool(dst, `,"favourited":`, marks&model.Favourited != 0)
	dst = appendBool(dst, `,"reblogged":`, marks&model.Reblogged != 0)
	dst = appendBool(dst, `,"muted":`, marks&model.Muted != 0)
	dst = appendBool(dst, `,"bookmarked":`, marks&model.Bookmarked != 0)
	if pinnable(s, v) {
		dst = appendBool(dst, `,"pinned":`, marks&model.Pinned != 0)
	}
	if filtered := v.Filtered[shown.ID]; len(filtered) > 0 {
		dst = append(dst, `,"filtered":`...)
		dst = appendJSON(dst, each(filtered, d.FilterResult))
	} else {
		dst = append(dst, `,"filtered":[]`...)
	}
	return append(dst, '}')
}

// Context draws a thread.
func (d *Drawer) Context(c model.Context, v *model.Viewer) Context {
	return Context{d.Statuses(c.Ancestors, v), d.Statuses(c.Descendants, v)}
}

// AppendContext appends what Context draws.
func (d *Drawer) AppendContext(dst []byte, c model.Context, v *model.Viewer) []byte {
	dst = append(dst, `{"ancestors":`...)
	dst = d.AppendStatuses(dst, c.Ancestors, v)
	dst = append(dst, `,"descendants":`...)
	dst = d.AppendStatuses(dst, c.Descendants, v)
	return append(dst, '}')
}

// StatusSource draws what was typed; of a status from elsewhere that is its HTML, as Mastodon has it.
func (d *Drawer) StatusSource(s *model.Status) StatusSource {
	return StatusSource{s.ID, cmp.Or(s.Text, s.Content), s.SpoilerText}
}

// StatusEdit draws what s was; media are those it has or had.
func (d *Drawer) StatusEdit(e *model.StatusEdit, s *model.Status, media []model.MediaAttachment, v *model.Viewer) StatusEdit {
	out := StatusEdit{
		Content: e.Content, SpoilerText: e.SpoilerText, Sensitive: e.Sensitive, CreatedAt: e.CreatedAt,
		Account: d.Account(s.Account), Media: []MediaAttachment{}, Emojis: each(s.Emojis, d.Emoji),
	}
	for i, id := range e.MediaIDs {
		for _, m := range media {
			if m.ID != id {
				continue
			}
			if i < len(e.MediaDescriptions) {
				m.Description = e.MediaDescriptions[i]
			}
			out.Media = append(out.Media, d.Media(m))
		}
	}
	if len(e.PollOptions) > 0 {
		out.Poll = &EditedPoll{each(e.PollOptions, func(title string) EditedOption { return EditedOption{title} })}
	}
	if e.QuoteID != 0 && s.Quote != nil && s.Quote.ID == e.QuoteID {
		out.Quote = d.quote(s, v, false)
	}
	return out
}
