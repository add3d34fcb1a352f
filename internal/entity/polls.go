package entity

import (
	"strconv"
	"strings"

	"gomphothere/internal/model"
)

// Poll is a question (Mastodon API: entities/Poll).
type Poll struct {
	ID          model.ID      `json:"id"`
	ExpiresAt   *model.Time   `json:"expires_at"`
	Expired     bool          `json:"expired"`
	Multiple    bool          `json:"multiple"`
	VotesCount  int64         `json:"votes_count"`
	VotersCount int64         `json:"voters_count"`
	Options     []PollOption  `json:"options"`
	Emojis      []CustomEmoji `json:"emojis"`
	Voted       *bool         `json:"voted,omitempty"`     // who is signed in
	OwnVotes    *[]int        `json:"own_votes,omitempty"` // who is signed in
}

// PollOption is an answer and its votes, null while they are hidden (Mastodon API: entities/Poll#Option).
type PollOption struct {
	Title      string `json:"title"`
	VotesCount *int64 `json:"votes_count"`
}

// Poll draws a status's poll as v may know it.
func (d *Drawer) Poll(s *model.Status, v *model.Viewer) *Poll {
	p := s.Poll
	if p == nil {
		return nil
	}
	e := &Poll{
		ID: p.ID, ExpiresAt: p.ExpiresAt.OrNull(), Expired: expired(p, v), Multiple: p.Multiple,
		VotesCount: p.VotesCount, VotersCount: p.VotersCount, Options: make([]PollOption, len(p.Options)),
		Emojis: each(pollEmojis(s), d.Emoji),
	}
	for i, title := range p.Options {
		e.Options[i].Title = title
		if e.Expired || !p.HideTotals {
			n := tally(p, i)
			e.Options[i].VotesCount = &n
		}
	}
	if signedIn(v) {
		own := list(v.Votes[p.ID])
		voted := len(own) > 0 || p.AccountID == v.Account.ID // Mastodon: nobody asks the author to vote
		e.Voted, e.OwnVotes = &voted, &own
	}
	return e
}

// AppendPoll appends what Poll draws, or null.
func (d *Drawer) AppendPoll(dst []byte, s *model.Status, v *model.Viewer) []byte {
	p := s.Poll
	if p == nil {
		return append(dst, "null"...)
	}
	over := expired(p, v)
	dst = append(dst, `{"id":`...)
	dst = appendID(dst, p.ID)
	dst = append(dst, `,"expires_at":`...)
	dst = appendTime(dst, p.ExpiresAt)
	dst = appendBool(dst, `,"expired":`, over)
	dst = appendBool(dst, `,"multiple":`, p.Multiple)
	dst = append(dst, `,"votes_count":`...)
	dst = strconv.AppendInt(dst, p.VotesCount, 10)
	dst = append(dst, `,"voters_count":`...)
	dst = strconv.AppendInt(dst, p.VotersCount, 10)
	dst = append(dst, `,"options":[`...)
	for i, title := range p.Options {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"title":`...)
		dst = appendString(dst, title)
		dst = append(dst, `,"votes_count":`...)
		if over || !p.HideTotals {
			dst = strconv.AppendInt(dst, tally(p, i), 10)
		} else {
			dst = append(dst, "null"...)
		}
		dst = append(dst, '}')
	}
	dst = append(dst, `],"emojis":`...)
	if emojis := pollEmojis(s); len(emojis) > 0 {
		dst = appendJSON(dst, each(emojis, d.Emoji))
	} else {
		dst = append(dst, "[]"...)
	}
	if signedIn(v) {
		own := v.Votes[p.ID]
		dst = appendBool(dst, `,"voted":`, len(own) > 0 || p.AccountID == v.Account.ID)
		dst = append(dst, `,"own_votes":[`...)
		for i, choice := range own {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = strconv.AppendInt(dst, int64(choice), 10)
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// expired: a viewer brings the time; without one, a poll is over when its end was announced.
func expired(p *model.Poll, v *model.Viewer) bool {
	if v == nil {
		return p.ClosedAt != 0
	}
	return p.Expired(v.Now)
}

func tally(p *model.Poll, i int) int64 {
	if i < len(p.Tallies) {
		return p.Tallies[i]
	}
	return 0 // Mastodon sends fewer tallies than options while nobody voted
}

// pollEmojis are the status's emoji that an option names.
func pollEmojis(s *model.Status) (named []model.CustomEmoji) {
	for _, e := range s.Emojis {
		for _, title := range s.Poll.Options {
			if strings.Contains(title, ":"+e.Shortcode+":") {
				named = append(named, e)
				break
			}
		}
	}
	return named
}
