package store

import "gomphothere/internal/model"

// Markers reads where somebody stopped reading in these timelines.
func (q *Q) Markers(account model.ID, timelines []string) ([]model.Marker, error) {
	return all[model.Marker](q, `
		select *
		from markers
		where account_id = $1 and timeline in $2
		order by timeline`, account, timelines)
}

// LastRead is where somebody stopped reading a timeline; 0: never began.
func (q *Q) LastRead(account model.ID, timeline string) (model.ID, error) {
	id, _, err := maybe[model.ID](q, `select last_read_id from markers where account_id = $1 and timeline = $2`, account, timeline)
	return id, err
}

// SetMarker moves a marker on from the version that was read. When another was faster it is a conflict.
func (tx *Tx) SetMarker(account model.ID, timeline string, at model.ID) (*model.Marker, error) {
	if _, err := tx.exec(`
		insert into markers (account_id, timeline, updated_at)
		values ($1, $2, $3)
		on conflict do nothing`, account, timeline, tx.now); err != nil {
		return nil, err
	}
	m, err := one[model.Marker](&tx.Q, `select * from markers where account_id = $1 and timeline = $2`, account, timeline)
	if err != nil || m.LastReadID == at {
		return &m, err
	}
	n, err := tx.exec(`
		update markers
		set last_read_id = $3, version = version + 1, updated_at = $4
		where account_id = $1 and timeline = $2 and version = $5`, account, timeline, at, tx.now, m.Version)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, &model.Error{Kind: model.KindConflict, Text: "Conflict during update, please try again"}
	}
	m.LastReadID, m.Version, m.UpdatedAt = at, m.Version+1, tx.now
	return &m, nil
}
