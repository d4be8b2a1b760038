package devstack

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

// SynapseVersion is the one that development and tests run with.
const SynapseVersion = "1.163.2"

// pythonVariable names an interpreter that has Synapse already.
const pythonVariable = "SYNAPSE_PYTHON"

//go:embed synapse-requirements.txt
var synapseRequirements []byte

// Progress is told in a few words what a long step is doing; nil for nobody. It is called from one goroutine at a time.
type Progress func(words string)

// Say tells the progress, if anybody listens.
func (p Progress) Say(words string) {
	if p != nil {
		p(words)
	}
}

// MissingToolError says that a program is not there, and how to get it.
type MissingToolError struct {
	Tool string
	Cure string // a sentence without its full stop
}

func (e *MissingToolError) Error() string { return e.Tool + " is missing: " + e.Cure }

// EnsureSynapse gives the Python interpreter that runs Synapse with -m synapse.app.homeserver, installing it on first use: from PyPI
// into .dev/synapse-venv, or where PyPI does not answer, from Debian's unstable packages into .dev/synapse-sid. The environment
// variable SYNAPSE_PYTHON names an interpreter that has Synapse already.
func EnsureSynapse(ctx context.Context, progress Progress) (python string, err error) {
	if python := os.Getenv(pythonVariable); python != "" {
		if _, err := os.Stat(python); err != nil {
			return "", fmt.Errorf("%s: %w", pythonVariable, err)
		}
		return python, nil
	}
	venv, err := devDir("synapse-venv")
	if err != nil {
		return "", err
	}
	sid := filepath.Join(filepath.Dir(venv), "synapse-sid")
	err = whileLocked(venv, func() error {
		if python = installedSynapse(venv, sid); python != "" {
			return nil
		}
		var failed error
		if python, failed = installFromPyPI(ctx, venv, progress); failed == nil {
			return nil
		}
		progress.Say("PyPI did not work; taking Synapse from Debian's unstable packages instead")
		if python, err = installFromSid(ctx, sid, progress); err != nil {
			return fmt.Errorf("install Synapse: from PyPI: %w\nand from Debian's packages: %w", failed, err)
		}
		return nil
	})
	return python, err
}

// installedSynapse gives the interpreter of a finished installation, "" if there is none.
func installedSynapse(venv, sid string) string {
	if stamped(venv, synapseStamp()) {
		return filepath.Join(venv, "bin", "python")
	}
	if stamped(sid, sidStamp) {
		return filepath.Join(sid, "python")
	}
	return ""
}

func synapseStamp() string {
	sum := sha256.Sum256(synapseRequirements)
	return SynapseVersion + " " + hex.EncodeToString(sum[:])
}

// stamped tells whether what is in dir was finished and is what content describes.
func stamped(dir, content string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "stamp"))
	return err == nil && string(text) == content
}

func stamp(dir, content string) error {
	if err := os.WriteFile(filepath.Join(dir, "stamp"), []byte(content), 0o644); err != nil {
		return fmt.Errorf("mark %s as finished: %w", dir, err)
	}
	return nil
}

func installFromPyPI(ctx context.Context, venv string, progress Progress) (string, error) {
	base, err := findPython(ctx)
	if err != nil {
		return "", err
	}
	if err := os.RemoveAll(venv); err != nil {
		return "", fmt.Errorf("clear %s: %w", venv, err)
	}
	progress.Say("installing Synapse " + SynapseVersion + " from PyPI into .dev/synapse-venv (once, about a minute)")
	if err := runStep(ctx, nil, base, "-m", "venv", venv); err != nil {
		return "", fmt.Errorf("make a virtual environment (on Debian it needs the package python3-venv): %w", err)
	}
	lock := filepath.Join(venv, "requirements.txt")
	if err := os.WriteFile(lock, synapseRequirements, 0o644); err != nil {
		return "", fmt.Errorf("write requirements: %w", err)
	}
	python := filepath.Join(venv, "bin", "python")
	pip := []string{"-m", "pip", "install", "--retries", "2", "--no-input", "--disable-pip-version-check"}
	err = runStep(ctx, progress, python, append(pip, "-r", lock)...)
	if err != nil && ctx.Err() == nil {
		progress.Say("the pinned set is not to be had whole; letting pip choose what goes with Synapse " + SynapseVersion)
		err = runStep(ctx, progress, python, append(pip, "matrix-synapse=="+SynapseVersion, "psycopg2-binary")...)
	}
	if err != nil {
		return "", err
	}
	if err := runStep(ctx, nil, python, "-c", "import synapse.app.homeserver, psycopg2"); err != nil {
		return "", fmt.Errorf("load the installed Synapse: %w", err)
	}
	return python, stamp(venv, synapseStamp())
}

// findPython finds a Python that Synapse supports.
func findPython(ctx context.Context) (string, error) {
	for _, name := range []string{"python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if exec.CommandContext(ctx, path, "-c", "import sys; sys.exit(sys.version_info < (3, 10))").Run() == nil {
			return path, nil
		}
	}
	return "", &MissingToolError{"Python 3.10 or later", "install it, on Debian with \"apt-get install python3 python3-venv\""}
}

// pipStep finds the step that a line of pip's output announces.
var pipStep = regexp.MustCompile(`^(?:Downloading|Using cached) [A-Za-z0-9_.]+-[0-9][^- ]*|^Installing collected packages`)

// runStep runs a program to its end. Steps that pip announces go to progress; the last lines of its output are in the error.
func runStep(ctx context.Context, progress Progress, name string, args ...string) error {
	return runTold(ctx, exec.CommandContext(ctx, name, args...), func(line string) {
		if words := pipStep.FindString(line); words != "" {
			progress.Say("  " + words)
		}
	})
}
