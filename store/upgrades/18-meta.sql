-- v17 -> v18: Small persistent values of adapters
CREATE TABLE meta (
	key   TEXT PRIMARY KEY,
	value TEXT NOT NULL
);
