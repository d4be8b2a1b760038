package devstack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// tool is a program of the machine that development needs.
type tool struct {
	name     string
	present  func(context.Context) bool
	packages []string // Debian's
}

// Chromium finds the browser for end-to-end tests.
func Chromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", missing("Chromium", []string{"chromium"})
}

func missing(name string, packages []string) *MissingToolError {
	return &MissingToolError{name, fmt.Sprintf("install it, on Debian with \"apt-get install %s\"", strings.Join(packages, " "))}
}

// compiler builds SQLite into the program.
var compiler = tool{"a C compiler", func(context.Context) bool { return onPath("cc") || onPath("gcc") }, []string{"gcc", "libc6-dev"}}

// coturnPackages bring the TURN server of calls' tests.
var coturnPackages = []string{"coturn"}

func machineTools() []tool {
	return []tool{
		compiler,
		{"Python's venv", hasVenv, []string{"python3", "python3-venv"}},
		{"PostgreSQL's server", func(context.Context) bool { _, err := postgresPrograms(); return err == nil }, []string{"postgresql"}},
		{"Chromium", func(context.Context) bool { _, err := Chromium(); return err == nil }, []string{"chromium", "fonts-noto-color-emoji"}},
		{"coturn", func(context.Context) bool { return onPath(coturnProgram) }, coturnPackages},
	}
}

func onPath(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil
}

func hasVenv(ctx context.Context) bool {
	return os.Getenv(pythonVariable) != "" || exec.CommandContext(ctx, "python3", "-c", "import venv, ensurepip").Run() == nil
}

// EnsureTools installs the programs that the tests need and the machine lacks, where it is a Debian and we are root. Otherwise it says
// with *MissingToolError what to install.
func EnsureTools(ctx context.Context, progress Progress) error {
	var lacking []error
	for _, t := range machineTools() {
		if t.present(ctx) {
			continue
		}
		if os.Geteuid() != 0 || !onPath("apt-get") {
			lacking = append(lacking, missing(t.name, t.packages))
			continue
		}
		progress.Say("installing " + strings.Join(t.packages, ", "))
		if err := aptInstall(ctx, t.packages); err != nil {
			lacking = append(lacking, fmt.Errorf("install %s: %w", t.name, err))
		}
	}
	if err := checkNode(ctx); err != nil {
		lacking = append(lacking, err)
	}
	return errors.Join(lacking...)
}

func aptInstall(ctx context.Context, packages []string) error {
	// The variables keep package scripts from asking.
	env := []string{"DEBIAN_FRONTEND=noninteractive", "apt-get"}
	install := append(env, append([]string{"install", "-y", "--no-install-recommends"}, packages...)...)
	if err := runStep(ctx, nil, "env", install...); err == nil || ctx.Err() != nil {
		return err
	}
	// A fresh machine knows no packages yet.
	if err := runStep(ctx, nil, "env", append(env, "update")...); err != nil {
		return err
	}
	return runStep(ctx, nil, "env", install...)
}
