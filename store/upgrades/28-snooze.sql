-- v27 -> v28: Tickets put aside, and the time zones of operators
ALTER TABLE ticket ADD COLUMN snoozed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE operator ADD COLUMN zone TEXT NOT NULL DEFAULT '';
