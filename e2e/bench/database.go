package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	_ "github.com/jackc/pgx/v5/stdlib" // reads the servers' databases
	_ "github.com/mattn/go-sqlite3"    // the same
)

// database is a server's, read while the server runs.
type database struct{ db *sql.DB }

// openDatabase opens a server's PostgreSQL database by its DSN, or else its SQLite file.
func openDatabase(dsn string, file ...string) (*database, error) {
	driver := "pgx"
	if dsn == "" {
		driver, dsn = "sqlite3", "file:"+filepath.Join(file...)+"?mode=ro&_busy_timeout=5000"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, fmt.Errorf("open a server's database: %w", err)
	}
	return &database{db}, nil
}

// one reads one value; ok is false if there is none. Arguments are $1 and so on, which both databases know.
func one[T any](ctx context.Context, d *database, query string, args ...any) (value T, ok bool, err error) {
	err = d.db.QueryRowContext(ctx, query, args...).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return value, false, nil
	} else if err != nil {
		return value, false, fmt.Errorf("read from a server's database: %w", err)
	}
	return value, true, nil
}
