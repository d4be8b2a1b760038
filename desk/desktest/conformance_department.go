package desktest

import (
	"slices"
	"testing"
)

func testDepartments(t *testing.T, w *world) {
	for _, name := range []string{"Sales", "Отдел кадров", "Night", "Sales"} {
		if err := w.PutDepartment(name); err != nil {
			t.Fatalf("put department: %v", err)
		}
	}
	if err := w.DeleteDepartment("Night"); err != nil {
		t.Fatalf("delete department: %v", err)
	}
	got, err := w.Departments()
	if err != nil || !slices.Equal(got, []string{"Sales", "Отдел кадров"}) {
		t.Errorf("departments %q, %v", got, err)
	}
}
