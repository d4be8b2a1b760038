package desk

import (
	"strings"
	"testing"
)

func TestWithoutName(t *testing.T) {
	for _, c := range []struct {
		name, text, left string
		whole            bool
	}{
		{"Sales and returns", "sales and returns", "", true},
		{"Sales and returns", "Sales AND  returns 2 items", "2 items", true},
		{"Отдел продаж", "отдел Продаж про деньги", "про деньги", true},
		{"Sales and returns", "sales and more", "", false},
		{"Sales and returns", "sales #42 and returns", "", false},
		{"Sales and returns", "«sales» and returns", "", false},
		{"Sales", "sales and returns", "", false},
		{"Sales and returns", "sales", "", false},
	} {
		left, whole := withoutName(c.name, c.text)
		if whole != c.whole || whole && left != c.left {
			t.Errorf("%q off %q: %q, %v", c.name, c.text, left, whole)
		}
	}
}

func FuzzWithoutName(f *testing.F) {
	f.Add("Sales and returns", "sales and returns 2 items")
	f.Add("İ x", "i̇ x")
	f.Fuzz(func(t *testing.T, name, text string) {
		if left, whole := withoutName(name, text); whole && !strings.HasSuffix(strings.TrimSpace(text), left) {
			t.Fatalf("%q off %q: %q", name, text, left)
		}
	})
}
