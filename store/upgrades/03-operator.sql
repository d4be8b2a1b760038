-- v2 -> v3: Operators
CREATE TABLE operator (
	id          TEXT PRIMARY KEY,
	public_name TEXT NOT NULL,
	avatar      TEXT NOT NULL,
	admin       BOOLEAN NOT NULL,
	removed     BOOLEAN NOT NULL
);
