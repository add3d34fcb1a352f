package store

import "gomphothere/internal/model"

// InviteByCode finds an invitation, used up and expired ones too.
func (q *Q) InviteByCode(code string) (*model.Invite, error) {
	i, err := one[model.Invite](q, `select * from invites where code = $1`, code)
	return &i, err
}

// Invites lists the invitations somebody made, newest first.
func (q *Q) Invites(user model.ID) ([]*model.Invite, error) {
	return pointers[model.Invite](q, `select * from invites where user_id = $1 order by id desc`, user)
}

// AddInvite writes an invitation.
func (tx *Tx) AddInvite(i *model.Invite) error {
	_, err := tx.insert("invites", i, "")
	return err
}

// UseInvite counts one use; false says that the invitation is used up or expired.
func (tx *Tx) UseInvite(id model.ID) (bool, error) {
	n, err := tx.exec(`
		update invites
		set uses = uses + 1
		where id = $1 and (max_uses = 0 or uses < max_uses) and (expires_at = 0 or expires_at > $2)`, id, tx.now)
	return n > 0, err
}

// ExpireInvite ends one of somebody's invitations.
func (tx *Tx) ExpireInvite(user, id model.ID) error {
	_, err := tx.exec(`update invites set expires_at = $3 where id = $1 and user_id = $2`, id, user, tx.now)
	return err
}
