-- How far an activity has been distributed, and whether its deliveries tell who follows.
alter table activities add column sync boolean not null default false;
alter table activities add column reached text not null default '';
