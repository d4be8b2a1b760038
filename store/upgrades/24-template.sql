-- v23 -> v24: Ready answers
CREATE TABLE template (
	id         TEXT PRIMARY KEY,
	site       TEXT NOT NULL, -- '' for a personal one
	owner      TEXT NOT NULL, -- '' for a site's
	number     BIGINT NOT NULL,
	shortcut   TEXT NOT NULL,
	body       TEXT NOT NULL,
	is_off     BOOLEAN NOT NULL,
	deleted    BOOLEAN NOT NULL,
	changed_by TEXT NOT NULL,
	changed_at BIGINT NOT NULL
);

CREATE INDEX template_table ON template (site, owner, number);
