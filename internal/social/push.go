package social

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

const (
	maxEndpoint = 2048 // bytes; the longest in use have about 500
	// Apps of one person that push messages go to; each notification is a job for each.
	maxSubscriptions = 50
	// RFC 8291 §3.2 says 16 bytes; apps from before it sent more.
	shortestAuth, longestAuth = 16, 64
	// What is refused so often in a row is not wanted any more.
	maxRefusals  = 5
	maxPushError = 300 // bytes of what a push service says that are kept
)

// pushKeys is the key in table site.
const pushKeys = "push_keys"

// PushKeys are the server's keys for push messages, made when they are first asked for (RFC 8292).
func (s *Social) PushKeys(ctx context.Context) (*model.PushKeys, error) {
	if k := s.push.Load(); k != nil {
		return k, nil
	}
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	k := model.PushKeys{
		Public:  base64.URLEncoding.EncodeToString(private.PublicKey().Bytes()),
		Private: base64.URLEncoding.EncodeToString(private.Bytes()),
	}
	kept, err := store.SiteValue[model.PushKeys](s.DB.Read(ctx), pushKeys)
	if err == nil && kept.Private == "" {
		err = s.DB.Write(ctx, func(tx *store.Tx) error {
			kept, err = store.SiteOnce(tx, pushKeys, k)
			return err
		})
	}
	if err != nil {
		return nil, err
	}
	s.push.Store(&kept)
	return &kept, nil
}

// PushDraft is what an app asks for (Mastodon API: POST /api/v1/push/subscription).
type PushDraft struct {
	Endpoint string
	P256DH   string
	Auth     string
	Standard bool
	PushWishes
}

// PushWishes is what an app wants to hear of.
type PushWishes struct {
	Alerts map[string]bool // by type of notification; others are left out
	Policy string          // "": all
}

// SubscribePush makes an app's push subscription: one for each access token, replacing the one before. secret is the
// token itself, which messages carry so that an app with several accounts knows whose they are.
func (s *Social) SubscribePush(ctx context.Context, t *model.Token, secret string, d PushDraft) (*model.PushSubscription, error) {
	if err := s.mayPushTo(d.Endpoint); err != nil {
		return nil, err
	}
	p256dh, auth := decode64(d.P256DH), decode64(d.Auth)
	if _, err := ecdh.P256().NewPublicKey(p256dh); err != nil {
		return nil, model.Invalidf("Validation failed: Key p256dh is invalid")
	}
	if len(auth) < shortestAuth || len(auth) > longestAuth {
		return nil, model.Invalidf("Validation failed: Key auth is invalid")
	}
	w, err := d.checked()
	if err != nil {
		return nil, err
	}
	keys, err := s.PushKeys(ctx)
	if err != nil {
		return nil, err
	}
	sealed, err := seal(keys, secret)
	if err != nil {
		return nil, err
	}
	var sub *model.PushSubscription
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		sub = &model.PushSubscription{
			ID: tx.NewID(), TokenID: t.ID, AccountID: t.AccountID, Endpoint: d.Endpoint,
			P256DH: base64.RawURLEncoding.EncodeToString(p256dh), Auth: base64.RawURLEncoding.EncodeToString(auth),
			Standard: d.Standard, Alerts: w.Alerts, Policy: w.Policy, Sealed: sealed, CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
		}
		return tx.SetPushSubscription(sub, maxSubscriptions)
	})
	return sub, err
}

// mayPushTo refuses addresses that are none of a push service's. What a name resolves to is looked at when it is
// called.
func (s *Social) mayPushTo(endpoint string) error {
	u, err := url.Parse(endpoint)
	switch {
	case endpoint == "":
		return model.Invalidf("Validation failed: Endpoint can't be blank")
	case len(endpoint) > maxEndpoint:
		return model.Invalidf("Validation failed: Endpoint is too long (maximum is %d characters)", maxEndpoint)
	case err != nil, u.Hostname() == "", u.User != nil, u.Opaque != "",
		u.Scheme != "https" && !(s.Site.Development && u.Scheme == "http" && loopback(u.Hostname())):
		return model.Invalidf("Validation failed: Endpoint must be an HTTPS address")
	}
	return nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// decode64 reads base64 as apps spell it: either alphabet, with or without padding; nil for anything else.
func decode64(s string) []byte {
	s = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(s, "="))
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}

// checked keeps what means something.
func (w PushWishes) checked() (PushWishes, error) {
	out := PushWishes{Alerts: map[string]bool{}, Policy: w.Policy}
	types := NotificationTypes()
	for typ, on := range w.Alerts {
		if slices.Contains(types, typ) {
			out.Alerts[typ] = on
		}
	}
	if out.Policy == "" {
		out.Policy = "all"
	}
	if !slices.Contains([]string{"all", "followed", "follower", "none"}, out.Policy) {
		return out, model.Invalidf("Validation failed: Policy is not included in the list")
	}
	return out, nil
}

// PushSubscription is the subscription of an access token.
func (s *Social) PushSubscription(ctx context.Context, t *model.Token) (*model.PushSubscription, error) {
	return s.DB.Read(ctx).PushSubscriptionOf(t.ID)
}

// ChangePush replaces what an app wants to hear of (Mastodon API: PUT /api/v1/push/subscription).
func (s *Social) ChangePush(ctx context.Context, t *model.Token, w PushWishes) (sub *model.PushSubscription, err error) {
	if w, err = w.checked(); err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if sub, err = tx.PushSubscriptionOf(t.ID); err != nil {
			return err
		}
		sub.Alerts, sub.Policy = w.Alerts, w.Policy
		return tx.SetPushAlerts(sub)
	})
	return sub, err
}

// UnsubscribePush ends an app's push messages; what is not there has ended.
func (s *Social) UnsubscribePush(ctx context.Context, t *model.Token) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.RemovePushSubscriptionOf(t.ID) })
}

// pushOf enqueues a message for every app that wants to hear of a notification, in the transaction that makes it
// (Mastodon: Web::PushSubscription#pushable?).
func pushOf(tx *store.Tx, n *model.Notification, standing *store.Rapport) error {
	subs, err := tx.PushSubscriptions(n.AccountID)
	if err != nil {
		return err
	}
	for _, sub := range subs {
		if !sub.Alerts[n.Type] || !allows(sub.Policy, standing) {
			continue
		}
		u, err := url.Parse(sub.Endpoint)
		if err != nil {
			continue // was checked when it was written
		}
		if err := tx.EnqueueAt(tx.Now(), lane(u), model.SendPush{Subscription: sub.ID, Notification: n.ID}); err != nil {
			return err
		}
	}
	return nil
}

// lane is the host that answers for an address.
func lane(u *url.URL) string {
	if u.Port() == "" {
		return strings.ToLower(u.Hostname())
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), u.Port())
}

func allows(policy string, st *store.Rapport) bool {
	switch policy {
	case "none":
		return false
	case "followed":
		return st.Following
	case "follower":
		return st.FollowedAt != 0
	}
	return true
}

// PushMessage is all that one message needs.
type PushMessage struct {
	Subscription *model.PushSubscription
	Notification *model.Notification
	Token        string // "": the sealed one cannot be read any more
	Locale       string
}

// PushMessage reads what a job is to send; nil when there is nothing left to send.
func (s *Social) PushMessage(ctx context.Context, job model.SendPush) (*PushMessage, error) {
	q := s.DB.Read(ctx)
	sub, err := q.PushSubscription(job.Subscription)
	if model.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	me, err := q.Account(sub.AccountID)
	if err != nil {
		return nil, err
	}
	u, err := q.UserOf(me.ID)
	if err != nil {
		return nil, err
	}
	if !u.MayAct() || me.Suspended() {
		return nil, nil
	}
	n, err := s.Notification(ctx, me, job.Notification)
	if model.IsNotFound(err) {
		return nil, nil // taken back meanwhile, or what it was about is gone
	}
	if err != nil {
		return nil, err
	}
	keys, err := s.PushKeys(ctx)
	if err != nil {
		return nil, err
	}
	return &PushMessage{Subscription: sub, Notification: n, Token: unseal(keys, sub.Sealed), Locale: u.Locale}, nil
}

// PushTaken notes that a push service took a message.
func (s *Social) PushTaken(ctx context.Context, sub model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.SetPushSent(sub) })
}

// PushRefused notes that a push service does not want a message. After some refusals in a row the subscription is
// taken for dead, at once when final.
func (s *Social) PushRefused(ctx context.Context, sub model.ID, why string, final bool) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.SetPushRefused(sub, clipBytes(why, maxPushError), 1)
		if err != nil || n < maxRefusals && !final {
			return err
		}
		return tx.RemovePushSubscription(sub)
	})
}

// PushDelayed notes why a message could not be handed over yet.
func (s *Social) PushDelayed(ctx context.Context, sub model.ID, why string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.SetPushRefused(sub, clipBytes(why, maxPushError), 0)
		return err
	})
}

// clipBytes shortens a stranger's words without breaking a letter.
func clipBytes(s string, most int) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD")
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// PushLink is where a push service ends a subscription that nobody listens to (Mastodon: Unsubscribe-URL).
func (s *Social) PushLink(ctx context.Context, sub model.ID) (string, error) {
	key, err := s.linkKey(ctx)
	return s.Site.Base + "/api/web/push_subscriptions/" + linkToken(key, "push", sub), err
}

// StopPush ends a subscription by such a link.
func (s *Social) StopPush(ctx context.Context, token string) error {
	key, err := s.linkKey(ctx)
	if err != nil {
		return err
	}
	id, err := linkID(key, "push", token)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.RemovePushSubscription(id) })
}
