package store

import (
	"slices"
	"strings"

	"gomphothere/internal/model"
)

// Statuses finds statuses by id whoever asks, hydrated, in the order asked, leaving out the missing. The number of
// queries does not depend on the number of statuses.
func (q *Q) Statuses(ids []model.ID) ([]*model.Status, error) {
	cores := make(map[model.ID]*model.Status, len(ids)*2)
	if err := q.cores(ids, cores); err != nil {
		return nil, err
	}
	// A status may reblog one, which may quote one: two steps further, never more.
	for range 2 {
		var more []model.ID
		for _, s := range cores {
			if s.ReblogOfID != 0 && cores[s.ReblogOfID] == nil {
				more = append(more, s.ReblogOfID)
			}
			if s.Quote != nil && cores[s.Quote.QuotedStatusID] == nil {
				more = append(more, s.Quote.QuotedStatusID)
			}
		}
		if len(more) == 0 {
			break
		}
		if err := q.cores(more, cores); err != nil {
			return nil, err
		}
	}
	who := make([]model.ID, 0, len(cores))
	for _, s := range cores {
		who = append(who, s.AccountID)
		if s.Card != nil && s.Card.AuthorID != 0 {
			who = append(who, s.Card.AuthorID)
		}
	}
	accounts, err := q.accounts(who)
	if err != nil {
		return nil, err
	}
	j := joiner{cores, accounts}
	out := make([]*model.Status, 0, len(ids))
	for _, id := range ids {
		if s := j.join(id, 2); s != nil {
			out = append(out, s)
		}
	}
	return out, nil
}

// joiner puts cached rows together. Rows are shared, so what it returns are copies with their relations set.
type joiner struct {
	cores    map[model.ID]*model.Status
	accounts map[model.ID]*model.Account
}

func (j joiner) join(id model.ID, depth int) *model.Status {
	core := j.cores[id]
	if core == nil || j.accounts[core.AccountID] == nil {
		return nil
	}
	s := *core
	s.Account = j.accounts[s.AccountID]
	if s.ReblogOfID != 0 {
		if s.Reblog = j.join(s.ReblogOfID, depth); s.Reblog == nil {
			return nil // what it shared is gone
		}
	}
	if s.Card != nil && s.Card.AuthorID != 0 {
		card := *s.Card
		card.Author = j.accounts[card.AuthorID]
		s.Card = &card
	}
	if s.Quote != nil {
		quote := *s.Quote
		if depth > 0 {
			quote.Quoted = j.join(quote.QuotedStatusID, depth-1)
		}
		s.Quote = &quote
	}
	return &s
}

// cores loads statuses with everything that changes only with themselves.
func (q *Q) cores(ids []model.ID, into map[model.ID]*model.Status) error {
	var missing []model.ID
	for _, id := range ids {
		if id == 0 || into[id] != nil {
			continue
		}
		if q.cached {
			if s, ok := q.db.Cache.statuses.get(id); ok {
				into[id] = s
				continue
			}
		}
		missing = append(missing, id)
	}
	if len(missing) == 0 {
		return nil
	}
	begun := make(map[model.ID]uint64, len(missing))
	for _, id := range missing {
		begun[id] = q.db.Cache.statuses.begin(id)
	}
	rows, err := pointers[model.Status](q, `select * from statuses where id in $1`, missing)
	if err != nil || len(rows) == 0 {
		return err
	}
	if err := q.fill(rows); err != nil {
		return err
	}
	for _, s := range rows {
		s.Drawn, s.Plain = &model.Slot{}, &model.Slot{}
		into[s.ID] = s
		if q.cached {
			q.db.Cache.statuses.put(s.ID, s, begun[s.ID])
		}
	}
	return nil
}

// fill reads media, polls, mentions, tags, apps and quotes of statuses just read: a query each, only when needed.
func (q *Q) fill(rows []*model.Status) error {
	byID := make(map[model.ID]*model.Status, len(rows))
	var own, media, polls, apps, quotes []model.ID
	for _, s := range rows {
		byID[s.ID] = s
		if s.ReblogOfID != 0 {
			continue // a reblog has nothing of its own
		}
		own = append(own, s.ID)
		media = append(media, s.MediaIDs...)
		if s.PollID != 0 {
			polls = append(polls, s.PollID)
		}
		if s.AppID != 0 {
			apps = append(apps, s.AppID)
		}
		if s.QuoteID != 0 {
			quotes = append(quotes, s.QuoteID)
		}
	}
	if len(own) == 0 {
		return nil
	}
	if err := each(q, `
		select m.status_id, m.account_id, m.silent, a.username, a.domain, a.url
		from mentions m
		join accounts a on a.id = m.account_id
		where m.status_id in $1
		order by m.account_id`, []any{own}, func(m *model.Mention) {
		byID[m.StatusID].Mentions = append(byID[m.StatusID].Mentions, *m)
	}); err != nil {
		return err
	}
	type tagOf struct {
		OfStatus model.ID
		model.Tag
	}
	if err := each(q, `
		select st.status_id as of_status, t.*
		from status_tags st
		join tags t on t.id = st.tag_id
		where st.status_id in $1
		order by t.id`, []any{own}, func(t *tagOf) {
		byID[t.OfStatus].Tags = append(byID[t.OfStatus].Tags, t.Tag)
	}); err != nil {
		return err
	}
	if len(media) > 0 {
		if err := each(q, `select * from media_attachments where id in $1`, []any{media}, func(m *model.MediaAttachment) {
			if s := byID[m.StatusID]; s != nil {
				s.Media = append(s.Media, *m)
			}
		}); err != nil {
			return err
		}
	}
	if len(polls) > 0 {
		if err := each(q, `select * from polls where id in $1`, []any{polls}, func(p *model.Poll) {
			if s := byID[p.StatusID]; s != nil {
				c := *p
				s.Poll = &c
			}
		}); err != nil {
			return err
		}
	}
	if len(quotes) > 0 {
		if err := each(q, `select * from quotes where id in $1`, []any{quotes}, func(c *model.Quote) {
			if s := byID[c.StatusID]; s != nil {
				d := *c
				s.Quote = &d
			}
		}); err != nil {
			return err
		}
	}
	if len(apps) > 0 {
		found, err := pointers[model.App](q, `select * from apps where id in $1`, apps)
		if err != nil {
			return err
		}
		for _, s := range rows {
			for _, a := range found {
				if a.ID == s.AppID {
					s.App = a
				}
			}
		}
	}
	for _, s := range rows {
		slices.SortFunc(s.Media, func(a, b model.MediaAttachment) int {
			return slices.Index(s.MediaIDs, a.ID) - slices.Index(s.MediaIDs, b.ID)
		})
	}
	if err := q.fillCards(rows); err != nil {
		return err
	}
	return q.fillEmojis(rows)
}

// fillEmojis finds the custom emoji that statuses name: each server has its own.
func (q *Q) fillEmojis(rows []*model.Status) error {
	named := map[model.ID][]string{}
	var authors []model.ID
	for _, s := range rows {
		words := s.SpoilerText + " " + s.Text
		if !s.Local {
			words = s.SpoilerText + " " + s.Content
		}
		if s.Poll != nil {
			words += " " + strings.Join(s.Poll.Options, " ")
		}
		if codes := shortcodes(words); len(codes) > 0 {
			named[s.ID] = codes
			authors = append(authors, s.AccountID)
		}
	}
	if len(named) == 0 {
		return nil
	}
	people, err := q.accounts(authors)
	if err != nil {
		return err
	}
	domains := map[model.ID]string{}
	for _, s := range rows {
		if a := people[s.AccountID]; a != nil {
			domains[s.ID] = a.Domain
		}
	}
	return q.emojis(named, domains, func(id model.ID, e model.CustomEmoji) {
		for _, s := range rows {
			if s.ID == id {
				s.Emojis = append(s.Emojis, e)
			}
		}
	})
}

// emojis finds what texts name, each by its key with its server's domain, and calls put for every one found.
func (q *Q) emojis(named map[model.ID][]string, domains map[model.ID]string, put func(model.ID, model.CustomEmoji)) error {
	byDomain := map[string][]string{}
	for id, codes := range named {
		byDomain[domains[id]] = append(byDomain[domains[id]], codes...)
	}
	for domain, codes := range byDomain {
		found, err := all[model.CustomEmoji](q, `
			select *
			from custom_emojis
			where domain = $1 and not disabled and shortcode in $2
			order by id`, domain, codes)
		if err != nil {
			return err
		}
		for _, e := range found {
			for id, codes := range named {
				if domains[id] == domain && slices.Contains(codes, e.Shortcode) {
					put(id, e)
				}
			}
		}
	}
	return nil
}

// maxShortcodes bounds what one text may ask for.
const maxShortcodes = 200

// shortcodes finds what may be :emoji: names, each once (Mastodon: CustomEmoji::SCAN_RE).
func shortcodes(text string) []string {
	if strings.Count(text, ":") < 2 {
		return nil
	}
	var out []string
	for from := strings.IndexByte(text, ':'); from >= 0 && len(out) < maxShortcodes; {
		end := from + 1
		for end < len(text) && (text[end] == '_' || text[end] >= '0' && text[end] <= '9' || text[end] >= 'a' && text[end] <= 'z' || text[end] >= 'A' && text[end] <= 'Z') {
			end++
		}
		if end == len(text) {
			break
		}
		code := text[from+1 : end]
		if text[end] == ':' && len(code) >= 2 && !slices.Contains(out, code) {
			out = append(out, code)
		}
		if text[end] == ':' {
			from = end
			continue
		}
		next := strings.IndexByte(text[end:], ':')
		if next < 0 {
			break
		}
		from = end + next
	}
	return out
}

// Marks reads what the viewer did with these statuses (those shown, not reblogs of them), in one query for the page.
func (q *Q) Marks(viewer model.ID, statuses []*model.Status) (map[model.ID]model.Marks, error) {
	out := make(map[model.ID]model.Marks, len(statuses))
	c := &q.db.Cache.marks
	set, ok := c.get(viewer)
	if !ok {
		set = &marks{m: map[model.ID]model.Marks{}}
		c.put(viewer, set, c.begin(viewer))
	}
	var missing, conversations []model.ID
	set.mu.Lock()
	gen := set.gen
	for _, s := range statuses {
		if m, ok := set.m[s.ID]; ok && q.cached {
			if m != 0 {
				out[s.ID] = m
			}
			continue
		}
		missing = append(missing, s.ID)
		conversations = append(conversations, s.ConversationID)
	}
	set.mu.Unlock()
	if len(missing) == 0 {
		return out, nil
	}
	type mark struct {
		ID   model.ID
		Mark int64
	}
	muted := map[model.ID]bool{}
	err := each(q, `
		select status_id as id, 1 as mark from favourites where account_id = $1 and status_id in $2
		union all select reblog_of_id, 2 from statuses where reblog_of_id in $2 and reblog_of_id <> 0 and account_id = $1
		union all select status_id, 4 from bookmarks where account_id = $1 and status_id in $2
		union all select status_id, 16 from pins where account_id = $1 and status_id in $2
		union all select conversation_id, 8 from conversation_mutes where account_id = $1 and conversation_id in $3`,
		[]any{viewer, missing, conversations}, func(m *mark) {
			if m.Mark == int64(model.Muted) {
				muted[m.ID] = true
				return
			}
			out[m.ID] |= model.Marks(m.Mark)
		})
	if err != nil {
		return nil, err
	}
	for _, s := range statuses {
		if muted[s.ConversationID] {
			out[s.ID] |= model.Muted
		}
	}
	if !q.cached {
		return out, nil
	}
	set.mu.Lock()
	defer set.mu.Unlock()
	if set.gen != gen {
		return out, nil // something changed meanwhile
	}
	if len(set.m) > maxMarks {
		clear(set.m)
	}
	for _, id := range missing {
		set.m[id] = out[id]
	}
	return out, nil
}

// OwnVotes reads what the viewer chose in these polls.
func (q *Q) OwnVotes(viewer model.ID, polls []model.ID) (map[model.ID][]int, error) {
	out := map[model.ID][]int{}
	if len(polls) == 0 {
		return out, nil
	}
	type vote struct {
		PollID model.ID
		Choice int
	}
	err := each(q, `
		select poll_id, choice
		from poll_votes
		where account_id = $1 and poll_id in $2
		order by choice`, []any{viewer, polls}, func(v *vote) { out[v.PollID] = append(out[v.PollID], v.Choice) })
	return out, err
}
