package stream

import (
	"encoding/json"
	"net/http"

	"gomphothere/internal/model"
	"gomphothere/internal/text"
)

// refusal is why there is no stream.
type refusal struct {
	status int
	text   string
}

// maxTag is the longest hashtag asked for, in bytes; longer ones cannot be written.
const maxTag = 1000

// wanted finds what a client means by a stream, and its name in frames (Mastodon API: streaming, channels).
func wanted(stream, tag, list string) (k topicKey, name string, bad *refusal) {
	names := []string{stream}
	switch stream {
	case "user", "user:notification", "direct", "public", "public:media", "public:local", "public:local:media",
		"public:remote", "public:remote:media":
		k.name = stream
	case "hashtag", "hashtag:local":
		k = topicKey{name: stream, tag: text.TagKey(tag)}
		if k.tag == "" || len(tag) > maxTag {
			return k, "", &refusal{http.StatusBadRequest, "Missing tag name parameter"}
		}
		names = append(names, tag)
	case "list":
		if list == "" {
			return k, "", &refusal{http.StatusBadRequest, "Missing list name parameter"}
		}
		id, err := model.ParseID(list)
		if err != nil || id == 0 {
			return k, "", &refusal{http.StatusUnauthorized, "Not authorized to stream this list"}
		}
		k = topicKey{name: stream, list: id}
		names = append(names, list)
	default:
		return k, "", &refusal{http.StatusBadRequest, "Unknown stream type"}
	}
	b, err := json.Marshal(names)
	if err != nil {
		return k, "", &refusal{http.StatusBadRequest, "Unknown stream type"}
	}
	return k, string(b), nil
}

// Endpoint is a path of the streaming API in the reference's spelling, and what a token needs.
type Endpoint struct{ Path, Scope string }

// Endpoints are all of them, for the page of coverage.
func Endpoints() []Endpoint {
	out := []Endpoint{{"/api/v1/streaming", "read:statuses or read:notifications"}, {"/api/v1/streaming/health", ""}}
	for path, stream := range paths() {
		scope := "read:statuses"
		if stream == "user:notification" {
			scope = "read:notifications"
		}
		out = append(out, Endpoint{"/api/v1/streaming/" + path, scope})
	}
	return out
}

// publics are the public streams that a status at a place belongs to.
func publics(p *model.Place) []string {
	if !p.Public() {
		return nil
	}
	names := []string{"public"}
	where := "public:remote"
	if p.Local {
		where = "public:local"
	}
	names = append(names, where)
	if p.Media {
		names = append(names, "public:media", where+":media")
	}
	return names
}

// topicsOf are what a status at a place is heard on, beside homes and lists.
func topicsOf(p *model.Place) []topicKey {
	var keys []topicKey
	for _, name := range publics(p) {
		keys = append(keys, topicKey{name: name})
	}
	if p.Visibility == model.Public && !p.Shared {
		for _, t := range p.Tags {
			keys = append(keys, topicKey{name: "hashtag", tag: t})
			if p.Local {
				keys = append(keys, topicKey{name: "hashtag:local", tag: t})
			}
		}
	}
	return keys
}
