package federation

import (
	"context"
	"slices"
	"sync"
	"time"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// circumstances are how a status came here.
type circumstances struct {
	Fetched bool
	Inbox   model.ID // ours whose own inbox it came to
	Depth   int
}

// learn writes a status down. What came is followed upward by the verb; what somebody asked for, here.
func (f *Federation) learn(ctx context.Context, author *model.Account, n *ap.Note, c circumstances) (*model.Status, bool, error) {
	r, err := f.remoteStatus(ctx, author, n, c)
	if err != nil {
		return nil, false, err
	}
	st, made, err := f.Social.KnowStatus(ctx, author, *r)
	if err == nil && made && c.Fetched && c.Depth == 0 && st.InReplyToURI != "" && st.InReplyToID == 0 {
		err = f.DB.EnqueueOnce(ctx, st.InReplyToURI, 0, model.ResolveThread{Status: st.ID})
	}
	return st, made, err
}

// remoteStatus is a note as the verbs take it: people it names are met, what it is addressed to is understood.
func (f *Federation) remoteStatus(ctx context.Context, author *model.Account, n *ap.Note, c circumstances) (*social.RemoteStatus, error) {
	now := model.At(f.Now())
	r := &social.RemoteStatus{
		URI: n.ID, URL: n.URL, Content: n.Content, SpoilerText: n.Spoiler, Sensitive: n.Sensitive, Language: n.Language,
		Visibility: n.Visibility(author.FollowersURL), InReplyToURI: n.InReplyTo, ConversationURI: n.Conversation,
		Tags: n.Hashtags, Media: n.Media, Emojis: n.Emojis, QuotePolicy: n.QuotePolicy(author),
		CreatedAt: ap.Believable(n.Published, now), Fetched: c.Fetched,
	}
	if n.Updated > n.Published && n.Updated <= now {
		r.EditedAt = n.Updated
	}
	for i := range r.Emojis {
		r.Emojis[i].Domain = author.Domain
	}
	if p := n.Poll; p != nil {
		r.Poll = &social.RemotePoll{
			Options: p.Options, Tallies: p.Tallies, Multiple: p.Multiple, Voters: max(p.Voters, 0), EndsAt: p.EndsAt, ClosedAt: p.ClosedAt,
		}
	}
	if n.Quote != "" {
		r.Quote = &social.RemoteQuote{URI: n.Quote, ApprovalURI: n.QuoteApproval, Legacy: n.QuoteLegacy}
	}
	return r, f.address(ctx, author, n, r, c.Inbox)
}

const (
	// Strangers named by one status whom somebody asks for; the rest are shown as the links they are.
	maxMet = 16
	// People of ours whom one status may be addressed to without naming them.
	maxSilent = 500
	// How long a status waits for the people it names.
	meetPatience = 15 * time.Second
)

// address finds whom a status names and whom it is for (Mastodon: ActivityPub::Activity::Create#process_tags and
// #process_audience).
func (f *Federation) address(ctx context.Context, author *model.Account, n *ap.Note, r *social.RemoteStatus, inbox model.ID) error {
	named, err := f.named(ctx, n)
	if err != nil {
		return err
	}
	for _, a := range named {
		if a != nil && !mentions(r.Mentions, a.ID) {
			r.Mentions = append(r.Mentions, model.Mention{AccountID: a.ID, Username: a.Username, Domain: a.Domain, URL: a.URL})
		}
	}
	silent := 0
	q := f.DB.Read(ctx)
	hear := func(a *model.Account) {
		if a.ID == author.ID || mentions(r.Mentions, a.ID) || silent >= maxSilent {
			return
		}
		silent++
		r.Mentions = append(r.Mentions, model.Mention{AccountID: a.ID, Silent: true, Username: a.Username, Domain: a.Domain, URL: a.URL})
	}
	for _, uri := range slices.Concat(n.To, n.Cc) {
		if !f.ours(uri) { // whom others' servers let in is theirs to decide
			continue
		}
		a, err := q.AccountByURI(uri)
		if model.IsNotFound(err) {
			continue // our followers' collection, for one
		}
		if err != nil {
			return err
		}
		hear(a)
	}
	if inbox != 0 {
		a, err := q.Account(inbox)
		if err == nil {
			hear(a) // somebody at its server meant them, however it is spelt
		} else if !model.IsNotFound(err) {
			return err
		}
	}
	if silent > 0 && r.Visibility == model.Direct {
		r.Visibility = model.Limited
	}
	return nil
}

func mentions(list []model.Mention, id model.ID) bool {
	return slices.ContainsFunc(list, func(m model.Mention) bool { return m.AccountID == id })
}

// named finds the people a status names, asking for those not known; who does not answer in time is left away.
func (f *Federation) named(ctx context.Context, n *ap.Note) ([]*model.Account, error) {
	found := make([]*model.Account, len(n.Mentions))
	strange := map[string][]int{}
	q := f.DB.Read(ctx)
	for i, m := range n.Mentions {
		a, err := q.AccountByURI(bare(m.Href))
		switch {
		case err == nil:
			found[i] = a
		case !model.IsNotFound(err):
			return nil, err
		case !f.ours(m.Href) && len(strange) < maxMet:
			strange[m.Href] = append(strange[m.Href], i)
		}
	}
	if len(strange) == 0 {
		return found, nil
	}
	ctx, cancel := context.WithTimeout(ctx, meetPatience)
	defer cancel()
	var wg sync.WaitGroup
	for href, at := range strange {
		wg.Go(func() {
			a, err := f.ResolveActor(ctx, href)
			if err != nil {
				f.Log.Debug("a mentioned account cannot be met", "account", href, "error", err)
				return
			}
			for _, i := range at {
				found[i] = a
			}
		})
	}
	wg.Wait()
	return found, nil
}
