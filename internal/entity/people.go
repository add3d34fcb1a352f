package entity

import (
	"cmp"

	"gomphothere/internal/model"
)

// Preferences are what apps should do by default (Mastodon API: entities/Preferences).
type Preferences struct {
	Visibility  model.Visibility `json:"posting:default:visibility"`
	Sensitive   bool             `json:"posting:default:sensitive"`
	Language    *string          `json:"posting:default:language"`
	QuotePolicy string           `json:"posting:default:quote_policy"`
	Media       string           `json:"reading:expand:media"`
	Spoilers    bool             `json:"reading:expand:spoilers"`
	AutoplayGIF bool             `json:"reading:autoplay:gifs"`
}

// Profile is one's own profile as its editor needs it (Mastodon API: entities/Profile).
type Profile struct {
	ID                 model.ID      `json:"id"`
	DisplayName        string        `json:"display_name"`
	Note               string        `json:"note"`
	Fields             []Field       `json:"fields"`
	Avatar             *string       `json:"avatar"`
	AvatarStatic       *string       `json:"avatar_static"`
	AvatarDescription  string        `json:"avatar_description"`
	Header             *string       `json:"header"`
	HeaderStatic       *string       `json:"header_static"`
	HeaderDescription  string        `json:"header_description"`
	Locked             bool          `json:"locked"`
	Bot                bool          `json:"bot"`
	HideCollections    bool          `json:"hide_collections"`
	Discoverable       bool          `json:"discoverable"`
	Indexable          bool          `json:"indexable"`
	ShowMedia          bool          `json:"show_media"`
	ShowMediaReplies   bool          `json:"show_media_replies"`
	ShowFeatured       bool          `json:"show_featured"`
	AttributionDomains []string      `json:"attribution_domains"`
	FormattedNote      string        `json:"formatted_note"`
	FormattedFields    []Field       `json:"formatted_fields"`
	FeaturedTags       []FeaturedTag `json:"featured_tags"`
}

// Suggestion is somebody to follow (Mastodon API: entities/Suggestion).
type Suggestion struct {
	Source  string   `json:"source"` // as older clients know it
	Sources []string `json:"sources"`
	Account Account  `json:"account"`
}

// FamiliarFollowers are those one follows who follow somebody (Mastodon API: entities/FamiliarFollowers).
type FamiliarFollowers struct {
	ID       model.ID  `json:"id"`
	Accounts []Account `json:"accounts"`
}

func defaultPrivacy(a *model.Account, u *model.User) model.Visibility {
	if u.Settings.DefaultPrivacy == "" && a.Locked {
		return model.Private
	}
	return cmp.Or(u.Settings.DefaultPrivacy, model.Public)
}

func defaultLanguage(u *model.User) string { return cmp.Or(u.Settings.DefaultLanguage, u.Locale, "en") }

func defaultQuotePolicy(u *model.User) string { return cmp.Or(u.Settings.DefaultQuotePolicy, "public") }

// Preferences draws a person's defaults.
func (d *Drawer) Preferences(a *model.Account, u *model.User) Preferences {
	return Preferences{
		Visibility: defaultPrivacy(a, u), Sensitive: u.Settings.DefaultSensitive, Language: orNull(defaultLanguage(u)),
		QuotePolicy: defaultQuotePolicy(u), Media: cmp.Or(u.Settings.ExpandMedia, "default"),
		Spoilers: u.Settings.ExpandSpoilers, AutoplayGIF: u.Settings.AutoplayGIFs,
	}
}

// Profile draws one's own profile: what was typed, and beside it how it looks.
func (d *Drawer) Profile(a *model.Account, tags []model.FeaturedTag) Profile {
	avatar, header := orNull(d.file(a.Avatar, "")), orNull(d.file(a.Header, ""))
	still := func(key string, moving *string) *string {
		if key == "" || moving == nil {
			return moving
		}
		return orNull(d.file(key, ""))
	}
	return Profile{
		ID: a.ID, DisplayName: a.DisplayName, Note: a.NoteText, Fields: each(a.Fields, typedField),
		Avatar: avatar, AvatarStatic: still(a.AvatarStatic, avatar), AvatarDescription: a.AvatarDescription,
		Header: header, HeaderStatic: still(a.HeaderStatic, header), HeaderDescription: a.HeaderDescription,
		Locked: a.Locked, Bot: a.Bot(), HideCollections: a.HideCollections, Discoverable: a.Discoverable, Indexable: a.Indexable,
		ShowMedia: a.ShowMedia, ShowMediaReplies: a.ShowMediaReplies, ShowFeatured: a.ShowFeatured,
		AttributionDomains: list(a.AttributionDomains), FormattedNote: a.Note, FormattedFields: each(a.Fields, shownField),
		FeaturedTags: each(tags, func(f model.FeaturedTag) FeaturedTag { return d.FeaturedTag(&f, a) }),
	}
}

// Suggestion draws somebody to follow and why: featured, most_followed, most_interactions,
// similar_to_recently_followed or friends_of_friends.
func (d *Drawer) Suggestion(a *model.Account, sources []string) Suggestion {
	e := Suggestion{Source: "global", Sources: list(sources), Account: d.Account(a)}
	if len(sources) > 0 {
		switch sources[0] {
		case "featured":
			e.Source = "staff"
		case "similar_to_recently_followed", "friends_of_friends":
			e.Source = "past_interactions"
		}
	}
	return e
}

// FamiliarFollowers draws who of one's own follows id.
func (d *Drawer) FamiliarFollowers(id model.ID, accounts []*model.Account) FamiliarFollowers {
	return FamiliarFollowers{id, d.Accounts(accounts)}
}
