package store

import "gomphothere/internal/model"

// KnowEmojis keeps the custom emoji that another server's documents name and says whether any is new or changed. One
// that is known changes only when it is newer, or its picture is elsewhere and nobody says since when.
func (tx *Tx) KnowEmojis(domain string, list []model.CustomEmoji) (bool, error) {
	if len(list) == 0 || domain == "" {
		return false, nil
	}
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.Shortcode
	}
	known, err := all[model.CustomEmoji](&tx.Q, `select * from custom_emojis where domain = $1 and shortcode in $2`, domain, names)
	if err != nil {
		return false, err
	}
	have := make(map[string]model.CustomEmoji, len(known))
	for _, e := range known {
		have[e.Shortcode] = e
	}
	changed := false
	for _, e := range list {
		was, ok := have[e.Shortcode]
		if ok && (was.RemoteURL == e.RemoteURL || e.UpdatedAt != 0 && e.UpdatedAt <= was.UpdatedAt) {
			continue
		}
		if e.UpdatedAt == 0 || e.UpdatedAt > tx.now {
			e.UpdatedAt = tx.now
		}
		if _, err := tx.exec(`
			insert into custom_emojis (id, shortcode, domain, remote_url, visible_in_picker, updated_at)
			values ($1, $2, $3, $4, false, $5)
			on conflict (shortcode, domain) do update
			set remote_url = excluded.remote_url, file = '', static_file = '', updated_at = excluded.updated_at`,
			tx.NewID(), e.Shortcode, domain, e.RemoteURL, e.UpdatedAt); err != nil {
			return false, err
		}
		changed = true
	}
	return changed, nil
}
