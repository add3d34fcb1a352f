package store

import (
	"gomphothere/internal/model"
	"slices"
)

// User finds a login by id.
func (q *Q) User(id model.ID) (*model.User, error) {
	return q.user(`select * from users where id = $1`, id)
}

// UserOf finds the login of a local account.
func (q *Q) UserOf(account model.ID) (*model.User, error) {
	return q.user(`select * from users where account_id = $1`, account)
}

// UserByEmail finds a login by its address.
func (q *Q) UserByEmail(email string) (*model.User, error) {
	return q.user(`select * from users where email = lower($1)`, email)
}

// UserByLogin finds a login by address or by the name of its account.
func (q *Q) UserByLogin(login string) (*model.User, error) {
	return q.user(`
		select u.*
		from users u
		join accounts a on a.id = u.account_id
		where u.email = lower($1) or (lower(a.username) = lower($1) and a.domain = '')
		order by u.id
		limit 1`, login)
}

// UserByWebauthn finds a login by its passkeys' user handle.
func (q *Q) UserByWebauthn(handle string) (*model.User, error) {
	return q.user(`select * from users where webauthn_id = $1 and webauthn_id <> ''`, handle)
}

// LockUser is User, for reading what will be written: on PostgreSQL nobody else changes it before the commit.
func (tx *Tx) LockUser(id model.ID) (*model.User, error) {
	return tx.user(tx.db.pick(`select * from users where id = $1`, `select * from users where id = $1 for update`), id)
}

func (q *Q) user(text string, args ...any) (*model.User, error) {
	u, err := one[model.User](q, text, args...)
	if err != nil {
		return nil, err
	}
	if u.Role, err = q.Role(u.RoleID); err != nil {
		return nil, err
	}
	return &u, nil
}

// Role finds a role by id.
func (q *Q) Role(id model.ID) (*model.Role, error) {
	r, err := one[model.Role](q, `select * from roles where id = $1`, id)
	return &r, err
}

// Users lists logins from the newest; pending keeps those who wait for approval.
func (q *Q) Users(p model.Page, pending bool) ([]*model.User, error) {
	users, err := pointers[model.User](q, `
		select *
		from users
		where (id < $1 or $1 = 0) and ($2 = false or not approved)
		order by id desc
		limit $3`, p.MaxID, pending, p.Limit)
	if err != nil {
		return nil, err
	}
	roles, err := pointers[model.Role](q, `select * from roles`)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		for _, r := range roles {
			if r.ID == u.RoleID {
				u.Role = r
			}
		}
	}
	return users, nil
}

// HasOwner tells whether somebody owns the server yet.
func (q *Q) HasOwner() (bool, error) {
	n, err := one[int64](q, `select count(*) from users where role_id = $1`, model.RoleOwner)
	return n > 0, err
}

// EmailTaken tells whether somebody signs in with an address.
func (q *Q) EmailTaken(email string) (bool, error) {
	n, err := one[int64](q, `select count(*) from users where email = lower($1)`, email)
	return n > 0, err
}

// UsernameTaken tells whether a local account has a name.
func (q *Q) UsernameTaken(username string) (bool, error) {
	n, err := one[int64](q, `select count(*) from accounts where lower(username) = lower($1) and domain = ''`, username)
	return n > 0, err
}

// Staff is somebody whose role lets them do something.
type Staff struct {
	AccountID   model.ID
	Email       string
	Permissions int64
}

// StaffEmails gives the addresses of those whose role lets them manage people.
func (q *Q) StaffEmails() ([]string, error) {
	staff, err := q.StaffWho(model.PermManageUsers)
	out := make([]string, len(staff))
	for i, s := range staff {
		out[i] = s.Email
	}
	return out, err
}

// StaffWho finds those whose role grants a permission.
func (q *Q) StaffWho(perm int64) ([]Staff, error) {
	rows, err := all[Staff](q, `
		select u.account_id, u.email, r.permissions
		from users u
		join roles r on r.id = u.role_id
		where r.id <> $1 and u.approved and not u.disabled and u.confirmed_at <> 0
		order by u.id`, model.RoleEveryone)
	return slices.DeleteFunc(rows, func(s Staff) bool { return !(&model.Role{Permissions: s.Permissions}).Can(perm) }), err
}

// UnconfirmedUsers gives those who signed up before a time and never confirmed their address.
func (q *Q) UnconfirmedUsers(before model.Time, limit int) ([]*model.User, error) {
	return pointers[model.User](q, `
		select *
		from users
		where confirmed_at = 0 and created_at < $1
		order by id
		limit $2`, before, limit)
}

// AddUser writes an account and its login; false says that the name or the address was taken meanwhile.
func (tx *Tx) AddUser(a *model.Account, u *model.User) (bool, error) {
	written, err := tx.insert("accounts", a, "on conflict do nothing")
	if err != nil || !written {
		return false, err
	}
	tx.touch(model.TouchAccount, 0, a.ID)
	written, err = tx.insert("users", u, "on conflict do nothing")
	if err == nil && !written {
		// Only the login was refused: the account must not stay.
		_, err = tx.exec(`delete from accounts where id = $1`, a.ID)
	}
	if err != nil || !written {
		return false, err
	}
	return true, tx.indexAccount(a)
}

// SetUser writes what changes of a login read with LockUser.
func (tx *Tx) SetUser(u *model.User) error {
	codes, err := jsonText(u.RecoveryCodes)
	if err != nil {
		return err
	}
	if u.RecoveryCodes == nil {
		codes = "[]"
	}
	settings, err := jsonText(u.Settings)
	if err != nil {
		return err
	}
	_, err = tx.exec(`
		update users
		set email = $2, unconfirmed_email = $3, password_hash = $4, role_id = $5, locale = $6, approved = $7, disabled = $8,
			confirmed_at = $9, totp_secret = $10, totp_last_step = $11, recovery_codes = $12, webauthn_id = $13,
			settings = $14, reason = $15, last_sign_in_at = $16
		where id = $1`,
		u.ID, u.Email, u.UnconfirmedEmail, u.PasswordHash, u.RoleID, u.Locale, u.Approved, u.Disabled,
		u.ConfirmedAt, u.TOTPSecret, u.TOTPLastStep, codes, u.WebauthnID, settings, u.Reason, u.LastSignInAt)
	tx.touch(model.TouchAccount, 0, u.AccountID)
	tx.touch(model.TouchTokens, u.AccountID, 0)
	return err
}

// SetActive notes when somebody was last here.
func (tx *Tx) SetActive(user model.ID) error {
	_, err := tx.exec(`update users set last_active_at = $2 where id = $1 and last_active_at < $2`, user, tx.now)
	return err
}

// RemoveNewcomer deletes an account that never could act, and its login. Somebody may have followed it all the same.
func (tx *Tx) RemoveNewcomer(u *model.User) error {
	followers, err := all[model.ID](&tx.Q, `select account_id from follows where target_id = $1`, u.AccountID)
	if err != nil {
		return err
	}
	for _, text := range []string{
		`update accounts set following_count = following_count - 1 where id in (select account_id from follows where target_id = $1)`,
		`delete from tokens where account_id = $1`,
		`delete from mail_tokens where user_id in (select id from users where account_id = $1)`,
		`delete from accounts where id = $1`,
	} {
		if _, err := tx.exec(text, u.AccountID); err != nil {
			return err
		}
	}
	tx.touch(model.TouchAccount, 0, u.AccountID)
	tx.touch(model.TouchTokens, u.AccountID, 0)
	for _, f := range followers {
		tx.touch(model.TouchAccount, 0, f)
		tx.touch(model.TouchRelations, f, 0)
	}
	return nil
}
