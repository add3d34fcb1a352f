package entity

import "gomphothere/internal/model"

// CustomEmoji is a small picture with a name (Mastodon API: entities/CustomEmoji).
type CustomEmoji struct {
	Shortcode       string `json:"shortcode"`
	URL             string `json:"url"`
	StaticURL       string `json:"static_url"`
	VisibleInPicker bool   `json:"visible_in_picker"`
	Category        string `json:"category,omitempty"` // only in the list of all
	Featured        *bool  `json:"featured,omitempty"` // with Category
}

// Emoji draws an emoji that a text names.
func (d *Drawer) Emoji(e model.CustomEmoji) CustomEmoji {
	url := d.file(e.File, e.RemoteURL)
	return CustomEmoji{
		Shortcode: e.Shortcode, URL: url, StaticURL: d.file(e.StaticFile, url), VisibleInPicker: e.VisibleInPicker,
	}
}

// Emojis draws the list of all, which tells their categories.
func (d *Drawer) Emojis(emojis []model.CustomEmoji) []CustomEmoji {
	return each(emojis, func(m model.CustomEmoji) CustomEmoji {
		e := d.Emoji(m)
		if m.Category != "" {
			e.Category, e.Featured = m.Category, new(bool) // no category is featured
		}
		return e
	})
}
