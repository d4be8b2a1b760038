package devstack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// nodeVersion is the oldest Node.js that builds the widget.
const nodeVersion = 20

// BuildFrontdesk builds the program with the widget inside and gives its path. What is up to date is not built again.
func BuildFrontdesk(ctx context.Context, progress Progress) (string, error) {
	if !compiler.present(ctx) {
		return "", missing(compiler.name, compiler.packages)
	}
	if err := BuildWeb(ctx, progress); err != nil {
		return "", err
	}
	root, err := Root()
	if err != nil {
		return "", err
	}
	binary, err := devDir("bin", "frontdesk")
	if err != nil {
		return "", err
	}
	err = whileLocked(binary, func() error {
		progress.Say("building frontdesk")
		cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/frontdesk")
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build frontdesk: %w:\n%s", err, out)
		}
		return nil
	})
	return binary, err
}

// BuildWeb builds the widget's assets unless they are those of the present sources.
func BuildWeb(ctx context.Context, progress Progress) error {
	root, err := Root()
	if err != nil {
		return err
	}
	web := filepath.Join(root, "widgetgw", "web")
	state, err := devDir("web", "stamp")
	if err != nil {
		return err
	}
	return whileLocked(state, func() error {
		sources, err := hashTree(web, "src", "scripts", "package.json", "package-lock.json", "tsconfig.json")
		if err != nil {
			return err
		}
		_, missing := os.Stat(filepath.Join(web, "dist", "manifest.json"))
		if missing == nil && stamped(filepath.Dir(state), sources) {
			return nil
		}
		if err := checkNode(ctx); err != nil {
			return err
		}
		if err := npmInstall(ctx, web, "the widget's packages", progress); err != nil {
			return err
		}
		progress.Say("building the widget")
		if err := npm(ctx, web, "run", "build"); err != nil {
			return err
		}
		return stamp(filepath.Dir(state), sources)
	})
}

// npmInstall gets the packages of a directory when its lock file has changed since it did.
func npmInstall(ctx context.Context, dir, what string, progress Progress) error {
	modules := filepath.Join(dir, "node_modules")
	lock, err := hashTree(dir, "package-lock.json")
	if err != nil {
		return err
	}
	if stamped(modules, lock) {
		return nil
	}
	progress.Say("getting " + what + " from npm")
	if err := npm(ctx, dir, "ci", "--no-audit", "--no-fund"); err != nil {
		return err
	}
	return stamp(modules, lock)
}

func npm(ctx context.Context, dir string, args ...string) error {
	cmd := exec.CommandContext(ctx, "npm", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("run npm %s: %w:\n%s", args[0], err, out)
	}
	return nil
}

func checkNode(ctx context.Context) error {
	cure := fmt.Sprintf("the widget's build needs version %d or later, with npm; get it from nodejs.org or your distribution", nodeVersion)
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			return &MissingToolError{"Node.js (" + tool + ")", cure}
		}
	}
	out, err := exec.CommandContext(ctx, "node", "--version").Output()
	if err != nil {
		return fmt.Errorf("ask node for its version: %w", err)
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(string(out)), "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < nodeVersion {
		return &MissingToolError{"a recent Node.js", "version " + strings.TrimSpace(string(out)) + " is installed, but " + cure}
	}
	return nil
}

// hashTree gives a hash over the names and contents of files and directories below base.
func hashTree(base string, names ...string) (string, error) {
	sum := sha256.New()
	for _, name := range names {
		err := filepath.WalkDir(filepath.Join(base, name), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			defer f.Close()
			rel, err := filepath.Rel(base, path)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(sum, "%s\x00", rel)
			if err == nil {
				_, err = io.Copy(sum, f)
			}
			return err
		})
		if err != nil {
			return "", fmt.Errorf("hash %s: %w", name, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
