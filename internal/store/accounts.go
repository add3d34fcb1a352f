package store

import (
	"strings"

	"gomphothere/internal/model"
)

// Account finds somebody by id; suspended ones too.
func (q *Q) Account(id model.ID) (*model.Account, error) {
	m, err := q.accounts([]model.ID{id})
	if err != nil {
		return nil, err
	}
	if a := m[id]; a != nil {
		return a, nil
	}
	return nil, model.ErrNotFound()
}

// Accounts finds many, in the order asked, leaving out the missing.
func (q *Q) Accounts(ids []model.ID) ([]*model.Account, error) {
	m, err := q.accounts(ids)
	if err != nil {
		return nil, err
	}
	out := make([]*model.Account, 0, len(ids))
	for _, id := range ids {
		if a := m[id]; a != nil {
			out = append(out, a)
		}
	}
	return out, nil
}

// AccountByHandle finds by name and domain ("" is ours), without regard to case.
func (q *Q) AccountByHandle(username, domain string) (*model.Account, error) {
	id, err := one[model.ID](q, `
		select id
		from accounts
		where lower(username) = lower($1) and domain = $2`, username, domain)
	if err != nil {
		return nil, err
	}
	return q.Account(id)
}

// AccountByURI finds by ActivityPub id.
func (q *Q) AccountByURI(uri string) (*model.Account, error) {
	id, err := one[model.ID](q, `select id from accounts where uri = $1`, uri)
	if err != nil {
		return nil, err
	}
	return q.Account(id)
}

// AccountByURL finds by the address of the profile page.
func (q *Q) AccountByURL(url string) (*model.Account, error) {
	id, err := one[model.ID](q, `select id from accounts where url = $1 order by id limit 1`, url)
	if err != nil {
		return nil, err
	}
	return q.Account(id)
}

// accounts loads hydrated accounts by id.
func (q *Q) accounts(ids []model.ID) (map[model.ID]*model.Account, error) {
	out := make(map[model.ID]*model.Account, len(ids))
	var missing []model.ID
	for _, id := range ids {
		if id == 0 || out[id] != nil {
			continue
		}
		if q.cached {
			if a, ok := q.db.Cache.accounts.get(id); ok {
				out[id] = a
				continue
			}
		}
		missing = append(missing, id)
	}
	if len(missing) == 0 {
		return out, nil
	}
	return out, q.loadAccounts(missing, out)
}

// localExtra is what a local account's entity takes from its user and role.
type localExtra struct {
	AccountID   model.ID
	Settings    model.UserSettings
	Approved    bool
	ConfirmedAt model.Time
	RoleID      model.ID
	Name        string
	Color       string
	Permissions int64
	Highlighted bool
}

func (q *Q) loadAccounts(ids []model.ID, out map[model.ID]*model.Account) error {
	begun := make(map[model.ID]uint64, len(ids))
	for _, id := range ids {
		begun[id] = q.db.Cache.accounts.begin(id)
	}
	rows, err := pointers[model.Account](q, `select * from accounts where id in $1`, ids)
	if err != nil {
		return err
	}
	var local, moved []model.ID
	for _, a := range rows {
		a.Drawn = &model.Slot{}
		out[a.ID] = a
		if a.Local() {
			local = append(local, a.ID)
		}
		if a.MovedToID != 0 {
			moved = append(moved, a.MovedToID)
		}
	}
	if len(local) > 0 {
		extras, err := all[localExtra](q, `
			select u.account_id, u.settings, u.approved, u.confirmed_at, r.id as role_id, r.name, r.color, r.permissions, r.highlighted
			from users u
			join roles r on r.id = u.role_id
			where u.account_id in $1`, local)
		if err != nil {
			return err
		}
		for _, e := range extras {
			a := out[e.AccountID]
			a.Noindex = e.Settings.Noindex
			a.Pending = !e.Approved || e.ConfirmedAt == 0
			a.Role = &model.Role{ID: e.RoleID, Name: e.Name, Color: e.Color, Permissions: e.Permissions, Highlighted: e.Highlighted}
		}
	}
	if len(moved) > 0 {
		// One level: an account that moved twice shows its next home only.
		targets, err := pointers[model.Account](q, `select * from accounts where id in $1`, moved)
		if err != nil {
			return err
		}
		for _, a := range rows {
			for _, t := range targets {
				if t.ID == a.MovedToID {
					a.MovedTo = t
				}
			}
		}
	}
	if err := q.fillAccountEmojis(rows); err != nil {
		return err
	}
	if q.cached {
		for _, a := range rows {
			q.db.Cache.accounts.put(a.ID, a, begun[a.ID])
		}
	}
	return nil
}

// fillAccountEmojis finds the custom emoji that profiles name, each of its own server.
func (q *Q) fillAccountEmojis(rows []*model.Account) error {
	words := make(map[model.ID]string)
	var names, domains []string
	for _, a := range rows {
		said := a.DisplayName + " " + a.NoteText
		if !a.Local() {
			said = a.DisplayName + " " + a.Note
		}
		for _, f := range a.Fields {
			if a.Local() {
				said += " " + f.Name + " " + f.Text
			} else {
				said += " " + f.Name + " " + f.Value
			}
		}
		if found := shortcodes(said); len(found) > 0 {
			words[a.ID] = said
			names = append(names, found...)
			domains = append(domains, a.Domain)
		}
	}
	if len(names) == 0 {
		return nil
	}
	found, err := all[model.CustomEmoji](q, `
		select *
		from custom_emojis
		where domain in $2 and not disabled and shortcode in $1
		order by id`, names, domains)
	if err != nil {
		return err
	}
	for _, a := range rows {
		for _, e := range found {
			if e.Domain == a.Domain && strings.Contains(words[a.ID], ":"+e.Shortcode+":") {
				a.Emojis = append(a.Emojis, e)
			}
		}
	}
	return nil
}

// AddAccount writes a new account.
func (tx *Tx) AddAccount(a *model.Account) error {
	if _, err := tx.insert("accounts", a, ""); err != nil {
		return err
	}
	tx.touch(model.TouchAccount, 0, a.ID)
	return tx.indexAccount(a)
}

// SetProfile writes what a person edits of their account.
func (tx *Tx) SetProfile(a *model.Account) error {
	fields, err := jsonText(a.Fields)
	if err != nil {
		return err
	}
	domains, err := jsonText(a.AttributionDomains)
	if err != nil {
		return err
	}
	_, err = tx.exec(`
		update accounts
		set display_name = $2, note = $3, note_text = $4, fields = $5, actor_type = $6, locked = $7, discoverable = $8,
			indexable = $9, hide_collections = $10, show_media = $11, show_media_replies = $12, show_featured = $13,
			attribution_domains = $14, avatar_description = $15, header_description = $16, updated_at = $17
		where id = $1`,
		a.ID, a.DisplayName, a.Note, a.NoteText, fields, a.ActorType, a.Locked, a.Discoverable,
		a.Indexable, a.HideCollections, a.ShowMedia, a.ShowMediaReplies, a.ShowFeatured,
		domains, a.AvatarDescription, a.HeaderDescription, tx.now)
	if err != nil {
		return err
	}
	if err := tx.touchAccount(a.ID); err != nil {
		return err
	}
	return tx.indexAccount(a)
}

// SetSettings writes a person's preferences.
func (tx *Tx) SetSettings(account model.ID, set model.UserSettings) error {
	text, err := jsonText(set)
	if err != nil {
		return err
	}
	_, err = tx.exec(`update users set settings = $2 where account_id = $1`, account, text)
	tx.touch(model.TouchAccount, 0, account)
	tx.touch(model.TouchTokens, account, 0)
	tx.touchRelations(account)
	return err
}

// ClearAvatar takes an account's picture off; its file is swept later.
func (tx *Tx) ClearAvatar(account model.ID) error {
	_, err := tx.exec(`
		update accounts
		set avatar = '', avatar_static = '', avatar_remote_url = '', avatar_description = '', updated_at = $2
		where id = $1`, account, tx.now)
	tx.touch(model.TouchAccount, 0, account)
	return err
}

// ClearHeader takes an account's banner off; its file is swept later.
func (tx *Tx) ClearHeader(account model.ID) error {
	_, err := tx.exec(`
		update accounts
		set header = '', header_static = '', header_remote_url = '', header_description = '', updated_at = $2
		where id = $1`, account, tx.now)
	tx.touch(model.TouchAccount, 0, account)
	return err
}

// Treatment says how moderators treat an account.
type Treatment struct {
	SuspendedAt  model.Time
	SuspendedBy  string
	SilencedAt   model.Time
	SilencedBy   string
	SensitizedAt model.Time
	Memorial     bool
}

// TreatmentOf is how an account is treated now.
func TreatmentOf(a *model.Account) Treatment {
	return Treatment{
		SuspendedAt: a.SuspendedAt, SuspendedBy: a.SuspendedBy, SilencedAt: a.SilencedAt, SilencedBy: a.SilencedBy,
		SensitizedAt: a.SensitizedAt, Memorial: a.Memorial,
	}
}

// SetTreatment writes how moderators treat an account.
func (tx *Tx) SetTreatment(account model.ID, s Treatment) error {
	_, err := tx.exec(`
		update accounts
		set suspended_at = $2, silenced_at = $3, sensitized_at = $4, memorial = $5, suspended_by = $6, silenced_by = $7
		where id = $1`, account, s.SuspendedAt, s.SilencedAt, s.SensitizedAt, s.Memorial, s.SuspendedBy, s.SilencedBy)
	if err != nil {
		return err
	}
	tx.touch(model.TouchTokens, account, 0)
	if err := tx.touchAccount(account); err != nil {
		return err
	}
	// Feeds in memory dropped a suspended account's statuses; who follows it reads them anew.
	return tx.touchFollowersFeeds(account)
}

// CountStatus adds n to an account's statuses; at is the newest one's time, or 0 to leave that alone.
func (tx *Tx) CountStatus(account model.ID, n int, at model.Time) error {
	_, err := tx.exec(`
		update accounts
		set statuses_count = statuses_count + $2,
			last_status_at = case when $3 > last_status_at then $3 else last_status_at end
		where id = $1`, account, n, at)
	tx.touch(model.TouchAccount, 0, account)
	return err
}

// CountFollow adds n to what both sides of a follow count.
func (tx *Tx) CountFollow(follower, followed model.ID, n int) error {
	if _, err := tx.exec(`update accounts set following_count = following_count + $2 where id = $1`, follower, n); err != nil {
		return err
	}
	_, err := tx.exec(`update accounts set followers_count = followers_count + $2 where id = $1`, followed, n)
	tx.touch(model.TouchAccount, 0, follower)
	tx.touch(model.TouchAccount, 0, followed)
	return err
}

// AccountsByID finds many by id; the missing are missing.
func (q *Q) AccountsByID(ids []model.ID) (map[model.ID]*model.Account, error) { return q.accounts(ids) }
