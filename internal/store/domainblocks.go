package store

import (
	"slices"

	"gomphothere/internal/model"
)

// DomainBlock hides a whole server from one account.
type DomainBlock struct {
	ID        model.ID
	AccountID model.ID
	Domain    string
	CreatedAt model.Time
}

// DomainBlocks pages through the domains an account blocks.
func (q *Q) DomainBlocks(account model.ID, p model.Page) ([]DomainBlock, error) {
	text, args := span(`
		select *
		from account_domain_blocks b
		where b.account_id = $1`, "b.id", []any{account}, p)
	list, err := all[DomainBlock](q, text, args...)
	if p.Ascending() {
		slices.Reverse(list)
	}
	return list, err
}

// FollowsWith counts an account's follows with a domain, each way.
func (q *Q) FollowsWith(account model.ID, domain string) (following, followers int64, err error) {
	following, err = one[int64](q, `
		select count(*)
		from follows f
		join accounts a on a.id = f.target_id
		where f.account_id = $1 and a.domain = $2`, account, domain)
	if err != nil {
		return 0, 0, err
	}
	followers, err = one[int64](q, `
		select count(*)
		from follows f
		join accounts a on a.id = f.account_id
		where f.target_id = $1 and a.domain = $2`, account, domain)
	return following, followers, err
}

// AddDomainBlock writes a block of a domain.
func (tx *Tx) AddDomainBlock(account model.ID, domain string) error {
	_, err := tx.insert("account_domain_blocks", DomainBlock{tx.NewID(), account, domain, tx.now}, "on conflict (account_id, domain) do nothing")
	tx.touchRelations(account)
	return err
}

// RemoveDomainBlock takes a block of a domain back.
func (tx *Tx) RemoveDomainBlock(account model.ID, domain string) error {
	_, err := tx.exec(`delete from account_domain_blocks where account_id = $1 and domain = $2`, account, domain)
	tx.touchRelations(account)
	return err
}

// SeverDomain ends every follow and request between an account, which is locked, and a domain, with what hangs on
// them, and drops the notifications from there. The number of statements does not depend on the number of follows.
// Mastodon: AfterBlockDomainFromAccountService
func (tx *Tx) SeverDomain(account model.ID, domain string) error {
	followed, err := all[model.ID](&tx.Q, `
		select f.target_id
		from follows f
		join accounts a on a.id = f.target_id
		where f.account_id = $1 and a.domain = $2`, account, domain)
	if err != nil {
		return err
	}
	followers, err := all[model.ID](&tx.Q, `
		select f.account_id
		from follows f
		join accounts a on a.id = f.account_id
		where f.target_id = $1 and a.domain = $2`, account, domain)
	if err != nil {
		return err
	}
	if err := tx.severMany(account, followed, followers); err != nil {
		return err
	}
	if _, err := tx.untell(account, `account_id = $1 and from_id in (select id from accounts where domain = $2)`, account, domain); err != nil {
		return err
	}
	for _, text := range []string{
		`delete from follow_requests where account_id = $1 and target_id in (select id from accounts where domain = $2)`,
		`delete from follow_requests where target_id = $1 and account_id in (select id from accounts where domain = $2)`,
		`delete from notification_requests where account_id = $1 and from_id in (select id from accounts where domain = $2)`,
		`delete from endorsements where account_id = $1 and target_id in (select id from accounts where domain = $2)`,
		`delete from endorsements where target_id = $1 and account_id in (select id from accounts where domain = $2)`,
		`delete from list_accounts
		where list_id in (select id from lists where account_id = $1) and account_id in (select id from accounts where domain = $2)`,
	} {
		if _, err := tx.exec(text, account, domain); err != nil {
			return err
		}
	}
	tx.touchRelations(account)
	return nil
}

// severMany ends an account's follows of some and by others, and corrects what all of them count.
func (tx *Tx) severMany(account model.ID, followed, followers []model.ID) error {
	for _, side := range []struct {
		others          []model.ID
		remove          string
		mine, theirs    string
		othersAreCircle bool
	}{
		{followed, `delete from follows where account_id = $1 and target_id in $2`, "following_count", "followers_count", false},
		{followers, `delete from follows where target_id = $1 and account_id in $2`, "followers_count", "following_count", true},
	} {
		if len(side.others) == 0 {
			continue
		}
		n, err := tx.exec(side.remove, account, side.others)
		if err != nil {
			return err
		}
		if _, err := tx.exec(`update accounts set `+side.mine+` = `+side.mine+` - $2 where id = $1`, account, n); err != nil {
			return err
		}
		if _, err := tx.exec(`update accounts set `+side.theirs+` = `+side.theirs+` - 1 where id in $1`, side.others); err != nil {
			return err
		}
		for _, id := range side.others {
			tx.touch(model.TouchAccount, 0, id)
			if side.othersAreCircle {
				tx.touchRelations(id)
			}
		}
	}
	tx.touch(model.TouchAccount, 0, account)
	tx.touchRelations(account)
	return nil
}
