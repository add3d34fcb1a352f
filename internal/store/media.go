package store

import "gomphothere/internal/model"

// AttachMedia ties an author's finished, unused files to a status and says how many could be. Those that are on it
// already count too: an edit names all it wants.
func (tx *Tx) AttachMedia(author, status model.ID, ids []model.ID) (int, error) {
	n, err := tx.exec(`
		update media_attachments
		set status_id = $2
		where id in $3 and account_id = $1 and (status_id = 0 or status_id = $2) and scheduled_id = 0 and processing = ''`, author, status, ids)
	return int(n), err
}

// ReserveMedia keeps an author's finished, unused files for a scheduled status and says how many could be.
func (tx *Tx) ReserveMedia(author, scheduled model.ID, ids []model.ID) (int, error) {
	n, err := tx.exec(`
		update media_attachments
		set scheduled_id = $2
		where id in $3 and account_id = $1 and status_id = 0 and scheduled_id = 0 and processing = ''`, author, scheduled, ids)
	return int(n), err
}

// ReleaseMedia sets free what a scheduled status kept.
func (tx *Tx) ReleaseMedia(author, scheduled model.ID) error {
	_, err := tx.exec(`update media_attachments set scheduled_id = 0 where account_id = $1 and scheduled_id = $2 and scheduled_id <> 0`, author, scheduled)
	return err
}

// MediaOf finds an author's files, in the order asked.
func (q *Q) MediaOf(author model.ID, ids []model.ID) ([]model.MediaAttachment, error) {
	found := map[model.ID]model.MediaAttachment{}
	err := each(q, `select * from media_attachments where id in $2 and account_id = $1`, []any{author, ids}, func(m *model.MediaAttachment) { found[m.ID] = *m })
	var out []model.MediaAttachment
	for _, id := range ids {
		if m, ok := found[id]; ok {
			out = append(out, m)
		}
	}
	return out, err
}

// AddMedia writes a file's row.
func (tx *Tx) AddMedia(m *model.MediaAttachment) error {
	_, err := tx.insert("media_attachments", m, "")
	return err
}

// DescribeRemoteMedia writes what another server now says of a file.
func (tx *Tx) DescribeRemoteMedia(m *model.MediaAttachment) error {
	meta, err := jsonText(m.Meta)
	if err != nil {
		return err
	}
	_, err = tx.exec(`
		update media_attachments
		set description = $2, meta = $3, blurhash = $4, type = $5, content_type = $6
		where id = $1`, m.ID, m.Description, meta, m.Blurhash, m.Type, m.ContentType)
	return err
}

// DescribeMedia writes a file's description and what is known of it; the status it is on shows it.
func (tx *Tx) DescribeMedia(m *model.MediaAttachment) error {
	meta, err := jsonText(m.Meta)
	if err != nil {
		return err
	}
	_, err = tx.exec(`update media_attachments set description = $2, meta = $3 where id = $1`, m.ID, m.Description, meta)
	tx.touch(model.TouchStatus, 0, m.StatusID)
	return err
}
