package social

import (
	"context"
	"slices"
	"strings"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

// ProfileChange is what somebody changes of their profile and posting defaults; nil leaves it as it is
// (Mastodon API: accounts/update_credentials, profile).
type ProfileChange struct {
	DisplayName        *string
	Note               *string
	Fields             *[]FieldDraft
	Locked             *bool
	Bot                *bool
	Discoverable       *bool
	Indexable          *bool
	HideCollections    *bool
	ShowMedia          *bool
	ShowMediaReplies   *bool
	ShowFeatured       *bool
	AttributionDomains *[]string
	AvatarDescription  *string
	HeaderDescription  *string

	Privacy     *model.Visibility
	Sensitive   *bool
	Language    *string
	QuotePolicy *string
}

// FieldDraft is a row of the table on a profile as typed.
type FieldDraft struct{ Name, Value string }

// Mastodon's bounds (Account, Account::Field, Account::Avatar).
const (
	maxDisplayName        = 30
	maxBio                = 500
	maxFields             = 4
	maxField              = 255
	maxPictureDescription = 150
	maxAttributionDomains = 100
)

// EditProfile changes my profile (Mastodon API: PATCH /api/v1/accounts/update_credentials). Who unlocks lets in those
// who wait.
func (s *Social) EditProfile(ctx context.Context, me *model.Account, c ProfileChange) (*model.Account, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	links, failed := s.profileLinks(ctx)
	var note string
	var fields []model.Field
	if c.Note != nil {
		note = text.Render(*c.Note, links)
	}
	if c.Fields != nil {
		for _, f := range *c.Fields {
			fields = append(fields, model.Field{Name: f.Name, Value: text.RenderField(f.Value, links), Text: f.Value})
		}
	}
	if *failed != nil {
		return nil, *failed
	}
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockAccounts(me.ID); err != nil {
			return err
		}
		was, err := tx.Account(me.ID)
		if err != nil {
			return err
		}
		a := *was
		c.set(&a)
		if c.Note != nil {
			a.Note = note
		}
		if c.Fields != nil {
			a.Fields = verifiedBefore(fields, was.Fields)
		}
		if err := tx.SetProfile(&a); err != nil {
			return err
		}
		if err := c.setDefaults(tx, me.ID); err != nil {
			return err
		}
		if err := s.tellProfile(tx, me.ID); err != nil {
			return err
		}
		if !was.Locked || a.Locked {
			return nil
		}
		more, err := s.authorizeSome(tx, me.ID)
		if err != nil || !more {
			return err
		}
		return tx.Enqueue(model.AuthorizeFollows{Account: me.ID})
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).Account(me.ID)
}

// profileDelay gathers what somebody changes in one go: each field is a request of its own for some apps.
const profileDelay = 10 * time.Second

// tellProfile lets other servers hear that a profile of ours changed.
func (s *Social) tellProfile(tx *store.Tx, id model.ID) error {
	ours, err := s.telling(tx, id)
	if err != nil || !ours {
		return err
	}
	return tx.EnqueueOnce(id.String(), profileDelay, model.Distribute{Activity: "Update Actor", Actor: id})
}

// profileLinks says where mentions and tags on a profile lead; failed holds why somebody could not be looked up.
func (s *Social) profileLinks(ctx context.Context) (links text.Links, failed *error) {
	failed = new(error)
	find := s.known(ctx)
	return text.Links{
		Mention: func(p text.Piece) (page, acct string, ok bool) {
			a, err := find(p)
			if err != nil {
				if !model.IsNotFound(err) {
					*failed = err
				}
				return "", "", false
			}
			return a.URL, a.Acct(), true
		},
		Tags: s.Site.Base + "/tags/",
	}, failed
}

// verifiedBefore keeps what was proved of links that did not change.
func verifiedBefore(fields, was []model.Field) []model.Field {
	for i := range fields {
		for _, w := range was {
			if w.Text == fields[i].Text {
				fields[i].VerifiedAt = w.VerifiedAt
			}
		}
	}
	return fields
}

// faults gathers why a form is refused, in the shape apps read (Mastodon API: entities/ValidationError).
type faults struct {
	texts  []string
	fields map[string][]model.FieldFail
}

// add notes one; label is the field as people call it ("" when the reason says it all).
func (f *faults) add(field, label, code, reason string) {
	if f.fields == nil {
		f.fields = map[string][]model.FieldFail{}
	}
	f.fields[field] = append(f.fields[field], model.FieldFail{Error: code, Description: reason})
	f.texts = append(f.texts, strings.TrimSpace(label+" "+reason))
}

func (f *faults) err() error {
	if f.fields == nil {
		return nil
	}
	return &model.Error{Kind: model.KindInvalid, Text: "Validation failed: " + strings.Join(f.texts, ", "), Fields: f.fields}
}

// check tidies a change and refuses what no profile may be.
func (c *ProfileChange) check() error {
	var f faults
	for _, t := range []struct {
		value        *string
		field, label string
		most         int
		reason       string
	}{
		{c.DisplayName, "display_name", "Display name", maxDisplayName, "is too long (maximum is 30 characters)"},
		{c.AvatarDescription, "avatar_description", "Avatar description", maxPictureDescription, "is too long (maximum is 150 characters)"},
		{c.HeaderDescription, "header_description", "Header description", maxPictureDescription, "is too long (maximum is 150 characters)"},
	} {
		if t.value == nil {
			continue
		}
		*t.value = strings.TrimSpace(*t.value)
		if text.Characters(*t.value) > t.most {
			f.add(t.field, t.label, "ERR_TOO_LONG", t.reason)
		}
	}
	if c.Note != nil {
		*c.Note = strings.TrimSpace(strings.ReplaceAll(*c.Note, "\r\n", "\n"))
		if text.Count(*c.Note) > maxBio {
			f.add("note", "Note", "ERR_TOO_LONG", "character limit of 500 exceeded")
		}
	}
	c.checkFields(&f)
	c.checkDomains(&f)
	c.checkDefaults(&f)
	return f.err()
}

// checkFields drops empty rows and cuts long ones, as Mastodon does.
func (c *ProfileChange) checkFields(f *faults) {
	if c.Fields == nil {
		return
	}
	kept := []FieldDraft{}
	unnamed := false
	for _, d := range *c.Fields {
		d.Name, d.Value = clipped(d.Name), clipped(d.Value)
		if d.Name == "" && d.Value == "" {
			continue
		}
		unnamed = unnamed || d.Name == ""
		kept = append(kept, d)
	}
	if len(kept) > maxFields {
		f.add("fields", "Fields", "ERR_TOO_LONG", "is too long (maximum is 4 characters)")
	} else if unnamed {
		f.add("fields", "Fields", "ERR_INVALID", "contains values with missing labels")
	}
	c.Fields = &kept
}

// clipped is a field's text without space around it, at most as long as one may be.
func clipped(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\n", " "))
	if r := []rune(s); len(r) > maxField {
		return string(r[:maxField])
	}
	return s
}

func (c *ProfileChange) checkDomains(f *faults) {
	if c.AttributionDomains == nil {
		return
	}
	kept := []string{}
	for _, d := range *c.AttributionDomains {
		if d = strings.TrimSpace(d); d == "" {
			continue
		}
		name, ok := text.Domain(strings.TrimPrefix(strings.TrimPrefix(d, "https://"), "*."))
		if !ok {
			f.add("attribution_domains", "Attribution domains", "ERR_INVALID", text.Truncate(d, 100)+" is not a valid domain name")
			return
		}
		if !slices.Contains(kept, name) {
			kept = append(kept, name)
		}
	}
	if len(kept) > maxAttributionDomains {
		f.add("attribution_domains", "Attribution domains", "ERR_TOO_LONG", "is too long (maximum is 100 characters)")
	}
	c.AttributionDomains = &kept
}

func (c *ProfileChange) checkDefaults(f *faults) {
	if p := c.Privacy; p != nil && *p != "" && *p != model.Public && *p != model.Unlisted && *p != model.Private {
		f.add("default_privacy", "Default privacy", "ERR_INCLUSION", "is not included in the list")
	}
	if q := c.QuotePolicy; q != nil && *q != "" && *q != "public" && *q != "followers" && *q != "nobody" {
		f.add("default_quote_policy", "Default quote policy", "ERR_INCLUSION", "is not included in the list")
	}
	if l := c.Language; l != nil && *l != "" {
		code := text.Language(*l)
		if code == "" {
			f.add("default_language", "Default language", "ERR_INCLUSION", "is not included in the list")
		}
		c.Language = &code
	}
}

// set writes into a profile what the change says.
func (c *ProfileChange) set(a *model.Account) {
	for _, t := range []struct {
		from *string
		into *string
	}{
		{c.DisplayName, &a.DisplayName}, {c.Note, &a.NoteText},
		{c.AvatarDescription, &a.AvatarDescription}, {c.HeaderDescription, &a.HeaderDescription},
	} {
		if t.from != nil {
			*t.into = *t.from
		}
	}
	for _, t := range []struct {
		from *bool
		into *bool
	}{
		{c.Locked, &a.Locked}, {c.Discoverable, &a.Discoverable}, {c.Indexable, &a.Indexable}, {c.HideCollections, &a.HideCollections},
		{c.ShowMedia, &a.ShowMedia}, {c.ShowMediaReplies, &a.ShowMediaReplies}, {c.ShowFeatured, &a.ShowFeatured},
	} {
		if t.from != nil {
			*t.into = *t.from
		}
	}
	if c.Bot != nil && *c.Bot != a.Bot() {
		a.ActorType = "Person"
		if *c.Bot {
			a.ActorType = "Service"
		}
	}
	if c.AttributionDomains != nil {
		a.AttributionDomains = *c.AttributionDomains
	}
}

// setDefaults writes the posting defaults, if any changes.
func (c *ProfileChange) setDefaults(tx *store.Tx, me model.ID) error {
	if c.Privacy == nil && c.Sensitive == nil && c.Language == nil && c.QuotePolicy == nil {
		return nil
	}
	u, err := tx.UserOf(me)
	if err != nil {
		return err
	}
	if u, err = tx.LockUser(u.ID); err != nil {
		return err
	}
	set := u.Settings
	if c.Privacy != nil {
		set.DefaultPrivacy = *c.Privacy
	}
	if c.Sensitive != nil {
		set.DefaultSensitive = *c.Sensitive
	}
	if c.Language != nil {
		set.DefaultLanguage = *c.Language
	}
	if c.QuotePolicy != nil {
		set.DefaultQuotePolicy = *c.QuotePolicy
	}
	return tx.SetSettings(me, set)
}

// RemoveAvatar takes my picture off (Mastodon API: DELETE /api/v1/profile/avatar).
func (s *Social) RemoveAvatar(ctx context.Context, me *model.Account) (*model.Account, error) {
	if err := s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.ClearAvatar(me.ID); err != nil {
			return err
		}
		return s.tellProfile(tx, me.ID)
	}); err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).Account(me.ID)
}

// RemoveHeader takes my banner off (Mastodon API: DELETE /api/v1/profile/header).
func (s *Social) RemoveHeader(ctx context.Context, me *model.Account) (*model.Account, error) {
	if err := s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.ClearHeader(me.ID); err != nil {
			return err
		}
		return s.tellProfile(tx, me.ID)
	}); err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).Account(me.ID)
}
