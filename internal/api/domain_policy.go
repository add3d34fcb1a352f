package api

import (
	"errors"

	"gomphothere/internal/entity"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// Mastodon's page sizes for moderators' lists of domains.
const (
	adminDomainsPage = 100
	adminDomainsMost = 500
)

// may refuses who has not the permission.
func (r *request) may(perm int64) error {
	if r.me == nil || !r.me.Role.Can(perm) {
		return model.ErrForbidden()
	}
	return nil
}

// federating is a handler for those who may decide which servers this one speaks with.
func (a *API) federating(handle func(*request) (any, error)) func(*request) (any, error) {
	return func(r *request) (any, error) {
		if err := r.may(model.PermManageFederation); err != nil {
			return nil, err
		}
		return handle(r)
	}
}

// instanceDomainBlocks — Mastodon API: GET /api/v1/instance/domain_blocks
func (a *API) instanceDomainBlocks(r *request) (any, error) {
	list, err := a.Social.PublicDomainBlocks(r.Context(), r.me)
	out := make([]entity.DomainBlock, 0, len(list))
	for _, b := range list {
		var reason *string
		if b.PublicComment != "" {
			reason = &b.PublicComment
		}
		out = append(out, a.Draw.DomainBlock(b.Domain, b.Obfuscate, string(b.Severity), reason))
	}
	return out, err
}

// adminDomainBlocks — Mastodon API: GET /api/v1/admin/domain_blocks
func (a *API) adminDomainBlocks(r *request) (any, error) {
	p, err := r.page(adminDomainsPage, adminDomainsMost)
	if err != nil {
		return nil, err
	}
	list, err := a.DB.Read(r.Context()).ServerBlockPage(p)
	out := make([]entity.AdminDomainBlock, 0, len(list))
	var cursors []model.ID
	for _, b := range list {
		out, cursors = append(out, a.Draw.AdminDomainBlock(b)), append(cursors, b.ID)
	}
	r.link(a, p, "min_id", cursors)
	return out, err
}

// adminDomainBlock — Mastodon API: GET /api/v1/admin/domain_blocks/:id
func (a *API) adminDomainBlock(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	b, err := a.DB.Read(r.Context()).ServerBlock(id)
	return a.drawBlock(b, err)
}

func (a *API) drawBlock(b *model.DomainBlock, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return a.Draw.AdminDomainBlock(*b), nil
}

// domainBlockChange reads what a moderator wishes of a domain.
func domainBlockChange(r *request) social.DomainBlockChange {
	c := social.DomainBlockChange{
		RejectMedia: r.flagPtr("reject_media"), RejectReports: r.flagPtr("reject_reports"), Obfuscate: r.flagPtr("obfuscate"),
		PublicComment: r.strPtr("public_comment"), PrivateComment: r.strPtr("private_comment"),
	}
	if r.str("severity") != "" {
		severity := model.Severity(r.str("severity"))
		c.Severity = &severity
	}
	return c
}

// addDomainBlock — Mastodon API: POST /api/v1/admin/domain_blocks
func (a *API) addDomainBlock(r *request) (any, error) {
	b, err := a.Social.AddDomainBlock(r.Context(), r.str("domain"), domainBlockChange(r))
	var existing *social.ExistingDomainBlock
	if errors.As(err, &existing) {
		return answer{422, map[string]any{"error": existing.Error(), "existing_domain_block": a.Draw.AdminDomainBlock(existing.Block)}}, nil
	}
	return a.drawBlock(b, err)
}

// editDomainBlock — Mastodon API: PUT /api/v1/admin/domain_blocks/:id
func (a *API) editDomainBlock(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return a.drawBlock(a.Social.EditDomainBlock(r.Context(), id, domainBlockChange(r)))
}

// removeDomainBlock — Mastodon API: DELETE /api/v1/admin/domain_blocks/:id
func (a *API) removeDomainBlock(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	b, err := a.DB.Read(r.Context()).ServerBlock(id)
	if err != nil {
		return nil, err
	}
	return a.drawBlock(b, a.Social.RemoveDomainBlock(r.Context(), id))
}

// domainAllows — Mastodon API: GET /api/v1/admin/domain_allows
func (a *API) domainAllows(r *request) (any, error) {
	p, err := r.page(adminDomainsPage, adminDomainsMost)
	if err != nil {
		return nil, err
	}
	list, err := a.DB.Read(r.Context()).DomainAllowPage(p)
	out := make([]entity.AdminDomainAllow, 0, len(list))
	var cursors []model.ID
	for _, d := range list {
		out, cursors = append(out, a.Draw.AdminDomainAllow(d)), append(cursors, d.ID)
	}
	r.link(a, p, "min_id", cursors)
	return out, err
}

// domainAllow — Mastodon API: GET /api/v1/admin/domain_allows/:id
func (a *API) domainAllow(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	d, err := a.DB.Read(r.Context()).DomainAllow(id)
	if err != nil {
		return nil, err
	}
	return a.Draw.AdminDomainAllow(*d), nil
}

// allowDomain — Mastodon API: POST /api/v1/admin/domain_allows
func (a *API) allowDomain(r *request) (any, error) {
	d, err := a.Social.AllowDomain(r.Context(), r.str("domain"))
	if err != nil {
		return nil, err
	}
	return a.Draw.AdminDomainAllow(*d), nil
}

// disallowDomain — Mastodon API: DELETE /api/v1/admin/domain_allows/:id
func (a *API) disallowDomain(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	d, err := a.DB.Read(r.Context()).DomainAllow(id)
	if err != nil {
		return nil, err
	}
	return a.Draw.AdminDomainAllow(*d), a.Social.DisallowDomain(r.Context(), id)
}
