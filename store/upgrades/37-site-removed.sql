-- v36 -> v37: Sites that were removed
ALTER TABLE site ADD COLUMN removed BOOLEAN NOT NULL DEFAULT false;
