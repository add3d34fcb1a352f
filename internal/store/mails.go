package store

import "gomphothere/internal/model"

// Mail finds a mail by id.
func (q *Q) Mail(id model.ID) (*model.Mail, error) {
	m, err := one[model.Mail](q, `select * from mails where id = $1`, id)
	return &m, err
}

// Outbox lists mails from the newest, sent ones too.
func (q *Q) Outbox(p model.Page) ([]*model.Mail, error) {
	return pointers[model.Mail](q, `
		select *
		from mails
		where (id < $1 or $1 = 0)
		order by id desc
		limit $2`, p.MaxID, p.Limit)
}

// AddMail writes a mail.
func (tx *Tx) AddMail(m *model.Mail) error {
	_, err := tx.insert("mails", m, "")
	return err
}

// SetMailSent notes that the mail server took a mail, and forgets its text: links in it are secrets.
func (tx *Tx) SetMailSent(id model.ID) error {
	_, err := tx.exec(`update mails set sent_at = $2, error = '', text = '', html = '' where id = $1`, id, tx.now)
	return err
}

// SetMailFailed notes why a mail could not be handed over.
func (tx *Tx) SetMailFailed(id model.ID, why string) error {
	_, err := tx.exec(`update mails set error = $2 where id = $1 and sent_at = 0`, id, why)
	return err
}

// RemoveOldMails forgets mails written before a time.
func (tx *Tx) RemoveOldMails(before model.Time) error {
	_, err := tx.exec(`delete from mails where created_at < $1`, before)
	return err
}
