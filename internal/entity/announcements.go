package entity

import "gomphothere/internal/model"

// Announcement is a notice from the admins (Mastodon API: entities/Announcement).
type Announcement struct {
	ID          model.ID             `json:"id"`
	Content     string               `json:"content"`
	StartsAt    *model.Time          `json:"starts_at"`
	EndsAt      *model.Time          `json:"ends_at"`
	AllDay      bool                 `json:"all_day"`
	PublishedAt model.Time           `json:"published_at"`
	UpdatedAt   model.Time           `json:"updated_at"`
	Read        *bool                `json:"read,omitempty"` // who is signed in
	Mentions    []Mention            `json:"mentions"`
	Statuses    []AnnouncementStatus `json:"statuses"`
	Tags        []StatusTag          `json:"tags"`
	Emojis      []CustomEmoji        `json:"emojis"`
	Reactions   []Reaction           `json:"reactions"`
}

// AnnouncementStatus is a status that a notice links (Mastodon API: entities/Announcement#Status).
type AnnouncementStatus struct {
	ID  model.ID `json:"id"`
	URL string   `json:"url"`
}

// Reaction counts one emoji (Mastodon API: entities/Reaction).
type Reaction struct {
	Name      string `json:"name"`
	Count     int64  `json:"count"`
	Me        *bool  `json:"me,omitempty"`         // who is signed in
	URL       string `json:"url,omitempty"`        // custom emoji
	StaticURL string `json:"static_url,omitempty"` // custom emoji
}

// AnnouncementRefs is what a notice's text speaks of.
type AnnouncementRefs struct {
	Mentions []*model.Account
	Statuses []*model.Status
	Tags     []model.Tag
	Emojis   []model.CustomEmoji
}

// Announcement draws a notice; reader tells whether somebody signed in reads it.
func (d *Drawer) Announcement(a *model.Announcement, refs AnnouncementRefs, reader bool) Announcement {
	e := Announcement{
		ID: a.ID, Content: a.Content, StartsAt: a.StartsAt.OrNull(), EndsAt: a.EndsAt.OrNull(), AllDay: a.AllDay,
		PublishedAt: a.PublishedAt, UpdatedAt: a.UpdatedAt,
		Mentions: each(refs.Mentions, func(m *model.Account) Mention { return Mention{m.ID, m.Username, m.URL, m.Acct()} }),
		Statuses: each(refs.Statuses, func(s *model.Status) AnnouncementStatus { return AnnouncementStatus{s.ID, s.URL} }),
		Tags:     each(refs.Tags, d.statusTag), Emojis: each(refs.Emojis, d.Emoji),
		Reactions: each(a.Reactions, func(r model.Reaction) Reaction { return d.Reaction(r, reader) }),
	}
	if reader {
		e.Read = &a.Read
	}
	return e
}

// Reaction draws the count of one emoji.
func (d *Drawer) Reaction(r model.Reaction, reader bool) Reaction {
	e := Reaction{Name: r.Name, Count: r.Count}
	if reader {
		e.Me = &r.Me
	}
	if r.Emoji != nil {
		emoji := d.Emoji(*r.Emoji)
		e.URL, e.StaticURL = emoji.URL, emoji.StaticURL
	}
	return e
}
