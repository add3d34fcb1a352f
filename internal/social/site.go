package social

import (
	"context"
	"html"
	"strings"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

// SiteText is a text about the server that admins write.
type SiteText struct {
	Text      string     `json:"text"`    // what they typed
	Content   string     `json:"content"` // HTML
	UpdatedAt model.Time `json:"updated_at"`
}

// The texts there are; each is a key of table site.
const (
	TextAbout   = "extended_description"
	TextPrivacy = "privacy_policy"
	TextTerms   = "terms_of_service"
)

const (
	maxSiteText = 100_000 // characters: a long policy has 30,000
	maxRules    = 100
	maxRule     = 300 // characters of a rule's text, Mastodon's number (Rule::TEXT_SIZE_LIMIT)
)

// SiteText reads one of the texts; found is false when nobody wrote it.
func (s *Social) SiteText(ctx context.Context, name string) (t SiteText, found bool, err error) {
	t, err = store.SiteValue[SiteText](s.DB.Read(ctx), name)
	return t, t.UpdatedAt != 0, err
}

// SetSiteText writes one of the texts; an empty one takes it back.
func (s *Social) SetSiteText(ctx context.Context, name, source string) error {
	switch {
	case name != TextAbout && name != TextPrivacy && name != TextTerms:
		return model.NotFound("There is no text of that name")
	case text.Characters(source) > maxSiteText:
		return model.Invalidf("Validation failed: Text is too long (maximum is %d characters)", maxSiteText)
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if strings.TrimSpace(source) == "" {
			return tx.RemoveSite(name)
		}
		return tx.SetSite(name, SiteText{Text: source, Content: text.Render(source, text.Links{}), UpdatedAt: tx.Now()})
	})
}

// Privacy is the privacy policy: the admins' own, or one that says what this program does.
func (s *Social) Privacy(ctx context.Context) (SiteText, error) {
	t, found, err := s.SiteText(ctx, TextPrivacy)
	if err != nil || found {
		return t, err
	}
	return SiteText{Content: defaultPrivacyPolicy(s.Site), UpdatedAt: privacyWritten}, nil
}

// privacyWritten is when the words below were last changed: 1 November 2026.
const privacyWritten model.Time = 1_793_491_200_000

func defaultPrivacyPolicy(site model.Site) string {
	contact := "the people who run this server"
	if site.ContactEmail != "" {
		contact = html.EscapeString(site.ContactEmail)
	}
	name := html.EscapeString(site.Domain)
	return `<h2>What ` + name + ` keeps</h2>
<p>To have an account you give a user name, an e-mail address and a password, of which only a hash is kept. What you add to your profile, your posts, files, votes, lists, follows, blocks and settings are kept because showing and applying them is what the server is for. The address you connect from is kept with your sign-ins so that misuse can be found.</p>
<h2>Who sees it</h2>
<p>Public and unlisted posts and your profile can be seen by anybody and are sent to other servers. Posts for followers are sent to the servers of your followers, direct ones to those of the people you mention. Other servers keep copies that this one cannot control, and nothing you post is encrypted from those who run the servers involved. Your e-mail address, settings, lists, filters, mutes and bookmarks are shown to nobody else.</p>
<h2>What is not done</h2>
<p>There is no advertising and no tracking, and your data is not sold. Cookies are used only to keep you signed in.</p>
<h2>How long</h2>
<p>Your data is kept until you delete it. When you delete a post or your account, it is removed here and other servers that may have a copy are asked to remove it. Backups and logs are kept for a limited time.</p>
<h2>Questions</h2>
<p>Ask ` + contact + `.</p>`
}

// Rules are the rules of the house.
func (s *Social) Rules(ctx context.Context) ([]model.Rule, error) { return s.DB.Read(ctx).Rules() }

// SetRule writes a rule: a new one when its id is 0, at the end unless it has a priority.
func (s *Social) SetRule(ctx context.Context, r model.Rule) (*model.Rule, error) {
	r.Text, r.Hint = strings.TrimSpace(r.Text), strings.TrimSpace(r.Hint)
	switch {
	case r.Text == "":
		return nil, model.Invalidf("Validation failed: Text can't be blank")
	case text.Characters(r.Text) > maxRule:
		return nil, model.Invalidf("Validation failed: Text is too long (maximum is %d characters)", maxRule)
	}
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		list, err := tx.Rules()
		if err != nil {
			return err
		}
		if r.ID == 0 {
			if len(list) >= maxRules {
				return model.Invalidf("Validation failed: You have reached the limit of %d rules", maxRules)
			}
			if r.Priority == 0 && len(list) > 0 {
				r.Priority = list[len(list)-1].Priority + 1
			}
			r.ID, r.CreatedAt = tx.NewID(), tx.Now()
			return tx.SetRule(&r)
		}
		for _, old := range list {
			if old.ID == r.ID {
				r.CreatedAt = old.CreatedAt
				return tx.SetRule(&r)
			}
		}
		return model.ErrNotFound()
	})
	return &r, err
}

// RemoveRule takes a rule away.
func (s *Social) RemoveRule(ctx context.Context, id model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		found, err := tx.RemoveRule(id)
		if err == nil && !found {
			return model.ErrNotFound()
		}
		return err
	})
}

// Usage counts people and posts for the instance documents.
func (s *Social) Usage(ctx context.Context) (store.Usage, error) {
	q := s.DB.Read(ctx)
	const day = 24 * time.Hour
	return q.Usage(q.Now().Add(-30*day), q.Now().Add(-182*day))
}

// activityWeeks is how many weeks of activity are told (Mastodon: instance/activity).
const activityWeeks = 12

// Activity is what happened here in the last weeks, this one first, without gaps (Mastodon API: instance/activity).
func (s *Social) Activity(ctx context.Context) ([]store.Week, error) {
	q := s.DB.Read(ctx)
	this := monday(q.Now())
	known, err := q.Weeks(this - 7*(activityWeeks-1))
	if err != nil {
		return nil, err
	}
	out := make([]store.Week, activityWeeks)
	for i := range out {
		out[i].Week = this - int64(7*i)
		for _, w := range known {
			if w.Week == out[i].Week {
				out[i] = w
			}
		}
	}
	return out, nil
}

// monday is the first day of t's week, in days since 1970 (a Thursday).
func monday(t model.Time) int64 {
	day := int64(t) / 86_400_000
	return day - (day+3)%7
}

// countedTo is the key in table site of the time up to which CountActivity has counted.
const countedTo = "activity_counted_to"

// CountActivity counts on what instance/activity tells: what was posted since the last time, who came. To be run
// every hour; running it twice or late counts nothing twice and misses nothing.
func (s *Social) CountActivity(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		from, err := store.SiteValue[model.Time](&tx.Q, countedTo)
		if err != nil {
			return err
		}
		this := monday(tx.Now())
		if oldest := model.Time((this - 7*(activityWeeks-1)) * 86_400_000); from < oldest {
			from = oldest
		}
		for week := monday(from); week <= this; week += 7 {
			to := min(model.Time((week+7)*86_400_000), tx.Now())
			if err := tx.CountWeek(week, from, to); err != nil {
				return err
			}
			from = to
		}
		if err := tx.ForgetWeeks(this - 7*activityWeeks); err != nil {
			return err
		}
		return tx.SetSite(countedTo, from)
	})
}
