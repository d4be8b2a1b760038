package devstack

import (
	"context"
	"os"
	"path/filepath"
)

// BuildElement builds the pages that stand for Element in the tests of calls, on the versions of its packages that their lock file has, and
// gives their directory. What is up to date is not built again.
func BuildElement(ctx context.Context, progress Progress) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	element := filepath.Join(root, "e2e", "element")
	state, err := devDir("element", "stamp")
	if err != nil {
		return "", err
	}
	dist := filepath.Join(element, "dist")
	return dist, whileLocked(state, func() error {
		sources, err := hashTree(element, "src", "build.mjs", "package.json", "package-lock.json")
		if err != nil {
			return err
		}
		_, missing := os.Stat(filepath.Join(dist, "call", "index.html"))
		if missing == nil && stamped(filepath.Dir(state), sources) {
			return nil
		}
		if err := checkNode(ctx); err != nil {
			return err
		}
		if err := npmInstall(ctx, element, "Element's packages", progress); err != nil {
			return err
		}
		progress.Say("building Element's pages for the tests")
		if err := npm(ctx, element, "run", "build"); err != nil {
			return err
		}
		return stamp(filepath.Dir(state), sources)
	})
}
