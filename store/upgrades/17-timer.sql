-- v16 -> v17: Armed timers
CREATE TABLE timer (
	id         TEXT PRIMARY KEY,
	due        BIGINT NOT NULL,
	name       TEXT NOT NULL,
	ticket     TEXT NOT NULL,
	generation BIGINT NOT NULL
);

CREATE INDEX timer_due ON timer (due);
