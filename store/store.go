// Package store holds all SQL of Frontdesk, behind the ports of desk and journal, for SQLite and PostgreSQL alike.
//
// # Writing and reading
//
// One goroutine writes. It takes the jobs that are ready, runs each in a savepoint of one transaction, commits, and only then
// answers all of them: one sync of the disk serves everybody who waited. A job that fails or panics is rolled back alone. Because nobody else
// writes, numbers given inside a job are committed in their order, and nothing a job has read changes before its commit.
//
// Readers have a small pool of connections with read-only transactions of their own. They see what was committed when they began.
//
// # One process
//
// Open takes a lock (SQLite: a file beside the database; PostgreSQL: an advisory lock of the writer's connection), so that one process
// at a time works on a database. When the writer's connection to PostgreSQL is lost, so is the lock: nothing is written until
// it was taken anew.
//
// # Values
//
// Times are stored as nanoseconds since 1970 in UTC, the zero time as 0. Structured values are JSON in text columns. Text
// loses NUL characters and invalid UTF-8, which PostgreSQL does not take, on both databases.
package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"

	"frontdesk/internal/journal"
	"frontdesk/store/upgrades"
)

// Config says which database to open.
type Config struct {
	Driver string // "sqlite" or "postgres"
	DSN    string // SQLite: path of the file, or a file: URI; PostgreSQL: connection URL or key=value string
	Log    zerolog.Logger
	// Now stamps rows; time.Now if nil.
	Now func() time.Time
}

// ErrInUse is returned by Open when another process works on the database.
var ErrInUse = errors.New("another frontdesk is using this database")

// ErrClosed is returned by Write and Read after Close.
var ErrClosed = errors.New("the database is closed")

// DB is an open database. It implements journal.DB; its methods may be called from any goroutine.
type DB struct {
	dialect dialect
	log     zerolog.Logger
	now     func() time.Time
	writer  *writer
	readers *readers
	closing sync.Once
	closed  error // of Close
}

var _ journal.DB = (*DB)(nil)

// Open takes the database's lock (ErrInUse if another process has it) and brings its schema up to date. A database of a newer,
// incompatible version is refused.
func Open(ctx context.Context, c Config) (*DB, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	d, err := newDialect(c.Driver, c.DSN)
	if err != nil {
		return nil, err
	}
	if err := d.open(ctx); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db := &DB{dialect: d, log: c.Log, now: c.Now}
	if err := db.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), d.close())
	}
	return db, nil
}

func (db *DB) start(ctx context.Context) error {
	first, err := db.dialect.writeConnection(ctx)
	if err != nil {
		return err
	}
	if err := db.upgrade(ctx); err != nil {
		return errors.Join(err, first.close())
	}
	if db.writer, err = newWriter(db, first); err != nil {
		return errors.Join(err, first.close())
	}
	db.readers = newReaders(db)
	if err := db.fillSearch(ctx); err != nil {
		return errors.Join(err, db.writer.stop(), db.readers.stop())
	}
	return nil
}

func (db *DB) upgrade(ctx context.Context) error {
	schema, err := dbutil.NewWithDB(db.dialect.database(), db.dialect.name())
	if err != nil {
		return err
	}
	schema.Owner = "frontdesk"
	schema.IgnoreForeignTables = false
	schema.Log = dbutil.ZeroLogger(db.log)
	schema.UpgradeTable = upgrades.Table()
	if err := schema.Upgrade(ctx); err != nil {
		return fmt.Errorf("upgrade schema: %w", err)
	}
	return nil
}

// Write runs fn in the writer's next transaction; see journal.DB.
func (db *DB) Write(ctx context.Context, fn func(journal.Tx) error) error {
	return db.writer.do(ctx, true, fn)
}

// WriteBehind is Write without the wait for the disk; see journal.DB. It shares its transaction with jobs that wait, and waits with them.
func (db *DB) WriteBehind(ctx context.Context, fn func(journal.Tx) error) error {
	return db.writer.do(ctx, false, fn)
}

// Read runs fn in a read-only transaction that sees everything committed before Read was called.
func (db *DB) Read(ctx context.Context, fn func(journal.Tx) error) error {
	return db.readers.do(ctx, fn)
}

// Close finishes the jobs already taken, releases the lock and closes the database.
func (db *DB) Close() error {
	db.closing.Do(func() {
		db.closed = errors.Join(db.writer.stop(), db.readers.stop(), db.dialect.close())
	})
	return db.closed
}
