-- One text for both databases. Rules: bigint, text, boolean; ids are ours; times are unix milliseconds; 0 and ''
-- mean none, so nothing is null; lists and small documents are JSON text, read whole.
-- /*sqlite: … */ is read by SQLite only.

create table site (
	key text primary key,
	value text not null -- JSON
) /*sqlite: without rowid */;

create table accounts (
	id bigint primary key,
	username text not null,
	domain text not null default '',
	display_name text not null default '',
	note text not null default '',
	note_text text not null default '',
	fields text not null default '[]',
	uri text not null,
	url text not null default '',
	actor_type text not null default 'Person',
	inbox_url text not null default '',
	shared_inbox_url text not null default '',
	outbox_url text not null default '',
	followers_url text not null default '',
	following_url text not null default '',
	featured_url text not null default '',
	avatar text not null default '',
	avatar_static text not null default '',
	avatar_remote_url text not null default '',
	avatar_description text not null default '',
	header text not null default '',
	header_static text not null default '',
	header_remote_url text not null default '',
	header_description text not null default '',
	locked boolean not null default false,
	discoverable boolean not null default false,
	indexable boolean not null default false,
	hide_collections boolean not null default false,
	memorial boolean not null default false,
	show_media boolean not null default true,
	show_media_replies boolean not null default true,
	show_featured boolean not null default true,
	attribution_domains text not null default '[]',
	also_known_as text not null default '[]',
	moved_to_id bigint not null default 0,
	silenced_at bigint not null default 0,
	suspended_at bigint not null default 0,
	sensitized_at bigint not null default 0,
	followers_count bigint not null default 0,
	following_count bigint not null default 0,
	statuses_count bigint not null default 0,
	last_status_at bigint not null default 0,
	created_at bigint not null,
	updated_at bigint not null,
	fetched_at bigint not null default 0
);
create unique index accounts_handle on accounts (lower(username), domain);
create unique index accounts_uri on accounts (uri);
create index accounts_url on accounts (url);
create index accounts_domain on accounts (domain, id);

create table roles (
	id bigint primary key,
	name text not null default '',
	color text not null default '',
	permissions bigint not null default 0,
	position bigint not null default 0,
	highlighted boolean not null default false,
	require_2fa boolean not null default false,
	collection_limit bigint not null default 10
);
-- Mastodon's four roles with Mastodon's permission bits.
insert into roles (id, name, permissions, position, highlighted) values
	(-99, '', 65536, -1, false),
	(1, 'Moderator', 1049884, 10, true),
	(2, 'Admin', 2097148, 100, true),
	(3, 'Owner', 1, 1000, true);

create table users (
	id bigint primary key,
	account_id bigint not null unique references accounts (id) on delete cascade,
	email text not null unique,
	unconfirmed_email text not null default '',
	password_hash text not null default '',
	role_id bigint not null default -99,
	locale text not null default '',
	approved boolean not null default true,
	disabled boolean not null default false,
	confirmed_at bigint not null default 0,
	totp_secret text not null default '',
	totp_last_step bigint not null default 0,
	recovery_codes text not null default '[]',
	webauthn_id text not null default '',
	settings text not null default '{}',
	invite_id bigint not null default 0,
	app_id bigint not null default 0,
	reason text not null default '',
	sign_up_ip text not null default '',
	last_sign_in_at bigint not null default 0,
	last_active_at bigint not null default 0,
	created_at bigint not null
);

create table invites (
	id bigint primary key,
	user_id bigint not null default 0, -- 0: made by the server, e.g. the owner's first link
	code text not null unique,
	comment text not null default '',
	max_uses bigint not null default 0,
	uses bigint not null default 0,
	autofollow boolean not null default false,
	expires_at bigint not null default 0,
	created_at bigint not null
);

create table sessions (
	id bigint primary key,
	hash text not null unique,
	user_id bigint not null references users (id) on delete cascade,
	ip text not null default '',
	user_agent text not null default '',
	created_at bigint not null,
	last_used_at bigint not null
);
create index sessions_user on sessions (user_id);

create table passkeys (
	id bigint primary key,
	user_id bigint not null references users (id) on delete cascade,
	external_id text not null unique,
	nickname text not null default '',
	credential text not null,
	created_at bigint not null,
	last_used_at bigint not null default 0
);
create index passkeys_user on passkeys (user_id);

-- Secrets that are good once and for a while: links in mails, the owner's first link, a sign-in that waits for its
-- second factor, a passkey's challenge.
create table mail_tokens (
	hash text primary key,
	kind text not null,
	user_id bigint not null default 0, -- no reference: the owner's link belongs to nobody yet
	email text not null default '',
	data text not null default '', -- a passkey's challenge
	expires_at bigint not null,
	created_at bigint not null
) /*sqlite: without rowid */;
create index mail_tokens_user on mail_tokens (user_id);
create index mail_tokens_age on mail_tokens (expires_at);

create table mails (
	id bigint primary key,
	recipient text not null,
	subject text not null,
	text text not null,
	html text not null default '',
	sent_at bigint not null default 0,
	error text not null default '',
	created_at bigint not null
);

create table apps (
	id bigint primary key,
	name text not null,
	website text not null default '',
	redirect_uris text not null,
	scopes text not null,
	client_id text not null unique,
	secret_hash text not null,
	created_at bigint not null
);

create table grants (
	hash text primary key,
	app_id bigint not null references apps (id) on delete cascade,
	user_id bigint not null references users (id) on delete cascade,
	redirect_uri text not null,
	scopes text not null,
	challenge text not null default '',
	challenge_method text not null default '',
	expires_at bigint not null,
	used_at bigint not null default 0, -- kept until it expires, so that a second use is seen
	token_id bigint not null default 0, -- what it was exchanged for
	created_at bigint not null
) /*sqlite: without rowid */;
create index grants_age on grants (expires_at);
create index grants_app on grants (app_id);
create index grants_user on grants (user_id);

create table tokens (
	id bigint primary key,
	hash text not null unique,
	app_id bigint not null references apps (id) on delete cascade,
	user_id bigint not null default 0,
	account_id bigint not null default 0,
	scopes text not null,
	created_at bigint not null,
	last_used_at bigint not null default 0,
	last_used_ip text not null default ''
);
create index tokens_user on tokens (user_id, app_id);
create index tokens_app on tokens (app_id, user_id);

create table statuses (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	uri text not null,
	url text not null default '',
	local boolean not null,
	text text not null default '',
	content text not null default '',
	spoiler_text text not null default '',
	sensitive boolean not null default false,
	language text not null default '',
	visibility text not null,
	in_reply_to_id bigint not null default 0,
	in_reply_to_account_id bigint not null default 0,
	is_reply boolean not null default false,
	conversation_id bigint not null default 0,
	reblog_of_id bigint not null default 0,
	reblog_of_account_id bigint not null default 0,
	poll_id bigint not null default 0,
	app_id bigint not null default 0,
	quote_id bigint not null default 0,
	quote_policy bigint not null default 0,
	media_ids text not null default '[]',
	replies_count bigint not null default 0,
	reblogs_count bigint not null default 0,
	favourites_count bigint not null default 0,
	quotes_count bigint not null default 0,
	edited_at bigint not null default 0,
	created_at bigint not null
);
create unique index statuses_uri on statuses (uri);
-- One account's statuses. What profiles and lists leave out is in the index too, so that skipping a thousand hidden
-- replies reads none of their rows; it costs a post some 30 bytes and no further index.
create index statuses_account on statuses (account_id, id, visibility, is_reply, in_reply_to_account_id, reblog_of_id, media_ids);
create index statuses_reply on statuses (in_reply_to_id) where in_reply_to_id <> 0;
create index statuses_conversation on statuses (conversation_id, id);
-- One account reblogs a status once.
create unique index statuses_reblog on statuses (reblog_of_id, account_id) where reblog_of_id <> 0;
-- The public timelines: no reblogs, no replies to others. In each index all of a page is adjacent.
create index statuses_public on statuses (id)
	where visibility = 'public' and reblog_of_id = 0 and (not is_reply or in_reply_to_account_id = account_id);
create index statuses_public_local on statuses (local, id)
	where visibility = 'public' and reblog_of_id = 0 and (not is_reply or in_reply_to_account_id = account_id);

create table mentions (
	status_id bigint not null references statuses (id) on delete cascade,
	account_id bigint not null references accounts (id) on delete cascade,
	silent boolean not null default false,
	primary key (status_id, account_id)
) /*sqlite: without rowid */;
create index mentions_account on mentions (account_id, status_id);

create table tags (
	id bigint primary key,
	name text not null unique,
	display_name text not null default '',
	usable boolean not null default true,
	trendable boolean not null default true,
	listable boolean not null default true,
	last_status_at bigint not null default 0,
	created_at bigint not null
);

create table status_tags (
	tag_id bigint not null references tags (id) on delete cascade,
	status_id bigint not null references statuses (id) on delete cascade,
	primary key (tag_id, status_id)
) /*sqlite: without rowid */;
create index status_tags_status on status_tags (status_id);

-- How often a tag was used on a day, and by how many accounts: entities/Tag#history.
create table tag_days (
	tag_id bigint not null references tags (id) on delete cascade,
	day bigint not null, -- days since 1970 in UTC
	account_id bigint not null,
	uses bigint not null,
	primary key (tag_id, day, account_id)
) /*sqlite: without rowid */;

create table status_edits (
	id bigint primary key,
	status_id bigint not null references statuses (id) on delete cascade,
	account_id bigint not null,
	text text not null default '',
	content text not null default '',
	spoiler_text text not null default '',
	sensitive boolean not null default false,
	media_ids text not null default '[]',
	media_descriptions text not null default '[]',
	poll_options text not null default '[]',
	quote_id bigint not null default 0,
	created_at bigint not null
);
create index status_edits_status on status_edits (status_id, id);

create table polls (
	id bigint primary key,
	status_id bigint not null references statuses (id) on delete cascade,
	account_id bigint not null,
	options text not null,
	tallies text not null,
	multiple boolean not null default false,
	hide_totals boolean not null default false,
	votes_count bigint not null default 0,
	voters_count bigint not null default 0,
	expires_at bigint not null default 0,
	closed_at bigint not null default 0,
	fetched_at bigint not null default 0,
	created_at bigint not null
);
create unique index polls_status on polls (status_id);

create table poll_votes (
	poll_id bigint not null references polls (id) on delete cascade,
	account_id bigint not null references accounts (id) on delete cascade,
	choice bigint not null,
	id bigint not null,
	primary key (poll_id, account_id, choice)
) /*sqlite: without rowid */;

create table favourites (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	status_id bigint not null references statuses (id) on delete cascade,
	created_at bigint not null
);
create unique index favourites_pair on favourites (account_id, status_id);
create index favourites_account on favourites (account_id, id);
create index favourites_status on favourites (status_id, id);

create table bookmarks (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	status_id bigint not null references statuses (id) on delete cascade,
	created_at bigint not null
);
create unique index bookmarks_pair on bookmarks (account_id, status_id);
create index bookmarks_account on bookmarks (account_id, id);
create index bookmarks_status on bookmarks (status_id);

create table pins (
	account_id bigint not null references accounts (id) on delete cascade,
	status_id bigint not null references statuses (id) on delete cascade,
	id bigint not null,
	primary key (account_id, status_id)
) /*sqlite: without rowid */;
create index pins_status on pins (status_id);

create table conversations (
	id bigint primary key,
	uri text not null default ''
);

create table conversation_mutes (
	account_id bigint not null references accounts (id) on delete cascade,
	conversation_id bigint not null,
	id bigint not null,
	primary key (account_id, conversation_id)
) /*sqlite: without rowid */;

-- A thread of direct statuses as each of its people sees it.
create table account_conversations (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	conversation_id bigint not null,
	participant_ids text not null default '[]',
	last_status_id bigint not null,
	unread boolean not null default false,
	created_at bigint not null
);
create index account_conversations_last on account_conversations (account_id, last_status_id);
create index account_conversations_status on account_conversations (last_status_id);

create table quotes (
	id bigint primary key,
	status_id bigint not null unique references statuses (id) on delete cascade,
	account_id bigint not null,
	quoted_status_id bigint not null,
	quoted_account_id bigint not null,
	state text not null,
	activity_uri text not null default '',
	approval_uri text not null default '',
	created_at bigint not null
);
create index quotes_quoted on quotes (quoted_status_id, id);

create table media_attachments (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	status_id bigint not null default 0,
	scheduled_id bigint not null default 0,
	type text not null,
	file text not null default '',
	thumbnail text not null default '',
	remote_url text not null default '',
	thumbnail_remote_url text not null default '',
	content_type text not null default '',
	size bigint not null default 0,
	description text not null default '',
	blurhash text not null default '',
	meta text not null default '{}',
	processing text not null default '',
	created_at bigint not null
);
create index media_status on media_attachments (status_id);
create index media_account on media_attachments (account_id, id);

create table custom_emojis (
	id bigint primary key,
	shortcode text not null,
	domain text not null default '',
	file text not null default '',
	static_file text not null default '',
	remote_url text not null default '',
	category text not null default '',
	visible_in_picker boolean not null default true,
	disabled boolean not null default false,
	updated_at bigint not null,
	unique (shortcode, domain)
);

create table follows (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	target_id bigint not null references accounts (id) on delete cascade,
	show_reblogs boolean not null default true,
	notify boolean not null default false,
	languages text not null default '[]',
	uri text not null default '',
	created_at bigint not null
);
create unique index follows_pair on follows (account_id, target_id);
create index follows_account on follows (account_id, id);
create index follows_target on follows (target_id, id);
-- Whom every post must tell; few of many followers.
create index follows_notify on follows (target_id) where notify;

create table follow_requests (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	target_id bigint not null references accounts (id) on delete cascade,
	show_reblogs boolean not null default true,
	notify boolean not null default false,
	languages text not null default '[]',
	uri text not null default '',
	created_at bigint not null
);
create unique index follow_requests_pair on follow_requests (account_id, target_id);
create index follow_requests_target on follow_requests (target_id, id);

create table blocks (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	target_id bigint not null references accounts (id) on delete cascade,
	uri text not null default '',
	created_at bigint not null
);
create unique index blocks_pair on blocks (account_id, target_id);
create index blocks_account on blocks (account_id, id);
create index blocks_target on blocks (target_id);

create table mutes (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	target_id bigint not null references accounts (id) on delete cascade,
	hide_notifications boolean not null default true,
	expires_at bigint not null default 0,
	created_at bigint not null
);
create unique index mutes_pair on mutes (account_id, target_id);
create index mutes_account on mutes (account_id, id);
create index mutes_target on mutes (target_id);
create index mutes_expiry on mutes (expires_at) where expires_at <> 0;

create table account_domain_blocks (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	domain text not null,
	created_at bigint not null,
	unique (account_id, domain)
);

create table account_notes (
	account_id bigint not null references accounts (id) on delete cascade,
	target_id bigint not null references accounts (id) on delete cascade,
	comment text not null,
	primary key (account_id, target_id)
) /*sqlite: without rowid */;
create index account_notes_target on account_notes (target_id);

create table endorsements (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	target_id bigint not null references accounts (id) on delete cascade,
	created_at bigint not null,
	unique (account_id, target_id)
);
create index endorsements_target on endorsements (target_id);

create table featured_tags (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	tag_id bigint not null references tags (id) on delete cascade,
	name text not null,
	statuses_count bigint not null default 0,
	last_status_at bigint not null default 0,
	created_at bigint not null,
	unique (account_id, tag_id)
);
create index featured_tags_tag on featured_tags (tag_id);

create table tag_follows (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	tag_id bigint not null references tags (id) on delete cascade,
	created_at bigint not null,
	unique (account_id, tag_id)
);
create index tag_follows_tag on tag_follows (tag_id);

create table lists (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	title text not null,
	replies_policy text not null default 'list',
	exclusive boolean not null default false,
	created_at bigint not null
);
create index lists_account on lists (account_id, id);

create table list_accounts (
	list_id bigint not null references lists (id) on delete cascade,
	account_id bigint not null references accounts (id) on delete cascade,
	id bigint not null,
	primary key (list_id, account_id)
) /*sqlite: without rowid */;
create index list_accounts_account on list_accounts (account_id);

create table filters (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	title text not null,
	context text not null,
	action text not null default 'warn',
	expires_at bigint not null default 0,
	created_at bigint not null,
	updated_at bigint not null
);
create index filters_account on filters (account_id, id);

create table filter_keywords (
	id bigint primary key,
	filter_id bigint not null references filters (id) on delete cascade,
	keyword text not null,
	whole_word boolean not null default true,
	created_at bigint not null
);
create index filter_keywords_filter on filter_keywords (filter_id);

create table filter_statuses (
	id bigint primary key,
	filter_id bigint not null references filters (id) on delete cascade,
	status_id bigint not null references statuses (id) on delete cascade,
	created_at bigint not null,
	unique (filter_id, status_id)
);
create index filter_statuses_status on filter_statuses (status_id);

create table markers (
	account_id bigint not null references accounts (id) on delete cascade,
	timeline text not null,
	last_read_id bigint not null default 0,
	version bigint not null default 0,
	updated_at bigint not null,
	primary key (account_id, timeline)
) /*sqlite: without rowid */;

create table scheduled_statuses (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	scheduled_at bigint not null,
	params text not null,
	created_at bigint not null
);
create index scheduled_statuses_account on scheduled_statuses (account_id, id);

-- What a retried request already made. Kept for a day, Mastodon's hour and a margin for slow apps.
create table idempotency (
	account_id bigint not null,
	key text not null,
	status_id bigint not null, -- a status or a scheduled status
	created_at bigint not null,
	primary key (account_id, key)
) /*sqlite: without rowid */;
create index idempotency_age on idempotency (created_at);

create table notifications (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	from_id bigint not null references accounts (id) on delete cascade,
	type text not null,
	status_id bigint not null default 0,
	group_key text not null default '',
	filtered boolean not null default false,
	created_at bigint not null
);
create index notifications_account on notifications (account_id, id);
create index notifications_from on notifications (from_id);
create index notifications_group on notifications (account_id, group_key, id);
create index notifications_status on notifications (status_id) where status_id <> 0;
-- The same thing is told once.
create unique index notifications_once on notifications (account_id, type, from_id, status_id)
	where type in ('favourite', 'reblog', 'mention', 'status', 'follow_request', 'quote', 'poll');

create table notification_policies (
	account_id bigint primary key references accounts (id) on delete cascade,
	for_not_following text not null default '',
	for_not_followers text not null default '',
	for_new_accounts text not null default '',
	for_private_mentions text not null default '',
	for_limited_accounts text not null default '',
	for_bots text not null default ''
);

create table notification_requests (
	id bigint primary key,
	account_id bigint not null references accounts (id) on delete cascade,
	from_id bigint not null references accounts (id) on delete cascade,
	last_status_id bigint not null default 0,
	notifications_count bigint not null default 0,
	created_at bigint not null,
	updated_at bigint not null,
	unique (account_id, from_id)
);
create index notification_requests_from on notification_requests (from_id);

-- Whose notifications somebody let through for good.
create table notification_permissions (
	account_id bigint not null references accounts (id) on delete cascade,
	from_id bigint not null references accounts (id) on delete cascade,
	primary key (account_id, from_id)
) /*sqlite: without rowid */;
create index notification_permissions_from on notification_permissions (from_id);

create table announcements (
	id bigint primary key,
	text text not null,
	content text not null,
	published boolean not null default false,
	all_day boolean not null default false,
	starts_at bigint not null default 0,
	ends_at bigint not null default 0,
	scheduled_at bigint not null default 0,
	published_at bigint not null default 0,
	updated_at bigint not null,
	created_at bigint not null
);

create table announcement_reads (
	account_id bigint not null references accounts (id) on delete cascade,
	announcement_id bigint not null references announcements (id) on delete cascade,
	primary key (account_id, announcement_id)
) /*sqlite: without rowid */;
create index announcement_reads_announcement on announcement_reads (announcement_id);

create table announcement_reactions (
	announcement_id bigint not null references announcements (id) on delete cascade,
	account_id bigint not null references accounts (id) on delete cascade,
	name text not null,
	id bigint not null,
	primary key (announcement_id, account_id, name)
) /*sqlite: without rowid */;
create index announcement_reactions_account on announcement_reactions (account_id);

create table rules (
	id bigint primary key,
	text text not null,
	hint text not null default '',
	priority bigint not null default 0,
	created_at bigint not null
);

-- Durable lanes: see package queue. A lane has a row while jobs wait in it; taking work reads lanes, so its cost does
-- not grow with the jobs that wait.
create table lanes (
	name text primary key, -- kind + ':' + key, or kind + '#' + job for a job without a key
	kind text not null,
	next_at bigint not null, -- when to look at it: never before rest_until nor before its first job's time
	rest_until bigint not null default 0, -- a failing lane rests
	failures bigint not null default 0, -- in a row
	last_error text not null default '',
	owner text not null default '', -- who works on it
	lease_until bigint not null default 0
) /*sqlite: without rowid */;
create index lanes_due on lanes (kind, next_at) where owner = '';
create index lanes_leased on lanes (lease_until) where owner <> '';
create index lanes_failing on lanes (failures) where failures > 0;

create table jobs (
	id bigint primary key,
	lane text not null,
	kind text not null,
	args text not null, -- JSON
	once text not null default '', -- until it is taken, another with this mark is not added
	run_at bigint not null,
	starts bigint not null default 0, -- times it was taken; more than attempts: the process ended meanwhile
	attempts bigint not null default 0, -- times it failed
	lane_failures bigint not null default 0, -- what its lane had against it when it was added
	buried_at bigint not null default 0, -- 0: waiting or running
	error text not null default '',
	created_at bigint not null
);
create index jobs_lane on jobs (lane, run_at, id, kind) where buried_at = 0;
create index jobs_buried on jobs (id) where buried_at > 0;
create unique index jobs_once on jobs (once) where once <> '';

create table schedules (
	name text primary key,
	last_run_at bigint not null default 0,
	last_took bigint not null default 0, -- milliseconds
	last_error text not null default '',
	next_run_at bigint not null default 0
) /*sqlite: without rowid */;
