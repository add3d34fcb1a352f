package model

import "sync/atomic"

// Slot holds bytes drawn from an immutable row, so that drawing happens once per version of the row. The store
// makes one with every cached row; entity fills it.
type Slot struct{ b atomic.Pointer[[]byte] }

// Get gives what was drawn, or nil.
func (s *Slot) Get() []byte {
	if s == nil {
		return nil
	}
	if p := s.b.Load(); p != nil {
		return *p
	}
	return nil
}

// Set keeps b, which nobody may change afterwards.
func (s *Slot) Set(b []byte) {
	if s != nil {
		s.b.Store(&b)
	}
}
