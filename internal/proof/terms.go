package proof

// terms is the context that documents are read in once their signature is good: all that this server reads, by the
// names it reads.
type terms struct{}

func (terms) context() any {
	id := func(iri string) any { return map[string]any{"@id": iri, "@type": "@id"} }
	listed := func(iri string) any { return map[string]any{"@id": iri, "@container": "@list"} }
	return map[string]any{"@context": []any{
		"https://www.w3.org/ns/activitystreams",
		securityContext,
		map[string]any{
			"toot":     "http://joinmastodon.org/ns#",
			"schema":   "http://schema.org#",
			"ostatus":  "http://ostatus.org#",
			"misskey":  "https://misskey-hub.net/ns#",
			"fedibird": "http://fedibird.com/ns#",
			"gts":      "https://gotosocial.org/ns#",
			"fep044f":  "https://w3id.org/fep/044f#",
			"litepub":  "http://litepub.social/ns#",
			"wf":       "https://purl.archive.org/socialweb/webfinger#",

			"manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
			"sensitive":                 "as:sensitive",
			"Hashtag":                   "as:Hashtag",
			"movedTo":                   id("as:movedTo"),
			"alsoKnownAs":               id("as:alsoKnownAs"),
			"Emoji":                     "toot:Emoji",
			"featured":                  id("toot:featured"),
			"featuredTags":              id("toot:featuredTags"),
			"focalPoint":                listed("toot:focalPoint"),
			"blurhash":                  "toot:blurhash",
			"discoverable":              "toot:discoverable",
			"indexable":                 "toot:indexable",
			"memorial":                  "toot:memorial",
			"votersCount":               "toot:votersCount",
			"suspended":                 "toot:suspended",
			"attributionDomains":        id("toot:attributionDomains"),
			"showFeatured":              "toot:showFeatured",
			"showMedia":                 "toot:showMedia",
			"showRepliesInMedia":        "toot:showRepliesInMedia",
			"PropertyValue":             "schema:PropertyValue",
			"value":                     "schema:value",
			"atomUri":                   "ostatus:atomUri",
			"inReplyToAtomUri":          "ostatus:inReplyToAtomUri",
			"conversation":              "ostatus:conversation",
			"quote":                     id("fep044f:quote"),
			"quoteAuthorization":        id("fep044f:quoteAuthorization"),
			"QuoteRequest":              "fep044f:QuoteRequest",
			"QuoteAuthorization":        "fep044f:QuoteAuthorization",
			"quoteUri":                  "fedibird:quoteUri",
			"quoteUrl":                  "as:quoteUrl",
			"_misskey_quote":            "misskey:_misskey_quote",
			"_misskey_reaction":         "misskey:_misskey_reaction",
			"interactionPolicy":         id("gts:interactionPolicy"),
			"canQuote":                  id("gts:canQuote"),
			"automaticApproval":         id("gts:automaticApproval"),
			"manualApproval":            id("gts:manualApproval"),
			"interactingObject":         id("gts:interactingObject"),
			"interactionTarget":         id("gts:interactionTarget"),
			"EmojiReact":                "litepub:EmojiReact",
			"directMessage":             "litepub:directMessage",
			"webfinger":                 "wf:webfinger",
		},
	}}
}
