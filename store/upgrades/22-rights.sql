-- v21 -> v22: Rights instead of roles, and queues that can be removed
CREATE TABLE rights_template (
	name   TEXT PRIMARY KEY,
	rights TEXT NOT NULL -- JSON: [desk.TemplateRight]
);

CREATE TABLE rights_assignment (
	operator TEXT NOT NULL,
	template TEXT NOT NULL,
	scope    TEXT NOT NULL,
	target   TEXT NOT NULL,
	PRIMARY KEY (operator, template, scope, target)
);

CREATE TABLE rights_holding (
	operator TEXT NOT NULL,
	module   TEXT NOT NULL,
	scope    TEXT NOT NULL,
	target   TEXT NOT NULL,
	edit     BOOLEAN NOT NULL,
	PRIMARY KEY (operator, module, scope, target)
);

-- Who was a supervisor or an administrator stands in the configuration file, which is read anew.
ALTER TABLE queue DROP COLUMN supervisors;
ALTER TABLE operator DROP COLUMN admin;

ALTER TABLE queue ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN removed BOOLEAN NOT NULL DEFAULT false;
