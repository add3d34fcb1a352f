package store

import "gomphothere/internal/model"

// AnyRemote tells whether an account of another server is known. Once there is one there always is, nearly; until then
// it is one step in an index.
func (q *Q) AnyRemote() (bool, error) {
	if q.db.anyRemote.Load() {
		return true, nil
	}
	any, err := one[bool](q, `select exists (select 1 from accounts where domain > '') as any_remote`)
	if any { // should the transaction that added it be rolled back, others are told in vain
		q.db.anyRemote.Store(true)
	}
	return any, err
}

// Ours tells whether an account is of this server, which never changes; an unknown one is not.
func (q *Q) Ours(account model.ID) (bool, error) {
	if a, ok := q.db.Cache.accounts.get(account); ok {
		return a.Local(), nil
	}
	domain, found, err := maybe[string](q, `select domain from accounts where id = $1`, account)
	return found && domain == "", err
}
