-- v15 -> v16: Desired state
CREATE TABLE desire (
	room     TEXT NOT NULL,
	thing    TEXT NOT NULL,
	value    TEXT NOT NULL, -- JSON
	version  BIGINT NOT NULL,
	applied  BIGINT NOT NULL,
	decision BIGINT NOT NULL, -- number of the decision that changed it last
	seq      BIGINT NOT NULL, -- orders the desires of one decision
	memo     TEXT NOT NULL,   -- JSON or empty
	attempts INTEGER NOT NULL,
	next_at  BIGINT NOT NULL,
	dead     BOOLEAN NOT NULL,
	error    TEXT NOT NULL,
	died     BIGINT NOT NULL,
	PRIMARY KEY (room, thing)
);

CREATE INDEX desire_unapplied ON desire (decision, seq) WHERE applied < version;
