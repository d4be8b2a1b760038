package store

import (
	"slices"

	"frontdesk/desk"
)

const (
	getDepartments   = `SELECT name FROM department`
	putDepartment    = `INSERT INTO department (name) VALUES ($1) ON CONFLICT (name) DO NOTHING`
	deleteDepartment = `DELETE FROM department WHERE name=$1`
)

var _ desk.DepartmentTx = (*tx)(nil)

func (t *tx) Departments() ([]string, error) {
	names, err := all(t, func(r row, name *string) error { return r.Scan(name) }, getDepartments)
	slices.Sort(names) // as Go orders them, whatever the database's collation
	return names, wrap(err, "list", "departments")
}

func (t *tx) PutDepartment(name string) error {
	_, err := t.exec(putDepartment, name)
	return wrap(err, "put department", name)
}

func (t *tx) DeleteDepartment(name string) error {
	_, err := t.exec(deleteDepartment, name)
	return wrap(err, "delete department", name)
}
