package store

import "gomphothere/internal/model"

// EmojisNamed finds a server's custom emoji by their names.
func (q *Q) EmojisNamed(domain string, shortcodes []string) ([]model.CustomEmoji, error) {
	if len(shortcodes) == 0 {
		return nil, nil
	}
	return all[model.CustomEmoji](q, `select * from custom_emojis where domain = $1 and shortcode in $2 order by id`, domain, shortcodes)
}

// SetEmoji keeps another server's emoji as it is now; a new picture is fetched when it is asked for.
func (tx *Tx) SetEmoji(e model.CustomEmoji) error {
	e.ID = tx.NewID()
	_, err := tx.insert("custom_emojis", e, `
		on conflict (shortcode, domain) do update
		set remote_url = excluded.remote_url, updated_at = excluded.updated_at, file = '', static_file = ''`)
	return err
}
