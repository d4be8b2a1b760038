-- v12 -> v13: Visitors' sessions
CREATE TABLE session (
	token_hash   TEXT PRIMARY KEY,
	site         TEXT NOT NULL,
	conversation TEXT NOT NULL,
	language     TEXT NOT NULL,
	created      BIGINT NOT NULL,
	expires      BIGINT NOT NULL,
	revoked      BOOLEAN NOT NULL
);
