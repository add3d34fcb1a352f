package social

import (
	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// tellOf tells whoever a new status concerns: the mentioned, the quoted, those who asked to hear of this author.
func (s *Social) tellOf(tx *store.Tx, author *model.Account, st *model.Status) error {
	for _, m := range st.Mentions {
		if m.Domain != "" {
			continue
		}
		if err := s.notify(tx, m.AccountID, author, model.NotifyMention, st); err != nil {
			return err
		}
	}
	if q := st.Quote; q != nil {
		if err := s.notify(tx, q.QuotedAccountID, author, model.NotifyQuote, st); err != nil {
			return err
		}
	}
	if st.Visibility == model.Direct {
		return s.converse(tx, author, st)
	}
	if st.IsReply && st.InReplyToAccountID != author.ID {
		return nil
	}
	subscribers, err := tx.Subscribers(author.ID)
	if err != nil {
		return err
	}
	for _, id := range subscribers {
		if err := s.notify(tx, id, author, model.NotifyStatus, st); err != nil {
			return err
		}
	}
	return nil
}

// notify tells a local account of something, once, unless they do not want to hear of whom did it.
func (s *Social) notify(tx *store.Tx, to model.ID, from *model.Account, typ string, st *model.Status) error {
	if to == from.ID && typ != model.NotifyPoll {
		return nil
	}
	a, err := tx.Account(to)
	if model.IsNotFound(err) || err == nil && !a.Local() {
		return nil
	}
	if err != nil {
		return err
	}
	n := &model.Notification{ID: tx.NewID(), AccountID: to, FromID: from.ID, Type: typ, CreatedAt: tx.Now()}
	if st != nil {
		n.StatusID = st.ID
	}
	added, err := tx.AddNotification(n)
	if err != nil || !added {
		return err
	}
	tx.Publish(model.Event{Type: "notification", Stream: "user", Account: to, ID: n.ID})
	return nil
}

// converse puts a direct status at the top of its conversation for everyone in it (Mastodon API: conversations).
func (s *Social) converse(tx *store.Tx, author *model.Account, st *model.Status) error {
	people := []model.ID{author.ID}
	for _, m := range st.Mentions {
		if m.AccountID != author.ID {
			people = append(people, m.AccountID)
		}
	}
	for _, me := range people {
		var others []model.ID
		for _, p := range people {
			if p != me {
				others = append(others, p)
			}
		}
		a, err := tx.Account(me)
		if err != nil {
			return err
		}
		if !a.Local() {
			continue
		}
		if err := tx.AddToConversation(me, st, others, me != author.ID); err != nil {
			return err
		}
	}
	return nil
}
