package social

import "gomphothere/internal/model"

// MayHome is the rule of home timelines, for the naive recomputation that tests compare with.
func MayHome(rel *model.Relations, st *model.Status, now model.Time) bool {
	return mayHome(rel, st, now)
}

// ReblogWindow is how near a reblog is not shown again.
const ReblogWindow = reblogWindow
