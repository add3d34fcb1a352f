package store

import (
	"slices"

	"gomphothere/internal/model"
)

// AddConversation begins a thread: of its first author if that is one of ours (0: not), under the name that another
// server gave it ("": none).
func (tx *Tx) AddConversation(id, author model.ID, uri string) error {
	_, err := tx.exec(`insert into conversations (id, account_id, uri) values ($1, $2, $3)`, id, author, uri)
	return err
}

// AddToConversation makes a direct status the newest of its thread for one of its people. Threads with other
// participants are other conversations, as Mastodon has it.
func (tx *Tx) AddToConversation(account model.ID, st *model.Status, others []model.ID, unread bool) error {
	others = append([]model.ID{}, others...) // never null: alone with oneself is a conversation too
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

// MuteConversation stops (or no longer stops) notifications of a thread for one account.
func (tx *Tx) MuteConversation(account, conversation model.ID, on bool) error {
	tx.touch(model.TouchMarks, account, 0)
	if !on {
		_, err := tx.exec(`delete from conversation_mutes where account_id = $1 and conversation_id = $2`, account, conversation)
		return err
	}
	_, err := tx.exec(`
		insert into conversation_mutes (account_id, conversation_id, id)
		values ($1, $2, $3)
		on conflict (account_id, conversation_id) do nothing`, account, conversation, tx.NewID())
	return err
}

// deepestConversation is how many statuses of a thread are searched for the one before a deleted one. Somebody with
// more of them among other people sees the conversation again at its next status.
const deepestConversation = 500

// conversationsWithout gives conversations whose newest status was deleted the one before it, or ends them.
func (tx *Tx) conversationsWithout(s *model.Status) error {
	mine, err := all[model.Conversation](&tx.Q, `select * from account_conversations where last_status_id = $1`, s.ID)
	if err != nil || len(mine) == 0 {
		return err
	}
	ids, err := all[model.ID](&tx.Q, `
		select id
		from statuses
		where conversation_id = $1 and visibility = 'direct'
		order by id desc
		limit $2`, s.ConversationID, deepestConversation)
	if err != nil {
		return err
	}
	left, err := tx.Statuses(ids)
	if err != nil {
		return err
	}
	for _, c := range mine {
		i := slices.IndexFunc(left, func(st *model.Status) bool { return among(st, c.AccountID, c.ParticipantIDs) })
		if i < 0 {
			if _, err := tx.exec(`delete from account_conversations where id = $1`, c.ID); err != nil {
				return err
			}
			continue
		}
		if _, err := tx.exec(`update account_conversations set last_status_id = $2 where id = $1`, c.ID, left[i].ID); err != nil {
			return err
		}
	}
	return nil
}

// among tells whether a direct status is between an account and exactly these others.
func among(st *model.Status, account model.ID, others []model.ID) bool {
	people := map[model.ID]bool{st.AccountID: true}
	for _, m := range st.Mentions {
		people[m.AccountID] = true
	}
	if !people[account] {
		return false
	}
	delete(people, account)
	for _, o := range others {
		if !people[o] {
			return false
		}
	}
	return len(people) == len(others)
}

// Conversations pages through somebody's threads of direct statuses by their newest status, hydrated.
func (q *Q) Conversations(account model.ID, p model.Page) ([]*model.Conversation, error) {
	text, args := span(`select * from account_conversations where account_id = $1`, "last_status_id", []any{account}, p)
	list, err := pointers[model.Conversation](q, text, args...)
	if err != nil {
		return nil, err
	}
	if p.Ascending() {
		slices.Reverse(list)
	}
	return list, q.hydrateConversations(list)
}

// Conversation finds one of an account's conversations, hydrated.
func (q *Q) Conversation(account, id model.ID) (*model.Conversation, error) {
	list, err := pointers[model.Conversation](q, `
		select *
		from account_conversations
		where id = $2 and account_id = $1`, account, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, model.ErrNotFound()
	}
	return list[0], q.hydrateConversations(list)
}

// ConversationAt finds the one of an account's conversations whose newest status it is, hydrated.
func (q *Q) ConversationAt(account, status model.ID) (*model.Conversation, error) {
	list, err := pointers[model.Conversation](q, `
		select *
		from account_conversations
		where account_id = $1 and last_status_id = $2`, account, status)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, model.ErrNotFound()
	}
	return list[0], q.hydrateConversations(list)
}

func (q *Q) hydrateConversations(list []*model.Conversation) error {
	var who, statuses []model.ID
	for _, c := range list {
		who = append(who, c.ParticipantIDs...)
		who = append(who, c.AccountID) // a conversation with oneself shows oneself, as Mastodon does
		statuses = append(statuses, c.LastStatusID)
	}
	accounts, err := q.accounts(who)
	if err != nil {
		return err
	}
	found, err := q.Statuses(statuses)
	if err != nil {
		return err
	}
	byID := make(map[model.ID]*model.Status, len(found))
	for _, s := range found {
		byID[s.ID] = s
	}
	for _, c := range list {
		c.LastStatus = byID[c.LastStatusID]
		people := c.ParticipantIDs
		if len(people) == 0 {
			people = []model.ID{c.AccountID}
		}
		for _, id := range people {
			if a := accounts[id]; a != nil {
				c.Participants = append(c.Participants, a)
			}
		}
	}
	return nil
}

// SetConversationUnread marks one as read or not.
func (tx *Tx) SetConversationUnread(account, id model.ID, unread bool) error {
	_, err := tx.exec(`update account_conversations set unread = $3 where id = $2 and account_id = $1`, account, id, unread)
	return err
}

// RemoveConversation takes one out of its owner's list and says whether it was there; its statuses stay.
func (tx *Tx) RemoveConversation(account, id model.ID) (bool, error) {
	n, err := tx.exec(`delete from account_conversations where id = $2 and account_id = $1`, account, id)
	return n > 0, err
}

// ConversationOf tells whether a thread is one that an account of ours began.
func (q *Q) ConversationOf(id, account model.ID) (bool, error) {
	_, found, err := maybe[model.ID](q, `select id from conversations where id = $1 and account_id = $2 and account_id <> 0`, id, account)
	return found, err
}

// Threads finds conversations by id.
func (q *Q) Threads(ids []model.ID) (map[model.ID]model.Thread, error) {
	out := make(map[model.ID]model.Thread, len(ids))
	err := each(q, `select id, uri, account_id from conversations where id in $1`, []any{ids}, func(t *model.Thread) { out[t.ID] = *t })
	return out, err
}

// ThreadStatuses pages through what everybody may see of a thread (FEP-7888: the context's items).
func (q *Q) ThreadStatuses(conversation model.ID, p model.Page) ([]model.ID, error) {
	return q.ids(`
		select s.id
		from statuses s
		where s.conversation_id = $1 and s.visibility in ('public', 'unlisted')`, "s.id", []any{conversation}, p)
}

// maxMerged bounds how many statuses change their thread at once; larger ones stay two.
const maxMerged = 500

// MergeConversation moves all of one thread into another, with who muted it and whose list it is in.
func (tx *Tx) MergeConversation(from, into model.ID) error {
	ids, err := all[model.ID](&tx.Q, `select id from statuses where conversation_id = $1 limit $2`, from, maxMerged+1)
	if err != nil || len(ids) > maxMerged {
		return err
	}
	if _, err := tx.exec(`update statuses set conversation_id = $2 where id in $1`, ids, into); err != nil {
		return err
	}
	for _, id := range ids {
		tx.touch(model.TouchStatus, 0, id)
	}
	if err := each(&tx.Q, `select account_id from conversation_mutes where conversation_id = $1`, []any{from}, func(id *model.ID) { tx.touch(model.TouchMarks, *id, 0) }); err != nil {
		return err
	}
	for _, text := range []string{
		`insert into conversation_mutes (account_id, conversation_id, id)
		select account_id, cast($2 as bigint), id from conversation_mutes where conversation_id = $1
		on conflict (account_id, conversation_id) do nothing`,
		`delete from conversation_mutes where conversation_id = $1 and conversation_id <> $2`,
		// Of two rows for the same people the newer one stays.
		`delete from account_conversations
		where conversation_id in ($1, $2) and exists (
			select 1
			from account_conversations o
			where o.conversation_id in ($1, $2) and o.account_id = account_conversations.account_id
				and o.participant_ids = account_conversations.participant_ids
				and (o.last_status_id > account_conversations.last_status_id
					or o.last_status_id = account_conversations.last_status_id and o.id > account_conversations.id)
		)`,
		`update account_conversations set conversation_id = $2 where conversation_id = $1`,
		`delete from conversations where id = $1 and id <> $2`,
	} {
		if _, err := tx.exec(text, from, into); err != nil {
			return err
		}
	}
	return nil
}
