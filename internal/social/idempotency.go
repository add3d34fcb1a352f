package social

import (
	"context"
	"time"

	"gomphothere/internal/store"
)

// keysKept is how long a repeated request finds what it made: Mastodon keeps an hour; a phone that was out of reach
// sends again later than that.
const keysKept = 24 * time.Hour

// ForgetIdempotency drops keys whose time is over. A schedule runs it.
func (s *Social) ForgetIdempotency(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.ForgetIdempotency(tx.Now().Add(-keysKept)) })
}
