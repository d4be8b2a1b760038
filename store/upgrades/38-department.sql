-- v37 -> v38: The list of departments
CREATE TABLE department (
	name TEXT PRIMARY KEY
);
INSERT INTO department (name) SELECT DISTINCT department FROM operator WHERE department<>'';
