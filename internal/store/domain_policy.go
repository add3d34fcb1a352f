package store

import (
	"slices"

	"gomphothere/internal/model"
)

// ServerBlocks are all domains that the server's moderators keep away, by name.
func (q *Q) ServerBlocks() ([]model.DomainBlock, error) {
	return all[model.DomainBlock](q, `select * from domain_blocks order by domain`)
}

// ServerBlock finds one by id.
func (q *Q) ServerBlock(id model.ID) (*model.DomainBlock, error) {
	b, err := one[model.DomainBlock](q, `select * from domain_blocks where id = $1`, id)
	return &b, err
}

// ServerBlockPage pages through them.
func (q *Q) ServerBlockPage(p model.Page) ([]model.DomainBlock, error) {
	text, args := span(`select * from domain_blocks b where b.id > 0`, "b.id", nil, p)
	list, err := all[model.DomainBlock](q, text, args...)
	if p.Ascending() {
		slices.Reverse(list)
	}
	return list, err
}

// AddServerBlock writes a block of a domain and says whether there was none.
func (tx *Tx) AddServerBlock(b *model.DomainBlock) (bool, error) {
	tx.touch(model.TouchDomains, 0, 0)
	return tx.insert("domain_blocks", b, "on conflict (domain) do nothing")
}

// SetServerBlock changes a block of a domain.
func (tx *Tx) SetServerBlock(b *model.DomainBlock) error {
	tx.touch(model.TouchDomains, 0, 0)
	_, err := tx.exec(`
		update domain_blocks
		set severity = $2, reject_media = $3, reject_reports = $4, obfuscate = $5, public_comment = $6, private_comment = $7
		where id = $1`, b.ID, string(b.Severity), b.RejectMedia, b.RejectReports, b.Obfuscate, b.PublicComment, b.PrivateComment)
	return err
}

// RemoveServerBlock takes a block of a domain back.
func (tx *Tx) RemoveServerBlock(id model.ID) error {
	tx.touch(model.TouchDomains, 0, 0)
	_, err := tx.exec(`delete from domain_blocks where id = $1`, id)
	return err
}

// DomainAllows are all domains let in by name.
func (q *Q) DomainAllows() ([]model.DomainAllow, error) {
	return all[model.DomainAllow](q, `select * from domain_allows order by domain`)
}

// DomainAllow finds one by id.
func (q *Q) DomainAllow(id model.ID) (*model.DomainAllow, error) {
	a, err := one[model.DomainAllow](q, `select * from domain_allows where id = $1`, id)
	return &a, err
}

// DomainAllowPage pages through them.
func (q *Q) DomainAllowPage(p model.Page) ([]model.DomainAllow, error) {
	text, args := span(`select * from domain_allows b where b.id > 0`, "b.id", nil, p)
	list, err := all[model.DomainAllow](q, text, args...)
	if p.Ascending() {
		slices.Reverse(list)
	}
	return list, err
}

// AddDomainAllow lets a domain in and says whether it was not yet.
func (tx *Tx) AddDomainAllow(a *model.DomainAllow) (bool, error) {
	tx.touch(model.TouchDomains, 0, 0)
	return tx.insert("domain_allows", a, "on conflict (domain) do nothing")
}

// RemoveDomainAllow no longer lets a domain in.
func (tx *Tx) RemoveDomainAllow(id model.ID) error {
	tx.touch(model.TouchDomains, 0, 0)
	_, err := tx.exec(`delete from domain_allows where id = $1`, id)
	return err
}

// Standing is how an account of another server is treated.
type Standing struct {
	ID          model.ID
	Domain      string
	SuspendedAt model.Time
	SuspendedBy string
	SilencedAt  model.Time
	SilencedBy  string
}

// AccountsOf pages upwards through the accounts of exactly this domain.
func (q *Q) AccountsOf(domain string, after model.ID, limit int) ([]Standing, error) {
	return all[Standing](q, `
		select id, domain, suspended_at, suspended_by, silenced_at, silenced_by
		from accounts
		where domain = $1 and id > $2
		order by id
		limit $3`, domain, after, limit)
}
