-- v39 -> v40: How operators are reached
ALTER TABLE operator ADD COLUMN contacts TEXT NOT NULL DEFAULT '[]'; -- JSON: [desk.StaffContact]
