package devstack

import "testing"

func TestPipStep(t *testing.T) {
	for line, want := range map[string]string{
		"Downloading zope_interface-8.7-cp311-cp311-manylinux1_x86_64.whl (264 kB)": "Downloading zope_interface-8.7",
		"Using cached six-1.17.0-py2.py3-none-any.whl (11 kB)":                      "Using cached six-1.17.0",
		"Installing collected packages: sortedcontainers, six":                      "Installing collected packages",
		"Collecting six==1.17.0": "",
		"   ━━━━━━━━━━━ 264.0/264.0 kB 1.2 MB/s eta 0:00:00": "",
	} {
		if got := pipStep.FindString(line); got != want {
			t.Errorf("%q announces %q, want %q", line, got, want)
		}
	}
}
