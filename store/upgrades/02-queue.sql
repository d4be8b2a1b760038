-- v1 -> v2: Queues
CREATE TABLE queue (
	id           TEXT PRIMARY KEY,
	site         TEXT NOT NULL REFERENCES site (id),
	name         TEXT NOT NULL,
	visible      BOOLEAN NOT NULL,
	invite_limit INTEGER NOT NULL,
	remind_after BIGINT NOT NULL, -- nanoseconds
	operators    TEXT NOT NULL,   -- JSON: [user id]
	supervisors  TEXT NOT NULL    -- JSON: [user id]
);

CREATE INDEX queue_site ON queue (site);
