-- v33 -> v34: Rooms of the staff among themselves
CREATE TABLE talk (
	id      TEXT PRIMARY KEY,
	name    TEXT NOT NULL,
	creator TEXT NOT NULL,
	ticket  TEXT NOT NULL, -- empty: about anything
	created BIGINT NOT NULL
);
