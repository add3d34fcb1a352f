-- What was deleted: its address answers 410, and a late copy of it is not taken in again.
create table tombstones (
	uri text primary key,
	account_id bigint not null,
	created_at bigint not null
) /*sqlite: without rowid */;
create index tombstones_age on tombstones (created_at);
