package social

import (
	"context"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// MarkerTimelines are the timelines whose place is remembered (Mastodon: Marker::TIMELINES).
func MarkerTimelines() []string { return []string{"home", "notifications"} }

// SetMarkers remembers where somebody stopped reading, all together or not at all (Mastodon API: POST markers).
func (s *Social) SetMarkers(ctx context.Context, me *model.Account, at map[string]model.ID) ([]model.Marker, error) {
	var out []model.Marker
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		out = nil
		for _, timeline := range MarkerTimelines() {
			id, ok := at[timeline]
			if !ok {
				continue
			}
			m, err := tx.SetMarker(me.ID, timeline, id)
			if err != nil {
				return err
			}
			out = append(out, *m)
		}
		return nil
	})
	return out, err
}
