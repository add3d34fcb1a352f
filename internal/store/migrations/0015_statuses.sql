-- A quote is found by what asked for it, and by what approved it.
create index quotes_activity on quotes (activity_uri) where activity_uri <> '';
create index quotes_approval on quotes (approval_uri) where approval_uri <> '';

-- Threads that began here belong to their first author: their address (FEP-7888) names them.
update conversations set account_id = coalesce((
	select s.account_id
	from statuses s
	where s.conversation_id = conversations.id and s.local and s.reblog_of_id = 0 and not s.is_reply
	order by s.id
	limit 1
), 0) where account_id = 0;

-- Threads that turn out to be one are merged.
create index account_conversations_thread on account_conversations (conversation_id, account_id);
create index conversation_mutes_thread on conversation_mutes (conversation_id);
