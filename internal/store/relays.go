package store

import "gomphothere/internal/model"

// Relays are all relays, in the order they were added.
func (q *Q) Relays() ([]model.Relay, error) {
	return all[model.Relay](q, `select * from relays order by id`)
}

// Relay finds one by id.
func (q *Q) Relay(id model.ID) (*model.Relay, error) {
	r, err := one[model.Relay](q, `select * from relays where id = $1`, id)
	return &r, err
}

// RelayByInbox finds one by where things are sent.
func (q *Q) RelayByInbox(inbox string) (*model.Relay, error) {
	r, err := one[model.Relay](q, `select * from relays where inbox_url = $1`, inbox)
	return &r, err
}

// RelayByFollow finds one by the follow that was sent to it.
func (q *Q) RelayByFollow(uri string) (*model.Relay, error) {
	r, err := one[model.Relay](q, `select * from relays where follow_uri = $1 and follow_uri <> ''`, uri)
	return &r, err
}

// AddRelay writes a new relay and says whether it is new.
func (tx *Tx) AddRelay(r *model.Relay) (bool, error) {
	return tx.insert("relays", r, "on conflict (inbox_url) do nothing")
}

// SetRelay writes how a relay answered and what it was asked.
func (tx *Tx) SetRelay(r *model.Relay) error {
	_, err := tx.exec(`update relays set state = $2, follow_uri = $3, actor_uri = $4 where id = $1`, r.ID, r.State, r.FollowURI, r.ActorURI)
	return err
}

// RemoveRelay forgets a relay.
func (tx *Tx) RemoveRelay(id model.ID) error {
	_, err := tx.exec(`delete from relays where id = $1`, id)
	return err
}
