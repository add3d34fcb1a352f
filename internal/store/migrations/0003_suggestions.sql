-- Suggestions that somebody does not want to see again.
create table dismissed_suggestions (
	account_id bigint not null references accounts (id) on delete cascade,
	target_id bigint not null references accounts (id) on delete cascade,
	primary key (account_id, target_id)
) /*sqlite: without rowid */;
create index dismissed_suggestions_target on dismissed_suggestions (target_id);

-- The directory's newest, and the most followed here. Both change seldom; nothing a post changes is in them.
create index accounts_discoverable on accounts (id) where discoverable;
create index accounts_followed on accounts (followers_count, id) where discoverable and domain = '';
