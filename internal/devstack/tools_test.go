package devstack_test

import (
	"errors"
	"strings"
	"testing"

	"frontdesk/internal/devstack"
)

// On a machine with nothing installed each thing missing is one sentence with the cure.
func TestMissingTools(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for name, ask := range map[string]func() error{
		"C compiler": func() error { _, err := devstack.BuildFrontdesk(t.Context(), nil); return err },
		"Chromium":   func() error { _, err := devstack.Chromium(); return err },
		"coturn":     func() error { _, err := devstack.StartCoturn(t.Context(), "secret"); return err },
	} {
		var missing *devstack.MissingToolError
		if err := ask(); !errors.As(err, &missing) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "install") {
			t.Errorf("without %s: %v, want how to install it", name, err)
		}
	}
	err := devstack.EnsureTools(t.Context(), nil)
	for _, name := range []string{"C compiler", "Node.js", "Chromium", "coturn"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
}
