// Package storetest gives tests empty databases, on SQLite and on a PostgreSQL that the test run starts for itself.
package storetest

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"

	"frontdesk/store"
)

// Database is where a test's data lie: what store.Config needs.
type Database struct{ Driver, DSN string }

// SQLite gives an empty database in the test's temporary directory.
func SQLite(t testing.TB) Database {
	t.Helper()
	return Database{"sqlite", filepath.Join(t.TempDir(), "frontdesk.db")}
}

var databases atomic.Int64

// Postgres gives an empty database in the cluster of the test run, which is started by the first call. A package that uses it calls Stop
// in its TestMain.
func Postgres(t testing.TB) Database {
	t.Helper()
	c, err := running()
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	name := fmt.Sprintf("test_%d", databases.Add(1))
	if err := c.create(t.Context(), name); err != nil {
		t.Fatalf("create database: %v", err)
	}
	return Database{"postgres", c.dsn(name)}
}

// Each runs a test on an empty SQLite and on an empty PostgreSQL database.
func Each(t *testing.T, test func(*testing.T, Database)) {
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
}

// Open opens the database until the test ends, or is closed by it.
func (d Database) Open(t testing.TB, options ...func(*store.Config)) *store.DB {
	t.Helper()
	c := store.Config{Driver: d.Driver, DSN: d.DSN, Log: zerolog.Nop()}
	for _, option := range options {
		option(&c)
	}
	db, err := store.Open(context.Background(), c)
	if err != nil {
		t.Fatalf("open %s: %v", d.Driver, err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close %s: %v", d.Driver, err)
		}
	})
	return db
}
