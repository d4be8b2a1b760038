-- v44 -> v45: Hashes of the lines that stay among the staff, to know them again where they are quoted
CREATE TABLE private_line (
	room TEXT NOT NULL,
	hash TEXT NOT NULL,
	PRIMARY KEY (room, hash)
);
