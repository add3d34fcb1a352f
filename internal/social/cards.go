package social

import (
	"context"
	"hash/fnv"
	"net/url"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

const (
	// What a page said holds so long (Mastodon: two weeks).
	cardFresh = 14 * 24 * time.Hour
	// A page that could not be read, or has nothing to show, is left alone so long.
	cardFailed = 24 * time.Hour
	// Servers that get the same link at the same moment look at it at moments of their own, spread over so long: a
	// small site must not fall over because it was mentioned. A twentieth of them come within the first minute.
	cardSpread = 20 * time.Minute
	// A link's author tells of the page with the status; so long its first delivery waits for that.
	cardPatience = 3 * time.Second
	maxCardURL   = 4096 // as long as a link in a text may be
)

// linkUp lets a status show what it links to: at once where the page is known, after a look at it otherwise. It says
// whether somebody goes to look.
func (s *Social) linkUp(tx *store.Tx, st *model.Status) (looking bool, err error) {
	link := s.cardLink(st)
	if link == nil {
		if st.CardID == 0 {
			return false, nil
		}
		return false, tx.TieCard(st.ID, 0)
	}
	known, err := tx.CardByURL(link.String(), "")
	if err != nil && !model.IsNotFound(err) {
		return false, err
	}
	card := model.ID(0)
	if err == nil && known.Type != "" {
		card = known.ID
	}
	if card != st.CardID {
		if err := tx.TieCard(st.ID, card); err != nil {
			return false, err
		}
	}
	if err == nil && CardHolds(known, tx.Now()) {
		return false, nil
	}
	at := tx.Now()
	if !st.Local {
		at = at.Add(s.cardDelay(link.String()))
	}
	return true, tx.EnqueueAt(at, link.Host, model.FetchCard{Status: st.ID, URL: link.String()})
}

// cardLink is the link of a status that is previewed, if any: the first that leads away from here, on a status with
// nothing else to show.
func (s *Social) cardLink(st *model.Status) *url.URL {
	if len(st.MediaIDs) > 0 || st.QuoteID != 0 || st.ReblogOfID != 0 {
		return nil
	}
	for _, href := range text.LinksOf(st.Content) {
		u, err := url.Parse(href)
		if err != nil || len(href) > maxCardURL || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
			continue
		}
		if base, err := url.Parse(s.Site.Base); err == nil && base.Host == u.Host {
			continue
		}
		u.Fragment = ""
		return u
	}
	return nil
}

// cardDelay is this server's moment for a link, the same every time and different from other servers'.
func (s *Social) cardDelay(link string) time.Duration {
	h := fnv.New64a()
	h.Write([]byte(s.Site.Domain + "\n" + link)) // never fails
	return time.Duration(h.Sum64() % uint64(cardSpread))
}

// CardHolds tells whether what is known of a page needs no second look at now.
func CardHolds(c *model.Card, now model.Time) bool {
	holds := cardFresh
	if c.Type == "" {
		holds = cardFailed
	}
	return c.FetchedAt != 0 && now.Sub(c.FetchedAt) < holds
}

// KnowCard keeps what a page says of itself and shows it on a status that links to it.
func (s *Social) KnowCard(ctx context.Context, status model.ID, c model.Card) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		c := c // the transaction may run twice
		if err := tx.PutCard(&c); err != nil {
			return err
		}
		if c.Type == "" {
			return nil
		}
		st, err := tx.StatusByID(status)
		if model.IsNotFound(err) {
			return nil // deleted meanwhile
		}
		if err != nil {
			return err
		}
		if link := s.cardLink(st); link == nil || link.String() != c.URL {
			return nil // edited meanwhile
		}
		if err := tx.TieCard(status, c.ID); err != nil {
			return err
		}
		tx.Publish(model.Event{Type: model.EventStatusUpdate, Stream: "public", Account: st.AccountID, ID: st.ID})
		return nil
	})
}
