-- v3 -> v4: Customers
CREATE TABLE customer (
	id       TEXT PRIMARY KEY,
	site     TEXT NOT NULL,
	number   BIGINT NOT NULL UNIQUE,
	name     TEXT NOT NULL,
	email    TEXT NOT NULL,
	region   TEXT NOT NULL,
	language TEXT NOT NULL,
	created  BIGINT NOT NULL
);
