package store

import "gomphothere/internal/model"

// Placed is a status' place in a list and its address.
type Placed struct {
	ID  model.ID
	URI string
}

// RepliesTo pages upward through the replies to a status that everybody may see: its author's own, or those of
// others (Mastodon: ActivityPub::RepliesController). Of others' only accounts that are neither suspended nor silenced.
func (q *Q) RepliesTo(s *model.Status, others bool, after model.ID, limit int) ([]Placed, error) {
	text := `
		select r.id, r.uri
		from statuses r
		where r.in_reply_to_id = $1 and r.in_reply_to_id <> 0 and r.visibility in ('public', 'unlisted') and r.id > $3
			and r.account_id = $2
		order by r.id
		limit $4`
	if others {
		text = `
		select r.id, r.uri
		from statuses r
		join accounts a on a.id = r.account_id
		where r.in_reply_to_id = $1 and r.in_reply_to_id <> 0 and r.visibility in ('public', 'unlisted') and r.id > $3
			and r.account_id <> $2 and a.suspended_at = 0 and a.silenced_at = 0
		order by r.id
		limit $4`
	}
	return all[Placed](q, text, s.ID, s.AccountID, after, limit)
}

// InThread pages upward through what everybody may see of a conversation (FEP-7888).
func (q *Q) InThread(conversation, after model.ID, limit int) ([]Placed, error) {
	return all[Placed](q, `
		select s.id, s.uri
		from statuses s
		join accounts a on a.id = s.account_id
		where s.conversation_id = $1 and s.id > $2 and s.visibility in ('public', 'unlisted') and s.reblog_of_id = 0
			and a.suspended_at = 0
		order by s.id
		limit $3`, conversation, after, limit)
}

// OwnEmoji finds a custom emoji of ours that may be used.
func (q *Q) OwnEmoji(id model.ID) (*model.CustomEmoji, error) {
	e, err := one[model.CustomEmoji](q, `select * from custom_emojis where id = $1 and domain = '' and not disabled`, id)
	return &e, err
}
