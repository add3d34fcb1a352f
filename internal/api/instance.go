package api

import (
	"bytes"
	"encoding/json"
	"sync"
	"time"

	"gomphothere/internal/entity"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// siteCache keeps documents about the server as bytes. They are drawn anew when what admins edit changes, and after a
// while for their counts.
type siteCache struct {
	mu    sync.Mutex
	gen   uint64
	pages map[string]sitePage
}

type sitePage struct {
	at   model.Time
	body raw
}

const (
	sitePageAge = time.Minute
	// Peers and emoji are long lists that change slowly and that crawlers ask for.
	siteListAge = 5 * time.Minute
)

func (c *siteCache) forget(events []model.Event) {
	for _, e := range events {
		if e.Type == model.TouchSite || e.Type == model.TouchAll {
			c.mu.Lock()
			c.gen++
			clear(c.pages)
			c.mu.Unlock()
			return
		}
	}
}

// sitePage answers with a document that is at most age old.
func (a *API) sitePage(r *request, name string, age time.Duration, draw func() (any, error)) (any, error) {
	c, now := &a.site, a.DB.Now()
	r.header.Set("Cache-Control", "public, max-age=60")
	c.mu.Lock()
	page, ok := c.pages[name]
	gen := c.gen
	c.mu.Unlock()
	if ok && now.Sub(page.at) < age && now >= page.at {
		return page.body, nil
	}
	v, err := draw()
	if err != nil {
		return nil, err
	}
	body, err := compact(v)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pages == nil {
		c.pages = map[string]sitePage{}
	}
	if c.gen == gen {
		c.pages[name] = sitePage{now, body}
	}
	return body, nil
}

// compact is a document's bytes, without HTML escapes.
func compact(v any) (raw, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return raw(bytes.TrimRight(b.Bytes(), "\n")), err
}

// facts gathers what the instance documents tell. Without media and push rooms there are no types of file and no key.
func (a *API) facts(r *request) (f entity.InstanceFacts, err error) {
	u, err := a.Social.Usage(r.Context())
	if err != nil {
		return f, err
	}
	f = entity.InstanceFacts{
		Site: a.Site, ActiveMonth: u.ActiveMonth, Users: u.Users, Statuses: u.Statuses, Domains: u.Domains, VapidKey: a.PushKey,
	}
	q := a.DB.Read(r.Context())
	if f.Rules, err = q.Rules(); err != nil {
		return f, err
	}
	if f.Contact, err = q.Contact(); err != nil {
		return f, err
	}
	f.InvitesEnabled, err = q.EveryoneMay(model.PermInviteUsers)
	return f, err
}

// instance — Mastodon API: GET /api/v2/instance
func (a *API) instance(r *request) (any, error) {
	return a.sitePage(r, "v2", sitePageAge, func() (any, error) {
		f, err := a.facts(r)
		return a.Draw.Instance(f), err
	})
}

// instanceV1 — Mastodon API: GET /api/v1/instance
func (a *API) instanceV1(r *request) (any, error) {
	return a.sitePage(r, "v1", sitePageAge, func() (any, error) {
		f, err := a.facts(r)
		return a.Draw.V1Instance(f), err
	})
}

// health — Mastodon: GET /health, which says that the process answers. Whether posting would work, /readyz says.
func (a *API) health(r *request) (any, error) {
	r.header.Set("Content-Type", "text/plain; charset=utf-8")
	return raw("OK"), nil
}

// rules — Mastodon API: GET /api/v1/instance/rules
func (a *API) rules(r *request) (any, error) {
	return a.sitePage(r, "rules", sitePageAge, func() (any, error) {
		list, err := a.Social.Rules(r.Context())
		out := make([]entity.Rule, len(list))
		for i, rule := range list {
			out[i] = a.Draw.Rule(rule)
		}
		return out, err
	})
}

// extendedDescription — Mastodon API: GET /api/v1/instance/extended_description
func (a *API) extendedDescription(r *request) (any, error) {
	return a.sitePage(r, "about", sitePageAge, func() (any, error) {
		t, _, err := a.Social.SiteText(r.Context(), social.TextAbout)
		return entity.ExtendedDescription{UpdatedAt: t.UpdatedAt, Content: t.Content}, err
	})
}

// privacyPolicy — Mastodon API: GET /api/v1/instance/privacy_policy
func (a *API) privacyPolicy(r *request) (any, error) {
	return a.sitePage(r, "privacy", sitePageAge, func() (any, error) {
		t, err := a.Social.Privacy(r.Context())
		return entity.PrivacyPolicy{UpdatedAt: t.UpdatedAt, Content: t.Content}, err
	})
}

// termsOfService — Mastodon API: GET /api/v1/instance/terms_of_service
func (a *API) termsOfService(r *request) (any, error) {
	t, found, err := a.Social.SiteText(r.Context(), social.TextTerms)
	if err == nil && !found {
		err = model.ErrNotFound()
	}
	return entity.TermsOfService{EffectiveDate: t.UpdatedAt, Effective: true, Content: t.Content}, err
}

// termsOfServiceAt — Mastodon API: GET /api/v1/instance/terms_of_service/:date; only those in force are kept.
func (a *API) termsOfServiceAt(r *request) (any, error) {
	t, found, err := a.Social.SiteText(r.Context(), social.TextTerms)
	if err == nil && (!found || t.UpdatedAt.Date() != r.PathValue("date")) {
		err = model.ErrNotFound()
	}
	return entity.TermsOfService{EffectiveDate: t.UpdatedAt, Effective: true, Content: t.Content}, err
}

// translationLanguages — Mastodon API: GET /api/v1/instance/translation_languages; nothing is translated.
func (a *API) translationLanguages(*request) (any, error) { return map[string][]string{}, nil }

// peers — Mastodon API: GET /api/v1/instance/peers
func (a *API) peers(r *request) (any, error) {
	return a.sitePage(r, "peers", siteListAge, func() (any, error) {
		const most = 100_000 // the whole network is smaller
		list, err := a.Social.KnownDomains(r.Context(), "", most)
		return append([]string{}, list...), err
	})
}

// searchPeers — Mastodon API: GET /api/v1/peers/search
func (a *API) searchPeers(r *request) (any, error) {
	const most = 10 // as Mastodon
	list, err := a.Social.KnownDomains(r.Context(), r.str("q"), most)
	return append([]string{}, list...), err
}

// activity — Mastodon API: GET /api/v1/instance/activity
func (a *API) activity(r *request) (any, error) {
	return a.sitePage(r, "activity", sitePageAge, func() (any, error) {
		weeks, err := a.Social.Activity(r.Context())
		out := make([]entity.InstanceActivityWeek, len(weeks))
		for i, w := range weeks {
			out[i] = a.Draw.InstanceActivityWeek(model.Time(w.Week*86_400_000), w.Statuses, w.Logins, w.Registrations)
		}
		return out, err
	})
}

// customEmojis — Mastodon API: GET /api/v1/custom_emojis
func (a *API) customEmojis(r *request) (any, error) {
	return a.sitePage(r, "emojis", siteListAge, func() (any, error) {
		list, err := a.DB.Read(r.Context()).LocalEmojis()
		return a.Draw.Emojis(list), err
	})
}
