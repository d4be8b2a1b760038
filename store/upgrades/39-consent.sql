-- v38 -> v39: What customers agreed to
ALTER TABLE site ADD COLUMN consent TEXT NOT NULL DEFAULT '{}'; -- JSON: what they have to agree to

CREATE TABLE consent (
	customer     TEXT NOT NULL,
	version      TEXT NOT NULL,
	policy       TEXT NOT NULL,
	text         TEXT NOT NULL,
	conversation TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (customer, version)
);
