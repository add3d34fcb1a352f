package api

// routes is all that clients may ask: a line each. What Mastodon has and we have not yet is in missing.txt.
func (a *API) routes() []route {
	return []route{
		// --- statuses
		{"POST", "/api/v1/statuses", user, "write|write:statuses", "statuses", a.postStatus},
		{"GET", "/api/v1/statuses/{id}", visitor, "read|read:statuses", "", a.getStatus},
		{"POST", "/api/v1/statuses/{id}/favourite", user, "write|write:favourites", "", a.favourite},
		{"POST", "/api/v1/statuses/{id}/unfavourite", user, "write|write:favourites", "", a.unfavourite},

		// --- timelines
		{"GET", "/api/v1/timelines/home", user, "read|read:statuses", "", a.homeTimeline},
		{"GET", "/api/v1/timelines/public", visitor, "read|read:statuses", "", a.publicTimeline},
		{"GET", "/api/v1/timelines/tag/{hashtag}", visitor, "read|read:statuses", "", a.tagTimeline},
		{"GET", "/api/v1/timelines/list/{list_id}", user, "read|read:lists", "", a.listTimeline},
		{"GET", "/api/v1/accounts/{id}/statuses", visitor, "read|read:statuses", "", a.accountStatuses},

		// --- accounts
		{"GET", "/api/v1/accounts", visitor, "read|read:accounts", "", a.getAccounts},
		{"GET", "/api/v1/accounts/{id}", visitor, "read|read:accounts", "", a.getAccount},
		{"GET", "/api/v1/accounts/lookup", visitor, "read|read:accounts", "", a.lookupAccount},
		{"GET", "/api/v1/accounts/relationships", user, "read|read:follows", "", a.relationships},
		{"GET", "/api/v1/accounts/familiar_followers", user, "read|read:follows", "", a.familiarFollowers},
		{"GET", "/api/v1/accounts/verify_credentials", user, "profile|read|read:accounts", "", a.verifyCredentials},
		{"PATCH", "/api/v1/accounts/update_credentials", user, "write|write:accounts", "", a.updateCredentials},
		{"GET", "/api/v1/accounts/{id}/followers", visitor, "read|read:accounts", "", a.followers},
		{"GET", "/api/v1/accounts/{id}/following", visitor, "read|read:accounts", "", a.following},
		{"GET", "/api/v1/accounts/{id}/endorsements", visitor, "read|read:accounts", "", a.accountEndorsements},
		{"GET", "/api/v1/profile", user, "profile|read|read:accounts", "", a.profile},
		{"PATCH", "/api/v1/profile", user, "write|write:accounts", "", a.updateProfile},
		{"PUT", "/api/v1/profile", user, "write|write:accounts", "", a.updateProfile},
		{"DELETE", "/api/v1/profile/avatar", user, "write|write:accounts", "", a.removeAvatar},
		{"DELETE", "/api/v1/profile/header", user, "write|write:accounts", "", a.removeHeader},
		{"GET", "/api/v1/preferences", user, "read|read:accounts", "", a.preferences},

		// --- relationships: follow, block, mute, domain blocks, notes, endorsements, follow requests
		{"POST", "/api/v1/accounts/{id}/follow", user, "follow|write|write:follows", "follows", a.follow},
		{"POST", "/api/v1/accounts/{id}/unfollow", user, "follow|write|write:follows", "", a.unfollow},
		{"POST", "/api/v1/accounts/{id}/remove_from_followers", user, "follow|write|write:follows", "", a.removeFromFollowers},
		{"POST", "/api/v1/accounts/{id}/block", user, "follow|write|write:blocks", "", a.block},
		{"POST", "/api/v1/accounts/{id}/unblock", user, "follow|write|write:blocks", "", a.unblock},
		{"POST", "/api/v1/accounts/{id}/mute", user, "follow|write|write:mutes", "", a.mute},
		{"POST", "/api/v1/accounts/{id}/unmute", user, "follow|write|write:mutes", "", a.unmute},
		{"POST", "/api/v1/accounts/{id}/note", user, "write|write:accounts", "", a.note},
		{"POST", "/api/v1/accounts/{id}/endorse", user, "write|write:accounts", "", a.endorse},
		{"POST", "/api/v1/accounts/{id}/unendorse", user, "write|write:accounts", "", a.unendorse},
		{"POST", "/api/v1/accounts/{id}/pin", user, "write|write:accounts", "", a.endorse},
		{"POST", "/api/v1/accounts/{id}/unpin", user, "write|write:accounts", "", a.unendorse},
		{"GET", "/api/v1/endorsements", user, "read|read:accounts", "", a.endorsements},
		{"GET", "/api/v1/follow_requests", user, "follow|read|read:follows", "", a.followRequests},
		{"POST", "/api/v1/follow_requests/{account_id}/authorize", user, "follow|write|write:follows", "", a.authorizeFollow},
		{"POST", "/api/v1/follow_requests/{account_id}/reject", user, "follow|write|write:follows", "", a.rejectFollow},
		{"GET", "/api/v1/blocks", user, "follow|read|read:blocks", "", a.blocks},
		{"GET", "/api/v1/mutes", user, "follow|read|read:mutes", "", a.mutes},
		{"GET", "/api/v1/domain_blocks", user, "follow|read|read:blocks", "", a.domainBlocks},
		{"POST", "/api/v1/domain_blocks", user, "follow|write|write:blocks", "", a.blockDomain},
		{"DELETE", "/api/v1/domain_blocks", user, "follow|write|write:blocks", "", a.unblockDomain},
		{"GET", "/api/v1/domain_blocks/preview", user, "follow|write|write:blocks", "", a.previewDomainBlock},

		// --- lists, tags, suggestions, directory
		{"GET", "/api/v1/lists", user, "read|read:lists", "", a.getLists},
		{"POST", "/api/v1/lists", user, "write|write:lists", "", a.addList},
		{"GET", "/api/v1/lists/{id}", user, "read|read:lists", "", a.getList},
		{"PUT", "/api/v1/lists/{id}", user, "write|write:lists", "", a.setList},
		{"PATCH", "/api/v1/lists/{id}", user, "write|write:lists", "", a.setList},
		{"DELETE", "/api/v1/lists/{id}", user, "write|write:lists", "", a.removeList},
		{"GET", "/api/v1/lists/{id}/accounts", user, "read|read:lists", "", a.listAccounts},
		{"POST", "/api/v1/lists/{id}/accounts", user, "write|write:lists", "", a.addToList},
		{"DELETE", "/api/v1/lists/{id}/accounts", user, "write|write:lists", "", a.removeFromList},
		{"GET", "/api/v1/accounts/{id}/lists", user, "read|read:lists", "", a.listsWith},
		{"GET", "/api/v1/tags/{name}", visitor, "", "", a.getTag},
		{"POST", "/api/v1/tags/{name}/follow", user, "follow|write|write:follows", "follows", a.followTag},
		{"POST", "/api/v1/tags/{name}/unfollow", user, "follow|write|write:follows", "", a.unfollowTag},
		{"POST", "/api/v1/tags/{id}/feature", user, "write|write:accounts", "", a.featureTag},
		{"POST", "/api/v1/tags/{id}/unfeature", user, "write|write:accounts", "", a.unfeatureTag},
		{"GET", "/api/v1/followed_tags", user, "follow|read|read:follows", "", a.followedTags},
		{"GET", "/api/v1/featured_tags", user, "read|read:accounts", "", a.getFeaturedTags},
		{"POST", "/api/v1/featured_tags", user, "write|write:accounts", "", a.addFeaturedTag},
		{"DELETE", "/api/v1/featured_tags/{id}", user, "write|write:accounts", "", a.removeFeaturedTag},
		{"GET", "/api/v1/featured_tags/suggestions", user, "read|read:accounts", "", a.suggestedTags},
		{"GET", "/api/v1/accounts/{id}/featured_tags", visitor, "", "", a.accountFeaturedTags},
		{"GET", "/api/v2/suggestions", user, "read|read:accounts", "", a.suggestions},
		{"GET", "/api/v1/suggestions", user, "read|read:accounts", "", a.suggestedAccounts},
		{"DELETE", "/api/v1/suggestions/{account_id}", user, "write|write:accounts", "", a.dismissSuggestion},
		{"GET", "/api/v1/directory", visitor, "", "", a.directory},

		// --- notifications

		// --- conversations, markers, filters, preferences

		// --- instance, announcements, emoji

		// --- search
		{"GET", "/api/v2/search", visitor, "read|read:search", "", a.search},
		{"GET", "/api/v1/accounts/search", user, "read|read:accounts", "", a.searchAccounts},
	}
}
