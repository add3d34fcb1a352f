package social

import (
	"context"
	"fmt"
	"strings"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// probe is what Probe writes: a time, and as many bytes as a long post and its indexes put into the log, so that a disk
// with room for one and not for the other does not pass.
type probe struct {
	At   model.Time
	Room string
}

const probeRoom = 64 << 10

// Probe does what a post needs: it writes a row, commits it, and reads it back as a reader does.
func (s *Social) Probe(ctx context.Context) error {
	now := s.DB.Now()
	room := strings.Repeat(".", probeRoom)
	if err := s.DB.Write(ctx, func(tx *store.Tx) error { return tx.SetSite("probe", probe{now, room}) }); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	got, err := store.SiteValue[probe](s.DB.Read(ctx), "probe")
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if got.At < now {
		return fmt.Errorf("read back %v after writing %v", got.At, now)
	}
	return nil
}
