package api

import (
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// verifyCredentials — Mastodon API: GET /api/v1/accounts/verify_credentials
func (a *API) verifyCredentials(r *request) (any, error) { return a.ownAccount(r, r.me, nil) }

// updateCredentials — Mastodon API: PATCH /api/v1/accounts/update_credentials
func (a *API) updateCredentials(r *request) (any, error) {
	acc, err := a.editProfile(r)
	return a.ownAccount(r, acc, err)
}

// profile — Mastodon API: GET /api/v1/profile
func (a *API) profile(r *request) (any, error) { return a.ownProfile(r, r.me, nil) }

// updateProfile — Mastodon API: PATCH /api/v1/profile
func (a *API) updateProfile(r *request) (any, error) {
	acc, err := a.editProfile(r)
	return a.ownProfile(r, acc, err)
}

// removeAvatar — Mastodon API: DELETE /api/v1/profile/avatar
func (a *API) removeAvatar(r *request) (any, error) {
	acc, err := a.Social.RemoveAvatar(r.Context(), r.me)
	return a.ownAccount(r, acc, err)
}

// removeHeader — Mastodon API: DELETE /api/v1/profile/header
func (a *API) removeHeader(r *request) (any, error) {
	acc, err := a.Social.RemoveHeader(r.Context(), r.me)
	return a.ownAccount(r, acc, err)
}

// preferences — Mastodon API: GET /api/v1/preferences
func (a *API) preferences(r *request) (any, error) {
	user, err := a.DB.Read(r.Context()).UserOf(r.me.ID)
	if err != nil {
		return nil, err
	}
	return a.Draw.Preferences(r.me, user), nil
}

// ownAccount draws somebody's account for themselves; err is the verb's.
func (a *API) ownAccount(r *request, acc *model.Account, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	q := a.DB.Read(r.Context())
	user, err := q.UserOf(acc.ID)
	if err != nil {
		return nil, err
	}
	waiting, err := q.CountFollowRequests(acc.ID)
	if err != nil {
		return nil, err
	}
	return a.Draw.CredentialAccount(acc, user, waiting), nil
}

// ownProfile draws somebody's profile as they edit it; err is the verb's.
func (a *API) ownProfile(r *request, acc *model.Account, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	tags, err := a.DB.Read(r.Context()).FeaturedTags(acc.ID)
	if err != nil {
		return nil, err
	}
	return a.Draw.Profile(acc, tags), nil
}

// editProfile reads a profile form and changes what it names.
func (a *API) editProfile(r *request) (*model.Account, error) {
	for _, picture := range []string{"avatar", "header"} {
		if r.upload(picture) || r.str(picture) != "" {
			return nil, model.Invalidf("Validation failed: This server cannot take pictures yet; leave out %s and the rest is saved", picture)
		}
	}
	c := social.ProfileChange{
		DisplayName: r.strPtr("display_name"), Note: r.strPtr("note"),
		Locked: r.flagPtr("locked"), Bot: r.flagPtr("bot"), Discoverable: r.flagPtr("discoverable"), Indexable: r.flagPtr("indexable"),
		HideCollections: r.flagPtr("hide_collections"), ShowMedia: r.flagPtr("show_media"),
		ShowMediaReplies: r.flagPtr("show_media_replies"), ShowFeatured: r.flagPtr("show_featured"),
		AvatarDescription: r.strPtr("avatar_description"), HeaderDescription: r.strPtr("header_description"),
	}
	if r.has("attribution_domains") {
		domains := r.strs("attribution_domains")
		c.AttributionDomains = &domains
	}
	if r.has("fields_attributes") {
		fields := []social.FieldDraft{}
		for _, f := range r.list("fields_attributes") {
			fields = append(fields, social.FieldDraft{Name: f.str("name"), Value: f.str("value")})
		}
		c.Fields = &fields
	}
	if source := r.sub("source"); source != nil {
		c.Sensitive, c.Language, c.QuotePolicy = source.flagPtr("sensitive"), source.strPtr("language"), source.strPtr("quote_policy")
		if p := source.strPtr("privacy"); p != nil {
			v := model.Visibility(*p)
			c.Privacy = &v
		}
	}
	return a.Social.EditProfile(r.Context(), r.me, c)
}
