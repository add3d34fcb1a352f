-- Full-text search; see the SQLite text beside this one. The vectors are written as literals made of text.Words, so
-- no text search configuration takes part.
create table search (
	id bigint primary key references statuses (id) on delete cascade,
	words tsvector not null
);
create index search_words on search using gin (words);

create table account_search (
	id bigint primary key references accounts (id) on delete cascade,
	words tsvector not null
);
create index account_search_words on account_search using gin (words);

-- Tags by their beginning, whatever the database's collation.
create index tags_prefix on tags (name text_pattern_ops);
