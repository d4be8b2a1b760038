-- v4 -> v5: Conversations
CREATE TABLE conversation (
	id            TEXT PRIMARY KEY,
	site          TEXT NOT NULL,
	customer      TEXT NOT NULL REFERENCES customer (id),
	channel       TEXT NOT NULL,
	rev           BIGINT NOT NULL,
	portal        TEXT NOT NULL, -- empty before the first message
	ticket        TEXT NOT NULL, -- empty before the first message
	customer_seen BIGINT NOT NULL,
	customer_got  BIGINT NOT NULL,
	staff_seen    BIGINT NOT NULL,
	staff_got     BIGINT NOT NULL,
	page_url      TEXT NOT NULL,
	page_title    TEXT NOT NULL,
	created       BIGINT NOT NULL
);

CREATE INDEX conversation_customer ON conversation (customer);
