package social

import (
	"context"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

const (
	// aliveAt is the key in table site of when this server was last known to run.
	aliveAt = "alive_at"
	// After a shorter absence peers deliver by themselves what they could not: their first retries come within minutes.
	shortAbsence = 10 * time.Minute
	// What was written longer ago is old; who wants it looks at the profile.
	longestAbsence = 7 * 24 * time.Hour
	// Accounts asked about in one transaction.
	absenceBatch = 500
	// The outboxes of one server are asked for so far apart, so that a server with thousands whom we follow is not
	// pressed; all within a few minutes.
	outboxPause   = 200 * time.Millisecond
	longestOutbox = 10 * time.Minute
)

// Alive notes that the server runs. A schedule calls it every minute.
func (s *Social) Alive(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.SetSite(aliveAt, tx.Now()) })
}

// CatchUp is called at the start: it notices how long this server was away, and has what people followed here wrote
// meanwhile asked for, because their servers may have given up. It may be called twice: the second finds no absence.
func (s *Social) CatchUp(ctx context.Context) error {
	last, err := store.SiteValue[model.Time](s.DB.Read(ctx), aliveAt)
	if err != nil {
		return err
	}
	now := s.DB.Now()
	if last != 0 && now.Sub(last) >= shortAbsence {
		since := max(last.Add(-shortAbsence), now.Add(-longestAbsence)) // what was under way when it ended
		if err := s.askOutboxes(ctx, since); err != nil {
			return err
		}
	}
	return s.Alive(ctx)
}

func (s *Social) askOutboxes(ctx context.Context, since model.Time) error {
	pauses := map[string]time.Duration{}
	for after := model.ID(0); ; {
		ids, err := s.DB.Read(ctx).RemoteFollowed(after, absenceBatch)
		if err != nil || len(ids) == 0 {
			return err
		}
		after = ids[len(ids)-1]
		err = s.DB.Write(ctx, func(tx *store.Tx) error {
			list, err := tx.Accounts(ids)
			if err != nil {
				return err
			}
			for _, a := range list {
				pause := min(pauses[a.Domain], longestOutbox)
				pauses[a.Domain] += outboxPause
				if err := tx.EnqueueAt(tx.Now().Add(pause), a.Domain, model.PullOutbox{Account: a.ID, Since: since}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// Strange are the handles of other servers' people that a text names and nobody here knows; whoever posts it has them
// looked up first.
func (s *Social) Strange(ctx context.Context, source string) ([]string, error) {
	q := s.DB.Read(ctx)
	var strange []string
	seen := map[string]bool{}
	for _, m := range text.Parse(source).Of(text.Mention) {
		acct, ok := text.ParseAcct(m.Acct())
		if !ok || acct.Domain == "" || acct.Domain == s.Site.Domain || seen[acct.String()] {
			continue
		}
		seen[acct.String()] = true
		_, err := q.AccountByHandle(acct.Username, acct.Domain)
		if err != nil && !model.IsNotFound(err) {
			return nil, err
		}
		if err != nil {
			strange = append(strange, acct.String())
		}
	}
	return strange, nil
}
