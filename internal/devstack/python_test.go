package devstack

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A step is told line by line; one that fails says its last words, and one that is interrupted says that.
func TestRunTold(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var told []string
	err := runTold(ctx, exec.CommandContext(ctx, "sh", "-c", "echo one; echo two >&2; exit 3"), func(line string) { told = append(told, line) })
	if err == nil || !strings.Contains(err.Error(), "one / two") || !slices.Equal(told, []string{"one", "two"}) {
		t.Errorf("%v, told %q", err, told)
	}
	err = runTold(ctx, exec.CommandContext(ctx, "sh", "-c", "echo begun; exec sleep 600"), func(string) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

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
