package federation

import (
	"crypto/sha256"
	"maps"
	"slices"
)

// OutgoingWords are the words of the table of outgoing activities.
func OutgoingWords() []string { return slices.Sorted(maps.Keys(outgoing())) }

// Digest is the hash of one follower.
func Digest(uri string) [sha256.Size]byte { return sha256.Sum256([]byte(uri)) }
