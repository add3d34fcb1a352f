-- Other servers: keys, what we know of peers, what is on its way to them, and who is kept away.

-- No reference to accounts: a deleted account's key signs its Delete for days; a schedule removes what is left.
create table keys (
	id bigint primary key,
	account_id bigint not null,
	key_id text not null unique,
	algorithm text not null,
	public text not null,
	private text not null default '',
	expires_at bigint not null default 0,
	created_at bigint not null
);
create index keys_account on keys (account_id);

create table peers (
	host text primary key,
	software text not null default '',
	version text not null default '',
	signature text not null default '',
	last_reached bigint not null default 0,
	last_heard bigint not null default 0,
	failing_since bigint not null default 0,
	failing_days bigint not null default 0,
	last_failed bigint not null default 0,
	given_up_at bigint not null default 0,
	last_error text not null default '',
	described_at bigint not null default 0,
	created_at bigint not null
) /*sqlite: without rowid */;
create index peers_given_up on peers (given_up_at) where given_up_at <> 0;
create index peers_failing on peers (failing_since) where failing_since <> 0;

-- A document on its way, once for all its deliveries; a schedule removes it when no delivery can be left.
create table activities (
	id bigint primary key,
	account_id bigint not null,
	body text not null,
	created_at bigint not null
);

create table domain_blocks (
	id bigint primary key,
	domain text not null unique,
	severity text not null,
	reject_media boolean not null default false,
	reject_reports boolean not null default false,
	obfuscate boolean not null default false,
	public_comment text not null default '',
	private_comment text not null default '',
	created_at bigint not null
);

create table domain_allows (
	id bigint primary key,
	domain text not null unique,
	created_at bigint not null
);

create table relays (
	id bigint primary key,
	inbox_url text not null unique,
	actor_uri text not null default '',
	follow_uri text not null default '',
	state text not null,
	created_at bigint not null
);

create table reports (
	id bigint primary key,
	uri text not null default '',
	account_id bigint not null references accounts (id) on delete cascade,
	target_id bigint not null references accounts (id) on delete cascade,
	status_ids text not null default '[]',
	comment text not null default '',
	category text not null default 'other',
	rule_ids text not null default '[]',
	forwarded boolean not null default false,
	action_taken_at bigint not null default 0,
	action_taken_by bigint not null default 0,
	assigned_id bigint not null default 0,
	created_at bigint not null
);
create index reports_target on reports (target_id, id);
create index reports_account on reports (account_id);
create unique index reports_uri on reports (uri, target_id) where uri <> '';

-- A reply whose other half is not here yet is tied to it when it comes.
alter table statuses add column in_reply_to_uri text not null default '';
create index statuses_awaiting on statuses (in_reply_to_uri) where in_reply_to_uri <> '' and in_reply_to_id = 0;
-- When the replies of a remote status were last asked for.
alter table statuses add column replies_fetched_at bigint not null default 0;

alter table quotes add column quoted_uri text not null default '';
create index quotes_awaiting on quotes (quoted_uri) where quoted_uri <> '' and quoted_status_id = 0;

alter table accounts add column featured_tags_url text not null default '';
alter table accounts add column suspended_by text not null default ''; -- '', here, origin, domain
alter table accounts add column silenced_by text not null default ''; -- '', here, domain
alter table accounts add column moved_at bigint not null default 0; -- the last Move that was believed
create index accounts_moved on accounts (moved_to_id) where moved_to_id <> 0;

-- Other servers name follows and blocks by their addresses when they take them back.
create index follows_uri on follows (uri) where uri <> '';
create index follow_requests_uri on follow_requests (uri) where uri <> '';
create index blocks_uri on blocks (uri) where uri <> '';

-- Conversations of ours have an address (FEP-7888); others' bring theirs.
alter table conversations add column account_id bigint not null default 0;
create index conversations_uri on conversations (uri) where uri <> '';
