-- v9 -> v10: Matrix rooms
CREATE TABLE room (
	key     TEXT PRIMARY KEY,
	id      TEXT NOT NULL, -- empty until the room exists
	version TEXT NOT NULL
);

CREATE UNIQUE INDEX room_id ON room (id) WHERE id <> '';
