package federation

import (
	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Relays pass public statuses on. Mastodon's kind is followed by a Follow of everybody and pushed what our people
// write, signed by itself; LitePub's kind is an actor that follows back and takes Announces of the server's own.

// relayState is the state of a relay that agreed.
const relayAccepted = "accepted"

// relayInboxes are where relays that agreed take things.
func relayInboxes(q *store.Q, which func(model.Relay) bool) (inboxes []string, err error) {
	relays, err := q.Relays()
	for _, r := range relays {
		if r.State == relayAccepted && which(r) {
			inboxes = append(inboxes, r.InboxURL)
		}
	}
	return inboxes, err
}

func anyRelay(model.Relay) bool { return true }

// announces tells relays that take Announces.
func announces(r model.Relay) bool { return r.ActorURI != "" }

// pushes tells relays that take what was written itself.
func pushes(r model.Relay) bool { return r.ActorURI == "" }
