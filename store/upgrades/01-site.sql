-- v0 -> v1: Sites
CREATE TABLE site (
	id            TEXT PRIMARY KEY,
	key           TEXT NOT NULL UNIQUE,
	name          TEXT NOT NULL,
	origins       TEXT NOT NULL, -- JSON: [string]
	languages     TEXT NOT NULL, -- JSON: [string]
	staff_lang    TEXT NOT NULL,
	history       TEXT NOT NULL,
	default_queue TEXT NOT NULL,
	hours         TEXT NOT NULL,
	theme         TEXT NOT NULL, -- JSON: {string: string}
	texts         TEXT NOT NULL  -- JSON: {language: {key: text}}
);
