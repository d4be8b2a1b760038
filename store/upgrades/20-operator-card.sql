-- v19 -> v20: What is known of operators besides the name
ALTER TABLE operator ADD COLUMN faces TEXT NOT NULL DEFAULT '{}'; -- JSON: {site: desk.Face}
ALTER TABLE operator ADD COLUMN full_name TEXT NOT NULL DEFAULT '';
ALTER TABLE operator ADD COLUMN position TEXT NOT NULL DEFAULT '';
ALTER TABLE operator ADD COLUMN department TEXT NOT NULL DEFAULT '';
ALTER TABLE operator ADD COLUMN lang TEXT NOT NULL DEFAULT '';
ALTER TABLE operator ADD COLUMN gender TEXT NOT NULL DEFAULT '';
ALTER TABLE operator ADD COLUMN quiet BIGINT NOT NULL DEFAULT 0;
