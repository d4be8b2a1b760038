package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
)

// connection is one connection to the database with its prepared statements. One goroutine uses it at a time.
type connection struct {
	conn       *sql.Conn
	begin      string
	rewrite    func(string) string
	words      wordIndex
	statements map[string]*sql.Stmt
	behind     bool // commits do not wait for the disk at present (SQLite)
}

func newConnection(conn *sql.Conn, begin string, rewrite func(string) string, words wordIndex) *connection {
	return &connection{conn: conn, begin: begin, rewrite: rewrite, words: words, statements: make(map[string]*sql.Stmt)}
}

// prepared gives the statement for a query. Queries are constants, so the cache is bounded by the code.
func (s *connection) prepared(query string) (*sql.Stmt, error) {
	if stmt, ok := s.statements[query]; ok {
		return stmt, nil
	}
	stmt, err := s.conn.PrepareContext(context.Background(), s.rewrite(query))
	if err != nil {
		return nil, fmt.Errorf("prepare statement: %w", err)
	}
	s.statements[query] = stmt
	return stmt, nil
}

// run executes a statement without arguments or result: BEGIN, COMMIT, SAVEPOINT …
func (s *connection) run(query string) error {
	stmt, err := s.prepared(query)
	if err != nil {
		return err
	}
	// The driver for SQLite starts a goroutine for every statement whose context can end; statements are short, jobs are not
	// interrupted in their middle.
	_, err = stmt.ExecContext(context.Background())
	return err
}

// discard closes a connection that failed in a way that leaves its state unknown.
func (s *connection) discard() {
	_ = s.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = s.conn.Close()
}

func (s *connection) close() error {
	for _, stmt := range s.statements {
		_ = stmt.Close() // closing the connection frees them anyway
	}
	if err := s.conn.Close(); err != nil {
		return fmt.Errorf("close connection: %w", err)
	}
	return nil
}
