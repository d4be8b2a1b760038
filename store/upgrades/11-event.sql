-- v10 -> v11: What Matrix events mean
CREATE TABLE event (
	room    TEXT NOT NULL,
	id      TEXT NOT NULL,
	row_id  TEXT NOT NULL, -- the effect that sent it, if we did
	put     BIGINT NOT NULL, -- counts the puts of one row_id: the newest event of a row is wanted
	kind    TEXT NOT NULL,
	message TEXT NOT NULL,
	part    INTEGER NOT NULL,
	sender  TEXT NOT NULL,
	relates TEXT NOT NULL,
	key     TEXT NOT NULL,
	PRIMARY KEY (room, id)
);

CREATE INDEX event_row ON event (row_id, put) WHERE row_id <> '';
CREATE INDEX event_message ON event (message, part) WHERE kind = 'message';
