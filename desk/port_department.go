package desk

// DepartmentTx keeps the list of departments; who belongs to one says Operator.Department.
type DepartmentTx interface {
	// Departments lists them by name.
	Departments() ([]string, error)
	// PutDepartment is nothing where there is the same one.
	PutDepartment(name string) error
	DeleteDepartment(name string) error
}
