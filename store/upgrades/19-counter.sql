-- v18 -> v19: Numbers that people see: of customers and tickets
CREATE TABLE counter (
	name  TEXT PRIMARY KEY,
	value BIGINT NOT NULL
);
