-- v6 -> v7: Tickets
CREATE TABLE ticket (
	id           TEXT PRIMARY KEY,
	number       BIGINT NOT NULL UNIQUE,
	conversation TEXT NOT NULL REFERENCES conversation (id),
	site         TEXT NOT NULL,
	customer     TEXT NOT NULL,
	portal       TEXT NOT NULL,
	queue        TEXT NOT NULL,
	state        TEXT NOT NULL,
	owner        TEXT NOT NULL, -- empty unless assigned
	last_owner   TEXT NOT NULL,
	generation   BIGINT NOT NULL,
	close_reason TEXT NOT NULL,
	words        TEXT NOT NULL,
	declined     TEXT NOT NULL, -- JSON: [user id]
	opened       BIGINT NOT NULL,
	since        BIGINT NOT NULL
);

CREATE INDEX ticket_conversation ON ticket (conversation);
CREATE INDEX ticket_queue ON ticket (queue, state, opened, number);
CREATE INDEX ticket_owner ON ticket (owner, opened, number) WHERE state = 'assigned';
