-- v25 -> v26: Moves of tickets: comments, offers to one operator, blocks, questions, renamed rooms
ALTER TABLE ticket ADD COLUMN comment TEXT NOT NULL DEFAULT '';
ALTER TABLE ticket ADD COLUMN offer TEXT NOT NULL DEFAULT '{}'; -- JSON: desk.Offer
ALTER TABLE portal ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE operator ADD COLUMN offered BIGINT NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN assign TEXT NOT NULL DEFAULT '';
ALTER TABLE queue ADD COLUMN max_open INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN offer_timeout BIGINT NOT NULL DEFAULT 0; -- nanoseconds

CREATE INDEX ticket_customer ON ticket (customer, opened, number) WHERE state <> 'closed';

CREATE TABLE block (
	site     TEXT NOT NULL,
	customer TEXT NOT NULL,
	ticket   TEXT NOT NULL, -- in which it was done
	blocker  TEXT NOT NULL,
	at       BIGINT NOT NULL,
	reason   TEXT NOT NULL,
	PRIMARY KEY (site, customer)
);

CREATE TABLE question (
	room   TEXT NOT NULL,
	asked  TEXT NOT NULL, -- user id
	row_id TEXT NOT NULL,
	orders TEXT NOT NULL, -- JSON: [command]
	at     BIGINT NOT NULL,
	PRIMARY KEY (room, asked)
);

-- A message's copy in a lobby is known by its queue as well: a ticket that moves on is copied to the next lobby.
UPDATE event SET row_id = row_id || '.' || substr(room, 7) WHERE room LIKE 'lobby:%' AND row_id LIKE '%.lobby';
