-- v31 -> v32: How operators are called and look in Matrix
ALTER TABLE operator ADD COLUMN matrix TEXT NOT NULL DEFAULT '{}'; -- JSON: desk.Face
