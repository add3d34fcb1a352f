package social

import (
	"context"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// maxConflicts is how often a status is written anew because its id was taken or another worker was first; each has
// a different cause.
const maxConflicts = 4

// KnowStatus takes in a status of another server's, once: it says whether it was new. What waited for it is tied to
// it, people hear of it if it is news, and what is missing around it is asked for. One that was deleted is Gone.
// Mastodon: ActivityPub::Activity::Create
func (s *Social) KnowStatus(ctx context.Context, author *model.Account, r RemoteStatus) (*model.Status, bool, error) {
	if author.Suspended() {
		return nil, false, model.Forbidden("The author is suspended")
	}
	in, err := s.receive(ctx, author, r)
	if err != nil {
		return nil, false, err
	}
	var made *model.Status
	var found model.ID
	for range maxConflicts {
		err = s.DB.Write(ctx, func(tx *store.Tx) error {
			made, found, err = s.know(tx, author, in)
			return err
		})
		if model.KindOf(err) != model.KindConflict {
			break
		}
	}
	if err != nil {
		return nil, false, err
	}
	if found != 0 {
		made, err = s.DB.Read(ctx).StatusByID(found)
		return made, false, err
	}
	return made, true, nil
}

// know writes a status of another server's, or finds it.
func (s *Social) know(tx *store.Tx, author *model.Account, in *incoming) (*model.Status, model.ID, error) {
	uris := []string{in.URI}
	if in.InReplyToURI != "" {
		uris = append(uris, in.InReplyToURI)
	}
	if in.Quote != nil {
		uris = append(uris, in.Quote.URI)
	}
	known, err := tx.Known(uris, in.ConversationURI, author.ID)
	if err != nil {
		return nil, 0, err
	}
	if id, err := known.Taken(in.URI, author.ID); id != 0 || err != nil {
		return nil, id, err
	}
	st := in.status // a copy: this may run again
	st.CreatedAt = dated(in.CreatedAt, tx.Now())
	if in.EditedAt > st.CreatedAt {
		st.EditedAt = min(in.EditedAt, tx.Now())
	}
	st.ID = idAt(tx, st.CreatedAt)
	if p, ok := known.Statuses[in.InReplyToURI]; ok && p.ReblogOfID == 0 {
		st.InReplyToID, st.InReplyToAccountID, st.ConversationID = p.ID, p.AccountID, p.ConversationID
		if st.ID <= p.ID && p.ID.Time() <= st.CreatedAt.Add(secondsTold) {
			st.ID = tx.NewIDAt(p.ID.Time() + 1) // both were told to the second: an answer comes after what it answers
		}
	}
	if err := s.converseIn(tx, &st, in, known); err != nil {
		return nil, 0, err
	}
	if err := s.furnish(tx, author, &st, in, known); err != nil {
		return nil, 0, err
	}
	if err := tx.AddStatus(&st); err != nil {
		return nil, 0, err
	}
	if st.Poll != nil {
		if err := tx.AddPoll(st.Poll); err != nil {
			return nil, 0, err
		}
	}
	if st.Quote != nil {
		if err := tx.AddQuote(st.Quote); err != nil {
			return nil, 0, err
		}
	}
	if err := s.tie(tx, &st, known); err != nil {
		return nil, 0, err
	}
	if _, err := s.linkUp(tx, &st); err != nil {
		return nil, 0, err
	}
	if err := s.lookFor(tx, &st, in, known); err != nil {
		return nil, 0, err
	}
	if !news(&st, in.Fetched, tx.Now()) {
		return &st, 0, nil
	}
	if err := s.tellReaders(tx, author, &st, known.Subscribers); err != nil {
		return nil, 0, err
	}
	tx.Publish(model.Event{Type: "update", Stream: "public", Account: author.ID, ID: st.ID})
	return &st, 0, nil
}

// secondsTold is how exact dates of other servers are.
const secondsTold = time.Second

// furnish puts on a status what it comes with: files, emoji, tags, poll and quote.
func (s *Social) furnish(tx *store.Tx, author *model.Account, st *model.Status, in *incoming, known *store.Known) error {
	if _, err := tx.KnowEmojis(author.Domain, in.emojis); err != nil {
		return err
	}
	for _, m := range in.media {
		m.ID, m.StatusID, m.CreatedAt = tx.NewID(), st.ID, tx.Now()
		st.Media = append(st.Media, m)
		st.MediaIDs = append(st.MediaIDs, m.ID)
		if err := tx.AddMedia(&m); err != nil {
			return err
		}
	}
	var err error
	if st.Tags, err = tx.TagsNamed(in.tags); err != nil {
		return err
	}
	if in.Poll != nil {
		st.Poll = in.Poll.of(tx, st)
		st.PollID = st.Poll.ID
	}
	if in.Quote != nil {
		st.Quote = s.quoteOf(tx, author, st, in.Quote, known)
		st.QuoteID = st.Quote.ID
	}
	return nil
}

// of is the poll of a new status.
func (p *RemotePoll) of(tx *store.Tx, st *model.Status) *model.Poll {
	return &model.Poll{
		ID: tx.NewID(), StatusID: st.ID, AccountID: st.AccountID, Options: p.Options, Tallies: p.Tallies, Multiple: p.Multiple,
		VotesCount: p.votes(), VotersCount: p.Voters, ExpiresAt: p.ends(tx.Now()), FetchedAt: tx.Now(), CreatedAt: tx.Now(),
	}
}

// tie ties to a new status what waited for it.
func (s *Social) tie(tx *store.Tx, st *model.Status, known *store.Known) error {
	if err := s.tieSome(tx, st, known); err != nil || !known.More() {
		return err
	}
	return tx.EnqueueOnce(st.ID.String(), 0, model.TieWaiting{Status: st.ID})
}

func (s *Social) tieSome(tx *store.Tx, st *model.Status, known *store.Known) error {
	if len(known.Replies) > 0 {
		if err := tx.TieReplies(st, known.Replies); err != nil {
			return err
		}
		if err := s.mergeThreads(tx, st, known.Replies); err != nil {
			return err
		}
	}
	for _, id := range known.Quotes {
		c, err := tx.Quote(id)
		if err != nil {
			return err
		}
		if err := s.tieQuote(tx, c, st); err != nil {
			return err
		}
	}
	return nil
}

// TieWaiting ties the rest of what waited for a status to it, a part in each transaction.
func (s *Social) TieWaiting(ctx context.Context, job model.TieWaiting) error {
	for more := true; more; {
		err := s.DB.Write(ctx, func(tx *store.Tx) error {
			more = false
			st, err := tx.StatusByID(job.Status)
			if model.IsNotFound(err) {
				return nil
			}
			if err != nil {
				return err
			}
			known, err := tx.Known([]string{st.URI}, "", 0)
			if err != nil {
				return err
			}
			more = known.More()
			return s.tieSome(tx, st, known)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// lookFor asks for what is not here: what a status answers, whatever it quotes, and whether it may.
func (s *Social) lookFor(tx *store.Tx, st *model.Status, in *incoming, known *store.Known) error {
	// What was looked for is part of a search that goes on by itself, and knows its bounds.
	if st.IsReply && st.InReplyToID == 0 && !in.Fetched && !known.Gone[in.InReplyToURI] {
		if err := tx.EnqueueOnce(in.InReplyToURI, 0, model.ResolveThread{Status: st.ID}); err != nil {
			return err
		}
	}
	if st.Quote == nil || known.Gone[in.Quote.URI] || !verifiable(st.Quote, in.Quote) {
		return nil
	}
	return tx.EnqueueOnce(st.Quote.ID.String(), 0, model.VerifyQuote{Quote: st.Quote.ID})
}

// ForgetStatus deletes a status because its server says so. One that is not known is remembered, if it can be its
// author's server's, so that it is not taken in when it comes late: one small write, and none when it was remembered.
// Mastodon: ActivityPub::Activity::Delete
func (s *Social) ForgetStatus(ctx context.Context, author *model.Account, uri string) error {
	if author.Local() {
		return model.ErrForbidden()
	}
	if checkURI(uri, author) != nil {
		return nil // nothing of theirs
	}
	gone, err := s.DB.Read(ctx).Tombstone(uri)
	if err != nil || gone {
		return err
	}
	return s.forget(ctx, author, uri)
}

func (s *Social) forget(ctx context.Context, author *model.Account, uri string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		st, err := tx.StatusNamed(uri)
		if model.IsNotFound(err) {
			return tx.Bury(uri, author.ID)
		}
		if err != nil || st.AccountID != author.ID {
			return err // somebody else's is not theirs to delete
		}
		return s.remove(tx, st, true)
	})
}

// Tombstones of other servers' statuses are kept as long as deliveries of them could still be under way; what is asked
// for at its server afterwards, the server says itself to be gone.
const tombstonesKept = 30 * 24 * time.Hour

// tombstoneBatch bounds one transaction of forgetting them.
const tombstoneBatch = 1000

// ForgetTombstones drops what is remembered of others' deletions when it is old. A schedule runs it.
func (s *Social) ForgetTombstones(ctx context.Context) error {
	for more := true; more; {
		err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
			more, err = tx.ForgetTombstones(tx.Now().Add(-tombstonesKept), tombstoneBatch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
