-- v47 -> v48: Where the staff were told of a rating
ALTER TABLE rating ADD COLUMN told TEXT NOT NULL DEFAULT 'null'; -- JSON: {room key: desk.Told}
