package social

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

const (
	maxSearchText = 1000 // bytes; nobody types more, and what pastes a whole post finds nothing anyway
	maxClauses    = 32   // each is a list to read in the index
)

// clause is a part of a search as it was typed: -from:@bob, "two words", +must, #tag.
type clause struct {
	not    bool
	prefix string // has, is, language, from, before, after, during, in; "": plain words
	value  string
}

// searchPrefixes are Mastodon's (SearchQueryTransformer::SUPPORTED_PREFIXES).
func searchPrefix(p string) bool {
	return slices.Contains([]string{"has", "is", "language", "from", "before", "after", "during", "in"}, p)
}

// parseSearch reads what somebody typed (Mastodon: SearchQueryParser). It understands everything somehow; ok is false
// only for more than anybody means.
func parseSearch(s string) (clauses []clause, ok bool) {
	if len(s) > maxSearchText {
		return nil, false
	}
	for {
		s = strings.TrimLeftFunc(s, unicode.IsSpace)
		if s == "" {
			return clauses, true
		}
		if len(clauses) == maxClauses {
			return nil, false
		}
		var c clause
		if s[0] == '-' || s[0] == '+' {
			c.not, s = s[0] == '-', s[1:]
		}
		if name, rest, found := strings.Cut(s, ":"); found && searchPrefix(name) && rest != "" && !unicode.IsSpace(rune(rest[0])) {
			c.prefix, s = name, rest
		}
		if strings.HasPrefix(s, `"`) {
			if phrase, rest, closed := strings.Cut(s[1:], `"`); closed {
				c.value, s = phrase, rest
				clauses = append(clauses, c)
				continue
			}
			s = s[1:]
		}
		end := strings.IndexFunc(s, unicode.IsSpace)
		if end < 0 {
			end = len(s)
		}
		if c.value, s = s[:end], s[end:]; c.value != "" {
			clauses = append(clauses, c)
		}
	}
}

// factNone is a fact that no status has.
const factNone = "_none"

// searchFact is the fact that has:, is: and language: ask for.
func searchFact(prefix, value string) string {
	value = strings.ToLower(value)
	if prefix == "language" {
		if code := text.Language(value); code != "" {
			return store.FactLanguage(code)
		}
		return factNone
	}
	switch prefix + ":" + value {
	case "has:media":
		return store.FactMedia
	case "has:image":
		return store.FactImage
	case "has:video":
		return store.FactVideo
	case "has:audio":
		return store.FactAudio
	case "has:poll":
		return store.FactPoll
	case "has:link":
		return store.FactLink
	case "has:embed":
		return store.FactEmbed
	case "has:quote", "is:quote":
		return store.FactQuote
	case "is:reply":
		return store.FactReply
	case "is:sensitive":
		return store.FactSensitive
	}
	return factNone
}

// understand turns clauses into a search of the index. ok is false when nothing can be found, as when a date is none.
func understand(q *store.Q, me *model.Account, site model.Site, clauses []clause, p *model.Page) (s store.StatusSearch, ok bool, err error) {
	s.Library, s.Public = true, true
	for _, c := range clauses {
		switch c.prefix {
		case "in":
			if c.not || !scope(&s, c.value) {
				return s, false, nil
			}
		case "before", "after", "during":
			if c.not || !narrowTime(p, c.prefix, c.value) {
				return s, false, nil
			}
			s.Terms = append(s.Terms, store.Term{})
		case "from":
			id, err := authorNamed(q, me, site, c.value)
			if err != nil {
				return s, false, err
			}
			s.Terms = append(s.Terms, store.Term{Words: []string{store.FactFrom(id)}, Not: c.not})
		case "has", "is", "language":
			s.Terms = append(s.Terms, store.Term{Words: []string{searchFact(c.prefix, c.value)}, Not: c.not})
		default:
			if name, isTag := strings.CutPrefix(c.value, "#"); isTag && text.ValidTag(name) {
				s.Terms = append(s.Terms, store.Term{Words: []string{store.FactTag(text.TagKey(name))}, Not: c.not})
			} else if words, prefix := text.SearchWords(c.value); len(words) > 0 {
				s.Terms = append(s.Terms, store.Term{Words: words, Prefix: prefix, Not: c.not})
			}
		}
	}
	// Only a place and nothing to look for is no search; a time is one.
	any := len(s.Terms) > 0
	s.Terms = slices.DeleteFunc(s.Terms, func(t store.Term) bool { return len(t.Words) == 0 })
	return s, any && (p.MaxID == 0 || p.MaxID > p.Floor()), nil
}

// scope is where in: looks; false for a place that is none.
func scope(s *store.StatusSearch, value string) bool {
	switch value {
	case "library":
		s.Public = false
	case "public":
		s.Library = false
	case "all":
	default:
		return false
	}
	return s.Library || s.Public
}

// narrowTime brings a page's bounds to before, after or during a day, in UTC; false when value is no date.
func narrowTime(p *model.Page, prefix, value string) bool {
	from, err := time.Parse(time.DateOnly, value)
	to := from.AddDate(0, 0, 1)
	if err != nil {
		if from, err = time.Parse(time.RFC3339, value); err != nil {
			return false
		}
		to = from
	}
	if y := from.Year(); y < 1970 || y > 9000 {
		return false // beyond what ids can tell
	}
	below := func(t time.Time) {
		if id := model.IDAt(model.At(t)); p.MaxID == 0 || id < p.MaxID {
			p.MaxID = max(id, 1)
		}
	}
	above := func(t time.Time) { p.SinceID = max(p.SinceID, model.IDAt(model.At(t))-1) }
	switch prefix {
	case "before":
		below(from)
	case "after":
		above(to)
	case "during":
		above(from)
		below(to)
	}
	return true
}

// authorNamed finds whom from: means; 0 wrote nothing.
func authorNamed(q *store.Q, me *model.Account, site model.Site, value string) (model.ID, error) {
	if value == "me" {
		return me.ID, nil
	}
	a, err := accountNamed(q, site, value)
	if err != nil || a == nil {
		return 0, err
	}
	return a.ID, nil
}

// accountNamed finds somebody by an exact handle, with or without @; nil when there is none.
func accountNamed(q *store.Q, site model.Site, handle string) (*model.Account, error) {
	acct, ok := text.ParseAcct(handle)
	if !ok {
		return nil, nil
	}
	if acct.Domain == site.Domain {
		acct.Domain = ""
	}
	a, err := q.AccountByHandle(acct.Username, acct.Domain)
	if model.IsNotFound(err) || err == nil && a.Suspended() {
		return nil, nil
	}
	return a, err
}
