-- v20 -> v21: What timers are about that are not a ticket's
ALTER TABLE timer ADD COLUMN about TEXT NOT NULL DEFAULT '';
