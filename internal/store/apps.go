package store

import "gomphothere/internal/model"

// App finds an application by id.
func (q *Q) App(id model.ID) (*model.App, error) {
	a, err := one[model.App](q, `select * from apps where id = $1`, id)
	return &a, err
}

// AppByClientID finds an application by its public name.
func (q *Q) AppByClientID(clientID string) (*model.App, error) {
	a, err := one[model.App](q, `select * from apps where client_id = $1`, clientID)
	return &a, err
}

// AuthorizedApp is an application that acts for somebody.
type AuthorizedApp struct {
	model.App
	Granted    string     // scopes of all its tokens, space-separated
	LastUsedAt model.Time // the latest use of any token
	Since      model.Time // the oldest token
}

// AuthorizedApps lists the applications that hold tokens of somebody.
func (q *Q) AuthorizedApps(user model.ID) ([]*AuthorizedApp, error) {
	tokens, err := q.TokensOf(user)
	if err != nil {
		return nil, err
	}
	byApp := map[model.ID]*AuthorizedApp{}
	var ids []model.ID
	for _, t := range tokens {
		a := byApp[t.AppID]
		if a == nil {
			a = &AuthorizedApp{Since: t.CreatedAt, Granted: t.Scopes}
			byApp[t.AppID] = a
			ids = append(ids, t.AppID)
		} else if t.Scopes != a.Granted {
			a.Granted += " " + t.Scopes
		}
		a.LastUsedAt = max(a.LastUsedAt, t.LastUsedAt)
		a.Since = min(a.Since, t.CreatedAt)
	}
	apps, err := all[model.App](q, `select * from apps where id in $1`, ids)
	if err != nil {
		return nil, err
	}
	out := make([]*AuthorizedApp, 0, len(apps))
	for _, app := range apps {
		a := byApp[app.ID]
		a.App = app
		out = append(out, a)
	}
	return out, nil
}

// AddApp writes a new application.
func (tx *Tx) AddApp(a *model.App) error {
	_, err := tx.insert("apps", a, "")
	return err
}

// RemoveIdleApps deletes applications registered before a time that nobody ever signed in with.
func (tx *Tx) RemoveIdleApps(before model.Time) error {
	_, err := tx.exec(`
		delete from apps
		where created_at < $1
			and not exists (select 1 from tokens where tokens.app_id = apps.id)
			and not exists (select 1 from grants where grants.app_id = apps.id)
			and not exists (select 1 from users where users.app_id = apps.id)
			and not exists (select 1 from statuses where statuses.app_id = apps.id)`, before)
	return err
}
