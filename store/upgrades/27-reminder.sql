-- v26 -> v27: What the staff want to be reminded of
CREATE TABLE reminder (
	id       TEXT PRIMARY KEY,
	operator TEXT NOT NULL,
	number   BIGINT NOT NULL,
	ticket   TEXT NOT NULL,
	body     TEXT NOT NULL,
	due      BIGINT NOT NULL,
	done     BOOLEAN NOT NULL,
	created  BIGINT NOT NULL
);

CREATE INDEX reminder_pending ON reminder (operator, due) WHERE NOT done;
