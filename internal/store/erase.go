package store

import (
	"fmt"

	"gomphothere/internal/model"
)

// BlankAccount empties a local account's row and deletes its login and tokens. The row stays, suspended, so that
// nobody takes the name. Mastodon: DeleteAccountService with reserve_username
func (tx *Tx) BlankAccount(account model.ID) error {
	for _, text := range []string{
		`delete from tokens where account_id = $1`,
		`delete from users where account_id = $1`,
	} {
		if _, err := tx.exec(text, account); err != nil {
			return err
		}
	}
	_, err := tx.exec(`
		update accounts
		set suspended_at = $2, updated_at = $2, silenced_at = 0, sensitized_at = 0, moved_to_id = 0, memorial = false,
			display_name = '', note = '', note_text = '', fields = '[]', attribution_domains = '[]', also_known_as = '[]',
			avatar = '', avatar_static = '', avatar_remote_url = '', avatar_description = '',
			header = '', header_static = '', header_remote_url = '', header_description = '',
			locked = false, discoverable = false, indexable = false, hide_collections = false, silenced_by = '', suspended_by = 'here'
		where id = $1`, account, tx.now)
	tx.touch(model.TouchAccount, 0, account)
	tx.touch(model.TouchTokens, account, 0)
	tx.touchRelations(account)
	return err
}

// EraseStatuses deletes some of an account's statuses, with others' reblogs of them, and says whether there may be more.
func (tx *Tx) EraseStatuses(account model.ID, limit int) (more bool, err error) {
	ids, err := all[model.ID](&tx.Q, `select id from statuses where account_id = $1 order by id limit $2`, account, limit)
	if err != nil || len(ids) == 0 {
		return false, err
	}
	// Others' reblogs go first: one widely shared status has more than a batch of them.
	reblogs, err := all[model.ID](&tx.Q, `
		select id
		from statuses
		where reblog_of_id in $1 and reblog_of_id <> 0 and account_id <> $2
		limit $3`, ids, account, limit)
	if err != nil {
		return false, err
	}
	if len(reblogs) > 0 {
		ids = reblogs
	}
	list, err := tx.Statuses(ids)
	if err != nil {
		return false, err
	}
	if len(list) == 0 {
		return false, fmt.Errorf("erase account %v: its statuses %v cannot be read", account, ids)
	}
	for _, s := range list {
		if _, err := tx.RemoveStatus(s, true); err != nil {
			return false, err
		}
	}
	return true, nil
}

// EraseFavourites takes some of an account's favourites back and says whether there may be more.
func (tx *Tx) EraseFavourites(account model.ID, limit int) (more bool, err error) {
	ids, err := all[model.ID](&tx.Q, `select status_id from favourites where account_id = $1 order by id limit $2`, account, limit)
	if err != nil {
		return false, err
	}
	for _, id := range ids {
		if _, err := tx.RemoveFavourite(account, id); err != nil {
			return false, err
		}
	}
	return len(ids) > 0, nil
}

// EraseFollows ends some of an account's follows, both ways, and says whether there may be more.
func (tx *Tx) EraseFollows(account model.ID, limit int) (more bool, err error) {
	list, err := all[pairing](&tx.Q, `
		select id, account_id, target_id from (
			select id, account_id, target_id from follows where account_id = $1
			union all
			select id, account_id, target_id from follows where target_id = $1
		) f
		limit $2`, account, limit)
	if err != nil {
		return false, err
	}
	for _, f := range list {
		if _, err := tx.RemoveFollow(f.AccountID, f.TargetID); err != nil {
			return false, err
		}
	}
	return len(list) > 0, nil
}

// EraseRest deletes what else an account kept or had with others. Votes stay: they are counted, and say nothing of who
// cast them.
func (tx *Tx) EraseRest(account model.ID) error {
	others, err := all[model.ID](&tx.Q, `
		select target_id from blocks where account_id = $1
		union
		select account_id from blocks where target_id = $1
		union
		select account_id from mutes where target_id = $1
		union
		select l.account_id from list_accounts m join lists l on l.id = m.list_id where m.account_id = $1`, account)
	if err != nil {
		return err
	}
	if err := tx.ClearNotifications(account); err != nil {
		return err
	}
	if _, err := tx.untell(0, `from_id = $1`, account); err != nil {
		return err
	}
	for _, text := range []string{
		`delete from follow_requests where account_id = $1`,
		`delete from follow_requests where target_id = $1`,
		`delete from blocks where account_id = $1`,
		`delete from blocks where target_id = $1`,
		`delete from mutes where account_id = $1`,
		`delete from mutes where target_id = $1`,
		`delete from account_domain_blocks where account_id = $1`,
		`delete from account_notes where account_id = $1`,
		`delete from account_notes where target_id = $1`,
		`delete from endorsements where account_id = $1`,
		`delete from endorsements where target_id = $1`,
		`delete from featured_tags where account_id = $1`,
		`delete from tag_follows where account_id = $1`,
		`delete from lists where account_id = $1`,
		`delete from list_accounts where account_id = $1`,
		`delete from filters where account_id = $1`,
		`delete from markers where account_id = $1`,
		`delete from bookmarks where account_id = $1`,
		`delete from pins where account_id = $1`,
		`delete from conversation_mutes where account_id = $1`,
		`delete from account_conversations where account_id = $1`,
		`update media_attachments set processing = 'removed' where account_id = $1 and status_id = 0`,
		`delete from scheduled_statuses where account_id = $1`,
		`delete from idempotency where account_id = $1`,
		`delete from notification_policies where account_id = $1`,
		`delete from notification_requests where account_id = $1`,
		`delete from notification_requests where from_id = $1`,
		`delete from notification_permissions where account_id = $1`,
		`delete from notification_permissions where from_id = $1`,
		`delete from announcement_reads where account_id = $1`,
		`delete from announcement_reactions where account_id = $1`,
	} {
		if _, err := tx.exec(text, account); err != nil {
			return err
		}
	}
	tx.touch(model.TouchMarks, account, 0)
	tx.touch(model.TouchFilters, account, 0)
	tx.touch(model.TouchAccount, 0, account)
	tx.touchRelations(account)
	tx.touchRelations(others...)
	return nil
}
