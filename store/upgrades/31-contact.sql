-- v30 -> v31: Contacts of customers, and what became of them
CREATE TABLE contact (
	id        TEXT PRIMARY KEY,
	customer  TEXT NOT NULL,
	number    BIGINT NOT NULL,
	kind      TEXT NOT NULL,
	value     TEXT NOT NULL,
	comment   TEXT NOT NULL,
	added_by  TEXT NOT NULL, -- '' for the customer
	added_at  BIGINT NOT NULL,
	hidden    BOOLEAN NOT NULL,
	hidden_by TEXT NOT NULL,
	hidden_at BIGINT NOT NULL
);

CREATE INDEX contact_customer ON contact (customer, number);

CREATE TABLE contact_change (
	id         TEXT PRIMARY KEY,
	customer   TEXT NOT NULL,
	number     BIGINT NOT NULL,
	changed_by TEXT NOT NULL,
	changed_at BIGINT NOT NULL,
	was        TEXT NOT NULL, -- JSON: desk.Contact or null
	became     TEXT NOT NULL, -- JSON: desk.Contact or null
	undoes     TEXT NOT NULL,
	undone     BOOLEAN NOT NULL
);

CREATE INDEX contact_change_customer ON contact_change (customer, number);
