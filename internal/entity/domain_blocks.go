package entity

import (
	"crypto/sha256"
	"encoding/hex"

	"gomphothere/internal/model"
)

// AdminDomainBlock is a block as moderators see it (Mastodon API: entities/Admin_DomainBlock).
type AdminDomainBlock struct {
	ID             model.ID       `json:"id"`
	Domain         string         `json:"domain"`
	Digest         string         `json:"digest"`
	CreatedAt      model.Time     `json:"created_at"`
	Severity       model.Severity `json:"severity"`
	RejectMedia    bool           `json:"reject_media"`
	RejectReports  bool           `json:"reject_reports"`
	PrivateComment *string        `json:"private_comment"`
	PublicComment  *string        `json:"public_comment"`
	Obfuscate      bool           `json:"obfuscate"`
}

// AdminDomainBlock draws a block for moderators.
func (d *Drawer) AdminDomainBlock(b model.DomainBlock) AdminDomainBlock {
	return AdminDomainBlock{
		ID: b.ID, Domain: b.Domain, Digest: digest(b.Domain), CreatedAt: b.CreatedAt, Severity: b.Severity,
		RejectMedia: b.RejectMedia, RejectReports: b.RejectReports, PrivateComment: orNull(b.PrivateComment),
		PublicComment: orNull(b.PublicComment), Obfuscate: b.Obfuscate,
	}
}

// AdminDomainAllow is a domain let in by name (Mastodon API: entities/Admin_DomainAllow).
type AdminDomainAllow struct {
	ID        model.ID   `json:"id"`
	Domain    string     `json:"domain"`
	CreatedAt model.Time `json:"created_at"`
}

// AdminDomainAllow draws a domain let in by name.
func (d *Drawer) AdminDomainAllow(a model.DomainAllow) AdminDomainAllow {
	return AdminDomainAllow{ID: a.ID, Domain: a.Domain, CreatedAt: a.CreatedAt}
}

func digest(domain string) string {
	sum := sha256.Sum256([]byte(domain))
	return hex.EncodeToString(sum[:])
}
