-- Whoever streams a status wants to know who muted its thread.
create index conversation_mutes_conversation on conversation_mutes (conversation_id);
