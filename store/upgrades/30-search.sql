-- v29 -> v30: What messages and customers are found by
ALTER TABLE customer ADD COLUMN town TEXT NOT NULL DEFAULT '';

CREATE TABLE search_word (
	-- only: sqlite
	id   INTEGER PRIMARY KEY,
	-- only: postgres
	id   BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	-- only: sqlite for next 2 lines
	word TEXT NOT NULL UNIQUE, -- folded
	stem TEXT NOT NULL
	-- only: postgres for next 2 lines
	word TEXT COLLATE "C" NOT NULL UNIQUE, -- folded
	stem TEXT COLLATE "C" NOT NULL
);

CREATE INDEX search_word_stem ON search_word (stem);

CREATE TABLE search_message (
	-- only: sqlite
	id      INTEGER PRIMARY KEY,
	-- only: postgres
	id      BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	message TEXT NOT NULL UNIQUE,
	ticket  TEXT NOT NULL,
	at      BIGINT NOT NULL
);

CREATE INDEX search_message_ticket ON search_message (ticket, id);

CREATE TABLE search_hit (
	word    BIGINT NOT NULL, -- search_word.id
	message BIGINT NOT NULL, -- search_message.id
	PRIMARY KEY (word, message)
	-- only: sqlite
) WITHOUT ROWID;
	-- only: postgres
);

CREATE TABLE search_customer (
	customer TEXT PRIMARY KEY,
	-- All folded; of several values each stands in a line of its own.
	name     TEXT NOT NULL,
	email    TEXT NOT NULL,
	phone    TEXT NOT NULL, -- digits
	region   TEXT NOT NULL,
	town     TEXT NOT NULL,
	card     TEXT NOT NULL  -- everything together
);

CREATE INDEX ticket_since ON ticket (since, number);
