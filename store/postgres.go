package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// PostgreSQL error codes (Appendix A of its manual).
const (
	pgSerializationFailure = "40001"
	pgDeadlockDetected     = "40P01"
)

// advisoryLock is our lock's key within a database: "desk" in ASCII.
const advisoryLock = 0x6465736b

type postgresDialect struct {
	config *pgx.ConnConfig
	db     *sql.DB
}

func newPostgres(dsn string) (*postgresDialect, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		// The error of pgx quotes the DSN with its password masked, but not every form of it.
		return nil, errors.New("open database: the connection URL cannot be read")
	}
	// Compiling a search takes longer than carrying it out.
	if config.RuntimeParams["jit"] == "" {
		config.RuntimeParams["jit"] = "off"
	}
	return &postgresDialect{config: config}, nil
}

func (d *postgresDialect) name() string { return "pgx" }

func (d *postgresDialect) open(context.Context) error {
	d.db = stdlib.OpenDB(*d.config)
	return nil
}

func (d *postgresDialect) database() *sql.DB { return d.db }

// lockPatience is how long the lock is waited for: after a crash the server needs a moment to notice that the old connection is gone.
const lockPatience = 2 * time.Second

func (d *postgresDialect) writeConnection(ctx context.Context) (*connection, error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if err := takeAdvisoryLock(ctx, conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return newConnection(conn, "BEGIN", d.placeholders, textVector{}), nil
}

func takeAdvisoryLock(ctx context.Context, conn *sql.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	for {
		var taken bool
		err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", advisoryLock).Scan(&taken)
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("take the lock: %w", err)
		}
		if taken {
			return nil
		}
		select {
		case <-ctx.Done():
			return ErrInUse
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (d *postgresDialect) beginWrite(s *connection, onDisk bool) error {
	if err := s.run(s.begin); err != nil || onDisk {
		return err
	}
	return s.run("SET LOCAL synchronous_commit TO OFF")
}

func (d *postgresDialect) readConnection(ctx context.Context) (*connection, error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return newConnection(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", d.placeholders, textVector{}), nil
}

func (d *postgresDialect) placeholders(query string) string { return query }

func (d *postgresDialect) again(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == pgSerializationFailure || e.Code == pgDeadlockDetected)
}

func (d *postgresDialect) readerCount() int { return 8 }

func (d *postgresDialect) close() error { return d.db.Close() }
