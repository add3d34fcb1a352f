package entity

import (
	"net/url"
	"strconv"

	"gomphothere/internal/model"
)

// Tag is a hashtag (Mastodon API: entities/Tag).
type Tag struct {
	ID        model.ID `json:"id"`
	Name      string   `json:"name"`
	URL       string   `json:"url"`
	History   []TagDay `json:"history"`
	Following *bool    `json:"following,omitempty"` // who is signed in
	Featuring *bool    `json:"featuring,omitempty"` // who is signed in
}

// TagDay is how much a hashtag was used on a day; numbers are strings (Mastodon API: entities/Tag#history).
type TagDay struct {
	Day      string `json:"day"` // unix seconds of its midnight, UTC
	Accounts string `json:"accounts"`
	Uses     string `json:"uses"`
}

// TagUse is a hashtag's use on one day.
type TagUse struct {
	Day      model.Time // any time of it
	Uses     int64
	Accounts int64
}

// TagMarks is what one reader adds to a hashtag.
type TagMarks struct{ Following, Featuring bool }

// FeaturedTag is a hashtag on a profile (Mastodon API: entities/FeaturedTag).
type FeaturedTag struct {
	ID            model.ID    `json:"id"`
	Name          string      `json:"name"`
	URL           string      `json:"url"`
	StatusesCount string      `json:"statuses_count"`
	LastStatusAt  *model.Time `json:"last_status_at"`
}

// tagDays is how far a hashtag's history goes back, today included.
const tagDays = 7

func (d *Drawer) tagURL(name string) string { return d.Base + "/tags/" + url.PathEscape(name) }

// Tag draws a hashtag and its last seven days; marks is nil for a visitor.
func (d *Drawer) Tag(t *model.Tag, uses []TagUse, now model.Time, marks *TagMarks) Tag {
	e := Tag{ID: t.ID, Name: t.Shown(), URL: d.tagURL(t.Name), History: make([]TagDay, tagDays)}
	for i := range e.History {
		start := midnight(now) - model.Time(i)*day
		var sum TagUse
		for _, u := range uses {
			if midnight(u.Day) == start {
				sum.Uses, sum.Accounts = sum.Uses+u.Uses, sum.Accounts+u.Accounts
			}
		}
		e.History[i] = TagDay{
			strconv.FormatInt(int64(start)/1000, 10), strconv.FormatInt(sum.Accounts, 10), strconv.FormatInt(sum.Uses, 10),
		}
	}
	if marks != nil {
		e.Following, e.Featuring = &marks.Following, &marks.Featuring
	}
	return e
}

// FeaturedTag draws a hashtag on a's profile.
func (d *Drawer) FeaturedTag(f *model.FeaturedTag, a *model.Account) FeaturedTag {
	return FeaturedTag{
		ID: f.ID, Name: f.Name, URL: d.Base + "/@" + a.Acct() + "/tagged/" + url.PathEscape(f.Name),
		StatusesCount: strconv.FormatInt(f.StatusesCount, 10), LastStatusAt: f.LastStatusAt.OrNull(),
	}
}
