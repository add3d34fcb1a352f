package store

import (
	"slices"

	"gomphothere/internal/model"
)

// AddConversation begins a thread.
func (tx *Tx) AddConversation(id model.ID) error {
	_, err := tx.exec(`insert into conversations (id) values ($1)`, id)
	return err
}

// AddToConversation makes a direct status the newest of its thread for one of its people. Threads with other
// participants are other conversations, as Mastodon has it.
func (tx *Tx) AddToConversation(account model.ID, st *model.Status, others []model.ID, unread bool) error {
	slices.Sort(others)
	people, err := jsonText(others)
	if err != nil {
		return err
	}
	n, err := tx.exec(`
		update account_conversations
		set last_status_id = $4, unread = $5
		where account_id = $1 and conversation_id = $2 and participant_ids = $3`, account, st.ConversationID, people, st.ID, unread)
	if err != nil || n > 0 {
		return err
	}
	_, err = tx.insert("account_conversations", &model.Conversation{
		ID: tx.NewID(), AccountID: account, ConversationID: st.ConversationID, ParticipantIDs: others,
		LastStatusID: st.ID, Unread: unread, CreatedAt: tx.now,
	}, "")
	return err
}
