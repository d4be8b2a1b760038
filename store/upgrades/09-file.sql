-- v8 -> v9: Files
CREATE TABLE file (
	id           TEXT PRIMARY KEY,
	attachment   TEXT NOT NULL, -- JSON: content.Attachment
	conversation TEXT NOT NULL,
	client_id    TEXT NOT NULL, -- empty for files from Matrix
	sha256       TEXT NOT NULL,
	spooled      BOOLEAN NOT NULL,
	mxc          TEXT NOT NULL,
	message      TEXT NOT NULL,
	created      BIGINT NOT NULL
);

CREATE UNIQUE INDEX file_client_id ON file (conversation, client_id) WHERE client_id <> '';
