package desktest

import "slices"

func (t *Tx) Departments() ([]string, error) { return slices.Clone(t.rows.Departments), nil }

func (t *Tx) PutDepartment(name string) error {
	if !slices.Contains(t.rows.Departments, name) {
		t.rows.Departments = append(t.rows.Departments, name)
		slices.Sort(t.rows.Departments)
	}
	return nil
}

func (t *Tx) DeleteDepartment(name string) error {
	t.rows.Departments = slices.DeleteFunc(t.rows.Departments, func(k string) bool { return k == name })
	return nil
}
