-- What a notification is about beside a status: a report, or follows that ended. The same is told once.
alter table notifications add column about_id bigint not null default 0;
create unique index notifications_about on notifications (account_id, type, about_id) where about_id <> 0;
-- Somebody joins once.
create unique index notifications_sign_up on notifications (account_id, from_id) where type = 'admin.sign_up';

-- Where push messages for an app go; it ends with the app's token.
create table push_subscriptions (
	id bigint primary key,
	token_id bigint not null unique references tokens (id) on delete cascade,
	account_id bigint not null references accounts (id) on delete cascade,
	endpoint text not null,
	key_p256dh text not null,
	key_auth text not null,
	standard boolean not null default false,
	alerts text not null default '{}',
	policy text not null default 'all',
	sealed text not null default '', -- the access token, which messages carry; sealed with the server's push key
	refusals bigint not null default 0, -- in a row
	last_sent_at bigint not null default 0,
	last_error text not null default '',
	created_at bigint not null,
	updated_at bigint not null
);
create index push_subscriptions_account on push_subscriptions (account_id, id);

-- Follows that a block or a suspension ended, as each of our people lost them.
create table severances (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	type text not null, -- domain_block, user_domain_block, account_suspension
	target_name text not null, -- the domain, or the handle
	purged boolean not null default false,
	followers_count bigint not null default 0,
	following_count bigint not null default 0,
	created_at bigint not null
);
create index severances_account on severances (account_id, id);

-- What of somebody's notifications went out by mail.
create table digests (
	account_id bigint primary key references accounts (id) on delete cascade,
	through_id bigint not null default 0, -- the newest notification looked at
	sent_at bigint not null default 0
);
create index digests_sent on digests (sent_at);
-- Where mail programs stop mails of this kind with one click (RFC 8058); '' for mails that cannot be stopped.
alter table mails add column unsubscribe text not null default '';
