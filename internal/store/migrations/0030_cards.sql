-- What links lead to. One row a page; a peer's word for a page counts for its own status only (origin).
create table cards (
	id bigint primary key,
	url text not null,
	origin text not null default '',
	type text not null default '',
	title text not null default '',
	description text not null default '',
	language text not null default '',
	author_name text not null default '',
	author_url text not null default '',
	author_id bigint not null default 0,
	provider_name text not null default '',
	provider_url text not null default '',
	embed_url text not null default '',
	width bigint not null default 0,
	height bigint not null default 0,
	image_url text not null default '',
	image_description text not null default '',
	published_at bigint not null default 0,
	etag text not null default '',
	last_modified text not null default '',
	fetched_at bigint not null default 0,
	created_at bigint not null,
	unique (url, origin)
);

alter table statuses add column card_id bigint not null default 0;
create index statuses_card on statuses (card_id) where card_id <> 0;
