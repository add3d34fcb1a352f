package notify

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// Pusher hands push messages to the services that bring them to phones and browsers (RFC 8030).
type Pusher struct {
	Social *social.Social
	// HTTP sends to addresses that strangers chose: it must dial no private ones and follow no redirects.
	HTTP interface {
		Do(*http.Request) (*http.Response, error)
	}
	Avatar func(*model.Account) string // address of somebody's picture that does not move
	Log    *slog.Logger

	passes passes
}

const (
	pushPatience = 10 * time.Second // for one message; services answer in a fraction of a second
	pushTTL      = 48 * time.Hour   // how long a service keeps a message for a phone that is off (Mastodon's)
	// A message that a failing service did not take within this time is old news.
	pushGiveUp = time.Hour
	// A subscription whose service took nothing for so long is dead.
	pushDead = 14 * 24 * time.Hour
	// What is read of an answer, for its reason.
	pushAnswer = 1 << 10
	maxIcon    = 1000
)

// payload is what apps read (Mastodon API: WebPushPayload).
type payload struct {
	AccessToken      string `json:"access_token"`
	PreferredLocale  string `json:"preferred_locale"`
	NotificationID   int64  `json:"notification_id"` // a number here
	NotificationType string `json:"notification_type"`
	Icon             string `json:"icon"`
	Title            string `json:"title"`
	Body             string `json:"body"`
}

// Send is the job that hands over one message. It may run twice; the message then carries the same Topic, and a service
// that still has the first replaces it.
func (p *Pusher) Send(ctx context.Context, job model.SendPush) error {
	m, err := p.Social.PushMessage(ctx, job)
	if err != nil || m == nil {
		return err
	}
	sub, age := m.Subscription, p.Social.DB.Now().Std().Sub(m.Notification.CreatedAt.Std())
	if age > pushTTL || age > pushGiveUp && sub.LastError != "" {
		dead := p.Social.DB.Now().Std().Sub(max(sub.LastSentAt, sub.CreatedAt).Std()) > pushDead
		p.Log.WarnContext(ctx, "a push message is given up", "host", hostOf(sub.Endpoint), "error", sub.LastError, "subscription_removed", dead)
		if dead {
			return p.Social.PushRefused(ctx, sub.ID, sub.LastError, true)
		}
		return nil
	}
	req, err := p.request(ctx, m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, pushPatience)
	defer cancel()
	status, after, err := p.post(req.WithContext(ctx))
	saved := context.WithoutCancel(ctx)
	switch {
	case err == nil && status >= 200 && status < 300:
		return p.Social.PushTaken(saved, sub.ID)
	case err != nil, status >= 500, status == http.StatusRequestTimeout, status == http.StatusTooManyRequests:
		if err == nil {
			err = fmt.Errorf("the push service answered %d", status)
		}
		return errors.Join(p.Social.PushDelayed(saved, sub.ID, err.Error()), delayed(status, after, err))
	}
	final := status == http.StatusNotFound || status == http.StatusGone
	p.Log.WarnContext(ctx, "a push message was refused", "host", hostOf(sub.Endpoint), "status", status, "subscription_removed", final)
	return p.Social.PushRefused(saved, sub.ID, fmt.Sprintf("the push service answered %d", status), final)
}

func hostOf(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return ""
	}
	return u.Host
}

// delay is an error that may ask for a pause.
type delay struct {
	error
	after time.Duration
}

// Unwrap gives the error itself.
func (d delay) Unwrap() error { return d.error }

// RetryAfter is what the service asks for (RFC 9110 §10.2.3).
func (d delay) RetryAfter() time.Duration { return d.after }

func delayed(status int, after time.Duration, err error) error {
	kind := model.KindUnavailable
	if status == http.StatusTooManyRequests {
		kind = model.KindTooMany
	}
	return delay{&model.Error{Kind: kind, Text: "The push service did not take the message", Cause: err}, after}
}

func (p *Pusher) post(req *http.Request) (status int, after time.Duration, err error) {
	res, err := p.HTTP.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, pushAnswer) // only so that the connection can be used again
	return res.StatusCode, retryAfter(res.Header.Get("Retry-After"), p.Social.DB.Now().Std()), nil
}

// retryAfter reads seconds or a date; 0 for anything else.
func retryAfter(s string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(s); err == nil && n >= 0 {
		return time.Duration(min(n, int(pushTTL/time.Second))) * time.Second
	}
	if t, err := http.ParseTime(s); err == nil {
		return max(t.Sub(now), 0)
	}
	return 0
}

// request encrypts and addresses a message.
func (p *Pusher) request(ctx context.Context, m *social.PushMessage) (*http.Request, error) {
	sub := m.Subscription
	p256dh, err := base64.RawURLEncoding.DecodeString(sub.P256DH)
	if err != nil {
		return nil, err
	}
	auth, err := base64.RawURLEncoding.DecodeString(sub.Auth)
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(p.payload(m))
	if err != nil {
		return nil, err
	}
	one, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails
	seal := encryptDraft
	if sub.Standard {
		seal = encrypt
	}
	e, err := seal(one, salt, p256dh, auth, plain)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, sub.Endpoint, bytes.NewReader(e.body))
	if err != nil {
		return nil, err
	}
	keys, err := p.Social.PushKeys(ctx)
	if err != nil {
		return nil, err
	}
	pass, err := p.passes.get(keys, req.URL.Scheme+"://"+req.URL.Host, p.contact(), p.Social.DB.Now().Std())
	if err != nil {
		return nil, err
	}
	unsubscribe, err := p.Social.PushLink(ctx, sub.ID)
	if err != nil {
		return nil, err
	}
	public := strings.TrimRight(keys.Public, "=")
	h := req.Header
	h.Set("Content-Type", "application/octet-stream")
	h.Set("TTL", strconv.Itoa(int(pushTTL/time.Second)))
	h.Set("Urgency", "normal")
	h.Set("Unsubscribe-URL", unsubscribe)
	if sub.Standard {
		h.Set("Content-Encoding", "aes128gcm")
		h.Set("Authorization", "vapid t="+pass+",k="+public) // RFC 8292 §3
		h.Set("Topic", m.Notification.ID.String())
		return req, nil
	}
	h.Set("Content-Encoding", "aesgcm")
	h.Set("Encryption", "salt="+base64.RawURLEncoding.EncodeToString(e.salt))
	h.Set("Crypto-Key", "dh="+base64.RawURLEncoding.EncodeToString(e.public)+";p256ecdsa="+public)
	h.Set("Authorization", "WebPush "+pass)
	return req, nil
}

func (p *Pusher) payload(m *social.PushMessage) payload {
	n := m.Notification
	icon := p.Avatar(n.From)
	if len(icon) > maxIcon {
		icon = ""
	}
	return payload{
		AccessToken: m.Token, PreferredLocale: cmp.Or(m.Locale, "en"), NotificationID: int64(n.ID), NotificationType: n.Type,
		Icon: icon, Title: social.Headline(n), Body: social.Excerpt(n),
	}
}

// contact is whom a push service may write to.
func (p *Pusher) contact() string {
	if p.Social.Site.ContactEmail != "" {
		return "mailto:" + p.Social.Site.ContactEmail
	}
	return p.Social.Site.Base
}

// passes keeps what proves to each push service who we are (RFC 8292): signing one costs more than encrypting.
type passes struct {
	mu sync.Mutex
	m  map[string]pass
}

type pass struct {
	text  string
	until time.Time
}

const (
	passFor   = 24 * time.Hour // the longest that is allowed
	passFresh = 12 * time.Hour // clocks differ, messages wait
	maxPasses = 1000           // services; there are a few dozen, and self-hosted ones
)

func (ps *passes) get(k *model.PushKeys, audience, contact string, now time.Time) (string, error) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if p, ok := ps.m[audience]; ok && p.until.Sub(now) > passFresh {
		return p.text, nil
	}
	private, err := base64.URLEncoding.DecodeString(k.Private)
	if err != nil {
		return "", fmt.Errorf("push key: %w", err)
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), private)
	if err != nil {
		return "", fmt.Errorf("push key: %w", err)
	}
	until := now.Add(passFor)
	signed, err := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{"aud": audience, "exp": until.Unix(), "sub": contact}).SignedString(key)
	if err != nil {
		return "", err
	}
	if ps.m == nil || len(ps.m) >= maxPasses {
		ps.m = map[string]pass{}
	}
	ps.m[audience] = pass{signed, until}
	return signed, nil
}
