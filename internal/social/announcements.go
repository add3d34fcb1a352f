package social

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

// AnnouncementDraft is a notice before it is one.
type AnnouncementDraft struct {
	Text        string
	AllDay      bool
	StartsAt    model.Time // of what it announces
	EndsAt      model.Time // it is taken back then
	ScheduledAt model.Time // 0: at once
}

const (
	maxAnnouncement = 5000 // characters
	maxReactions    = 8    // different ones on one notice (Mastodon: ReactionValidator::LIMIT)
)

// Announce tells everybody here something.
func (s *Social) Announce(ctx context.Context, d AnnouncementDraft) (*model.Announcement, error) {
	d.Text = strings.TrimSpace(d.Text)
	switch {
	case d.Text == "":
		return nil, model.Invalidf("Validation failed: Text can't be blank")
	case text.Characters(d.Text) > maxAnnouncement:
		return nil, model.Invalidf("Validation failed: Text is too long (maximum is %d characters)", maxAnnouncement)
	case d.EndsAt != 0 && d.StartsAt > d.EndsAt:
		return nil, model.Invalidf("Validation failed: Ends at must be after it starts")
	}
	c, err := s.compose(d.Text, s.known(ctx))
	if err != nil {
		return nil, err
	}
	var a *model.Announcement
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		a = &model.Announcement{
			ID: tx.NewID(), Text: d.Text, Content: c.content, AllDay: d.AllDay, StartsAt: d.StartsAt, EndsAt: d.EndsAt,
			UpdatedAt: tx.Now(), CreatedAt: tx.Now(),
		}
		if d.ScheduledAt > tx.Now() {
			a.ScheduledAt = d.ScheduledAt
		} else {
			a.Published, a.PublishedAt = true, tx.Now()
			tx.Publish(model.Event{Type: "announcement", Stream: "user", ID: a.ID})
		}
		return tx.AddAnnouncement(a)
	})
	return a, err
}

// RemoveAnnouncement takes a notice away.
func (s *Social) RemoveAnnouncement(ctx context.Context, id model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		found, err := tx.RemoveAnnouncement(id)
		if err == nil && !found {
			return model.ErrNotFound()
		}
		tx.Publish(model.Event{Type: "announcement.delete", Stream: "user", ID: id})
		return err
	})
}

// TendAnnouncements shows notices whose time has come and takes back those that have ended. To be run every few
// minutes.
func (s *Social) TendAnnouncements(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		due, err := tx.DueAnnouncements()
		if err != nil {
			return err
		}
		for _, a := range due {
			if err := tx.PublishAnnouncement(a.ID); err != nil {
				return err
			}
			tx.Publish(model.Event{Type: "announcement", Stream: "user", ID: a.ID})
		}
		ended, err := tx.ExpireAnnouncements()
		for _, id := range ended {
			tx.Publish(model.Event{Type: "announcement.delete", Stream: "user", ID: id})
		}
		return err
	})
}

// DismissAnnouncement remembers that somebody has read a notice (Mastodon API: announcements/:id/dismiss).
func (s *Social) DismissAnnouncement(ctx context.Context, me *model.Account, id model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Announcement(id); err != nil {
			return err
		}
		return tx.ReadAnnouncement(me.ID, id)
	})
}

// React puts an emoji under a notice (Mastodon API: PUT announcements/:id/reactions/:name).
func (s *Social) React(ctx context.Context, me *model.Account, id model.ID, name string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Announcement(id); err != nil {
			return err
		}
		if !emoji(name) {
			if _, err := tx.LocalEmoji(name); model.IsNotFound(err) {
				return model.Invalidf("Validation failed: Name is not a recognized emoji")
			} else if err != nil {
				return err
			}
		}
		names, err := tx.ReactionNames(id)
		if err != nil {
			return err
		}
		if len(names) >= maxReactions && !slices.Contains(names, name) {
			return model.Invalidf("Validation failed: Limit of different reactions reached")
		}
		added, err := tx.AddReaction(me.ID, id, name)
		if err == nil && added {
			tx.Publish(model.Event{Type: model.EventReaction, Stream: "user", ID: id, Name: name})
		}
		return err
	})
}

// Unreact takes it back (Mastodon API: DELETE announcements/:id/reactions/:name).
func (s *Social) Unreact(ctx context.Context, me *model.Account, id model.ID, name string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Announcement(id); err != nil {
			return err
		}
		removed, err := tx.RemoveReaction(me.ID, id, name)
		if err == nil && !removed {
			return model.ErrNotFound()
		}
		tx.Publish(model.Event{Type: model.EventReaction, Stream: "user", ID: id, Name: name})
		return err
	})
}

// emoji tells whether a name is one Unicode emoji: a single character for its reader, of nothing but the ranges and
// joiners that emoji are made of (UTS #51).
func emoji(name string) bool {
	const longest = 64 // bytes: the longest sequences, families and flags of regions, have 35
	if name == "" || len(name) > longest || text.Characters(name) != 1 {
		return false
	}
	pictures := &unicode.RangeTable{
		R16: []unicode.Range16{
			{Lo: 0x203c, Hi: 0x203c, Stride: 1}, {Lo: 0x2049, Hi: 0x2049, Stride: 1}, {Lo: 0x2122, Hi: 0x2122, Stride: 1},
			{Lo: 0x2139, Hi: 0x2139, Stride: 1}, {Lo: 0x2194, Hi: 0x21aa, Stride: 1}, {Lo: 0x231a, Hi: 0x23ff, Stride: 1},
			{Lo: 0x24c2, Hi: 0x24c2, Stride: 1}, {Lo: 0x25aa, Hi: 0x27bf, Stride: 1}, {Lo: 0x2934, Hi: 0x2935, Stride: 1},
			{Lo: 0x2b05, Hi: 0x2b55, Stride: 1}, {Lo: 0x3030, Hi: 0x303d, Stride: 1}, {Lo: 0x3297, Hi: 0x3299, Stride: 1},
		},
		R32: []unicode.Range32{{Lo: 0x1f004, Hi: 0x1faff, Stride: 1}},
	}
	const (
		joiner = 0x200d
		keycap = 0x20e3
		style  = 0xfe0f
	)
	found := false
	for _, r := range name {
		switch {
		case unicode.Is(pictures, r), r == keycap:
			found = true
		case r == joiner, r == style, r >= 0xe0020 && r <= 0xe007f: // tags spell the flags of regions
		case r >= '0' && r <= '9', r == '#', r == '*', r == 0xa9, r == 0xae: // with a keycap or emoji style only
			found = found || strings.ContainsRune(name, style)
		default:
			return false
		}
	}
	return found
}
