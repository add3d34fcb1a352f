package social

import (
	"context"
	"fmt"

	"gomphothere/internal/store"
)

// Probe does what a post needs: it writes a row, commits it, and reads it back as a reader does.
func (s *Social) Probe(ctx context.Context) error {
	now := s.DB.Now()
	if err := s.DB.Write(ctx, func(tx *store.Tx) error { return tx.SetSite("probe", int64(now)) }); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	got, err := store.SiteValue[int64](s.DB.Read(ctx), "probe")
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if got < int64(now) {
		return fmt.Errorf("read back %d after writing %d", got, int64(now))
	}
	return nil
}
