-- v40 -> v41: Calls
CREATE TABLE call (
	id           TEXT PRIMARY KEY,
	conversation TEXT NOT NULL,
	ticket       TEXT NOT NULL,
	portal       TEXT NOT NULL,
	kind         TEXT NOT NULL,
	share        TEXT NOT NULL,
	state        TEXT NOT NULL,
	caller       TEXT NOT NULL,
	service      TEXT NOT NULL,
	notification TEXT NOT NULL,
	tab          TEXT NOT NULL,
	device       TEXT NOT NULL,
	seated       BOOLEAN NOT NULL,
	outcome      TEXT NOT NULL,
	reason       TEXT NOT NULL,
	line         TEXT NOT NULL, -- effect id
	started      BIGINT NOT NULL,
	rings_until  BIGINT NOT NULL,
	alone        BIGINT NOT NULL,
	answered     BIGINT NOT NULL,
	talked       BIGINT NOT NULL,
	ended        BIGINT NOT NULL
);

CREATE UNIQUE INDEX call_open ON call (conversation) WHERE state <> 'ended';
CREATE INDEX call_conversation ON call (conversation, started, id);
CREATE INDEX call_tended ON call (started, id) WHERE seated OR state IN ('joining', 'active');

CREATE TABLE call_member (
	portal  TEXT NOT NULL,
	user_id TEXT NOT NULL,
	key     TEXT NOT NULL,
	device  TEXT NOT NULL,
	service TEXT NOT NULL,
	intent  TEXT NOT NULL,
	event   TEXT NOT NULL,
	at      BIGINT NOT NULL,
	since   BIGINT NOT NULL,
	until   BIGINT NOT NULL,
	gone    BOOLEAN NOT NULL,
	PRIMARY KEY (portal, user_id, key)
);
