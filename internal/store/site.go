package store

import (
	"encoding/json"

	"gomphothere/internal/model"
)

// SiteValue reads a setting kept in the database; the zero value when there is none.
func SiteValue[T any](q *Q, key string) (T, error) {
	var v T
	text, found, err := maybe[string](q, `select value from site where key = $1`, key)
	if err != nil || !found {
		return v, err
	}
	return v, json.Unmarshal([]byte(text), &v)
}

// SetSite keeps a setting in the database.
func (tx *Tx) SetSite(key string, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = tx.exec(`
		insert into site (key, value)
		values ($1, $2)
		on conflict (key) do update set value = excluded.value`, key, string(b))
	tx.touch(model.TouchSite, 0, 0)
	return err
}

// RemoveSite takes a setting back to its default.
func (tx *Tx) RemoveSite(key string) error {
	_, err := tx.exec(`delete from site where key = $1`, key)
	tx.touch(model.TouchSite, 0, 0)
	return err
}

// SiteOnce keeps a value unless there is one, and gives the one that is kept: whoever is first decides for all nodes.
func SiteOnce[T any](tx *Tx, key string, value T) (T, error) {
	b, err := json.Marshal(value)
	if err != nil {
		return value, err
	}
	if _, err := tx.exec(`insert into site (key, value) values ($1, $2) on conflict (key) do nothing`, key, string(b)); err != nil {
		return value, err
	}
	return SiteValue[T](&tx.Q, key)
}
