-- v5 -> v6: Portals
CREATE TABLE portal (
	id           TEXT PRIMARY KEY,
	conversation TEXT NOT NULL REFERENCES conversation (id),
	ordinal      INTEGER NOT NULL,
	UNIQUE (conversation, ordinal)
);
