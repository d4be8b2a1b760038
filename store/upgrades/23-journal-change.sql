-- v22 -> v23: What became of what in the journal
ALTER TABLE journal ADD COLUMN room TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN site TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN queue TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN target TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN changes TEXT NOT NULL DEFAULT 'null'; -- JSON: [desk.Change]

UPDATE journal SET
	site = COALESCE((SELECT site FROM ticket WHERE ticket.id = journal.ticket), ''),
	queue = COALESCE((SELECT queue FROM ticket WHERE ticket.id = journal.ticket), '')
WHERE ticket <> '';
