-- v41 -> v42: What stands in the room since a message did not arrive
ALTER TABLE message ADD COLUMN plight TEXT NOT NULL DEFAULT '{}';
