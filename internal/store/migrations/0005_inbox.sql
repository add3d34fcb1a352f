-- A page of notifications is adjacent in its index, the held-back ones apart; types are told in the index itself.
drop index notifications_account;
create index notifications_list on notifications (account_id, filtered, id, type);
-- What one sender told one person: requests, and pages of one account.
create index notifications_pair on notifications (account_id, from_id, id);
-- Most notifications belong to no group.
drop index notifications_group;
create index notifications_group on notifications (account_id, group_key, id) where group_key <> '';
create index notification_requests_account on notification_requests (account_id, id);

-- What happened here in a week (Mastodon API: instance/activity), counted on by the hour.
create table activity_weeks (
	week bigint primary key, -- its Monday, days since 1970 in UTC
	statuses bigint not null default 0,
	logins bigint not null default 0,
	registrations bigint not null default 0
);
