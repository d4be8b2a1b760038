-- v42 -> v43: What of one decision is brought about first
ALTER TABLE desire ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
