package store

import "gomphothere/internal/model"

// Peer finds what is known of another server.
func (q *Q) Peer(host string) (*model.Peer, error) {
	p, err := one[model.Peer](q, `select * from peers where host = $1`, host)
	return &p, err
}

// LockPeer is Peer, for reading what will be written: on PostgreSQL nobody else changes it before the commit.
func (tx *Tx) LockPeer(host string) (*model.Peer, error) {
	p, err := one[model.Peer](&tx.Q, tx.db.pick(`select * from peers where host = $1`, `select * from peers where host = $1 for update`), host)
	return &p, err
}

// SetPeer writes what is known of another server.
func (tx *Tx) SetPeer(p *model.Peer) error {
	_, err := tx.insert("peers", p, `
		on conflict (host) do update
		set software = excluded.software, version = excluded.version, signature = excluded.signature,
			last_reached = excluded.last_reached, last_heard = excluded.last_heard, failing_since = excluded.failing_since,
			failing_days = excluded.failing_days, last_failed = excluded.last_failed, given_up_at = excluded.given_up_at,
			last_error = excluded.last_error, described_at = excluded.described_at`)
	return err
}

// KnownPeers pages through other servers by name: those after a host.
func (q *Q) KnownPeers(after string, limit int) ([]model.Peer, error) {
	return all[model.Peer](q, `select * from peers where host > $1 order by host limit $2`, after, limit)
}

// FailingPeers are those that do not answer, the longest first.
func (q *Q) FailingPeers(limit int) ([]model.Peer, error) {
	return all[model.Peer](q, `select * from peers where failing_since <> 0 order by failing_since, host limit $1`, limit)
}

// GivenUpPeers are those that nothing is sent to, the longest first.
func (q *Q) GivenUpPeers(limit int) ([]model.Peer, error) {
	return all[model.Peer](q, `select * from peers where given_up_at <> 0 order by given_up_at, host limit $1`, limit)
}
