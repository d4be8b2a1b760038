-- v13 -> v14: The inbox
CREATE TABLE inbox (
	-- seq is given by the writer and orders the lane.
	-- only: sqlite
	seq      INTEGER PRIMARY KEY,
	-- only: postgres
	seq      BIGINT PRIMARY KEY,
	source   TEXT NOT NULL,
	id       TEXT NOT NULL,
	lane     TEXT NOT NULL,
	kind     TEXT NOT NULL,
	body     TEXT NOT NULL, -- JSON; emptied when the input is decided
	at       BIGINT NOT NULL,
	state    TEXT NOT NULL, -- pending, done, dead
	attempts INTEGER NOT NULL DEFAULT 0,
	next_at  BIGINT NOT NULL DEFAULT 0,
	refusal  TEXT NOT NULL DEFAULT '', -- JSON: why a decided input was refused
	error    TEXT NOT NULL DEFAULT '',
	died     BIGINT NOT NULL DEFAULT 0,
	UNIQUE (source, id)
);

CREATE INDEX inbox_pending ON inbox (lane, seq) WHERE state = 'pending';
CREATE INDEX inbox_dead ON inbox (died) WHERE state = 'dead';
