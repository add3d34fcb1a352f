package social

import (
	"maps"
	"slices"
	"strings"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/text"
)

// Draft is a status before it is one: where a client's form and a peer's Note meet.
type Draft struct {
	Text        string
	SpoilerText string
	Sensitive   *bool            // nil: the author's default
	Visibility  model.Visibility // "": the author's default
	Language    string
	InReplyToID model.ID
	QuotedID    model.ID
	QuotePolicy string // public, followers, nobody; "": the author's default
	MediaIDs    []model.ID
	Poll        *PollDraft

	MediaChanges []MediaChange // of an edit

	ScheduledAt     model.Time
	Idempotency     string
	AppID           model.ID
	AllowedMentions *[]model.ID // nil: anybody
}

// PollDraft is a poll before it is one.
type PollDraft struct {
	Options    []string
	ExpiresIn  time.Duration
	Multiple   bool
	HideTotals bool
}

// Mastodon's bounds (PollOptionsValidator, PollExpirationValidator, PostStatusService).
const (
	minPollOptions  = 2
	minPollDuration = 5 * time.Minute
	maxPollDuration = 30 * 24 * time.Hour
	maxMedia        = 4
	maxTags         = 64 // more are not indexed; a text of 500 characters can name 250
)

// composed is a draft drawn: its HTML and whom and what it names.
type composed struct {
	content  string
	mentions []model.Mention
	tags     map[string]string // key to how it is written
}

// compose draws a text, linking the people that find knows and hashtags.
func (s *Social) compose(source string, find func(text.Piece) (*model.Account, error)) (composed, error) {
	var failed error
	people := map[string]*model.Account{}
	found := text.Parse(source)
	for _, m := range found.Of(text.Mention) {
		if _, done := people[m.Acct()]; done {
			continue
		}
		a, err := find(m)
		if err != nil && !model.IsNotFound(err) {
			failed = err
		}
		people[m.Acct()] = a
	}
	if failed != nil {
		return composed{}, failed
	}
	c := composed{tags: map[string]string{}}
	for _, a := range people {
		if a != nil && !slices.ContainsFunc(c.mentions, func(m model.Mention) bool { return m.AccountID == a.ID }) {
			c.mentions = append(c.mentions, model.Mention{AccountID: a.ID, Username: a.Username, Domain: a.Domain, URL: a.URL})
		}
	}
	slices.SortFunc(c.mentions, func(a, b model.Mention) int { return int(a.AccountID - b.AccountID) })
	for _, t := range found.Of(text.Hashtag) {
		key := text.TagKey(t.Name)
		if _, ok := c.tags[key]; !ok && len(c.tags) < maxTags {
			c.tags[key] = t.Name
		}
	}
	c.content = text.Render(source, text.Links{
		Mention: func(p text.Piece) (page, acct string, ok bool) {
			if a := people[p.Acct()]; a != nil {
				return a.URL, a.Acct(), true
			}
			return "", "", false
		},
		Tags: s.Site.Base + "/tags/",
	})
	return c, nil
}

// check refuses what no status may be (Mastodon: StatusLengthValidator and friends).
func (s *Social) check(d *Draft) error {
	d.Text, d.SpoilerText = strings.ReplaceAll(d.Text, "\r\n", "\n"), strings.TrimSpace(d.SpoilerText)
	if strings.TrimSpace(d.Text) == "" && d.SpoilerText != "" {
		d.Text, d.SpoilerText = d.SpoilerText, ""
	}
	if strings.TrimSpace(d.Text) == "" && len(d.MediaIDs) == 0 && d.QuotedID == 0 {
		return model.Invalidf("Validation failed: Text can't be blank")
	}
	if n := text.Count(d.Text) + text.Characters(d.SpoilerText); n > s.Site.MaxCharacters {
		return model.Invalidf("Validation failed: Text character limit of %d exceeded", s.Site.MaxCharacters)
	}
	if d.Visibility != "" && !d.Visibility.Valid() {
		return model.Invalidf("Validation failed: Visibility is not included in the list")
	}
	if len(d.MediaIDs) > maxMedia {
		return model.Invalidf("Validation failed: Cannot attach more than %d files", maxMedia)
	}
	if d.Poll == nil {
		return nil
	}
	if len(d.MediaIDs) > 0 {
		return model.Invalidf("Validation failed: Cannot attach a poll to a post with media")
	}
	return s.checkPoll(d.Poll)
}

func (s *Social) checkPoll(p *PollDraft) error {
	for i := range p.Options {
		p.Options[i] = strings.TrimSpace(p.Options[i])
	}
	p.Options = slices.DeleteFunc(p.Options, func(o string) bool { return o == "" })
	unique := map[string]bool{}
	for _, o := range p.Options {
		unique[o] = true
		if text.Characters(o) > s.Site.MaxPollOptionCharacters {
			return model.Invalidf("Validation failed: Poll options can't be longer than %d characters each", s.Site.MaxPollOptionCharacters)
		}
	}
	switch {
	case len(p.Options) < minPollOptions:
		return model.Invalidf("Validation failed: Poll options must have at least two items")
	case len(p.Options) > s.Site.MaxPollOptions:
		return model.Invalidf("Validation failed: Poll options can't contain more than %d items", s.Site.MaxPollOptions)
	case len(slices.Collect(maps.Keys(unique))) != len(p.Options):
		return model.Invalidf("Validation failed: Poll options must not contain duplicates")
	case p.ExpiresIn > maxPollDuration:
		return model.Invalidf("Validation failed: Poll expires at is too far into the future")
	case p.ExpiresIn < minPollDuration:
		return model.Invalidf("Validation failed: Poll expires at is too soon")
	}
	return nil
}
