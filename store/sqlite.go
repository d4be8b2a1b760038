package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/mattn/go-sqlite3"
	_ "go.mau.fi/util/dbutil/litestream" // registers the drivers with WAL and full sync
)

// sqliteDriver sets WAL, synchronous=FULL, foreign keys and a busy timeout on every connection it opens.
const sqliteDriver = "sqlite3-fk-wal-fullsync"

type sqliteDialect struct {
	path  string
	query url.Values
	lock  *fileLock
	write *sql.DB
	read  *sql.DB
}

func newSQLite(dsn string) (*sqliteDialect, error) {
	path, query, _ := strings.Cut(strings.TrimPrefix(dsn, "file:"), "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("open database: parameters of the path: %w", err)
	}
	if path == "" || strings.HasPrefix(path, ":memory:") || values.Get("mode") == "memory" {
		return nil, errors.New("open database: SQLite needs the path of a file")
	}
	return &sqliteDialect{path: path, query: values}, nil
}

func (d *sqliteDialect) name() string { return sqliteDriver }

func (d *sqliteDialect) open(context.Context) (err error) {
	if d.lock, err = lockFile(d.path + ".lock"); err != nil {
		return err
	}
	// SQLite would create the file readable for everybody.
	file, err := os.OpenFile(d.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return errors.Join(err, d.lock.release())
	}
	if err := file.Close(); err != nil {
		return errors.Join(err, d.lock.release())
	}
	if d.write, err = sql.Open(sqliteDriver, d.uri("_txlock", "immediate")); err != nil {
		return errors.Join(err, d.lock.release())
	}
	if d.read, err = sql.Open(sqliteDriver, d.uri("_query_only", "true")); err != nil {
		return errors.Join(err, d.write.Close(), d.lock.release())
	}
	return nil
}

func (d *sqliteDialect) uri(key, value string) string {
	values := url.Values{key: {value}}
	for k, v := range d.query {
		values[k] = v
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: d.path}).EscapedPath(), RawQuery: values.Encode()}
	return u.String()
}

func (d *sqliteDialect) database() *sql.DB { return d.write }

func (d *sqliteDialect) writeConnection(ctx context.Context) (*connection, error) {
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return newConnection(conn, "BEGIN IMMEDIATE", d.placeholders, fullText{}), nil
}

// beginWrite leaves the waiting out by way of synchronous=NORMAL: with a write-ahead log that only moves the moment of the sync, which is
// always one of the whole log. The setting is made outside transactions, and by preparing the statement, so that it is not kept prepared.
func (d *sqliteDialect) beginWrite(s *connection, onDisk bool) error {
	if s.behind == onDisk {
		level := "NORMAL"
		if onDisk {
			level = "FULL"
		}
		if _, err := s.conn.ExecContext(context.Background(), "PRAGMA synchronous="+level); err != nil {
			return fmt.Errorf("set synchronous: %w", err)
		}
		s.behind = !onDisk
	}
	return s.run(s.begin)
}

func (d *sqliteDialect) readConnection(ctx context.Context) (*connection, error) {
	conn, err := d.read.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return newConnection(conn, "BEGIN", d.placeholders, fullText{}), nil
}

// placeholders turns $1 into ?1: SQLite takes $1 for a name and numbers names by their first use.
func (d *sqliteDialect) placeholders(query string) string { return strings.ReplaceAll(query, "$", "?") }

func (d *sqliteDialect) again(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked)
}

func (d *sqliteDialect) readerCount() int { return 4 }

func (d *sqliteDialect) close() error {
	return errors.Join(d.read.Close(), d.write.Close(), d.lock.release())
}
