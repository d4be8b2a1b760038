-- v14 -> v15: Ordered effects
CREATE TABLE effect (
	-- seq is given by the writer and orders the lane.
	-- only: sqlite
	seq      INTEGER PRIMARY KEY,
	-- only: postgres
	seq      BIGINT PRIMARY KEY,
	id       TEXT NOT NULL UNIQUE,
	lane     TEXT NOT NULL,
	kind     TEXT NOT NULL,
	body     TEXT NOT NULL, -- JSON; emptied when the effect is done
	state    TEXT NOT NULL, -- pending, sending, done, dead
	attempts INTEGER NOT NULL DEFAULT 0,
	created  BIGINT NOT NULL,
	first_at BIGINT NOT NULL DEFAULT 0,
	next_at  BIGINT NOT NULL DEFAULT 0,
	error    TEXT NOT NULL DEFAULT '',
	died     BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX effect_undone ON effect (lane, seq) WHERE state IN ('pending', 'sending');
CREATE INDEX effect_dead ON effect (died) WHERE state = 'dead';
