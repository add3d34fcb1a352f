package api

import (
	"strings"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// subscribePush — Mastodon API: POST /api/v1/push/subscription
func (a *API) subscribePush(r *request) (any, error) {
	sub := r.sub("subscription")
	if sub == nil {
		return nil, model.BadRequestf("param is missing or the value is empty or invalid: subscription")
	}
	keys := sub.sub("keys")
	s, err := a.Social.SubscribePush(r.Context(), r.who.Token, r.bearer(), social.PushDraft{
		Endpoint: sub.str("endpoint"), P256DH: keys.str("p256dh"), Auth: keys.str("auth"), Standard: sub.flag("standard"),
		PushWishes: r.pushWishes(),
	})
	return a.push(s, err)
}

// getPush — Mastodon API: GET /api/v1/push/subscription
func (a *API) getPush(r *request) (any, error) {
	return a.push(a.Social.PushSubscription(r.Context(), r.who.Token))
}

// changePush — Mastodon API: PUT /api/v1/push/subscription
func (a *API) changePush(r *request) (any, error) {
	return a.push(a.Social.ChangePush(r.Context(), r.who.Token, r.pushWishes()))
}

// unsubscribePush — Mastodon API: DELETE /api/v1/push/subscription
func (a *API) unsubscribePush(r *request) (any, error) {
	return nil, a.Social.UnsubscribePush(r.Context(), r.who.Token)
}

// stopPush — Mastodon API: DELETE /api/web/push_subscriptions/:id; push services call it, by a signed link.
func (a *API) stopPush(r *request) (any, error) {
	return nil, a.Social.StopPush(r.Context(), r.PathValue("id"))
}

func (a *API) push(s *model.PushSubscription, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return a.Draw.WebPushSubscription(s, a.PushKey), nil
}

// pushWishes reads data[alerts][…] and data[policy]. Older documents show policy outside data, and some apps send it so.
func (r *request) pushWishes() social.PushWishes {
	data := r.sub("data")
	alerts := data.sub("alerts")
	w := social.PushWishes{Policy: data.str("policy"), Alerts: make(map[string]bool, len(alerts))}
	if w.Policy == "" {
		w.Policy = r.str("policy")
	}
	for typ := range alerts {
		w.Alerts[typ] = alerts.flag(typ)
	}
	return w
}

// bearer is the access token as it came.
func (r *request) bearer() string {
	if b, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return b
	}
	return r.URL.Query().Get("access_token")
}
