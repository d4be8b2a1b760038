-- v24 -> v25: Topics, office hours and ratings
ALTER TABLE site ADD COLUMN schedule TEXT NOT NULL DEFAULT '{}'; -- JSON: desk.Schedule
ALTER TABLE site ADD COLUMN choose_timeout BIGINT NOT NULL DEFAULT 0; -- nanoseconds
ALTER TABLE customer ADD COLUMN topic TEXT NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN options TEXT NOT NULL DEFAULT 'null'; -- JSON: [desk.Option]

CREATE TABLE rating (
	ticket  TEXT PRIMARY KEY REFERENCES ticket (id),
	stars   INTEGER NOT NULL,
	comment TEXT NOT NULL,
	at      BIGINT NOT NULL
);
