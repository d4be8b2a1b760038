-- v7 -> v8: Messages
CREATE TABLE message (
	id           TEXT PRIMARY KEY,
	conversation TEXT NOT NULL REFERENCES conversation (id),
	ticket       TEXT NOT NULL,
	seq          BIGINT NOT NULL,
	rev          BIGINT NOT NULL,
	author       TEXT NOT NULL,
	operator     TEXT NOT NULL,
	who_name     TEXT NOT NULL,
	who_avatar   TEXT NOT NULL,
	client_id    TEXT NOT NULL, -- empty unless the customer's
	kind         TEXT NOT NULL,
	args         TEXT NOT NULL, -- JSON: [string]
	content      TEXT NOT NULL, -- JSON: content.Message
	reply        TEXT NOT NULL,
	reactions    TEXT NOT NULL, -- JSON: [desk.Reaction]
	status       TEXT NOT NULL,
	at           BIGINT NOT NULL,
	edited       BIGINT NOT NULL, -- 0: never
	deleted      BIGINT NOT NULL  -- 0: not
);

CREATE UNIQUE INDEX message_seq ON message (conversation, seq);
CREATE INDEX message_rev ON message (conversation, rev);
CREATE UNIQUE INDEX message_client_id ON message (conversation, client_id) WHERE client_id <> '';
