package social

import (
	"context"
	"slices"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// converse puts a direct status at the top of its conversation for its author and those who were told of it
// (Mastodon API: conversations).
func (s *Social) converse(tx *store.Tx, author *model.Account, st *model.Status, told []model.ID) error {
	if author.Local() {
		told = append(told, author.ID)
	}
	for _, me := range told {
		if err := s.converseFor(tx, me, st); err != nil {
			return err
		}
	}
	return nil
}

// converseFor does it for one of them.
func (s *Social) converseFor(tx *store.Tx, me model.ID, st *model.Status) error {
	var others []model.ID
	add := func(id model.ID) {
		if id != me && !slices.Contains(others, id) {
			others = append(others, id)
		}
	}
	add(st.AccountID)
	for _, m := range st.Mentions {
		add(m.AccountID)
	}
	if others == nil {
		others = []model.ID{}
	}
	tx.Publish(model.Event{Type: model.EventConversation, Stream: "direct", Account: me, ID: st.ID})
	return tx.AddToConversation(me, st, others, st.AccountID != me)
}

// Conversations is a page of somebody's threads of direct statuses (Mastodon API: conversations).
func (s *Social) Conversations(ctx context.Context, me *model.Account, p model.Page) ([]*model.Conversation, error) {
	q := s.DB.Read(ctx)
	list, err := q.Conversations(me.ID, p)
	if err != nil {
		return nil, err
	}
	rel, err := q.Relations(me.ID)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		forgetUnseen(rel, c)
	}
	return list, nil
}

// forgetUnseen leaves out a newest status that its reader may not see (any more).
func forgetUnseen(rel *model.Relations, c *model.Conversation) {
	if c.LastStatus != nil && !rel.Visible(c.LastStatus) {
		c.LastStatus = nil
	}
}

// MarkConversation marks a conversation as read, or as unread (Mastodon API: conversations/:id/read).
func (s *Social) MarkConversation(ctx context.Context, me *model.Account, id model.ID, unread bool) (*model.Conversation, error) {
	var c *model.Conversation
	err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if err = tx.SetConversationUnread(me.ID, id, unread); err != nil {
			return err
		}
		c, err = tx.Conversation(me.ID, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	rel, err := s.DB.Read(ctx).Relations(me.ID)
	if err != nil {
		return nil, err
	}
	forgetUnseen(rel, c)
	return c, nil
}

// RemoveConversation takes a conversation out of somebody's list (Mastodon API: DELETE conversations/:id).
func (s *Social) RemoveConversation(ctx context.Context, me *model.Account, id model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		found, err := tx.RemoveConversation(me.ID, id)
		if err == nil && !found {
			return model.ErrNotFound()
		}
		return err
	})
}

// converseIn puts a status of another server's into its thread: that of what it answers, the one its server names, that
// of what waited for it, or a new one.
func (s *Social) converseIn(tx *store.Tx, st *model.Status, in *incoming, known *store.Known) error {
	if st.ConversationID != 0 {
		return nil
	}
	if st.ConversationID = known.Conversation; st.ConversationID != 0 {
		return nil
	}
	ours, err := s.ownContext(tx, in.ConversationURI)
	if err != nil {
		return err
	}
	if st.ConversationID = ours; ours != 0 {
		return nil
	}
	for _, r := range known.Replies {
		if r.ConversationID != 0 {
			st.ConversationID = r.ConversationID
			return nil
		}
	}
	st.ConversationID = tx.NewID()
	return tx.AddConversation(st.ConversationID, 0, in.ConversationURI)
}

// ownContext finds a thread of ours by its address; 0 when it is none.
func (s *Social) ownContext(tx *store.Tx, uri string) (model.ID, error) {
	account, id, ok := s.Site.Context(uri)
	if !ok {
		return 0, nil
	}
	found, err := tx.ConversationOf(id, account)
	if err != nil || !found {
		return 0, err
	}
	return id, nil
}

// mergeThreads makes one thread of what turned out to be one: replies that came before what they answer began threads
// of their own.
func (s *Social) mergeThreads(tx *store.Tx, st *model.Status, replies []store.Named) error {
	done := map[model.ID]bool{0: true, st.ConversationID: true}
	for _, r := range replies {
		if done[r.ConversationID] {
			continue
		}
		done[r.ConversationID] = true
		if err := tx.MergeConversation(r.ConversationID, st.ConversationID); err != nil {
			return err
		}
	}
	return nil
}
