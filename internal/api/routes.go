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

		// --- accounts

		// --- relationships: follow, block, mute, domain blocks, notes, endorsements, follow requests

		// --- lists, tags, suggestions, directory

		// --- notifications

		// --- conversations, markers, filters, preferences

		// --- instance, announcements, emoji

		// --- search
	}
}
