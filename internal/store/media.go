package store

import "gomphothere/internal/model"

// AttachMedia ties an author's finished, unused files to a status and says how many could be.
func (tx *Tx) AttachMedia(author, status model.ID, ids []model.ID) (int, error) {
	n, err := tx.exec(`
		update media_attachments
		set status_id = $2
		where id in $3 and account_id = $1 and status_id = 0 and scheduled_id = 0 and processing = ''`, author, status, ids)
	return int(n), err
}
