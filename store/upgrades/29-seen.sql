-- v28 -> v29: When operators were last seen, and the rooms somebody is wanted in
ALTER TABLE operator ADD COLUMN seen BIGINT NOT NULL DEFAULT 0;

CREATE INDEX desire_thing ON desire (thing);
