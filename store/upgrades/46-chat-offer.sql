-- v45 -> v46: What can be pressed beside the log of a chat, and how long it has to wait
ALTER TABLE chat ADD COLUMN offer TEXT NOT NULL DEFAULT ''; -- the channel's id of a message
ALTER TABLE chat ADD COLUMN wait BIGINT NOT NULL DEFAULT 0;
