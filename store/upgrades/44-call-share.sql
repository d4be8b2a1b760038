-- v43 -> v44: What a call's ringing may still say, and until when a customer is asked for the screen
ALTER TABLE call ADD COLUMN kind_open BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE call ADD COLUMN share_until BIGINT NOT NULL DEFAULT 0;
