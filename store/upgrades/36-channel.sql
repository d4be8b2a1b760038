-- v35 -> v36: What channels know of their customers and messages
CREATE TABLE chat (
	source       TEXT NOT NULL, -- "telegram:<bot>"
	id           TEXT NOT NULL,
	conversation TEXT NOT NULL,
	rev          BIGINT NOT NULL, -- the log was brought to the customer up to here
	prompt       TEXT NOT NULL,
	PRIMARY KEY (source, id)
);

CREATE UNIQUE INDEX chat_conversation ON chat (conversation);

CREATE TABLE remote (
	message TEXT NOT NULL,
	part    BIGINT NOT NULL,
	source  TEXT NOT NULL,
	chat    TEXT NOT NULL,
	id      TEXT NOT NULL, -- empty until it is sent
	state   TEXT NOT NULL, -- sending, sent
	sum     TEXT NOT NULL,
	at      BIGINT NOT NULL,
	PRIMARY KEY (message, part)
);

CREATE INDEX remote_id ON remote (source, chat, id);
