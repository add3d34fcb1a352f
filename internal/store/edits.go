package store

import (
	"errors"
	"slices"

	"gomphothere/internal/model"
)

// SetStatus writes what an edit changed of a status: text, media, poll, tags, mentions. Whom the text no longer names
// stays addressed, silently: taking back what somebody was told of would only confuse (Mastodon: ProcessMentionsService).
func (tx *Tx) SetStatus(s *model.Status) error {
	media, err := jsonText(append([]model.ID{}, s.MediaIDs...))
	if err != nil {
		return err
	}
	if _, err := tx.exec(`
		update statuses
		set text = $2, content = $3, spoiler_text = $4, sensitive = $5, language = $6, media_ids = $7, poll_id = $8,
			quote_policy = $9, edited_at = $10, quote_id = $11
		where id = $1`,
		s.ID, s.Text, s.Content, s.SpoilerText, s.Sensitive, s.Language, media, s.PollID, int64(s.QuotePolicy), s.EditedAt, s.QuoteID); err != nil {
		return err
	}
	named := make([]model.ID, 0, len(s.Mentions))
	for _, m := range s.Mentions {
		named = append(named, m.AccountID)
		if _, err := tx.exec(`
			insert into mentions (status_id, account_id, silent)
			values ($1, $2, $3)
			on conflict (status_id, account_id) do update set silent = excluded.silent`, s.ID, m.AccountID, m.Silent); err != nil {
			return err
		}
	}
	if _, err := tx.exec(`update mentions set silent = true where status_id = $1 and account_id not in $2`, s.ID, named); err != nil {
		return err
	}
	if err := tx.retag(s); err != nil {
		return err
	}
	if err := tx.indexStatus(s); err != nil {
		return err
	}
	tx.touch(model.TouchStatus, 0, s.ID)
	tx.touch(model.TouchPlace, 0, s.ID)
	return nil
}

// retag makes a status's tags those it has now; only new ones count as used.
func (tx *Tx) retag(s *model.Status) error {
	before, err := all[model.ID](&tx.Q, `select tag_id from status_tags where status_id = $1`, s.ID)
	if err != nil {
		return err
	}
	fresh := *s
	fresh.Tags = nil
	keep := []model.ID{}
	for _, t := range s.Tags {
		keep = append(keep, t.ID)
		if !slices.Contains(before, t.ID) {
			fresh.Tags = append(fresh.Tags, t)
		}
	}
	if _, err := tx.exec(`delete from status_tags where status_id = $1 and tag_id not in $2`, s.ID, keep); err != nil {
		return err
	}
	gone := *s
	gone.Tags = nil
	for _, id := range before {
		if !slices.Contains(keep, id) {
			gone.Tags = append(gone.Tags, model.Tag{ID: id})
		}
	}
	return errors.Join(tx.tagStatus(&fresh), tx.featuredUse(&gone, -1), tx.featuredUse(&fresh, 1))
}

// AddEdit keeps one version of a status.
func (tx *Tx) AddEdit(e *model.StatusEdit) error {
	_, err := tx.insert("status_edits", e, "")
	return err
}

// Edited tells whether a status has kept versions.
func (q *Q) Edited(status model.ID) (bool, error) {
	_, found, err := maybe[model.ID](q, `select id from status_edits where status_id = $1 order by id limit 1`, status)
	return found, err
}

// maxEdits is how many versions are shown: more than the rate limit lets anybody write in a day, and bounded all the same.
const maxEdits = 1000

// Edits are the kept versions of a status, oldest first, with their files.
func (q *Q) Edits(status model.ID) ([]*model.StatusEdit, error) {
	list, err := pointers[model.StatusEdit](q, `select * from status_edits where status_id = $1 order by id limit $2`, status, maxEdits)
	if err != nil {
		return nil, err
	}
	return list, q.fillEdits(list)
}

// fillEdits puts the files that versions had on them, with the descriptions of that time. Files that are gone are left out.
func (q *Q) fillEdits(list []*model.StatusEdit) error {
	var ids []model.ID
	for _, e := range list {
		ids = append(ids, e.MediaIDs...)
	}
	if len(ids) == 0 {
		return nil
	}
	found := map[model.ID]model.MediaAttachment{}
	if err := each(q, `select * from media_attachments where id in $1`, []any{ids}, func(m *model.MediaAttachment) { found[m.ID] = *m }); err != nil {
		return err
	}
	for _, e := range list {
		for i, id := range e.MediaIDs {
			m, ok := found[id]
			if !ok {
				continue
			}
			if i < len(e.MediaDescriptions) {
				m.Description = e.MediaDescriptions[i]
			}
			e.Media = append(e.Media, m)
		}
	}
	return nil
}

// SetQuotePolicy changes who may quote a status.
func (tx *Tx) SetQuotePolicy(status model.ID, p model.QuotePolicy) error {
	_, err := tx.exec(`update statuses set quote_policy = $2 where id = $1`, status, int64(p))
	tx.touch(model.TouchStatus, 0, status)
	return err
}

// Versions counts a status's kept versions.
func (q *Q) Versions(status model.ID) (int, error) {
	return one[int](q, `select count(*) from status_edits where status_id = $1`, status)
}
