-- v11 -> v12: Who did what, when and why
CREATE TABLE journal (
	-- only: sqlite
	id         INTEGER PRIMARY KEY,
	-- only: postgres
	id         BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	at         BIGINT NOT NULL,
	actor      TEXT NOT NULL,
	action     TEXT NOT NULL,
	ticket     TEXT NOT NULL,
	from_state TEXT NOT NULL,
	to_state   TEXT NOT NULL,
	comment    TEXT NOT NULL
);

CREATE INDEX journal_ticket ON journal (ticket, id);
CREATE INDEX journal_at ON journal (at);
