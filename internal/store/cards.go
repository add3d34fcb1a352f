package store

import "gomphothere/internal/model"

// CardByURL finds what is known of a page; origin is "" for what we read ourselves. NotFound when nothing is.
func (q *Q) CardByURL(url, origin string) (*model.Card, error) {
	c, err := one[model.Card](q, `select * from cards where url = $1 and origin = $2`, url, origin)
	return &c, err
}

// PutCard writes what a page says of itself over what was known, and lets the statuses that show it be drawn anew.
func (tx *Tx) PutCard(c *model.Card) error {
	old, found, err := maybe[model.Card](&tx.Q, `select * from cards where url = $1 and origin = $2`, c.URL, c.Origin)
	if err != nil {
		return err
	}
	if !found {
		c.ID, c.CreatedAt = tx.NewID(), tx.now
		_, err = tx.insert("cards", c, "")
		return err
	}
	c.ID, c.CreatedAt = old.ID, old.CreatedAt
	if _, err := tx.exec(`
		update cards
		set type = $2, title = $3, description = $4, language = $5, author_name = $6, author_url = $7, author_id = $8,
			provider_name = $9, provider_url = $10, embed_url = $11, width = $12, height = $13, image_url = $14,
			image_description = $15, published_at = $16, etag = $17, last_modified = $18, fetched_at = $19
		where id = $1`,
		c.ID, c.Type, c.Title, c.Description, c.Language, c.AuthorName, c.AuthorURL, c.AuthorID, c.ProviderName, c.ProviderURL,
		c.EmbedURL, c.Width, c.Height, c.ImageURL, c.ImageDescription, c.PublishedAt, c.ETag, c.LastModified, c.FetchedAt); err != nil {
		return err
	}
	return each(&tx.Q, `select id from statuses where card_id = $1 and card_id <> 0 order by id desc limit $2`, []any{c.ID, cardTouches}, func(id *model.ID) {
		tx.touch(model.TouchStatus, 0, *id)
	})
}

// cardTouches bounds how many statuses are drawn anew when a page changes; older ones show the change when they next
// leave the cache.
const cardTouches = 1000

// TieCard lets a status show a card; 0 takes it off.
func (tx *Tx) TieCard(status, card model.ID) error {
	n, err := tx.exec(`update statuses set card_id = $2 where id = $1 and card_id <> $2`, status, card)
	if n > 0 {
		tx.touch(model.TouchStatus, 0, status)
	}
	return err
}

// fillCards puts cards on statuses just read.
func (q *Q) fillCards(rows []*model.Status) error {
	var ids []model.ID
	for _, s := range rows {
		if s.CardID != 0 {
			ids = append(ids, s.CardID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	cards, err := pointers[model.Card](q, `select * from cards where id in $1`, ids)
	if err != nil {
		return err
	}
	byID := map[model.ID]*model.Card{}
	for _, c := range cards {
		byID[c.ID] = c
	}
	for _, s := range rows {
		s.Card = byID[s.CardID]
	}
	return nil
}
