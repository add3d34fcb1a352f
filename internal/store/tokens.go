package store

import "gomphothere/internal/model"

// TokenByHash finds an access token.
func (q *Q) TokenByHash(hash string) (*model.Token, error) {
	t, err := one[model.Token](q, `select * from tokens where hash = $1`, hash)
	return &t, err
}

// TokensOf lists somebody's access tokens, newest first.
func (q *Q) TokensOf(user model.ID) ([]*model.Token, error) {
	return pointers[model.Token](q, `select * from tokens where user_id = $1 order by id desc`, user)
}

// HasToken tells whether an application already acts for somebody with these scopes.
func (q *Q) HasToken(app, user model.ID, scopes string) (bool, error) {
	n, err := one[int64](q, `select count(*) from tokens where app_id = $1 and user_id = $2 and scopes = $3`, app, user, scopes)
	return n > 0, err
}

// AddToken writes a new access token; of one application and person only the newest keep are left.
func (tx *Tx) AddToken(t *model.Token, keep int) error {
	if _, err := tx.insert("tokens", t, ""); err != nil {
		return err
	}
	n, err := tx.exec(`
		delete from tokens
		where app_id = $1 and user_id = $2 and id < (
			select min(id)
			from (select id from tokens where app_id = $1 and user_id = $2 order by id desc limit $3) newest)`,
		t.AppID, t.UserID, keep)
	if n > 0 {
		tx.touch(model.TouchTokens, t.AccountID, 0)
	}
	return err
}

// RemoveToken revokes one access token.
func (tx *Tx) RemoveToken(t *model.Token) error {
	_, err := tx.exec(`delete from tokens where id = $1`, t.ID)
	tx.touch(model.TouchTokens, t.AccountID, t.ID)
	return err
}

// RemoveTokenByID revokes what an authorization code was exchanged for.
func (tx *Tx) RemoveTokenByID(id model.ID) error {
	_, err := tx.exec(`delete from tokens where id = $1`, id)
	tx.touch(model.TouchTokens, 0, id)
	return err
}

// RemoveTokens revokes all of somebody's access tokens, or those of one application (0: all), with the codes that
// could still be exchanged for new ones.
func (tx *Tx) RemoveTokens(u *model.User, app model.ID) error {
	for _, text := range []string{
		`delete from tokens where user_id = $1 and (app_id = $2 or $2 = 0)`,
		`delete from grants where user_id = $1 and (app_id = $2 or $2 = 0)`,
	} {
		if _, err := tx.exec(text, u.ID, app); err != nil {
			return err
		}
	}
	tx.touch(model.TouchTokens, u.AccountID, 0)
	return nil
}

// SetTokenUsed notes when and from where tokens were last used. Nothing that is cached changes by it.
func (tx *Tx) SetTokenUsed(id model.ID, ip string) error {
	_, err := tx.exec(`update tokens set last_used_at = $2, last_used_ip = $3 where id = $1`, id, tx.now, ip)
	return err
}

// AddGrant writes an authorization code.
func (tx *Tx) AddGrant(g *model.Grant) error {
	_, err := tx.insert("grants", g, "")
	return err
}

// GrantByHash finds an authorization code.
func (q *Q) GrantByHash(hash string) (*model.Grant, error) {
	g, err := one[model.Grant](q, `select * from grants where hash = $1`, hash)
	return &g, err
}

// UseGrant marks a code as exchanged; false says that it was before.
func (tx *Tx) UseGrant(hash string, token model.ID) (bool, error) {
	n, err := tx.exec(`update grants set used_at = $2, token_id = $3 where hash = $1 and used_at = 0`, hash, tx.now, token)
	return n > 0, err
}

// AddMailToken keeps a secret's hash.
func (tx *Tx) AddMailToken(t *model.MailToken) error {
	_, err := tx.insert("mail_tokens", t, "")
	return err
}

// MailToken finds an unexpired secret of a kind.
func (q *Q) MailToken(kind, hash string) (*model.MailToken, error) {
	t, err := one[model.MailToken](q, `
		select *
		from mail_tokens
		where hash = $1 and kind = $2 and expires_at > $3`, hash, kind, q.Now())
	return &t, err
}

// TakeMailToken finds an unexpired secret and spends it.
func (tx *Tx) TakeMailToken(kind, hash string) (*model.MailToken, error) {
	t, err := tx.MailToken(kind, hash)
	if err != nil {
		return nil, err
	}
	n, err := tx.exec(`delete from mail_tokens where hash = $1`, hash)
	if err == nil && n == 0 {
		return nil, model.ErrNotFound()
	}
	return t, err
}

// RemoveMailTokens spends all secrets of a kind that belong to somebody (0: to nobody).
func (tx *Tx) RemoveMailTokens(kind string, user model.ID) error {
	_, err := tx.exec(`delete from mail_tokens where kind = $1 and user_id = $2`, kind, user)
	return err
}

// RemoveExpired forgets secrets and codes whose time is over.
func (tx *Tx) RemoveExpired() error {
	if _, err := tx.exec(`delete from mail_tokens where expires_at < $1`, tx.now); err != nil {
		return err
	}
	_, err := tx.exec(`delete from grants where expires_at < $1`, tx.now)
	return err
}
