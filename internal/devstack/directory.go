package devstack

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Root finds the repository: the nearest directory upwards with Frontdesk's go.mod.
func Root() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the working directory: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(text, []byte("module frontdesk\n")) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%s is not inside the frontdesk repository", start)
		}
	}
}

// devDir gives a path under the repository's .dev, whose directories exist then.
func devDir(elem ...string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	path := filepath.Join(append([]string{root, ".dev"}, elem...)...)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("make directory: %w", err)
	}
	return path, nil
}

// whileLocked runs f while no other process holds the lock named by path.
func whileLocked(path string, f func() error) error {
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open lock: %w", err)
	}
	defer lock.Close() // which releases it
	for {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX)
		if err == nil {
			return f()
		}
		if !errors.Is(err, syscall.EINTR) {
			return fmt.Errorf("lock %s: %w", lock.Name(), err)
		}
	}
}

// ownDir makes dir, or a temporary one for "". remove takes a temporary one away and leaves any other.
func ownDir(dir, pattern string) (path string, remove func() error, err error) {
	if dir == "" {
		if path, err = os.MkdirTemp("", pattern); err != nil {
			return "", nil, fmt.Errorf("make temporary directory: %w", err)
		}
		return path, func() error { return os.RemoveAll(path) }, nil
	}
	if path, err = filepath.Abs(dir); err != nil {
		return "", nil, fmt.Errorf("find directory %s: %w", dir, err)
	}
	if err = os.MkdirAll(path, 0o755); err != nil {
		return "", nil, fmt.Errorf("make directory: %w", err)
	}
	return path, func() error { return nil }, nil
}

// keepFile gives the file's content, which make provides the first time.
func keepFile(path string, makeContent func() string) (string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text = []byte(makeContent())
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("keep %s: %w", filepath.Base(path), err)
	}
	return string(text), nil
}
