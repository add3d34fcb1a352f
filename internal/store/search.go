package store

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"gomphothere/internal/model"
	"gomphothere/internal/text"
)

// Term is a part of a search: words next to each other.
type Term struct {
	Words  []string // of text.SearchWords, or one of the facts below
	Prefix bool     // the last word may go on
	Not    bool     // must not be there
}

// Facts are kept as words that no text has, since text.Words gives no underscore.
const (
	factStatus    = "_s" // every status: for searches that only exclude
	factPublic    = "_p"
	factAuthor    = "_a" // + account id
	factMentions  = "_m" // + account id, ours
	factTag       = "_t" // + key
	factLanguage  = "_l" // + code
	FactMedia     = "_hasmedia"
	FactImage     = "_hasimage"
	FactVideo     = "_hasvideo"
	FactAudio     = "_hasaudio"
	FactPoll      = "_haspoll"
	FactLink      = "_haslink"
	FactEmbed     = "_hasembed"
	FactReply     = "_isreply"
	FactSensitive = "_issensitive"
	FactQuote     = "_isquote"
)

// FactFrom is the fact of who wrote a status.
func FactFrom(account model.ID) string { return factAuthor + account.String() }

// FactTag is the fact that a status has a tag of this key.
func FactTag(key string) string { return factTag + key }

// FactLanguage is the fact that a status is in a language.
func FactLanguage(code string) string {
	return factLanguage + strings.ReplaceAll(strings.ToLower(code), "-", "_")
}

// indexStatus makes a status findable as it now is; reblogs are not. Call it after every change of what a reader
// sees. When a status goes, the database takes its words along.
func (tx *Tx) indexStatus(s *model.Status) error {
	if s.ReblogOfID != 0 {
		return nil
	}
	words, err := tx.wordsOf(s)
	if err != nil {
		return err
	}
	return tx.index("search", s.ID, words)
}

func (tx *Tx) index(table string, id model.ID, words []string) error {
	var err error
	if tx.db.postgres {
		_, err = tx.exec(`
			insert into `+table+` (id, words)
			values ($1, cast(cast($2 as text) as tsvector))
			on conflict (id) do update set words = excluded.words`, id, vector(words))
	} else {
		_, err = tx.exec(`insert or replace into `+table+` (rowid, words) values ($1, $2)`, id, strings.Join(words, " "))
	}
	return err
}

// maxPosition is PostgreSQL's: lexemes further back all stand at one place.
const maxPosition = 16383

// vector is a tsvector literal.
func vector(words []string) string {
	var b strings.Builder
	for i, w := range words {
		b.WriteString(lexeme(w) + ":" + strconv.Itoa(min(i+1, maxPosition)) + " ")
	}
	return b.String()
}

// lexeme quotes a word for tsvector and tsquery; words have neither quotes nor backslashes, and if they had it would hold.
func lexeme(w string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(w) + "'"
}

// wordsOf is all that a status is found by (Mastodon: Status#searchable_text, #searchable_properties).
func (tx *Tx) wordsOf(s *model.Status) ([]string, error) {
	source := s.Text
	if !s.Local || source == "" {
		source = text.Plain(s.Content)
	}
	var b strings.Builder
	b.WriteString(s.SpoilerText + "\n" + source)
	if s.Poll != nil {
		b.WriteString("\n" + strings.Join(s.Poll.Options, "\n"))
	}
	facts := []string{factStatus, FactFrom(s.AccountID)}
	add := func(is bool, fact string) {
		if is {
			facts = append(facts, fact)
		}
	}
	add(s.Visibility == model.Public, factPublic)
	add(s.Language != "", FactLanguage(s.Language))
	add(s.PollID != 0, FactPoll)
	add(s.IsReply, FactReply)
	add(s.Sensitive, FactSensitive)
	add(s.QuoteID != 0, FactQuote)
	add(linked(s), FactLink)
	for _, m := range s.Mentions {
		add(m.Domain == "", factMentions+m.AccountID.String())
	}
	for _, t := range s.Tags {
		facts = append(facts, FactTag(t.Name))
	}
	if len(s.MediaIDs) > 0 {
		type file struct{ Type, Description string }
		facts = append(facts, FactMedia)
		tell := func(f *file) {
			b.WriteString("\n" + f.Description)
			add(f.Type == "image", FactImage)
			add(f.Type == "video" || f.Type == "gifv", FactVideo)
			add(f.Type == "audio", FactAudio)
		}
		if len(s.Media) == len(s.MediaIDs) {
			for _, m := range s.Media {
				tell(&file{m.Type, m.Description})
			}
		} else {
			if err := each(&tx.Q, `select type, description from media_attachments where id in $1`, []any{s.MediaIDs}, tell); err != nil {
				return nil, err
			}
		}
	}
	slices.Sort(facts)
	return append(text.Words(b.String()), slices.Compact(facts)...), nil
}

// linked tells whether a status links to a page, not counting people and tags.
func linked(s *model.Status) bool {
	if s.Local && s.Text != "" {
		return strings.Contains(s.Text, "://") && len(text.Parse(s.Text).Of(text.Link)) > 0
	}
	return strings.Count(s.Content, "<a ") > len(s.Mentions)+len(s.Tags)
}

// match is a search as FTS5 and tsquery write it. Every word is quoted, so nothing a stranger types is an operator.
func (db *DB) match(terms []Term, either []string) string {
	var must, not []string
	for _, t := range terms {
		if t.Not {
			not = append(not, db.phrase(t))
		} else {
			must = append(must, db.phrase(t))
		}
	}
	var any []string
	for _, w := range either {
		any = append(any, db.phrase(Term{Words: []string{w}}))
	}
	if len(any) > 0 {
		must = append(must, "("+strings.Join(any, db.pick(" OR ", " | "))+")")
	}
	if len(must) == 0 {
		must = append(must, db.phrase(Term{Words: []string{factStatus}}))
	}
	out := strings.Join(must, db.pick(" AND ", " & "))
	if len(not) == 0 {
		return out
	}
	return "(" + out + ")" + db.pick(" NOT (", " & !(") + strings.Join(not, db.pick(" OR ", " | ")) + ")"
}

func (db *DB) phrase(t Term) string {
	var words []string
	for _, w := range t.Words {
		words = append(words, db.pick(`"`+strings.ReplaceAll(w, `"`, `""`)+`"`, lexeme(w)))
	}
	p := strings.Join(words, db.pick(" + ", " <-> "))
	if t.Prefix {
		p += db.pick(" *", ":*")
	}
	return "(" + p + ")"
}

// StatusSearch is what to look for, and where.
type StatusSearch struct {
	Terms   []Term
	Library bool // own statuses, and those the searcher has to do with
	Public  bool // public ones of authors who want to be found
}

const (
	// Matches looked at, newest first, to find out who may see them: each costs a few rows, all together some 10 ms.
	// Only who searches for a very common word meets the bound, and has newer finds than they can read.
	maxCandidates = 2000
	// How deep a search pages; counting through more costs more than it helps.
	maxFound = 400
)

// SearchStatusIDs finds statuses newest first: the viewer's own, those that mention them, that they favourited,
// bookmarked, reblogged or voted on, and public ones whose authors are indexable (Mastodon: StatusesIndex and
// PublicStatusesIndex). Whether they may still see each is the caller's question.
//
// A search costs at most one pass over the lists of its words, about 0.2 µs a status in SQLite.
func (q *Q) SearchStatusIDs(viewer model.ID, s StatusSearch, p model.Page) ([]model.ID, error) {
	want := p.Offset + p.Limit
	if want > maxFound {
		return nil, nil
	}
	below := p.MaxID
	if below == 0 {
		below = 1<<63 - 1
	}
	var found []model.ID
	if s.Library {
		own, err := all[model.ID](q, q.db.pick(`
			select rowid
			from search
			where search match $1 and rowid < $2 and rowid > $3
			order by rowid desc
			limit $4`, `
			select id
			from search
			where words @@ cast(cast($1 as text) as tsquery) and id < $2 and id > $3
			order by id desc
			limit $4`), q.db.match(s.Terms, []string{FactFrom(viewer), factMentions + viewer.String()}), below, p.Floor(), want)
		if err != nil {
			return nil, err
		}
		found = own
	}
	terms := s.Terms
	if !s.Library {
		terms = append(slices.Clip(terms), Term{Words: []string{factPublic}})
	}
	// SQLite reads the inner query as the outer asks for rows, so it stops when enough are found.
	others, err := all[model.ID](q, `
		select c.id
		from (`+q.db.pick(`
			select rowid as id
			from search
			where search match $1 and rowid < $2 and rowid > $3
			order by rowid desc
			limit $4`, `
			select id
			from search
			where words @@ cast(cast($1 as text) as tsquery) and id < $2 and id > $3
			order by id desc
			limit $4`)+`
		) c
		where ($5 and exists (
				select 1
				from statuses s
				join accounts a on a.id = s.account_id
				where s.id = c.id and s.visibility = 'public' and a.indexable
			)) or ($6 and (
				exists (select 1 from favourites f where f.account_id = $7 and f.status_id = c.id)
				or exists (select 1 from bookmarks b where b.account_id = $7 and b.status_id = c.id)
				or exists (select 1 from statuses r where r.reblog_of_id = c.id and r.reblog_of_id <> 0 and r.account_id = $7)
				or exists (select 1 from polls o join poll_votes v on v.poll_id = o.id where o.status_id = c.id and v.account_id = $7)
			))
		limit $8`, q.db.match(terms, nil), below, p.Floor(), maxCandidates, s.Public, s.Library, viewer, want)
	if err != nil {
		return nil, err
	}
	found = append(found, others...)
	slices.SortFunc(found, func(a, b model.ID) int { return cmp.Compare(b, a) })
	found = slices.Compact(found)
	return found[min(p.Offset, len(found)):min(want, len(found))], nil
}

// indexAccount makes somebody findable by their names. Call it when an account is new or its names change.
func (tx *Tx) indexAccount(a *model.Account) error {
	words := text.Words(a.Username + " " + a.DisplayName + " " + a.Domain)
	return tx.index("account_search", a.ID, words)
}

// AccountSearch is whom to look for.
type AccountSearch struct {
	Words     []string // each the beginning of a word of their names
	Following bool     // only whom the viewer follows, and themselves
}

// Accounts looked at to rank them; more match only a letter or two, where any answer is a guess.
const maxRanked = 1000

// SearchAccountIDs finds people whose names have all the words: whom the viewer follows first, then by followers
// (Mastodon: Account.advanced_search_for).
func (q *Q) SearchAccountIDs(viewer model.ID, s AccountSearch, p model.Page) ([]model.ID, error) {
	var terms []Term
	for _, w := range s.Words {
		terms = append(terms, Term{Words: []string{w}, Prefix: true})
	}
	if len(terms) == 0 {
		return nil, nil
	}
	match := q.db.match(terms, nil)
	// Followed ones are looked for among all matches, others among the newest maxRanked.
	found := q.db.pick(`select rowid as id from account_search where account_search match $2`,
		`select id from account_search where words @@ cast(cast($2 as text) as tsquery)`)
	text := `
		select a.id
		from (
			select m.id, 1 as followed
			from (` + found + ` and ` + q.db.pick(`+rowid`, `id`) + ` in (select target_id from follows where account_id = $1 union all select $1)) m`
	args := []any{viewer, match, p.Limit, p.Offset}
	if !s.Following {
		text += `
			union all
			select m.id, 0 as followed
			from (` + found + ` order by ` + q.db.pick(`rowid`, `id`) + ` desc limit $5) m`
		args = append(args, maxRanked)
	}
	text += `
		) m
		join accounts a on a.id = m.id
		where a.suspended_at = 0 and a.moved_to_id = 0
		group by a.id, a.followers_count
		order by max(m.followed) desc, a.followers_count desc, a.id
		limit $3
		offset $4`
	return all[model.ID](q, text, args...)
}

// Tags looked at to rank them; more begin with a letter or two only.
const maxTagsRanked = 1000

// SearchTags finds listed tags by the beginning of their key, shortest first (Mastodon: Tag.search_for). There is no
// review of tags yet, so none are held back as unreviewed.
func (q *Q) SearchTags(key string, p model.Page) ([]model.Tag, error) {
	list, err := all[model.Tag](q, q.db.pick(`
		select *
		from tags
		where name >= $1 and name < $2 and listable
		limit $3`, `
		select *
		from tags
		where name ~>=~ $1 and name ~<~ $2 and listable
		limit $3`), key, key+"\U0010FFFF", maxTagsRanked)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b model.Tag) int {
		return cmp.Or(cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	return list[min(p.Offset, len(list)):min(p.Offset+p.Limit, len(list))], nil
}
