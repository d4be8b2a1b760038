package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"go.mau.fi/util/dbutil"

	"frontdesk/internal/journal"
	"frontdesk/store/upgrades"
)

// ErrNotMade is returned by OpenReader for a database that Open has never seen.
var ErrNotMade = errors.New("the database has not been set up yet")

// ErrOtherVersion is returned by OpenReader (wrapped) for a database whose schema is older or newer than this program's.
var ErrOtherVersion = errors.New("the database's schema is of another version")

// Reader reads a database that another process may be working on. It takes no lock, and neither makes nor changes anything. It implements
// journal.DB, except that Write always fails.
type Reader struct {
	dialect readOnlyDialect
	readers *readers
}

var _ journal.DB = (*Reader)(nil)

var errReadOnly = errors.New("the database is open for reading only")

// readOnlyDialect is a dialect that opens without its lock.
type readOnlyDialect interface {
	dialect
	openReader() error
	closeReader() error
}

// OpenReader opens a database for reading and checks that its schema is the one this program knows.
func OpenReader(ctx context.Context, c Config) (*Reader, error) {
	d, err := newDialect(c.Driver, c.DSN)
	if err != nil {
		return nil, err
	}
	ro, ok := d.(readOnlyDialect)
	if !ok {
		return nil, fmt.Errorf("open database: %s cannot be read alone", d.name())
	}
	if err := ro.openReader(); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	r := &Reader{dialect: ro, readers: newReaders(&DB{dialect: ro, log: c.Log, now: time.Now})}
	if err := checkVersion(ctx, ro); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func checkVersion(ctx context.Context, d dialect) error {
	db, err := dbutil.NewWithDB(d.database(), d.name())
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	made, err := db.TableExists(ctx, "version")
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if !made {
		return ErrNotMade
	}
	var version int
	if err := d.database().QueryRowContext(ctx, "SELECT version FROM version").Scan(&version); err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if known := len(upgrades.Table()); version != known {
		return fmt.Errorf("%w: %d, this program's is %d", ErrOtherVersion, version, known)
	}
	return nil
}

// Read runs fn in a read-only transaction.
func (r *Reader) Read(ctx context.Context, fn func(journal.Tx) error) error {
	return r.readers.do(ctx, fn)
}

// Write always fails.
func (r *Reader) Write(context.Context, func(journal.Tx) error) error { return errReadOnly }

// WriteBehind fails.
func (r *Reader) WriteBehind(context.Context, func(journal.Tx) error) error { return errReadOnly }

// Close closes the database. It may be called once.
func (r *Reader) Close() error { return errors.Join(r.readers.stop(), r.dialect.closeReader()) }

func (d *sqliteDialect) openReader() error {
	if _, err := os.Stat(d.path); errors.Is(err, fs.ErrNotExist) {
		return ErrNotMade
	} else if err != nil {
		return err
	}
	var err error
	if d.read, err = sql.Open(sqliteDriver, d.uri("_query_only", "true")); err != nil {
		return err
	}
	d.write = d.read // database looks at the schema through it; the connections refuse to write
	return nil
}

func (d *sqliteDialect) closeReader() error { return d.read.Close() }

func (d *postgresDialect) openReader() error { return d.open(context.Background()) }

func (d *postgresDialect) closeReader() error { return d.close() }
