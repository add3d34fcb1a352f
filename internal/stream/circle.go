package stream

import (
	"slices"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// circle is a connected viewer's model.Relations, small enough to keep for everybody who is connected: some 9 bytes per
// person they follow, block or mute instead of 120.
type circle struct {
	ids       []model.ID // sorted
	ties      []tie      // to ids[i]
	hides     bool       // any of the ties is a block or a mute
	domains   []string
	tags      []model.ID // sorted
	languages []string
	follows   map[model.ID]model.Follow // only those with languages of their own
	mutes     map[model.ID]model.Mute   // only those that end
	filters   *social.Filters           // nil: none
}

// tie is how a viewer stands to an account.
type tie uint8

const (
	follows tie = 1 << iota
	reblogs
	blocks
	blockedBy
	mutes
	exclusive
	odd // there is more to say of the follow or the mute
)

const hiding = blocks | blockedBy | mutes

func newCircle(r *model.Relations, f *social.Filters) *circle {
	c := &circle{filters: f}
	all := make(map[model.ID]tie, len(r.Following))
	for id, f := range r.Following {
		all[id] |= follows
		if f.ShowReblogs {
			all[id] |= reblogs
		}
		if len(f.Languages) > 0 {
			all[id] |= odd
			if c.follows == nil {
				c.follows = map[model.ID]model.Follow{}
			}
			c.follows[id] = f
		}
	}
	for id, m := range r.Muting {
		all[id] |= mutes
		if m.ExpiresAt != 0 {
			all[id] |= odd
			if c.mutes == nil {
				c.mutes = map[model.ID]model.Mute{}
			}
			c.mutes[id] = m
		}
	}
	for t, set := range map[tie]map[model.ID]bool{blocks: r.Blocking, blockedBy: r.BlockedBy, exclusive: r.Exclusive} {
		for id := range set {
			all[id] |= t
		}
	}
	if len(all) > 0 {
		c.ids = make([]model.ID, 0, len(all))
		for id := range all {
			c.ids = append(c.ids, id)
		}
		slices.Sort(c.ids)
		c.ties = make([]tie, len(c.ids))
		for i, id := range c.ids {
			c.ties[i] = all[id]
			c.hides = c.hides || all[id]&hiding != 0
		}
	}
	for d := range r.Domains {
		c.domains = append(c.domains, d)
	}
	for id := range r.Tags {
		c.tags = append(c.tags, id)
	}
	slices.Sort(c.tags)
	for l := range r.Languages {
		c.languages = append(c.languages, l)
	}
	return c
}

func (c *circle) tie(id model.ID) tie {
	i, ok := slices.BinarySearch(c.ids, id)
	if !ok {
		return 0
	}
	return c.ties[i]
}

// about is what the rules of timelines may ask of a viewer about one status: their ties to a few accounts, whether they
// block a few domains, follow a few tags, chose its language. Whoever gives the same answers sees the same status.
type about struct {
	people   []model.ID // its author, that of what it shares or quotes, whom it answers
	named    []model.ID // whom it mentions: only blocks and mutes matter
	domains  []string
	tags     []model.ID
	language string
}

func aboutOf(st *model.Status) *about {
	a := &about{language: st.Language}
	person := func(acc *model.Account) {
		if acc == nil || slices.Contains(a.people, acc.ID) {
			return
		}
		a.people = append(a.people, acc.ID)
		if acc.Domain != "" && !slices.Contains(a.domains, acc.Domain) {
			a.domains = append(a.domains, acc.Domain)
		}
	}
	person(st.Account)
	shown := st.Shown()
	person(shown.Account)
	if shown.Quote != nil && shown.Quote.Quoted != nil {
		person(shown.Quote.Quoted.Account)
	}
	if to := st.InReplyToAccountID; to != 0 && !slices.Contains(a.people, to) {
		a.people = append(a.people, to)
	}
	for _, m := range shown.Mentions {
		if !slices.Contains(a.people, m.AccountID) {
			a.named = append(a.named, m.AccountID)
		}
	}
	if shown.Quote != nil && shown.Quote.Quoted != nil {
		for _, m := range shown.Quote.Quoted.Mentions { // who is mentioned may see it
			if !slices.Contains(a.people, m.AccountID) && !slices.Contains(a.named, m.AccountID) {
				a.named = append(a.named, m.AccountID)
			}
		}
	}
	for _, t := range st.Tags {
		a.tags = append(a.tags, t.ID)
	}
	return a
}

// concerns tells whether the viewer is one of those the status is about: then nobody else's answers are theirs.
func (a *about) concerns(viewer model.ID) bool {
	return slices.Contains(a.people, viewer) || slices.Contains(a.named, viewer)
}

// answers appends what the viewer answers; alone tells that there is more to it than the answers say.
func (a *about) answers(dst []byte, c *circle) (_ []byte, alone bool) {
	for _, id := range a.people {
		t := c.tie(id)
		alone = alone || t&odd != 0
		dst = append(dst, byte(t))
	}
	for _, id := range a.named {
		var t tie
		if c.hides {
			t = c.tie(id)
			alone = alone || t&hiding != 0 && t&odd != 0
		}
		dst = append(dst, byte(t&hiding))
	}
	yes := func(b bool) {
		if b {
			dst = append(dst, 1)
			return
		}
		dst = append(dst, 0)
	}
	for _, d := range a.domains {
		yes(slices.Contains(c.domains, d))
	}
	for _, t := range a.tags {
		_, ok := slices.BinarySearch(c.tags, t)
		yes(ok)
	}
	yes(len(c.languages) > 0)
	yes(slices.Contains(c.languages, a.language))
	return dst, alone
}

// relations are the viewer's, as far as a status asks for them.
func (a *about) relations(viewer model.ID, c *circle) *model.Relations {
	r := &model.Relations{
		AccountID: viewer,
		Following: map[model.ID]model.Follow{}, Blocking: map[model.ID]bool{}, BlockedBy: map[model.ID]bool{},
		Muting: map[model.ID]model.Mute{}, Domains: map[string]bool{}, Tags: map[model.ID]bool{},
		Exclusive: map[model.ID]bool{}, Languages: map[string]bool{},
	}
	for _, id := range slices.Concat(a.people, a.named) {
		t := c.tie(id)
		if t&follows != 0 {
			f, ok := c.follows[id]
			if !ok {
				f = model.Follow{AccountID: viewer, TargetID: id, ShowReblogs: t&reblogs != 0}
			}
			r.Following[id] = f
		}
		if t&mutes != 0 {
			m, ok := c.mutes[id]
			if !ok {
				m = model.Mute{AccountID: viewer, TargetID: id}
			}
			r.Muting[id] = m
		}
		for bit, set := range map[tie]map[model.ID]bool{blocks: r.Blocking, blockedBy: r.BlockedBy, exclusive: r.Exclusive} {
			if t&bit != 0 {
				set[id] = true
			}
		}
	}
	for _, d := range a.domains {
		if slices.Contains(c.domains, d) {
			r.Domains[d] = true
		}
	}
	for _, t := range a.tags {
		if _, ok := slices.BinarySearch(c.tags, t); ok {
			r.Tags[t] = true
		}
	}
	if len(c.languages) > 0 {
		r.Languages[""] = true // some are chosen
	}
	if slices.Contains(c.languages, a.language) {
		r.Languages[a.language] = true
	}
	return r
}
