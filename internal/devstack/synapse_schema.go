package devstack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// freshDatabase lays a database under a homeserver that has none, with Synapse's tables made and its background updates done: else every
// fresh homeserver spends its first seconds on them. The first one's is kept in home. It appears there whole or not at all, and is never
// opened by a homeserver: each has a copy.
func (s *Synapse) freshDatabase(ctx context.Context, home string) error {
	database := filepath.Join(s.Dir, "homeserver.db")
	if _, err := os.Stat(database); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	kept := filepath.Join(home, "fresh-"+SynapseVersion+".db")
	return whileLocked(kept, func() error {
		if _, err := os.Stat(kept); errors.Is(err, fs.ErrNotExist) {
			return s.makeDatabase(ctx, database, kept)
		}
		text, err := os.ReadFile(kept)
		if err == nil {
			err = os.WriteFile(database, text, 0o600)
		}
		if err != nil {
			return fmt.Errorf("copy Synapse's fresh database: %w", err)
		}
		return nil
	})
}

// home gives the directory that Synapse is installed in. What is kept there goes with the installation.
func (s *Synapse) home() string {
	home := filepath.Dir(s.python)
	if filepath.Base(home) == "bin" {
		home = filepath.Dir(home)
	}
	return home
}

// makeDatabase lets Synapse make its database and keeps a copy of it.
func (s *Synapse) makeDatabase(ctx context.Context, database, kept string) error {
	config := filepath.Join(s.Dir, "homeserver.yaml")
	err := runStep(ctx, nil, s.python, "-m", "synapse._scripts.update_synapse_database", "--database-config", config, "--run-background-updates")
	if err != nil {
		return fmt.Errorf("make Synapse's database: %w", err)
	}
	const copyWhole = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('VACUUM INTO ?', sys.argv[2:])"
	unfinished := kept + ".new"
	if err := os.RemoveAll(unfinished); err != nil {
		return fmt.Errorf("clear what was left unfinished: %w", err)
	}
	if err := runStep(ctx, nil, s.python, "-c", copyWhole, database, unfinished); err != nil {
		return fmt.Errorf("keep Synapse's fresh database: %w", err)
	}
	if err := os.Rename(unfinished, kept); err != nil {
		return fmt.Errorf("keep Synapse's fresh database: %w", err)
	}
	return nil
}
