package api

import (
	"context"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
)

// follow — Mastodon API: POST /api/v1/accounts/:id/follow
func (a *API) follow(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	o := social.FollowOptions{Reblogs: r.flagPtr("reblogs"), Notify: r.flagPtr("notify")}
	if r.has("languages") {
		languages := r.strs("languages")
		o.Languages = &languages
	}
	return a.standing(a.Social.Follow(r.Context(), r.me, id, o))
}

// unfollow — Mastodon API: POST /api/v1/accounts/:id/unfollow
func (a *API) unfollow(r *request) (any, error) { return a.toward(r, a.Social.Unfollow) }

// removeFromFollowers — Mastodon API: POST /api/v1/accounts/:id/remove_from_followers
func (a *API) removeFromFollowers(r *request) (any, error) {
	return a.toward(r, a.Social.RemoveFromFollowers)
}

// block — Mastodon API: POST /api/v1/accounts/:id/block
func (a *API) block(r *request) (any, error) { return a.toward(r, a.Social.Block) }

// unblock — Mastodon API: POST /api/v1/accounts/:id/unblock
func (a *API) unblock(r *request) (any, error) { return a.toward(r, a.Social.Unblock) }

// unmute — Mastodon API: POST /api/v1/accounts/:id/unmute
func (a *API) unmute(r *request) (any, error) { return a.toward(r, a.Social.Unmute) }

// endorse — Mastodon API: POST /api/v1/accounts/:id/endorse
func (a *API) endorse(r *request) (any, error) { return a.toward(r, a.Social.Endorse) }

// unendorse — Mastodon API: POST /api/v1/accounts/:id/unendorse
func (a *API) unendorse(r *request) (any, error) { return a.toward(r, a.Social.Unendorse) }

// toward runs a verb between me and the account in the path.
func (a *API) toward(r *request, verb func(context.Context, *model.Account, model.ID) (*model.Relationship, error)) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return a.standing(verb(r.Context(), r.me, id))
}

// standing draws a relationship; err is the verb's.
func (a *API) standing(rel *model.Relationship, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return rel, nil
}

// mute — Mastodon API: POST /api/v1/accounts/:id/mute
func (a *API) mute(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	duration, ok := r.seconds("duration")
	if !ok && r.str("duration") != "" {
		return nil, model.Invalidf("Validation failed: Duration is not a number of seconds")
	}
	return a.standing(a.Social.Mute(r.Context(), r.me, id, r.flagOr("notifications", true), duration))
}

// note — Mastodon API: POST /api/v1/accounts/:id/note
func (a *API) note(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	return a.standing(a.Social.SetNote(r.Context(), r.me, id, r.str("comment")))
}

// followRequests — Mastodon API: GET /api/v1/follow_requests
func (a *API) followRequests(r *request) (any, error) {
	return a.accountsPage(r, func(p model.Page) ([]store.Entry, error) { return a.DB.Read(r.Context()).FollowRequests(r.me.ID, p) })
}

// authorizeFollow — Mastodon API: POST /api/v1/follow_requests/:account_id/authorize
func (a *API) authorizeFollow(r *request) (any, error) {
	return a.answerFollow(r, a.Social.AuthorizeFollow)
}

// rejectFollow — Mastodon API: POST /api/v1/follow_requests/:account_id/reject
func (a *API) rejectFollow(r *request) (any, error) { return a.answerFollow(r, a.Social.RejectFollow) }

func (a *API) answerFollow(r *request, verb func(context.Context, *model.Account, model.ID) (*model.Relationship, error)) (any, error) {
	id, err := r.pathID("account_id")
	if err != nil {
		return nil, err
	}
	return a.standing(verb(r.Context(), r.me, id))
}

// blocks — Mastodon API: GET /api/v1/blocks
func (a *API) blocks(r *request) (any, error) {
	return a.accountsPage(r, func(p model.Page) ([]store.Entry, error) { return a.DB.Read(r.Context()).Blocks(r.me.ID, p) })
}

// mutes — Mastodon API: GET /api/v1/mutes
func (a *API) mutes(r *request) (any, error) {
	p, err := r.page(peoplePage, peopleMost)
	if err != nil {
		return nil, err
	}
	q := a.DB.Read(r.Context())
	list, err := q.Mutes(r.me.ID, p)
	if err != nil {
		return nil, err
	}
	var cursors, ids []model.ID
	until := map[model.ID]model.Time{}
	for _, m := range list {
		cursors, ids = append(cursors, m.Cursor), append(ids, m.ID)
		until[m.ID] = m.ExpiresAt
	}
	r.link(a, p, "since_id", cursors)
	accounts, err := q.Accounts(ids)
	if err != nil {
		return nil, err
	}
	out := make([]any, 0, len(accounts))
	for _, acc := range accounts {
		out = append(out, a.Draw.MutedAccount(acc, until[acc.ID]))
	}
	return out, nil
}

// endorsements — Mastodon API: GET /api/v1/endorsements; limit=0 gives all.
func (a *API) endorsements(r *request) (any, error) {
	if r.str("limit") != "0" {
		return a.accountsPage(r, func(p model.Page) ([]store.Entry, error) { return a.DB.Read(r.Context()).Endorsed(r.me.ID, p) })
	}
	const most = 10_000 // more than anybody follows; what is drawn at once must end somewhere
	list, err := a.DB.Read(r.Context()).Endorsed(r.me.ID, model.Page{Limit: most})
	if err != nil {
		return nil, err
	}
	return a.drawAccounts(r, list)
}

// Mastodon's page sizes for blocked domains.
const (
	domainsPage = 100
	domainsMost = 200
)

// domainBlocks — Mastodon API: GET /api/v1/domain_blocks
func (a *API) domainBlocks(r *request) (any, error) {
	p, err := r.page(domainsPage, domainsMost)
	if err != nil {
		return nil, err
	}
	list, err := a.DB.Read(r.Context()).DomainBlocks(r.me.ID, p)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(list))
	var cursors []model.ID
	for _, b := range list {
		names, cursors = append(names, b.Domain), append(cursors, b.ID)
	}
	r.link(a, p, "since_id", cursors)
	return names, nil
}

// blockDomain — Mastodon API: POST /api/v1/domain_blocks
func (a *API) blockDomain(r *request) (any, error) {
	return nil, a.Social.BlockDomain(r.Context(), r.me, r.str("domain"))
}

// unblockDomain — Mastodon API: DELETE /api/v1/domain_blocks
func (a *API) unblockDomain(r *request) (any, error) {
	return nil, a.Social.UnblockDomain(r.Context(), r.me, r.str("domain"))
}

// previewDomainBlock — Mastodon API: GET /api/v1/domain_blocks/preview
func (a *API) previewDomainBlock(r *request) (any, error) {
	following, followers, err := a.Social.PreviewDomainBlock(r.Context(), r.me, r.str("domain"))
	type preview struct { // Mastodon API: entities/DomainBlockPreview
		Following int64 `json:"following_count"`
		Followers int64 `json:"followers_count"`
	}
	return preview{following, followers}, err
}
