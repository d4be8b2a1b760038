// Command devstack is what "make run" starts: Synapse, LiveKit, frontdesk and a demo shop with the widget on this machine, with accounts to
// log in with. It keeps everything under .dev/run in the repository.
//
//	devstack run      start it all and wait for Ctrl-C
//	devstack clean    forget what run has kept
//	devstack prepare  get what the tests need: programs, Synapse, LiveKit, the built widget, Element's call code
//	devstack web      build the widget
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"frontdesk/internal/devstack"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	err := dispatch(ctx, os.Args[1:])
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case err == nil:
	case interrupted && errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "Interrupted.")
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, "devstack:", err)
		os.Exit(1)
	}
}

func dispatch(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: devstack run | clean | prepare | web")
	}
	progress := progressTo(os.Stderr)
	root, err := devstack.Root()
	if err != nil {
		return err
	}
	runDir := filepath.Join(root, ".dev", "run")
	switch args[0] {
	case "run":
		s, err := readSettings(os.Getenv)
		if err != nil {
			return err
		}
		return run(ctx, runDir, s, progress, os.Stdout)
	case "clean":
		return clean(runDir)
	case "prepare":
		return prepare(ctx, progress)
	case "web":
		return devstack.BuildWeb(ctx, progress)
	}
	return fmt.Errorf("there is no command %q; there are run, clean, prepare and web", args[0])
}

func progressTo(w io.Writer) devstack.Progress {
	return func(words string) { fmt.Fprintln(w, "·", words) }
}

// prepare gets everything the tests need, so that they themselves download nothing.
func prepare(ctx context.Context, progress devstack.Progress) error {
	if err := devstack.EnsureTools(ctx, progress); err != nil {
		return err
	}
	if _, err := devstack.EnsureSynapse(ctx, progress); err != nil {
		return err
	}
	if _, err := devstack.EnsureLiveKit(ctx, progress); err != nil {
		return err
	}
	if err := devstack.BuildWeb(ctx, progress); err != nil {
		return err
	}
	_, err := devstack.BuildElement(ctx, progress)
	return err
}

// clean forgets what run has kept in dir.
func clean(dir string) error {
	unlock, err := lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("forget %s: %w", dir, err)
	}
	return nil
}

// lock makes sure that nobody else runs on the directory. The lock ends with the process at the latest.
func lock(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, fmt.Errorf("make directory: %w", err)
	}
	f, err := os.OpenFile(dir+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.New("\"make run\" is running already: stop it first with Ctrl-C in its terminal")
		}
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return func() { f.Close() }, nil
}
