package federation

// activities is the table of what other servers may tell us: a type of activity, and what is done.
//
// What other software emits and means nothing here is named too, so that it is told from what nobody knew.
func activities() map[string]handler {
	return map[string]handler{
		// statuses
		"Create": (*Federation).onCreate,
		"Update": (*Federation).onUpdate,
		"Delete": (*Federation).onDelete,

		// what is done with them
		"Announce":     (*Federation).onAnnounce,
		"Like":         (*Federation).onLike,
		"EmojiReact":   (*Federation).onLike, // FEP-c0e0: Mastodon shows a reaction as a favourite
		"Add":          (*Federation).onAdd,
		"Remove":       (*Federation).onRemove,
		"QuoteRequest": (*Federation).onQuoteRequest, // FEP-044f

		// people
		"Follow": (*Federation).onFollow,
		"Accept": (*Federation).onAccept,
		"Reject": (*Federation).onReject,
		"Undo":   (*Federation).onUndo,
		"Block":  (*Federation).onBlock,
		"Flag":   (*Federation).onFlag,
		"Move":   (*Federation).onMove,

		// heard and let go: nothing here answers to it
		"TentativeAccept": ignore, "TentativeReject": ignore, "Ignore": ignore,
		"Dislike": ignore, "View": ignore, "Listen": ignore, "Read": ignore, "Question": ignore,
		"Arrive": ignore, "Travel": ignore, "Join": ignore, "Leave": ignore, "Invite": ignore, "Offer": ignore,
		"Lock": ignore, "Resolve": ignore, "Warn": ignore, // Lemmy's moderation
		"LikeRequest": ignore, "ReplyRequest": ignore, "AnnounceRequest": ignore, // GoToSocial asks before it shows; here all of it is allowed
		"FeatureRequest": ignore,                                                                            // FEP-7aa9
		"Bite":           ignore, "Ping": ignore, "Pong": ignore, "Activity": ignore, "ChatMessage": ignore, // Iceshrimp, snac2, bare ActivityStreams, Pleroma
	}
}
