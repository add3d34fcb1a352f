package entity

import "gomphothere/internal/model"

// WebPushSubscription is where an app gets its push messages (Mastodon API: entities/WebPushSubscription).
type WebPushSubscription struct {
	ID        model.ID        `json:"id"`
	Endpoint  string          `json:"endpoint"`
	Standard  bool            `json:"standard"`
	ServerKey string          `json:"server_key"`
	Alerts    map[string]bool `json:"alerts"` // as the app chose, nothing added
	Policy    string          `json:"policy"`
}

// WebPushSubscription draws a subscription; key is the server's public one.
func (d *Drawer) WebPushSubscription(s *model.PushSubscription, key string) WebPushSubscription {
	alerts := s.Alerts
	if alerts == nil {
		alerts = map[string]bool{}
	}
	return WebPushSubscription{s.ID, s.Endpoint, s.Standard, key, alerts, s.Policy}
}
