package entity

import "gomphothere/internal/model"

// MediaAttachment is a file on a status (Mastodon API: entities/MediaAttachment).
type MediaAttachment struct {
	ID               model.ID       `json:"id"`
	Type             string         `json:"type"`
	URL              *string        `json:"url"` // null while it is processed
	PreviewURL       *string        `json:"preview_url"`
	RemoteURL        *string        `json:"remote_url"`
	PreviewRemoteURL *string        `json:"preview_remote_url"`
	TextURL          *string        `json:"text_url"` // a thing of the past, always null
	Meta             map[string]any `json:"meta"`
	Description      *string        `json:"description"`
	Blurhash         *string        `json:"blurhash"`
}

// Media draws an attachment.
func (d *Drawer) Media(m model.MediaAttachment) MediaAttachment {
	e := MediaAttachment{
		ID: m.ID, Type: m.Type, RemoteURL: orNull(m.RemoteURL), PreviewRemoteURL: orNull(m.ThumbnailRemoteURL),
		Meta: m.Meta, Description: orNull(m.Description), Blurhash: orNull(m.Blurhash),
	}
	if e.Type == "" {
		e.Type = "unknown"
	}
	if m.Processing == "" {
		e.URL = orNull(d.file(m.File, m.RemoteURL))
	}
	e.PreviewURL = orNull(d.file(m.Thumbnail, m.ThumbnailRemoteURL))
	if e.PreviewURL == nil && e.Type == "image" {
		e.PreviewURL = e.URL
	}
	return e
}
