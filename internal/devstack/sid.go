package devstack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const sidStamp = "debian unstable\n"

// installFromSid unpacks Debian unstable's Synapse with its own Python and C library into dir, without installing anything on the
// machine and without root: apt resolves against an empty system, and a script starts Python through the unpacked loader.
func installFromSid(ctx context.Context, dir string, progress Progress) (string, error) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return "", &MissingToolError{"apt-get", "without PyPI Synapse can be had on Debian and its relatives only; or name one that is installed with SYNAPSE_PYTHON"}
	}
	mirror, err := debianMirror(ctx)
	if err != nil {
		return "", err
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("clear %s: %w", dir, err)
	}
	for _, d := range []string{"apt/state/lists/partial", "apt/cache/archives/partial", "root"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return "", fmt.Errorf("make directory: %w", err)
		}
	}
	sources := filepath.Join(dir, "apt", "sources.list")
	if err := errors.Join(
		os.WriteFile(sources, []byte("deb "+mirror+" sid main\n"), 0o644),
		os.WriteFile(filepath.Join(dir, "apt", "state", "status"), nil, 0o644),
	); err != nil {
		return "", fmt.Errorf("write apt's files: %w", err)
	}
	apt := aptOptions(dir, sources)
	progress.Say("reading Debian's list of packages")
	if err := runStep(ctx, nil, "apt-get", append(apt, "update")...); err != nil {
		return "", err
	}
	progress.Say("downloading Synapse and its own Python into .dev/synapse-sid (once, 65 MB)")
	if err := runStep(ctx, nil, "apt-get", append(apt, "install", "-y", "--no-install-recommends", "--download-only",
		"matrix-synapse", "python3-psycopg2")...); err != nil {
		return "", err
	}
	progress.Say("unpacking")
	if err := unpack(ctx, dir); err != nil {
		return "", err
	}
	python, err := sidPython(ctx, dir)
	if err != nil {
		return "", err
	}
	return python, stamp(dir, sidStamp)
}

// aptOptions keep apt away from the machine's own packages. A frozen mirror's list may be past its date.
func aptOptions(dir, sources string) []string {
	apt := filepath.Join(dir, "apt")
	var args []string
	for _, o := range []string{
		"Dir::State=" + apt + "/state", "Dir::State::status=" + apt + "/state/status", "Dir::Cache=" + apt + "/cache",
		"Dir::Etc::sourcelist=" + sources, "Dir::Etc::sourceparts=-", "Dir::Etc::preferences=-", "Dir::Etc::preferencesparts=-",
		"Acquire::Check-Valid-Until=false", "Acquire::Languages=none", "Debug::NoLocking=1", "APT::Sandbox::User=",
	} {
		args = append(args, "-o", o)
	}
	return args
}

// debianMirror gives the address of the Debian mirror that the machine uses.
func debianMirror(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "apt-get", "indextargets", "--format", "$(REPO_URI)").Output()
	if err != nil {
		return "", fmt.Errorf("ask apt for its mirrors: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		if mirror := strings.TrimRight(strings.TrimSpace(line), "/"); strings.HasSuffix(mirror, "/debian") {
			return mirror, nil
		}
	}
	return "", errors.New("apt knows no Debian mirror")
}

func unpack(ctx context.Context, dir string) error {
	debs, err := filepath.Glob(filepath.Join(dir, "apt/cache/archives/*.deb"))
	if err != nil {
		return fmt.Errorf("list packages: %w", err)
	}
	for _, deb := range debs {
		if err := runStep(ctx, nil, "dpkg-deb", "-x", deb, filepath.Join(dir, "root")); err != nil {
			return fmt.Errorf("unpack %s: %w", filepath.Base(deb), err)
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, "apt")); err != nil {
		return fmt.Errorf("clear downloads: %w", err)
	}
	return nil
}

// sidPython writes the script that starts the unpacked Python, and tries it.
func sidPython(ctx context.Context, dir string) (string, error) {
	root := filepath.Join(dir, "root")
	loaders, err := filepath.Glob(filepath.Join(root, "usr/lib/*-linux-*/ld-linux*.so.*"))
	if err != nil || len(loaders) == 0 {
		return "", errors.Join(errors.New("the unpacked C library has no loader"), err)
	}
	python := filepath.Join(dir, "python")
	script := fmt.Sprintf("#!/bin/sh\nPYTHONHOME='%s/usr' exec '%s' --library-path '%s' '%s/usr/bin/python3' \"$@\"\n",
		root, loaders[0], filepath.Dir(loaders[0]), root)
	if err := os.WriteFile(python, []byte(script), 0o755); err != nil {
		return "", fmt.Errorf("write start script: %w", err)
	}
	if err := runStep(ctx, nil, python, "-c", "import synapse.app.homeserver, psycopg2"); err != nil {
		return "", fmt.Errorf("load the unpacked Synapse: %w", err)
	}
	return python, nil
}
