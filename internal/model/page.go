package model

// Page says which part of a list is wanted, newest first (Mastodon API: pagination).
// MinID asks for the page directly above it, SinceID for the newest that are above it.
type Page struct {
	MaxID   ID // below this one
	SinceID ID // above this one
	MinID   ID // above this one, and next to it
	Limit   int
	Offset  int // only for lists without cursors
}

// Ascending tells whether the page is read upwards from MinID (and turned round afterwards).
func (p Page) Ascending() bool { return p.MinID != 0 }

// Floor is the id that all of the page is above.
func (p Page) Floor() ID { return max(p.MinID, p.SinceID) }

// Has tells whether an id lies within the page's bounds.
func (p Page) Has(id ID) bool { return (p.MaxID == 0 || id < p.MaxID) && id > p.Floor() }

// First tells whether the page is the newest of the list.
func (p Page) First() bool { return p.MaxID == 0 && p.Floor() == 0 && p.Offset == 0 }
